"""Finds orders by what a person remembers of them: an id, a ref, a piece of the link; where, what and when.

Each look reads a bounded number of orders, the newest first, and says from where on the next one goes on: one that read
all of a million would take a second, and many people look at once.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any, NamedTuple

from tracker.orders.order import Order
from tracker.store import counters, orders
from tracker.store.database import Database
from tracker.store.order_pages import Place
from tracker.store.rows import order_columns, order_of

SEARCHED = 20_000
"""Orders whose links and refs are searched at a time for a piece."""

PASSED_OVER = 200_000
"""Orders of other services that are passed over at a time: an index knows them, so that they are not read."""

SHORTEST = 2
"""Characters of what is searched for as a piece."""

_SELECT = f"SELECT {order_columns()} FROM orders"
_LIKE = f"""
    {_SELECT} WHERE id IN (
        SELECT id FROM orders WHERE id < ? AND id >= ?
        AND (LOWER(link) LIKE ? ESCAPE '!' OR LOWER(ref) LIKE ? ESCAPE '!'){{wanted}} ORDER BY id DESC LIMIT ?
    ) ORDER BY id DESC
"""
_TAGGED = f"""
    {_SELECT.replace("FROM orders", "")} FROM (
        SELECT order_id FROM tags WHERE tag = ? AND order_id < ? AND order_id >= ?
    ) t JOIN orders ON orders.id = t.order_id WHERE 1 = 1{{wanted}} ORDER BY t.order_id DESC LIMIT ?
