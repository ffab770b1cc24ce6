"""Counts the orders of each tag by their state, and finds the tags that are over. Untagged orders cost nothing here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from tracker.events import Notice
from tracker.lib import money
from tracker.orders.order import State
from tracker.orders.tag_end import OPEN, Counts, Ended, TagChange, notice_of_end
from tracker.store.database import Database
from tracker.store.rows import placeholders

_STATES = tuple(map(str, State))
_COLUMNS = ", ".join(_STATES)
_ADD = (
    f"INSERT INTO tag_tallies (tag, {_COLUMNS}) VALUES ({placeholders(1 + len(_STATES))}) ON CONFLICT (tag) DO UPDATE "
    f"SET {', '.join(f'{one} = tag_tallies.{one} + excluded.{one}' for one in _STATES)}"
)
_OF_TAG = f"SELECT {_COLUMNS} FROM tag_tallies WHERE tag = ?"
_GOING_ON = f"SELECT tag, {_COLUMNS} FROM tag_tallies WHERE {' + '.join(sorted(OPEN))} > 0 ORDER BY tag"
_PAGE = """
    SELECT tags.order_id, orders.state, orders.charge, orders.expected_charge, orders.currency,
        COALESCE(orders.units, orders.quantity), orders.remains
    FROM tags JOIN orders ON orders.id = tags.order_id
    WHERE tags.tag = ? AND tags.order_id > ? ORDER BY tags.order_id LIMIT ?
"""
PAGE = 2000
"""Orders read at a time: a tag may have a million."""

Tagged = Iterable[tuple[Iterable[str], str]]
"""The tags of an order, and a state."""


def move(db: Database, entered: Tagged = (), left: Tagged = ()) -> list[TagChange]:
    """Count orders that entered and left states, inside the transaction that changes them; return what changed.

    All counts of a tag are one row, which stays locked: of two last orders that end at once, the second is told apart.
    """
    changed: Counter[tuple[str, str]] = Counter()
    for sign, moved in ((1, entered), (-1, left)):
        for tags, state in moved:
            changed.update(dict.fromkeys(((tag, state) for tag in tags), sign))
    if not changed:
        return []
    tags = sorted({tag for tag, _ in changed})
    db.many(_ADD, [(tag, *(changed[tag, state] for state in _STATES)) for tag in tags])
    return [_change(tag, changed, counts(db, tag)) for tag in tags]


def _change(tag: str, changed: Counter[tuple[str, str]], after: Counts) -> TagChange:
    before = {state: after.get(state, 0) - changed[tag, state] for state in _STATES}
    return TagChange(tag, before, after)


def counts(db: Database, tag: str) -> Counts:
    """Return how many orders of a tag are in which state."""
    found = db.sql(_OF_TAG, (tag,))
    return dict(zip(_STATES, found[0], strict=True)) if found else {}


def going_on(db: Database) -> dict[str, Counts]:
    """Return how many orders are in which state, without zeros, for each tag that has orders which go on."""
    return {
        tag: {state: count for state, count in zip(_STATES, numbers, strict=True) if count}
        for tag, *numbers in db.sql(_GOING_ON)
    }


def ended(db: Database, changed: Iterable[TagChange]) -> list[Notice]:
    """Return a notice for each tag that is over with these changes."""
    return [notice_of_end(one.tag, _orders(db, one.tag)) for one in changed if one.has_ended]


def _orders(db: Database, tag: str) -> Iterator[Ended]:
    after = 0
    while rows := db.sql(_PAGE, (tag, after, PAGE)):
        after = rows[-1][0]
        for _, state, charge, expected, currency, total, remains in rows:
            yield Ended(state, money.read(charge), money.read(expected), currency, total, remains)
