"""The tables, as the newest migration leaves them; indexes stand in the migrations.

Times are microseconds since 1970 UTC in BIGINT; money is the exact decimal as TEXT; both sort out the same
way on every database. Panel ids are opaque TEXT.
"""

from __future__ import annotations

from peewee import (
    AutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
)


class Orders(Model):
    """One order; `state` moves only through `changes.apply`."""

    id = AutoField()
    panel = TextField()
    service = TextField()
    link = TextField()
    quantity = BigIntegerField(null=True)
    comments = TextField(null=True)
    fields = TextField(default="{}")
    ref = TextField(null=True)
    state = TextField()
    created_at = BigIntegerField()
    panel_order_id = TextField(null=True)
    panel_status = TextField(null=True)
    charge = TextField(null=True)
    expected_charge = TextField(null=True)
    currency = TextField(null=True)
    start_count = BigIntegerField(null=True)
    remains = BigIntegerField(null=True)
    attempts = IntegerField(default=0)
    last_error = TextField(null=True)
    submitted_at = BigIntegerField(null=True)
    checked_at = BigIntegerField(null=True)
    finished_at = BigIntegerField(null=True)
    due_at = BigIntegerField(null=True)
    missing = IntegerField(default=0)
    progressed_at = BigIntegerField(null=True)
    stuck_at = BigIntegerField(null=True)
    #: Identifies an imported row that has no ref, so that the same file queues nothing twice.
    import_key = TextField(null=True)

    class Meta:
        table_name = "orders"


class History(Model):
    """One change of an order's state, written with the change."""

    id = AutoField()
    order = ForeignKeyField(Orders, on_delete="CASCADE", index=True)
    at = BigIntegerField()
    from_state = TextField(null=True)
    to_state = TextField()
    why = TextField()
    evidence = TextField(default="{}")

    class Meta:
        table_name = "history"


class Attempts(Model):
    """One intent to send an `add`, and the raw answer once there is one."""

    id = AutoField()
    order = ForeignKeyField(Orders, on_delete="CASCADE", index=True)
    at = BigIntegerField()
    expected_charge = TextField(null=True)
    balance = TextField(null=True)
    balance_at = BigIntegerField(null=True)
    newest_id = TextField(null=True)
    mark = TextField(null=True)
    answered_at = BigIntegerField(null=True)
    begun = BooleanField(null=True)
    status = IntegerField(null=True)
    headers = TextField(null=True)
    body = BlobField(null=True)
    whole = BooleanField(null=True)
    error = TextField(null=True)

    class Meta:
        table_name = "attempts"


class Accounts(Model):
    """What is known of one panel account; see `tracker.accounts.Account`."""

    panel = TextField(primary_key=True)
    paused_at = BigIntegerField(null=True)
    refused_at = BigIntegerField(null=True)
    refused_words = TextField(null=True)
    short_at = BigIntegerField(null=True)
    short_balance = TextField(null=True)
    short_told = BooleanField(default=False)
    forecast_at = BigIntegerField(null=True)
    hold_until = BigIntegerField(null=True)
    failures = IntegerField(default=0)
    down_at = BigIntegerField(null=True)
    last_error = TextField(null=True)
    level = TextField(default="ok")
    level_seen = TextField(null=True)
    balance = TextField(null=True)
    currency = TextField(null=True)
    balance_at = BigIntegerField(null=True)
    balance_failed_at = BigIntegerField(null=True)
    newest_id = TextField(null=True)
    services_at = BigIntegerField(null=True)
    spent = TextField(null=True)
    mark = TextField(null=True)
    base = TextField(null=True)
    odd_at = BigIntegerField(null=True)
    doubt = TextField(null=True)
    restored_at = BigIntegerField(null=True)

    class Meta:
        table_name = "accounts"


class Balances(Model):
    """One reading of a wallet."""

    id = AutoField()
    panel = TextField()
    at = BigIntegerField()
    amount = TextField()
    currency = TextField(null=True)

    class Meta:
        table_name = "balances"


class Services(Model):
    """One line of a panel's catalogue as it was last read; `price` is per one unit."""

    panel = TextField()
    id = TextField()
    name = TextField()
    price = TextField(null=True)
    minimum = BigIntegerField(null=True)
    maximum = BigIntegerField(null=True)
    category = TextField(null=True)
    type = TextField(null=True)
    description = TextField(null=True)

    class Meta:
        table_name = "services"
        primary_key = CompositeKey("panel", "id")


class Alerts(Model):
    """One notice that people are told of, as facts; its text is made when it is sent."""

    id = AutoField()
    at = BigIntegerField()
    event = TextField()
    panel = TextField(null=True)
    order_id = BigIntegerField(null=True)
    facts = TextField(default="{}")
    once = TextField(null=True)
    episode_id = BigIntegerField(null=True)

    class Meta:
        table_name = "alerts"


class Deliveries(Model):
    """One alert on its way to one target: `waiting`, `sent`, `dead`, or `folded` into a later one."""

    id = AutoField()
    alert = ForeignKeyField(Alerts, on_delete="CASCADE", index=True)
    target = TextField()
    state = TextField(default="waiting")
    gathered = BooleanField(default=False)
    attempts = IntegerField(default=0)
    first_at = BigIntegerField(null=True)
    due_at = BigIntegerField(null=True)
    sent_at = BigIntegerField(null=True)
    last_error = TextField(null=True)

    class Meta:
        table_name = "deliveries"


class Episodes(Model):
    """One condition from when it was raised until its end was told."""

    id = AutoField()
    event = TextField()
    panel = TextField()
    order_id = BigIntegerField(default=0)
    raised_at = BigIntegerField()
    calm_at = BigIntegerField(null=True)
    ended_at = BigIntegerField(null=True)
    returns = IntegerField(default=0)
    facts = TextField()
    ending = TextField(null=True)

    class Meta:
        table_name = "episodes"


class Targets(Model):
    """How one alert target fared lately."""

    target = TextField(primary_key=True)
    failures = IntegerField(default=0)
    held_until = BigIntegerField(default=0)
    told_dead = BooleanField(default=False)

    class Meta:
        table_name = "targets"


class Daemons(Model):
    """One running daemon and when it last showed life."""

    id = AutoField()
    host = TextField()
    pid = IntegerField()
    version = TextField()
    started_at = BigIntegerField()
    beat_at = BigIntegerField()

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
