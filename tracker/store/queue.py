"""Queues orders, and finds the next one to send."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from tracker.orders.order import Draft, Held, Order
from tracker.store import catalogue, counters, paused_tags, polls, pruned, tag_counts
from tracker.store.database import Database
from tracker.store.duplicates import Duplicate, Entry, sort, taken_names
from tracker.store.names import CONTENT, Content, content_of
from tracker.store.rows import IN_PROGRESS, ORDER_NAMES, order_of, placeholders

__all__ = ["Duplicate", "Entry"]

_PLACE = ("priority", "not_before", "expires_at", "held", "tags", "price")

_INSERTED = (*CONTENT, "ref", "import_key", "state", "created_at", "due_at", *_PLACE)
_STATE = _INSERTED.index("state")
_NEWEST_IDS = "SELECT id FROM orders ORDER BY id DESC LIMIT ?"
_INSERT_TAG = "INSERT INTO tags (tag, order_id) VALUES (?, ?)"
_INSERT = f"INSERT INTO orders ({', '.join(_INSERTED)}) VALUES ({placeholders(len(_INSERTED))})"


def enqueue(db: Database, entries: Sequence[Entry], now: int) -> list[Duplicate]:
    """Queue the new entries, and return the duplicates; a duplicate with other content is for the caller to refuse.

    Durable when the outermost transaction has ended.
    """
    with db.transaction():
        db.lock("queue")  # otherwise two programs could queue the same ref at once
        new, duplicates = sort(entries, taken_names(db, entries))
        paused = frozenset(paused_tags.paused(db)) if any(entry.draft.tags for entry in new) else frozenset()
        prices = catalogue.prices(db, {(entry.draft.panel, entry.draft.service) for entry in new})
        rows = [_row(entry, content_of(entry.draft), paused, now) for entry in new]
        rows = [(*row, prices.get((row[0], row[1]))) for row in rows]
        db.insert(_INSERT, rows)
        placed = [entry.draft for entry in new if entry.draft.panel_order_id is not None]
        polls.begin_named(db, [(draft.panel, draft.panel_order_id or "") for draft in placed], now)
        _tag(db, new)
        counters.move(db, entered=((row[0], row[_STATE]) for row in rows))
        tag_counts.move(
            db, entered=((entry.draft.tags, row[_STATE]) for entry, row in zip(new, rows, strict=True))
        )
    return duplicates


def _tag(db: Database, entries: Sequence[Entry]) -> None:
    """Note the tags of the orders that were inserted just now, which have the highest ids; in the same transaction."""
    if not any(entry.draft.tags for entry in entries):
        return
    ids = [order_id for (order_id,) in db.sql(_NEWEST_IDS, (len(entries),))]
    tagged = zip(entries, reversed(ids), strict=True)
    db.insert(
        _INSERT_TAG,
        [(tag, order_id) for entry, order_id in tagged for tag in dict.fromkeys(entry.draft.tags)],
    )


SimpleRow = tuple[str, str, str, int | None, str]
"""An order with nothing but a panel, a service, a link, a quantity and a ref."""

_INSERT_SIMPLE = """
    INSERT INTO orders (panel, service, link, quantity, ref, state, created_at, due_at, price)
    VALUES (?, ?, ?, ?, ?, 'queued', {now}, {now}, {price}) ON CONFLICT DO NOTHING
