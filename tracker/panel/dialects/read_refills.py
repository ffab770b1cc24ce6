"""Reads the answer to `refill_status`: what is said of each refill. Pure.

The canonical page shows a list of `{refill: 1, status: "Completed"}`, and `{status: …}` for one refill; an error stands
in the place of the status.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tracker.orders.answers import Failure
from tracker.orders.order import State
from tracker.orders.request_answers import RefillMissing, RefillReport, RefillSaid
from tracker.panel.dialects.envelope import PanelError, says_something, unwrap
from tracker.panel.dialects.json_values import opaque_id, short_text, shortened
from tracker.panel.dialects.read_requests import LISTS
from tracker.panel.dialects.refusals import Refusals
from tracker.panel.dialects.status_words import folded
from tracker.panel.exchange import Exchange

_IDS = ("refill", "refill_id", "id")


def read_refills(
    exchange: Exchange, ids: Sequence[str], words: Mapping[str, State], refusals: Refusals
) -> dict[str, RefillSaid] | Failure:
    """Return what is said of each refill; what is not there, the answer does not say."""
    answer = unwrap(exchange)
    if isinstance(answer, Failure):
        return answer
    error = answer if isinstance(answer, PanelError) else _error_of(answer)
    if error is not None:
        return _of_whole_call(error, exchange, ids, refusals)
    pairs = _pairs(answer, ids)
    if pairs is None:
        return Failure("the panel answered with JSON that holds no refill that was asked about")
    count = Counter(one for one, _ in pairs)
    said = {one: _said(value, words) for one, value in pairs if one in ids and count[one] == 1}
    return {one: read for one, read in said.items() if read is not None}


def _of_whole_call(
    error: PanelError, exchange: Exchange, ids: Sequence[str], refusals: Refusals
) -> dict[str, RefillSaid] | Failure:
    failure = error.failure(exchange, refusals)
    if len(ids) > 1 or error.is_trouble or failure.reason is not None:
        return failure
    return {ids[0]: RefillMissing(shortened(error.texts[0]))}


def _error_of(value: Any) -> PanelError | None:
    """Return an error; a status alone is none, though it may be "Error"."""
    if type(value) is not dict:
        return None
    for name in ("error", "errors"):
        if says_something(found := value.get(name)):
            inner = found if type(found) is str else "; ".join(map(str, found)) if type(found) is list else ""
            return PanelError((inner or "no message",))
    return None


def _pairs(answer: Any, ids: Sequence[str]) -> list[tuple[str, Any]] | None:
    """Return each refill with what is said of it; None where no item names one."""
    if type(answer) is list:
        rows = answer[0] if len(answer) == 1 and type(answer[0]) is list else answer
        return [(one, row) for row in rows if (one := _row_id(row)) is not None]
    if type(answer) is not dict:
        return None
    keyed = [(one, answer[one]) for one in ids if one in answer]
    if keyed:
        return keyed
    inner = next((answer[name] for name in LISTS if type(answer.get(name)) in (list, dict)), None)
    if inner is not None:
        return _pairs(inner, ids)
    claimed = _row_id(answer)
    return [(ids[0], answer)] if len(ids) == 1 and claimed in (None, ids[0]) else None


def _row_id(row: Any) -> str | None:
    if type(row) is not dict:
        return None
    return next((opaque_id(row[name]) for name in _IDS if name in row), None)


def _said(value: Any, words: Mapping[str, State]) -> RefillSaid | None:
    status = value.get("status") if type(value) is dict else value
    error = _error_of(status) or _error_of(value)
    if error is not None:
        return RefillMissing(shortened(error.texts[0]))
    word = short_text(status)
    return None if word is None else RefillReport(word, words.get(folded(word)))
