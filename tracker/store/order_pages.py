"""Reads orders page by page, the newest first, as they are at one moment: the values that are stored of each."""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterator, Sequence
from itertools import chain, islice
from operator import itemgetter
from typing import Any

from tracker.store import counters
from tracker.store.database import Database
from tracker.store.rows import order_columns, placeholders

PAGE = 500
"""Orders read at a time, so that a list of any length needs little memory."""

Place = tuple[int, int]
"""The place of an order in a list (keyset pagination): when it was queued, and its id."""

END_OF_LIST: Place = (2**62, 0)
"""The place before the newest order."""

PLACE = ("created_at", "id")
"""The values with which each row begins."""

Row = tuple[Any, ...]

_NEWEST_FIRST = "ORDER BY orders.created_at DESC, orders.id DESC LIMIT ?"
_OF_STATE = """
    {select} WHERE orders.panel = ? AND orders.state = ? AND {place}
    AND (orders.created_at, orders.id) >= (?, ?){more} {order}
"""
_SAME_MOMENT = "orders.created_at = ? AND orders.id < ?"
_EARLIER = "orders.created_at < ?"
"""A row value, (created_at, id) < (?, ?), would do for both; but where a column is the table's own key, SQLite looks it
up by the columns before only, and an import gives a million orders one moment."""
_TAGGED = """
    {select} JOIN tags ON tags.order_id = orders.id WHERE tags.tag = ? AND tags.order_id < ? AND orders.created_at >= ?
    {more} ORDER BY tags.order_id DESC LIMIT ?
"""


def pages(
    db: Database,
    names: Sequence[str],
    states: Sequence[str] = (),
    panel: str | None = None,
    since: int | None = None,
    limit: int = 100,
    before: Place | None = None,
    service: str | None = None,
    begin: Place | None = None,
    tag: str | None = None,
) -> Generator[list[Row], None, None]:
    """Yield what is stored of orders under these names, behind PLACE; `limit` 0 means all.

    Close it before the database.
    `before` is the place of the last order of the list before this one, `begin` that of the last that may be yielded.
    """
    select = f"SELECT {order_columns(names=(*PLACE, *names))} FROM orders"
    size = min(limit or PAGE, PAGE)
    with db.snapshot():
        if tag is not None:
            last_id = END_OF_LIST[0] if before is None else before[1]
            found = _tagged(db, select, (tag, states, panel, since or 0), last_id, size)
        else:
            first, last = before or END_OF_LIST, max((since or 0, 0), begin or (0, 0))
            streams = [
                _of_state(db, select, (one, state, service), (first, last), size)
                for one, counted in counters.counts(db).items()
                for state in counted
                if panel in (None, one) and (not states or state in states)
            ]
            found = _merged(streams, size)
        yield from _first(found, limit)


def _of_state(
    db: Database, select: str, of: tuple[str, str, str | None], between: tuple[Place, Place], size: int
) -> Iterator[list[Row]]:
    """Yield the orders of a panel and a state, and of a service where one is named."""
    panel, state, service = of
    (at, last_id), end = between
    more, chosen = ("", ()) if service is None else (" AND orders.service = ?", (service,))
    same, earlier = (
        _OF_STATE.format(select=select, place=place, more=more, order=_NEWEST_FIRST)
        for place in (_SAME_MOMENT, _EARLIER)
    )
    while True:
        rows = db.sql(same, (panel, state, at, last_id, *end, *chosen, size))
        if len(rows) < size:
            rows += db.sql(earlier, (panel, state, at, *end, *chosen, size - len(rows)))
        if rows:
            yield rows
        if len(rows) < size:
            return
        at, last_id = rows[-1][:2]


def _tagged(
    db: Database, select: str, of: tuple[str, Sequence[str], str | None, int], last_id: int, size: int
) -> Iterator[list[Row]]:
    """Yield the orders of a tag, and of states and a panel where these are named, since a time."""
    tag, states, panel, since = of
    more = f" AND orders.state IN ({placeholders(len(states))})" if states else ""
    more += " AND orders.panel = ?" if panel is not None else ""
    query, chosen = _TAGGED.format(select=select, more=more), (*states, *([] if panel is None else [panel]))
    while rows := db.sql(query, (tag, last_id, since, *chosen, size)):
        yield rows
        if len(rows) < size:
            return
        last_id = rows[-1][1]


def _merged(streams: Sequence[Iterator[list[Row]]], size: int) -> Iterator[list[Row]]:
    """Yield the rows of several lists as one list."""
    if len(streams) == 1:
        yield from streams[0]
        return
    rows = heapq.merge(*map(chain.from_iterable, streams), key=itemgetter(0, 1), reverse=True)
    while page := list(islice(rows, size)):
        yield page


def _first(found: Iterator[list[Row]], limit: int) -> Iterator[list[Row]]:
    """Yield so many rows; all for 0."""
    left = limit
    for page in found:
        yield page[:left] if limit else page
        left -= len(page)
        if limit and left <= 0:
            return
