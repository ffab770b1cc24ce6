"""The tables, as the newest migration leaves them; indexes stand in the migrations.

Times are microseconds since 1970 UTC in BIGINT; money is the exact decimal as TEXT; both sort out the same
way on every database. Panel ids are opaque TEXT.
"""

from __future__ import annotations

from tracker.store.engines.library import peewee


class Orders(peewee.Model):
    """One order; `state` moves only through `changes.apply`."""

    id = peewee.AutoField()
    panel = peewee.TextField()
    service = peewee.TextField()
    link = peewee.TextField()
    quantity = peewee.BigIntegerField(null=True)
    comments = peewee.TextField(null=True)
    fields = peewee.TextField(default="{}")
    ref = peewee.TextField(null=True)
    state = peewee.TextField()
    created_at = peewee.BigIntegerField()
    panel_order_id = peewee.TextField(null=True)
    panel_status = peewee.TextField(null=True)
    charge = peewee.TextField(null=True)
    expected_charge = peewee.TextField(null=True)
    currency = peewee.TextField(null=True)
    start_count = peewee.BigIntegerField(null=True)
    remains = peewee.BigIntegerField(null=True)
    attempts = peewee.IntegerField(default=0)
    last_error = peewee.TextField(null=True)
    submitted_at = peewee.BigIntegerField(null=True)
    checked_at = peewee.BigIntegerField(null=True)
    finished_at = peewee.BigIntegerField(null=True)
    due_at = peewee.BigIntegerField(null=True)
    missing = peewee.IntegerField(default=0)
    progressed_at = peewee.BigIntegerField(null=True)
    stuck_at = peewee.BigIntegerField(null=True)
    #: Identifies an imported row that has no ref, so that the same file queues nothing twice.
    import_key = peewee.TextField(null=True)

    class Meta:
        table_name = "orders"


class History(peewee.Model):
    """One change of an order's state, written with the change."""

    id = peewee.AutoField()
    order = peewee.ForeignKeyField(Orders, on_delete="CASCADE", index=True)
    at = peewee.BigIntegerField()
    from_state = peewee.TextField(null=True)
    to_state = peewee.TextField()
    why = peewee.TextField()
    evidence = peewee.TextField(default="{}")

    class Meta:
        table_name = "history"


class Attempts(peewee.Model):
    """One intent to send an `add`, and the raw answer once there is one."""

    id = peewee.AutoField()
    order = peewee.ForeignKeyField(Orders, on_delete="CASCADE", index=True)
    at = peewee.BigIntegerField()
    expected_charge = peewee.TextField(null=True)
    balance = peewee.TextField(null=True)
    balance_at = peewee.BigIntegerField(null=True)
    newest_id = peewee.TextField(null=True)
    mark = peewee.TextField(null=True)
    answered_at = peewee.BigIntegerField(null=True)
    begun = peewee.BooleanField(null=True)
    status = peewee.IntegerField(null=True)
    headers = peewee.TextField(null=True)
    body = peewee.BlobField(null=True)
    whole = peewee.BooleanField(null=True)
    error = peewee.TextField(null=True)

    class Meta:
        table_name = "attempts"


class Accounts(peewee.Model):
    """What is known of one panel account; see `tracker.accounts.Account`."""

    panel = peewee.TextField(primary_key=True)
    paused_at = peewee.BigIntegerField(null=True)
    refused_at = peewee.BigIntegerField(null=True)
    refused_words = peewee.TextField(null=True)
    short_at = peewee.BigIntegerField(null=True)
    short_balance = peewee.TextField(null=True)
    short_told = peewee.BooleanField(default=False)
    forecast_at = peewee.BigIntegerField(null=True)
    hold_until = peewee.BigIntegerField(null=True)
    failures = peewee.IntegerField(default=0)
    down_at = peewee.BigIntegerField(null=True)
    last_error = peewee.TextField(null=True)
    level = peewee.TextField(default="ok")
    level_seen = peewee.TextField(null=True)
    balance = peewee.TextField(null=True)
    currency = peewee.TextField(null=True)
    balance_at = peewee.BigIntegerField(null=True)
    balance_failed_at = peewee.BigIntegerField(null=True)
    newest_id = peewee.TextField(null=True)
    services_at = peewee.BigIntegerField(null=True)
    spent = peewee.TextField(null=True)
    mark = peewee.TextField(null=True)
    base = peewee.TextField(null=True)
    odd_at = peewee.BigIntegerField(null=True)
    doubt = peewee.TextField(null=True)
    restored_at = peewee.BigIntegerField(null=True)

    class Meta:
        table_name = "accounts"


