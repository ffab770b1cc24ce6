"""Keeps the catalogue of each panel, as it was last read."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tracker.orders.answers import Service
from tracker.orders.catalogue import Found, Listed, NotListed, Unread
from tracker.store.database import Database
from tracker.store.rows import SERVICE_NAMES, ordered_service, placeholders, service_of, service_row

_COLUMNS = ", ".join(SERVICE_NAMES)
_DELETE = "DELETE FROM services WHERE panel = ?"
_INSERT = f"""
    INSERT INTO services (panel, {_COLUMNS}) VALUES ({placeholders(1 + len(SERVICE_NAMES))}) ON CONFLICT DO NOTHING
"""
_SET_READ_AT = """
    INSERT INTO accounts (panel, services_at) VALUES (?, ?)
    ON CONFLICT (panel) DO UPDATE SET services_at = excluded.services_at
"""
_READ_AT = "SELECT services_at FROM accounts WHERE panel = ?"
_ONE = f"SELECT {_COLUMNS} FROM services WHERE panel = ? AND id = ?"
_FIND = f"""
    SELECT a.services_at, {", ".join(f"s.{name}" for name in SERVICE_NAMES)}
    FROM accounts a LEFT JOIN services s ON s.panel = a.panel AND s.id = ? WHERE a.panel = ?
"""
_NAMES = "SELECT id, name FROM services WHERE panel = ?"
_NAMES_OF = "SELECT id, name FROM services WHERE panel = ? AND id IN ({ids})"
_AMONG = f"SELECT {_COLUMNS} FROM services WHERE panel = ? AND id IN ({{ids}})"
_PRICES_OF = "SELECT id, price FROM services WHERE panel = ? AND id IN ({ids})"
_UNPRICED = """
    SELECT id, service FROM orders WHERE panel = ? AND state = 'queued' AND price IS NULL AND id > ? ORDER BY id LIMIT ?
"""
_FIX_PRICE = "UPDATE orders SET price = ? WHERE id = ? AND state = 'queued' AND price IS NULL"
_AT_ONCE = 500
"""Services and orders in one statement: SQLite takes a limited number of values."""
_MATCHING = "FROM services WHERE panel = ? AND (? = '' OR id = ? OR LOWER(name) LIKE ? ESCAPE '!')"
_PAGE = f"SELECT {_COLUMNS} {_MATCHING} ORDER BY category, LENGTH(id), id LIMIT ? OFFSET ?"
_COUNT = f"SELECT COUNT(*) {_MATCHING}"
_ALL = f"SELECT {_COLUMNS} FROM services WHERE panel = ?"


def replace_catalogue(db: Database, panel: str, services: Iterable[Service], now: int) -> None:
    """Replace a panel's catalogue by the one that was just read."""
    with db.transaction():
        db.many(_DELETE, [(panel,)])
        db.many(_INSERT, [(panel, *service_row(service)) for service in services])
        db.many(_SET_READ_AT, [(panel, now)])


def services_at(db: Database, panel: str) -> int | None:
    """Return when the catalogue was last read; None when it never was."""
    found = db.sql(_READ_AT, (panel,))
    return found[0][0] if found else None


def service(db: Database, panel: str, service_id: str) -> Service | None:
    """Return one line of the catalogue, or None."""
    found = db.sql(_ONE, (panel, service_id))
    return service_of(found[0]) if found else None


def find(db: Database, panel: str, service_id: str) -> Found:
    """Look a service up in the catalogue, which may be replaced at any moment, in one statement."""
    found = db.sql(_FIND, (service_id, panel))
    if not found:
        return Unread()
    read_at, *row = found[0]
    if row[0] is not None:
        return Listed(ordered_service(tuple(row)))
    return Unread() if read_at is None else NotListed()


def services(db: Database, panel: str) -> list[Service]:
    """Return the whole catalogue as it was last read."""
    return [service_of(row) for row in db.sql(_ALL, (panel,))]


def prices(db: Database, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return what one unit of each of these services costs, as it is stored, by panel and id; where that is known."""
    found: dict[tuple[str, str], str] = {}
    for panel in {panel for panel, _ in wanted}:
        ids = [service for one, service in wanted if one == panel]
        for begin in range(0, len(ids), _AT_ONCE):
            some = ids[begin : begin + _AT_ONCE]
            rows = db.sql(_PRICES_OF.format(ids=placeholders(len(some))), (panel, *some))
            found |= {(panel, service): price for service, price in rows if price is not None}
    return found


def fix_prices(db: Database, panel: str) -> None:
    """Note the price of each queued order that was queued before it was known."""
    last = 0
    while rows := db.sql(_UNPRICED, (panel, last, _AT_ONCE)):
        last = rows[-1][0]
        known = prices(db, {(panel, service) for _, service in rows})
        priced = [(known[panel, one], order_id) for order_id, one in rows if (panel, one) in known]
        with db.transaction():
            db.many(_FIX_PRICE, priced)


def names(db: Database, panel: str) -> dict[str, str]:
    """Return what each service of a panel is called, by its id."""
    return dict(db.sql(_NAMES, (panel,)))


def names_of(db: Database, panel: str, service_ids: Collection[str]) -> dict[str, str]:
    """Return what some services of a panel are called, by their ids; without those that are not listed."""
    query = _NAMES_OF.format(ids=placeholders(len(service_ids)))
    return dict(db.sql(query, (panel, *service_ids))) if service_ids else {}


def among(db: Database, panel: str, service_ids: Collection[str]) -> list[Service]:
    """Return some services of a panel, without those that are not listed."""
    query = _AMONG.format(ids=placeholders(len(service_ids)))
    return [service_of(row) for row in db.sql(query, (panel, *service_ids))] if service_ids else []


def page(db: Database, panel: str, text: str, begin: int, count: int) -> tuple[list[Service], int]:
    """Return some services of a panel whose id is this text, or whose name has it, and how many there are in all."""
    pattern = "%" + "".join(f"!{one}" if one in "!%_" else one for one in text.lower()) + "%"
    matching = (panel, text, text, pattern)
    rows = db.sql(_PAGE, (*matching, count, begin))
    return [service_of(row) for row in rows], int(db.sql(_COUNT, matching)[0][0])
