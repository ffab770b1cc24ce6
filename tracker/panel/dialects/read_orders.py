"""Reads the answer to the action that lists the account's recent orders, with their links. Pure.

No public page of a panel describes it; what clients of panels that have it expect are rows of `order, service, link,
quantity, status, charge, date`, as a list, under a name, or keyed by the id.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tracker.lib.times import SECOND, read_rfc3339
from tracker.orders.answers import Failure, ListedOrder, Listing
from tracker.panel.dialects.envelope import PanelError, error_in, unwrap
from tracker.panel.dialects.fields import Fields
from tracker.panel.dialects.json_values import opaque_id
from tracker.panel.dialects.read_status import StatusReader
from tracker.panel.dialects.refusals import Refusals
from tracker.panel.exchange import Exchange

LISTS = ("orders", "data", "items", "result")
"""Names under which panels wrap a list."""

LONGEST_TEXT = 4000
"""Characters of a link that are compared."""

_WITH_ZONE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?\s?(Z|[+-]\d\d:?\d\d)")
_EPOCH_SECONDS = re.compile(r"1\d{9}")
_EPOCH_MILLISECONDS = re.compile(r"1\d{12}")


def read_orders(
    exchange: Exchange, statuses: StatusReader, fields: Fields, refusals: Refusals
) -> Listing | Failure:
    """Return the rows that name an order, or why the answer cannot be used; each id is there once."""
    answer = unwrap(exchange)
    if isinstance(answer, Failure):
        return answer
    if isinstance(answer, PanelError):
        return answer.failure(exchange, refusals)
    rows = _rows(answer, fields)
    if rows is None:
        error = error_in(answer)
        return error.failure(exchange, refusals) if error else Failure("the answer is no list of orders")
    return _listing([_row(row, statuses, fields) for row in rows])


def _listing(read: list[ListedOrder | None]) -> Listing:
    counts = Counter(row.panel_order_id for row in read if row is not None)
    rows = tuple(row for row in read if row is not None and counts[row.panel_order_id] == 1)
    return Listing(rows, len(read) - len(rows))


def _rows(answer: Any, fields: Fields) -> list[Any] | None:
    """Find the rows of an answer; None when it is no list."""
    if type(answer) is list:
        return answer
    if type(answer) is not dict:
        return None
    wrapped = next((answer[name] for name in LISTS if type(answer.get(name)) in (list, dict)), None)
    if type(wrapped) is list:
        return wrapped
    keyed = answer if wrapped is None else wrapped
    if keyed and all(type(row) is dict for row in keyed.values()):
        return [{fields.order: order_id, **row} for order_id, row in keyed.items()]
    return None


def _row(row: Any, statuses: StatusReader, fields: Fields) -> ListedOrder | None:
    if type(row) is not dict:
        return None
    order_id = _first_id(row, (fields.order, "id"))
    if order_id is None:
        return None
    service = _first_id(row, (fields.service, fields.service_id))
    link = row.get(fields.link)
    return ListedOrder(
        order_id,
        service,
        link[:LONGEST_TEXT] if type(link) is str else None,
        statuses.figures.non_negative_int(row.get(fields.quantity)),
        statuses.report(row),
        time_of(row.get(fields.date)),
    )


def _first_id(row: dict[str, Any], names: Iterable[str]) -> str | None:
    return next((opaque_id(row[name]) for name in names if name in row), None)


def time_of(value: object) -> int | None:
    """Read a moment: seconds or milliseconds since 1970, or a time with its zone; without one it could be any."""
    text = str(value) if type(value) in (str, int) else ""
    if _EPOCH_SECONDS.fullmatch(text):
        return int(text) * SECOND
    if _EPOCH_MILLISECONDS.fullmatch(text):
        return int(text) * SECOND // 1000
    try:
        return read_rfc3339(text) if _WITH_ZONE.fullmatch(text) else None
    except ValueError:
        return None