class Balances(peewee.Model):
    """One reading of a wallet."""

    id = peewee.AutoField()
    panel = peewee.TextField()
    at = peewee.BigIntegerField()
    amount = peewee.TextField()
    currency = peewee.TextField(null=True)

    class Meta:
        table_name = "balances"


class Services(peewee.Model):
    """One line of a panel's catalogue as it was last read; `price` is per one unit."""

    panel = peewee.TextField()
    id = peewee.TextField()
    name = peewee.TextField()
    price = peewee.TextField(null=True)
    minimum = peewee.BigIntegerField(null=True)
    maximum = peewee.BigIntegerField(null=True)
    category = peewee.TextField(null=True)
    type = peewee.TextField(null=True)
    description = peewee.TextField(null=True)

    class Meta:
        table_name = "services"
        primary_key = peewee.CompositeKey("panel", "id")


class Alerts(peewee.Model):
    """One notice that people are told of, as facts; its text is made when it is sent."""

    id = peewee.AutoField()
    at = peewee.BigIntegerField()
    event = peewee.TextField()
    panel = peewee.TextField(null=True)
    order_id = peewee.BigIntegerField(null=True)
    facts = peewee.TextField(default="{}")
    once = peewee.TextField(null=True)
    episode_id = peewee.BigIntegerField(null=True)

    class Meta:
        table_name = "alerts"


class Deliveries(peewee.Model):
    """One alert on its way to one target: `waiting`, `sent`, `dead`, or `folded` into a later one."""

    id = peewee.AutoField()
    alert = peewee.ForeignKeyField(Alerts, on_delete="CASCADE", index=True)
    target = peewee.TextField()
    state = peewee.TextField(default="waiting")
    gathered = peewee.BooleanField(default=False)
    attempts = peewee.IntegerField(default=0)
    first_at = peewee.BigIntegerField(null=True)
    due_at = peewee.BigIntegerField(null=True)
    sent_at = peewee.BigIntegerField(null=True)
    last_error = peewee.TextField(null=True)

    class Meta:
        table_name = "deliveries"


class Episodes(peewee.Model):
    """One condition from when it was raised until its end was told."""

    id = peewee.AutoField()
    event = peewee.TextField()
    panel = peewee.TextField()
    order_id = peewee.BigIntegerField(default=0)
    raised_at = peewee.BigIntegerField()
    calm_at = peewee.BigIntegerField(null=True)
    ended_at = peewee.BigIntegerField(null=True)
    returns = peewee.IntegerField(default=0)
    facts = peewee.TextField()
    ending = peewee.TextField(null=True)

    class Meta:
        table_name = "episodes"


class Targets(peewee.Model):
    """How one alert target fared lately."""

    target = peewee.TextField(primary_key=True)
    failures = peewee.IntegerField(default=0)
    held_until = peewee.BigIntegerField(default=0)
    told_dead = peewee.BooleanField(default=False)

    class Meta:
        table_name = "targets"


class Daemons(peewee.Model):
    """One running daemon and when it last showed life."""

    id = peewee.AutoField()
    host = peewee.TextField()
    pid = peewee.IntegerField()
    version = peewee.TextField()
    started_at = peewee.BigIntegerField()
    beat_at = peewee.BigIntegerField()

    class Meta:
        table_name = "daemons"


TABLES = (
    Orders,
    History,
    Attempts,
    Accounts,
    Balances,
    Services,
    Alerts,
    Deliveries,
    Episodes,
    Targets,
    Daemons,
)
