"""Finds orders: by id or ref, by state, by what is known of them. What polls read of them is in `polls`."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from typing import Any, NamedTuple

from tracker.lib import money
from tracker.orders.ids import number_of
from tracker.orders.order import Order, State
from tracker.store import counters
from tracker.store.database import Database
from tracker.store.order_pages import PLACE, Place, pages
from tracker.store.rows import IN_PROGRESS, ORDER_NAMES, order_columns, order_of, tags_in

_SELECT = f"SELECT {order_columns()} FROM orders"
_SELECT_BARE = _SELECT.replace(" orders.comments,", " NULL,")
"""Without the comments, which are never written again: thousands are polled at a time, and each may have a megabyte."""
_NEWEST = f"{_SELECT} ORDER BY id DESC LIMIT 1"
_VERIFIED_IDS = """
    SELECT panel_order_id FROM orders WHERE panel = ? AND panel_order_id IS NOT NULL AND panel_status IS NOT NULL
"""


def by_id(db: Database, order_id: int) -> Order | None:
    """Return the order with this local id."""
    return _one(db, "id = ?", order_id)


def some(db: Database, order_ids: Collection[int]) -> list[Order]:
    """Return those of these orders that there are, without their comments."""
    if not order_ids:
        return []
    one_of, values = db.engine.among([*order_ids])
    return [order_of(row) for row in db.sql(f"{_SELECT_BARE} WHERE id {one_of} ORDER BY id", values)]


def by_ref(db: Database, ref: str) -> Order | None:
    """Return the order with this ref."""
    return _one(db, "ref = ?", ref)


def owner(db: Database, panel: str, panel_order_id: str) -> Order | None:
    """Return the order that has this id at the panel."""
    return _one(db, "panel = ? AND panel_order_id = ?", panel, panel_order_id)


def owner_of_number(db: Database, panel: str, panel_order_id: str) -> Order | None:
    """Return the order that has this id at the panel, also if one of the two is written with leading zeros.

    It reads every order of the panel: for an adoption, not for each `add`.
    """
    same = "panel = ? AND panel_order_id IS NOT NULL AND LTRIM(panel_order_id, '0') = ?"
    bare = panel_order_id.lstrip("0")
    return owner(db, panel, panel_order_id) or (_one(db, same, panel, bare) if number_of(bare) else None)


def verified_ids(db: Database, panel: str) -> Iterator[str]:
    """Yield the id of every order that the panel's `status` has confirmed as ours."""
    return (one for (one,) in db.sql(_VERIFIED_IDS, (panel,)))


def newest(db: Database) -> Order:
    """Return the order that was queued last."""
    return order_of(db.sql(_NEWEST)[0])


def _one(db: Database, where: str, *values: Any) -> Order | None:
    found = db.sql(f"{_SELECT} WHERE {where} LIMIT 1", values)
    return order_of(found[0]) if found else None


_NEWEST_NAMES = "SELECT id, ref, state FROM orders ORDER BY id DESC LIMIT ?"
_NAMES_LIKE = "SELECT id, ref, state FROM orders WHERE ref >= ? AND ref < ? ORDER BY ref LIMIT ?"
_LAST_CHARACTER = "\U0010ffff"


def names(db: Database, begun: str, limit: int) -> list[tuple[int, str | None, str]]:
    """Return the id, the ref and the state of orders whose ref begins like that; of the newest for an empty text."""
    if not begun:
        rows = db.sql(_NEWEST_NAMES, (limit,))
    else:
        rows = db.sql(_NAMES_LIKE, (begun, begun + _LAST_CHARACTER, limit))
    return [(int(order_id), ref, str(state)) for order_id, ref, state in rows]


def listed(
    db: Database,
    states: Sequence[str] = (),
    panel: str | None = None,
    since: int | None = None,
    limit: int = 100,
    before: Place | None = None,
    service: str | None = None,
    begin: Place | None = None,
    tag: str | None = None,
) -> Generator[Order, None, None]:
    """Yield orders as they are at one moment, the newest first; `limit` 0 means all. Close it before the database.

    `before` is the place of the last order of the page before this one, `begin` that of the last that may be yielded.
    """
    found = pages(db, ORDER_NAMES, states, panel, since, limit, before, service, begin, tag)
    with closing(found):
        for page in found:
            yield from (order_of(row[len(PLACE) :]) for row in page)


def any_in(db: Database, states: Sequence[State], panel: str | None = None) -> bool:
    """Tell whether any order is in one of these states."""
    counted = counters.counts(db)
    return any(state in of_one for one, of_one in counted.items() if panel in (None, one) for state in states)


_QUEUED = f"{_SELECT} WHERE panel = ? AND state = 'queued'"


def queued(db: Database, panel: str) -> Iterator[Order]:
    """Return every queued order of a panel."""
    return (order_of(row) for row in db.sql(_QUEUED, (panel,)))


def queued_for(db: Database, panel: str, services: Sequence[str]) -> Iterator[Order]:
    """Return every queued order of a panel for some of its services."""
    wanted = set(services)
    return (order for order in queued(db, panel) if order.service in wanted)


