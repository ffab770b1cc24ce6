"""The catalogue of each panel, as it was last read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from tracker.lib import money
from tracker.orders.answers import Service
from tracker.store.database import Database
from tracker.store.rows import (
    SERVICE_COLUMNS,
    SERVICE_NAMES,
    service_of,
)
from tracker.store.tables import Accounts, Services

_READ_SERVICE = f"SELECT {', '.join(SERVICE_NAMES)} FROM services WHERE panel = ? AND id = ?"


def keep_services(db: Database, panel: str, services: Iterable[Service], now: int) -> None:
    """Replace a panel's catalogue by what was just read."""
    rows = [
        (panel, s.id, s.name, money.text(s.price), s.minimum, s.maximum, s.category, s.type, s.description)
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
    return {found: money.read(price) for found, price in db.rows(query.tuples())}