"""
"""What is the same in all rows is written out: each value fewer is felt in a million of them."""


class _Taken(Exception):
    """One of the refs is taken."""


def enqueue_simple(db: Database, rows: Sequence[SimpleRow], now: int) -> bool:
    """Queue many simple orders at once; False, and nothing is queued, when an order has, or had, one of the refs.

    Durable when the outermost transaction has ended.
    """
    try:
        with db.savepoint():
            db.lock("queue")
            kinds = Counter(map(itemgetter(0, 1), rows))
            if _insert_simple(db, rows, catalogue.prices(db, kinds), now) != len(rows):
                raise _Taken
            if pruned.any_of(db, "ref", map(itemgetter(-1), rows)):  # read last: orders are pruned meanwhile
                raise _Taken
            counters.move(db, entered=_entered(kinds))
    except _Taken:
        return False
    return True


def _entered(kinds: Mapping[tuple[str, str], int]) -> Counter[tuple[str, str]]:
    """Return how many orders of each panel are queued; `kinds` counts them by panel and service."""
    entered: Counter[tuple[str, str]] = Counter()
    for (panel, _), count in kinds.items():
        entered[panel, "queued"] += count
    return entered


def _insert_simple(
    db: Database, rows: Sequence[SimpleRow], prices: Mapping[tuple[str, str], str], now: int
) -> int:
    """Insert those whose refs no order has; return how many. `prices` are those of the services, by panel and id."""
    if not prices:
        return db.insert(_INSERT_SIMPLE.format(now=int(now), price="NULL"), rows)
    priced = [(*row, prices.get(row[:2])) for row in rows]
    return db.insert(_INSERT_SIMPLE.format(now=int(now), price="?"), priced)


def _row(entry: Entry, content: Content, paused: frozenset[str], now: int) -> tuple[Any, ...]:
    draft = entry.draft
    state = "queued" if draft.panel_order_id is None else "active"
    held = _held(draft, paused, now) if draft.panel_order_id is None else None
    tags = json.dumps([*dict.fromkeys(draft.tags)], ensure_ascii=False) if draft.tags else None
    place = (draft.priority, draft.not_before, draft.expires_at, held, tags)
    return (*content, draft.ref, entry.key, state, now, now, *place)


def _held(draft: Draft, paused: frozenset[str], now: int) -> str | None:
    if draft.not_before is not None and draft.not_before > now:
        return str(Held.TIME)
    return None if paused.isdisjoint(draft.tags) else str(Held.TAG)


_SELECT = f"SELECT {', '.join(ORDER_NAMES)} FROM orders"
_FREE = "panel = ? AND state = 'queued' AND held IS NULL"
_NEXT_PRIORITY = f"SELECT priority FROM orders WHERE {_FREE} AND priority < ? ORDER BY priority DESC LIMIT 1"
_NEXT_QUEUED = f"{_SELECT} WHERE {_FREE} AND priority = ? AND due_at <= ?"
_BEHIND = " AND (due_at > ? OR (due_at = ? AND id > ?))"
_OTHER_KIND = (
    " AND NOT (service = ? AND quantity IS NOT NULL AND quantity = ? AND comments IS NULL AND fields = '{}')"
)
_NEXT_IN_LINE = f"{_SELECT} WHERE {_FREE} AND priority = ? ORDER BY due_at, id LIMIT ?"
_NEXT_QUEUED_AT = f"SELECT due_at FROM orders WHERE {_FREE} AND priority = ? ORDER BY due_at LIMIT 1"
_NEXT_BEGIN = """
    SELECT not_before FROM orders WHERE panel = ? AND state = 'queued' AND held = 'time' ORDER BY not_before LIMIT 1
"""
_BEGIN = """
    UPDATE orders SET held = NULL WHERE panel = ? AND state = 'queued' AND held = 'time' AND not_before <= ?
"""
_HELD = """
    SELECT held, COUNT(*) FROM orders WHERE panel = ? AND state = 'queued' AND held IS NOT NULL GROUP BY held
"""
_OPEN_LINK = f"SELECT id FROM orders WHERE panel = ? AND service = ? AND link = ? AND {IN_PROGRESS} LIMIT 1"
_POSTPONE_LINK = """
    UPDATE orders SET due_at = ?
    WHERE panel = ? AND service = ? AND link = ? AND state = 'queued' AND due_at < ?
"""
_POSTPONE = "UPDATE orders SET due_at = ? WHERE id = ? AND state = 'queued'"
_PLAINLY = """
    SELECT service, COUNT(*), SUM(quantity) FROM orders
    WHERE panel = ? AND state = 'queued' AND quantity IS NOT NULL AND fields = '{}' GROUP BY service
"""
_IS_PLAIN = "quantity IS NOT NULL AND fields = '{}'"
_FIRST_QUEUED = (
    f"(SELECT {', '.join(ORDER_NAMES)} FROM orders WHERE panel = ? AND state = 'queued' LIMIT ?) AS first"
)
_KINDS = (
    f"SELECT service, quantity, COUNT(*) FROM {_FIRST_QUEUED} WHERE {_IS_PLAIN} GROUP BY service, quantity"
)
_OTHERS = f"SELECT {', '.join(ORDER_NAMES)} FROM {_FIRST_QUEUED} WHERE NOT ({_IS_PLAIN})"
_OTHERWISE = f"{_SELECT} WHERE panel = ? AND state = 'queued' AND (quantity IS NULL OR fields <> '{{}}')"


_ABOVE_ALL = 2**31 - 1
"""Above every priority."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Queued orders that are passed over for now: all up to one of them, and all that are exactly alike."""

    last: Order | None = None
    #: Service and quantity of those that have nothing else by which they could cost something else.
    kinds: frozenset[tuple[str, int]] = frozenset()
    #: For how many microseconds the first of them is passed over.
    rest: int | None = None

    def and_(self, order: Order, rest: int) -> PassedOver:
        """Return these and one more, which is the one behind them, and whatever is exactly like it."""
        shortest = rest if self.rest is None else min(rest, self.rest)
        is_plain = order.quantity is not None and order.comments is None and not order.fields
        kind = {(order.service, order.quantity)} if is_plain and order.quantity is not None else set()
        return PassedOver(order, self.kinds | kind, shortest)