"""
_TAGGED_BELOW = (
    "SELECT order_id FROM tags WHERE tag = ? AND order_id < ? ORDER BY order_id DESC LIMIT 1 OFFSET ?"
)
_LAST_ID = "SELECT MAX(id) FROM orders"
_AT_ID = "SELECT created_at, id FROM orders WHERE id >= ? ORDER BY id LIMIT 1"
_ANY_BELOW = "SELECT 1 FROM orders WHERE id < ? LIMIT 1"


class Wanted(NamedTuple):
    """Which orders are looked for; None: any. `since` and `until` say when they were queued, in microseconds."""

    text: str = ""
    state: str | None = None
    panel: str | None = None
    service: str | None = None
    since: int | None = None
    until: int | None = None
    tag: str | None = None

    def fits(self, order: Order) -> bool:
        """Tell whether an order is wanted, whatever the text."""
        return (
            self.state in (None, order.state)
            and self.panel in (None, order.panel)
            and self.service in (None, order.service)
            and (self.since is None or order.created_at >= self.since)
            and (self.until is None or order.created_at < self.until)
            and (self.tag is None or self.tag in order.tags)
        )

    def filters(self) -> tuple[str, list[Any]]:
        """Return conditions on the columns of an order, as SQL, and their values; all but the text and the tag."""
        wanted = {
            "state = ?": self.state, "panel = ?": self.panel, "service = ?": self.service,
            "created_at >= ?": self.since, "created_at < ?": self.until,
        }  # fmt: skip
        chosen = {sql: value for sql, value in wanted.items() if value is not None}
        return "".join(f" AND {sql}" for sql in chosen), list(chosen.values())


class Found(NamedTuple):
    """One page of orders, and from which place on older ones are looked for; None where there are none."""

    orders: list[Order]
    older: Place | None


def found(db: Database, wanted: Wanted, limit: int, before: Place | None = None) -> Found:
    """Return the newest orders that are wanted, before a place; with a text, first those that it names."""
    if wanted.tag is not None:
        return _tagged(db, wanted, limit, before)
    return _searched(db, wanted, limit, before) if wanted.text else _listed(db, wanted, limit, before)


def _tagged(db: Database, wanted: Wanted, limit: int, before: Place | None) -> Found:
    """Look through the orders of a tag, by their ids: those of older orders are smaller."""
    top = 2**62 if before is None else before[1]
    below = db.sql(_TAGGED_BELOW, (wanted.tag, top, SEARCHED))
    floor = below[0][0] + 1 if below else 0
    filters, values = wanted.filters()
    if wanted.text:
        filters += " AND (LOWER(link) LIKE ? ESCAPE '!' OR LOWER(ref) LIKE ? ESCAPE '!')"
        values += [_pattern(wanted.text)] * 2
    rows = db.sql(_TAGGED.format(wanted=filters), (wanted.tag, top, floor, *values, limit))
    page = [order_of(row) for row in rows]
    if wanted.text and before is None:
        named = [order for order in _named(db, wanted.text) if wanted.fits(order)]
        page = list({order.id: order for order in (*named, *page)}.values())
    if len(rows) >= limit:
        return Found(page, place_of(page[-1]))
    return Found(page, (wanted.since or 0, floor) if floor else None)


def _listed(db: Database, wanted: Wanted, limit: int, before: Place | None) -> Found:
    place = _place(wanted, before)
    floor = _place_below(db, _top(db, place), PASSED_OVER) if wanted.service is not None else None
    states = () if wanted.state is None else (wanted.state,)
    with closing(
        orders.listed(
            db, states, wanted.panel, wanted.since, limit, before=place, service=wanted.service, begin=floor
        )
    ) as listed:
        page = list(listed)
    return _page(wanted, page, limit, floor)


def _searched(db: Database, wanted: Wanted, limit: int, before: Place | None) -> Found:
    top = _top(db, _place(wanted, before))
    floor = _place_below(db, top, SEARCHED)
    named = [order for order in _named(db, wanted.text) if wanted.fits(order)] if before is None else []
    if len(wanted.text) < SHORTEST:
        return Found(named, None)
    known = {order.id for order in named}
    page = [one for one in _with_piece(db, wanted, top, floor, limit) if one.id not in known]
    return _page(wanted, named + page, limit, floor)


def _page(wanted: Wanted, page: list[Order], limit: int, floor: Place | None) -> Found:
    """Say where the next page begins: after a full one, or where the look ended before it was."""
    if len(page) >= limit:
        return Found(page, place_of(page[-1]))
    return Found(page, floor if floor and (wanted.since or 0) < floor[0] else None)


def place_of(order: Order) -> Place:
    """Return the place of an order in a list."""
    return order.created_at, order.id


def _place(wanted: Wanted, before: Place | None) -> Place | None:
    """Return the place before which is looked; None: all the way from the newest."""
    until = None if wanted.until is None else (wanted.until, 0)
    return min((one for one in (before, until) if one is not None), default=None)


def _top(db: Database, place: Place | None) -> int:
    """Return the id below which is looked: those of older orders are smaller, unless the clock was set."""
    if place is None:
        return int(db.sql(_LAST_ID)[0][0] or 0) + 1
    if place[1]:
        return place[1]
    with closing(orders.listed(db, limit=1, before=place)) as listed:
        return next((order.id + 1 for order in listed), 0)


def _with_piece(db: Database, wanted: Wanted, top: int, floor: Place | None, limit: int) -> list[Order]:
    filters, chosen = wanted.filters()
    pattern = _pattern(wanted.text)
    values = (top, floor[1] if floor else 0, pattern, pattern, *chosen, limit)
    return [order_of(row) for row in db.sql(_LIKE.format(wanted=filters), values)]


def _pattern(text: str) -> str:
    return "%" + "".join(f"!{one}" if one in "!%_" else one for one in text.lower()) + "%"


def _place_below(db: Database, top: int, count: int) -> Place | None:
    """Return the place of the order that so many ids lie above of; None where there are none below it."""
    row = db.sql(_AT_ID, (max(0, top - count),))
    if not row or not db.sql(_ANY_BELOW, (row[0][1],)):
        return None
    created_at, order_id = row[0]
    return int(created_at), int(order_id)


def _named(db: Database, text: str) -> list[Order]:
    """Return the orders whose id, ref or id at a panel is just this."""
    is_id = text.isascii() and text.isdigit() and len(text) < 19
    likely = [
        orders.by_ref(db, text),
        orders.by_id(db, int(text)) if is_id else None,
        *(orders.owner(db, panel, text) for panel in counters.counts(db)),
    ]
    return list({order.id: order for order in likely if order is not None}.values())
