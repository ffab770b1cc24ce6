"""Reads the answer to `refill` and `cancel`: what became of the request about each order. Pure.

What the canonical page shows is a list of `{order: 9, cancel: {error: …}}` and `{order: 2, cancel: 1}`, and
`{refill: "1"}` for one order; others key it by the id, list the ids that they took, or say a word. Each item is read
alone, and what cannot be told to be about an order is left out: its request stays unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tracker.orders.answers import Failure
from tracker.orders.request_answers import NOT_PROCESSED, Declined, RequestAnswer, Taken
from tracker.orders.requests import Kind
from tracker.panel.dialects.envelope import NO_MESSAGE, PanelError, error_in, says_something, unwrap
from tracker.panel.dialects.fields import Fields
from tracker.panel.dialects.json_values import opaque_id, shortened
from tracker.panel.dialects.refusals import Refusals
from tracker.panel.exchange import Exchange

LISTS = ("data", "result", "results", "items", "orders")
"""Names under which panels wrap a list, or a map by id."""

_TOOK = {Kind.REFILL: ("refilled",), Kind.CANCEL: ("canceled", "cancelled")}
"""Names under which panels list the ids that they took."""

_YES = frozenset({"true", "ok", "success", "successful", "yes", "accepted"})

NOT_TOLD = "the panel's answer does not say which order it is about, or what became of it"

Answers = dict[str, RequestAnswer]


def read_requests(
    exchange: Exchange, kind: Kind, ids: Sequence[str], fields: Fields, refusals: Refusals
) -> Answers | Failure:
    """Return what became of the request about each order, or why the answer cannot be used."""
    answer = unwrap(exchange)
    if isinstance(answer, Failure):
        return answer
    return _Reader(kind, ids, fields, refusals).read(answer, exchange)


class _Reader:
    """Reads the answer to one call."""

    def __init__(self, kind: Kind, ids: Sequence[str], fields: Fields, refusals: Refusals) -> None:
        self._kind = kind
        self._ids = ids
        self._order = fields.order
        self._refusals = refusals

    def read(self, answer: Any, exchange: Exchange) -> Answers | Failure:
        """Read the JSON value of an answer, or the panel's error in its place."""
        pairs = None if isinstance(answer, PanelError) else self._pairs(answer)
        if pairs is not None:
            return self._items(pairs)
        error = answer if isinstance(answer, PanelError) else error_in(answer)
        failure = Failure(NOT_TOLD) if error is None else error.failure(exchange, self._refusals)
        if error is not None and self._refusals.proven(error.texts) in NOT_PROCESSED:
            return failure
        about_one = self._about_one(answer) if len(self._ids) == 1 else None
        # Whatever else the error begins like, it proves nothing of the call.
        return about_one or Failure(failure.why)

    def _about_one(self, answer: Any) -> Answers | None:
        """Read an answer without an id as that about the one order that was asked for."""
        if isinstance(answer, PanelError):
            declined = self._declined(answer)
            return None if declined is None else {self._ids[0]: declined}
        if type(answer) is not dict or self._row_id(answer) not in (None, self._ids[0]):
            return None
        return self._items([(self._ids[0], answer)])

    # -- which item is about which order --------------------------------------------------------------------

    def _pairs(self, answer: Any) -> list[tuple[str, Any]] | None:
        """Return each order that was asked about with what is said of it; None where no item names one."""
        if type(answer) is list:
            return self._rows(answer)
        if type(answer) is not dict:
            return None
        if not self._keyed(answer).isdisjoint(self._ids):
            return [(one, answer[one]) for one in self._ids if one in answer]
        for name in (*LISTS, self._kind.value):
            inner = answer.get(name)
            if type(inner) is list or (type(inner) is dict and not inner.keys().isdisjoint(self._ids)):
                return self._pairs(inner)
        return self._listed(answer)

    def _keyed(self, answer: Mapping[str, Any]) -> set[str]:
        # {"order": 7, "cancel": 1} has no order as a key, though an id may be any text.
        return set() if self._order in answer else {*answer.keys()}

    def _listed(self, answer: Mapping[str, Any]) -> list[tuple[str, Any]] | None:
        for name in _TOOK[self._kind]:
            if type(answer.get(name)) is list:
                return [(one, True) for one in map(opaque_id, answer[name]) if one is not None]
        return None

    def _rows(self, rows: list[Any]) -> list[tuple[str, Any]] | None:
        if len(rows) == 1 and type(rows[0]) is list:
            rows = rows[0]
        named = [(order_id, row) for row in rows if (order_id := self._row_id(row)) is not None]
        if named or not rows:
            return named
        if len(rows) == len(self._ids) == 1:
            return [(self._ids[0], rows[0])]
        return None

    def _row_id(self, row: Any) -> str | None:
        if type(row) is not dict:
            return None
        return opaque_id(row[self._order] if self._order in row else row.get("id"))

    def _items(self, pairs: Iterable[tuple[str, Any]]) -> Answers:
        return dict(self._read_items(list(pairs)))

    def _read_items(self, pairs: list[tuple[str, Any]]) -> Iterator[tuple[str, RequestAnswer]]:
        count = Counter(order_id for order_id, _ in pairs)
        for order_id, value in pairs:
            read = self._item(value) if order_id in self._ids and count[order_id] == 1 else None
            if read is not None:
                yield order_id, read

    # -- what an item says ----------------------------------------------------------------------------------

    def _item(self, value: Any, depth: int = 2) -> RequestAnswer | None:
        """Read what is said of one order; None where that is not plain."""
        if type(value) is not dict:
            return self._word(value)
        inner = self._inner(value)
        within = self._item(inner, depth - 1) if depth and inner is not None else None
        error = error_in(value)
        if error is not None:
            return None if isinstance(within, Taken) else self._declined(error)
        if inner is not None:
            return within
        return Taken() if _is_success(value) else None

    def _inner(self, value: Mapping[str, Any]) -> Any:
        """Return what stands under the name of the request, or else what the answer is wrapped in."""
        named = next(
            (value[one] for one in (self._kind.value, f"{self._kind.value}_id") if one in value), None
        )
        return value["data"] if named is None and type(value.get("data")) is dict else named

    def _word(self, value: Any) -> RequestAnswer | None:
        """Read what stands in the place of the answer: yes, the id of a refill, or an error as a bare text."""
        if value is True:
            return Taken()
        refill_id = opaque_id(value)
        text = value.strip() if type(value) is str else ""
        if text.casefold() in _YES:
            return Taken()
        if refill_id is not None and (type(value) is int or any(char.isdigit() for char in refill_id)):
            return Taken(refill_id if self._kind is Kind.REFILL else None)
        return self._declined(PanelError((text,))) if text and self._refusals.reason((text,)) else None

    def _declined(self, error: PanelError) -> Declined | None:
        """Read an error about one order; None where it is about the call, which may have been carried out."""
        return None if error.is_trouble or error.texts == NO_MESSAGE else Declined(shortened(error.texts[0]))


def _is_success(value: Mapping[str, Any]) -> bool:
    """Tell whether a panel says only that it went well."""
    if says_something(value.get("success")) and value["success"] != 0:
        return True
    status = value.get("status")
    return status is True or (type(status) is str and status.strip().casefold() in _YES)
