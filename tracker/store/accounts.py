"""The state of each panel account, and the readings of its wallet."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from tracker.accounts.account import Account, AccountChange
from tracker.events import Notice
from tracker.lib import money
from tracker.orders.answers import Balance
from tracker.orders.ledger import CostRange
from tracker.store.database import Database
from tracker.store.rows import ACCOUNT_NAMES, account_of, changed_fields, placeholders

_READ = f"SELECT {', '.join(ACCOUNT_NAMES)} FROM accounts WHERE panel = ?"
_INSERT = "INSERT INTO accounts (panel) VALUES (?) ON CONFLICT DO NOTHING"
_INSERT_BALANCE = "INSERT INTO balances (panel, at, amount, currency) VALUES (?, ?, ?, ?)"
_BALANCES = "SELECT at, amount FROM balances WHERE panel = ? AND at >= ? ORDER BY at, id"


def read(db: Database, panel: str) -> Account:
    """Return what is known about an account; a new one when nothing is known yet."""
    found = db.sql(_READ, (panel,))
    return account_of(found[0]) if found else Account(panel)


def _locked(db: Database, panel: str) -> Account:
    """Lock an account until the transaction ends, and return what is known about it."""
    query = _READ + db.for_update
    found = db.sql(query, (panel,))
    if not found and db.shared:
        db.many(_INSERT, [(panel,)])
        found = db.sql(query, (panel,))
    return account_of(found[0]) if found else Account(panel)


def update(
    db: Database, panel: str, decide: Callable[[Account], AccountChange], cost: CostRange | None = None
) -> tuple[Notice, ...]:
    """Decide on an account as it is now and write that; inside the caller's transaction. Returns the notices.

    `cost` is added to what the account has spent before it is decided on.
    """
    before = _locked(db, panel)
    current = before if cost is None else before._replace(spent=before.spent.plus(cost))
    change = decide(current)
    names, values = changed_fields(before, change.after)
    if names:
        columns = ", ".join(("panel", *names))
        sets = ", ".join(f"{name} = excluded.{name}" for name in names)
        insert = f"INSERT INTO accounts ({columns}) VALUES ({placeholders(len(names) + 1)})"
        db.sql(f"{insert} ON CONFLICT (panel) DO UPDATE SET {sets}", (panel, *values))
    return change.notices


def keep_balance(db: Database, panel: str, balance: Balance, now: int) -> None:
    """Record a reading of the balance."""
    with db.transaction():
        db.many(_INSERT_BALANCE, [(panel, now, money.text(balance.amount), balance.currency)])


def balances_since(db: Database, panel: str, since: int) -> list[tuple[int, Decimal]]:
    """Return the balance readings since a time, as (time, amount), oldest first."""
    return [(at, Decimal(amount)) for at, amount in db.sql(_BALANCES, (panel, since))]
