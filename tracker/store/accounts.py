"""Wallets, catalogues and the standing of each panel account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from tracker.accounts.account import Account, Verdict
from tracker.events import Notice
from tracker.orders.ledger import Spent
from tracker.orders.order import Balance, Service
from tracker.store.database import Database
from tracker.store.rows import (
    ACCOUNT_NAMES,
    SERVICE_COLUMNS,
    SERVICE_NAMES,
    account_of,
    changed_fields,
    money,
    service_of,
    text,
)
from tracker.store.tables import Accounts, Balances, Services

_READ_SERVICE = f"SELECT {', '.join(SERVICE_NAMES)} FROM services WHERE panel = ? AND id = ?"
_READ = f"SELECT {', '.join(ACCOUNT_NAMES)} FROM accounts WHERE panel = ?"


def read(db: Database, panel: str) -> Account:
    """Return what is known of an account; a fresh one when nothing is yet."""
    found = db.sql(_READ, (panel,))
    return account_of(found[0]) if found else Account(panel)


def _held(db: Database, panel: str) -> Account:
    """Return what is known of an account, which nobody else changes until the transaction ends."""
    query = _READ + db.for_update
    found = db.sql(query, (panel,))
    if not found and db.shared:
        db.many("INSERT INTO accounts (panel) VALUES (?) ON CONFLICT DO NOTHING", [(panel,)])
        found = db.sql(query, (panel,))
    return account_of(found[0]) if found else Account(panel)


def judge(
    db: Database, panel: str, decide: Callable[[Account], Verdict], spent: Spent | None = None
) -> tuple[Notice, ...]:
    """Decide on an account as it stands now and write the verdict; inside the caller's transaction.

    `spent` is added to what it has spent before it is decided on.
    """
    before = _held(db, panel)
    stands = before if spent is None else before._replace(spent=before.spent.plus(spent))
    verdict = decide(stands)
    names, values = changed_fields(before, verdict.after)
    if names:
        columns = ", ".join(("panel", *names))
        marks = ", ".join("?" * (len(names) + 1))
        sets = ", ".join(f"{name} = excluded.{name}" for name in names)
        insert = f"INSERT INTO accounts ({columns}) VALUES ({marks}) ON CONFLICT (panel) DO UPDATE SET {sets}"
        db.sql(insert, (panel, *values))
    return verdict.notices


def keep_balance(db: Database, panel: str, balance: Balance, now: int) -> None:
    """Add a reading to the series."""
    db.write(Balances.insert(panel=panel, at=now, amount=text(balance.amount), currency=balance.currency))


def balances_since(db: Database, panel: str, since: int) -> list[tuple[int, Decimal]]:
    """Return the readings of a wallet from a time on, oldest first."""
    found = Balances.select(Balances.at, Balances.amount).where(
        (Balances.panel == panel) & (Balances.at >= since)
    )
    rows = db.rows(found.order_by(Balances.at, Balances.id).tuples())
    return [(at, Decimal(amount)) for at, amount in rows]


def keep_services(db: Database, panel: str, services: Iterable[Service], now: int) -> None:
    """Replace a panel's catalogue by what was just read."""
    rows = [
        (panel, s.id, s.name, text(s.price), s.minimum, s.maximum, s.category, s.type, s.description)
        for s in services
    ]
    columns = "panel, id, name, price, minimum, maximum, category, type, description"
    marks = ", ".join("?" * 9)
    with db.transaction():
        db.write(Services.delete().where(Services.panel == panel))
        db.many(f"INSERT INTO services ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING", rows)
        fresh = Accounts.insert(panel=panel, services_at=now)
        db.write(fresh.on_conflict(conflict_target=[Accounts.panel], update={"services_at": now}))


def services_at(db: Database, panel: str) -> int | None:
    """Return when the catalogue was last read; None when it never was."""
    found = db.sql("SELECT services_at FROM accounts WHERE panel = ?", (panel,))
    return found[0][0] if found else None


def service(db: Database, panel: str, service_id: str) -> Service | None:
    """Return one line of the catalogue, or None."""
    found = db.sql(_READ_SERVICE, (panel, service_id))
    return service_of(found[0]) if found else None


def services(db: Database, panel: str) -> list[Service]:
    """Return the whole catalogue as it was last read."""
    query = Services.select(*SERVICE_COLUMNS).where(Services.panel == panel)
    return [service_of(row) for row in db.rows(query.tuples())]


def prices(db: Database, panel: str, service_ids: Sequence[str]) -> dict[str, Decimal | None]:
    """Return the price of one unit for each of the services that the catalogue lists."""
    query = Services.select(Services.id, Services.price).where(
        (Services.panel == panel) & (Services.id.in_(list(service_ids)))
    )
    return {found: money(price) for found, price in db.rows(query.tuples())}