NONE_PASSED = PassedOver()


def next_queued(db: Database, panel: str, now: int, passed: PassedOver = NONE_PASSED) -> Order | None:
    """Return the next order to send: of those that may be sent now, the first priority's that has waited longest."""
    last = passed.last
    kinds: list[Any] = [value for kind in passed.kinds for value in kind]
    for priority in _priorities(db, panel, None if last is None else last.priority):
        query = _NEXT_QUEUED + _OTHER_KIND * len(passed.kinds)
        values = [panel, priority, now, *kinds]
        if last is not None and priority == last.priority:
            query, values = query + _BEHIND, [*values, last.due_at, last.due_at, last.id]
        found = db.sql(f"{query} ORDER BY due_at, id LIMIT 1", values)
        if found:
            return order_of(found[0])
    return None


def _priorities(db: Database, panel: str, highest: int | None = None) -> Iterator[int]:
    """Yield the priorities of the queued orders of a panel, the highest first; those above `highest` are left out."""
    below = _ABOVE_ALL if highest is None else highest + 1
    while found := db.sql(_NEXT_PRIORITY, (panel, below)):
        below = found[0][0]
        yield below


def next_in_line(db: Database, panel: str, count: int) -> list[Order]:
    """Return the queued orders that would be sent first."""
    line: list[Order] = []
    for priority in _priorities(db, panel):
        line += [order_of(row) for row in db.sql(_NEXT_IN_LINE, (panel, priority, count - len(line)))]
        if len(line) >= count:
            break
    return line


def next_queued_at(db: Database, panel: str) -> int | None:
    """Return when the next queued order of a panel may be sent; None when none is queued."""
    found = [db.sql(_NEXT_QUEUED_AT, (panel, priority)) for priority in _priorities(db, panel)]
    times = [rows[0][0] for rows in [*found, db.sql(_NEXT_BEGIN, (panel,))] if rows]
    return min(times, default=None)


def begin(db: Database, panel: str, now: int) -> None:
    """Let the orders be sent whose `not_before` has come."""
    found = db.sql(_NEXT_BEGIN, (panel,))
    if found and found[0][0] <= now:
        with db.transaction():
            db.many(_BEGIN, [(panel, now)])


def held(db: Database, panel: str) -> dict[str, int]:
    """Return how many queued orders of a panel are not to be sent yet, by why."""
    return dict(db.sql(_HELD, (panel,)))


def link_is_open(db: Database, order: Order) -> bool:
    """Tell whether another order for the same service and link is in progress."""
    return bool(db.sql(_OPEN_LINK, (order.panel, order.service, order.link)))


def postpone_link(db: Database, order: Order, until: int) -> None:
    """Let every queued order for the same service and link wait until then."""
    with db.transaction():
        db.many(_POSTPONE_LINK, [(until, order.panel, order.service, order.link, until)])


def postpone(db: Database, order: Order, until: int) -> None:
    """Let one queued order wait until then."""
    with db.transaction():
        db.many(_POSTPONE, [(until, order.id)])


def queued_plainly(db: Database, panel: str) -> list[tuple[str, int, int]]:
    """Return the service, the number and the total quantity of the queued orders that have nothing but a quantity."""
    return [(service, orders, int(quantity)) for service, orders, quantity in db.sql(_PLAINLY, (panel,))]


def queued_kinds(db: Database, panel: str, most: int) -> list[tuple[str, int, int]]:
    """Return services, quantities and numbers of those among the first queued orders with nothing but a quantity."""
    return [(service, quantity, count) for service, quantity, count in db.sql(_KINDS, (panel, most))]


def queued_others(db: Database, panel: str, most: int) -> list[Order]:
    """Return the others among the first queued orders."""
    return [order_of(row) for row in db.sql(_OTHERS, (panel, most))]


def queued_otherwise(db: Database, panel: str) -> Iterator[Order]:
    """Return the other queued orders: their comments, their fields or a package determine what they come to."""
    return (order_of(row) for row in db.sql(_OTHERWISE, (panel,)))