_QUEUED_SERVICES = "SELECT DISTINCT service FROM orders WHERE panel = ? AND state = 'queued'"
_SERVICE_IN_PROGRESS = f"SELECT 1 FROM orders WHERE panel = ? AND service = ? AND {IN_PROGRESS} LIMIT 1"
_SERVICE_COMPLETED = """
    SELECT 1 FROM orders WHERE panel = ? AND service = ? AND state = 'completed' AND finished_at >= ? LIMIT 1
"""


def services_in_use(db: Database, panel: str, among: Iterable[str], since: int) -> set[str]:
    """Return which of these services have an unfinished order, or one that was completed since a time."""
    queued = {service for (service,) in db.sql(_QUEUED_SERVICES, (panel,))}
    return {
        one
        for one in among
        if one in queued
        or db.sql(_SERVICE_IN_PROGRESS, (panel, one))
        or db.sql(_SERVICE_COMPLETED, (panel, one, since))
    }


_EXPIRED = f"""
    {_SELECT_BARE} WHERE panel = ? AND state = 'queued' AND expires_at IS NOT NULL AND expires_at <= ?
    ORDER BY expires_at LIMIT ?
"""
_NEXT_EXPIRY = """
    SELECT MIN(expires_at) FROM orders WHERE panel = ? AND state = 'queued' AND expires_at IS NOT NULL
"""


def expired(db: Database, panel: str, count: int, now: int) -> list[Order]:
    """Return queued orders whose time to be sent has passed, without their comments."""
    return [order_of(row) for row in db.sql(_EXPIRED + db.skip_locked, (panel, now, count))]


def next_expiry(db: Database, panel: str) -> int | None:
    """Return when the next queued order of a panel expires; None when none does."""
    at: int | None = db.sql(_NEXT_EXPIRY, (panel,))[0][0]
    return at


_DURATIONS = """
    SELECT finished_at - submitted_at FROM orders WHERE panel = ? AND service = ? AND state = 'completed'
    AND submitted_at <= finished_at AND series IS NULL ORDER BY finished_at DESC LIMIT ?
"""


def durations(db: Database, panel: str, service: str, newest: int = 200) -> list[int]:
    """Return how long the newest completed orders of a service took, in microseconds; drip-feeds tell nothing of it."""
    return [int(one) for (one,) in db.sql(_DURATIONS, (panel, service, newest))]


_UNANSWERED = "panel = ? AND state = 'active' AND last_error IS NOT NULL"
_WORDS = f"""
    SELECT last_error, id FROM orders WHERE {_UNANSWERED} AND last_error >= ? AND missing = 0
    ORDER BY last_error LIMIT ?
"""
_NEXT_WORDS = f"SELECT MIN(last_error) FROM orders WHERE {_UNANSWERED} AND last_error > ?"

WORDS_COUNTED, WORDS_READ = 1000, 20
"""Orders that are counted at a time, and how often: a panel may answer about a hundred thousand in such words."""


class Words(NamedTuple):
    """What a panel answers about active orders instead of their status: about how many, and the first of them."""

    words: str
    orders: int
    first: int


def unlisted_words(db: Database, panel: str) -> list[Words]:
    """Return the words of a panel that were not known when its active orders were polled last; of many, some."""
    found: dict[str, list[int]] = {}
    begin: str | None = ""
    for _ in range(WORDS_READ):
        rows = db.sql(_WORDS, (panel, begin, WORDS_COUNTED))
        for words, order_id in rows:
            found.setdefault(words, []).append(order_id)
        if len(rows) < WORDS_COUNTED:
            break
        # There may be more of the last words, which are not counted.
        begin = db.sql(_NEXT_WORDS, (panel, rows[-1][0]))[0][0]
        if begin is None:
            break
    return sorted(
        (Words(words, len(ids), min(ids)) for words, ids in found.items()), key=lambda one: one.first
    )


_LOCKED = (
    "SELECT id, state, attempts, spent, tags, held, expires_at FROM orders WHERE id {one_of} ORDER BY id"
)


class Locked(NamedTuple):
    """What an order is at the moment of writing."""

    state: str
    attempts: int
    #: What it counts under the limits on spending.
    spent: Decimal | None
    tags: tuple[str, ...]
    held: str | None
    expires_at: int | None

    def may_be_sent(self, at: int) -> bool:
        """Tell whether nothing holds it, and its time to be sent has not passed."""
        return self.held is None and (self.expires_at is None or self.expires_at > at)


def lock(db: Database, order_ids: Sequence[int]) -> dict[int, Locked]:
    """Lock these orders until the caller's transaction ends; return what each is."""
    if not order_ids:
        return {}
    one_of, values = db.engine.among(order_ids)
    found = db.sql(_LOCKED.format(one_of=one_of) + db.for_update, values)
    return {
        order_id: Locked(state, attempts, money.read(spent), tags_in(tags), *rest)
        for order_id, state, attempts, spent, tags, *rest in found
    }
