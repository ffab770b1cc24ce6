"""What the answer to a `status` says of each order that was asked about. Pure, and the hot path.

Each item is read alone: one bad item costs no other, and an item that says nothing readable is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tracker.orders.answers import Failure, Missing, Reason, Report
from tracker.orders.order import State
from tracker.panel.dialects.envelope import PanelError, error_in, says_something, unwrap
from tracker.panel.dialects.fields import Fields
from tracker.panel.dialects.json_values import (
    amount,
    count,
    non_negative_int,
    opaque_id,
    short_text,
    shortened,
)
from tracker.panel.dialects.refusals import Refusals
from tracker.panel.dialects.status_words import folded
from tracker.panel.exchange import Exchange

Items = dict[str, Report | Missing]


class StatusReader:
    """Reads the status answers of one dialect."""

    __slots__ = ("_fields", "_figures", "_refusals", "_words")

    def __init__(self, fields: Fields, words: Mapping[str, State], refusals: Refusals) -> None:
        self._fields = fields
        self._words = words
        self._refusals = refusals
        self._figures = (fields.charge, fields.start_count, fields.remains)

    def read(self, exchange: Exchange, ids: Sequence[str]) -> Items | Failure:
        """Return what is said of each asked id, or why the whole answer says nothing."""
        answer = unwrap(exchange, self._refusals)
        if isinstance(answer, Failure):
            return answer
        if type(answer) is list:
            return self._rows(answer, ids)
        if type(answer) is dict:
            asked = [(one, answer[one]) for one in ids if one in answer]
            if asked:
                return self._items(asked)
        complaint = answer if isinstance(answer, PanelError) else error_in(answer, order_fields=self._figures)
        if complaint is not None:
            return self._complained(complaint, exchange, ids)
        return self._without_asked_ids(answer, ids)

    def _items(self, pairs: Iterable[tuple[str, Any]]) -> Items:
        item = self._item
        return {one: read for one, value in pairs if (read := item(value)) is not None}

    def _item(self, value: Any) -> Report | Missing | None:
        """Read one order's item; None when it says nothing that can be relied on."""
        if type(value) is not dict:
            return self._denied((value,)) if type(value) is str else None
        if "error" in value and says_something(value["error"]):
            error = value["error"]
            complaint = PanelError((error,)) if type(error) is str else error_in(value)
            return self._denied(complaint.texts) if complaint else None
        fields, get = self._fields, value.get
        word = short_text(get(fields.status))
        if word is None:
            return None
        return Report(
            word,
            self._words.get(folded(word)),
            amount(get(fields.charge)),
            short_text(get(fields.currency), 20),
            non_negative_int(get(fields.start_count)),
            count(get(fields.remains)),
        )

    def _denied(self, texts: tuple[str, ...]) -> Missing | None:
        if self._refusals.reason(texts) is not Reason.ORDER_UNKNOWN:
            return None
        return Missing(shortened(texts[0]))

    def _rows(self, rows: list[Any], ids: Sequence[str]) -> Items | Failure:
        """Read a list: only rows that name their order, as nothing says in which order a panel lists them."""
        named = [(one, row) for row in rows if (one := self._row_id(row)) is not None]
        if rows and not named:
            return Failure(
                "the panel answered with a list whose rows name no order: they cannot be told apart"
            )
        seen = Counter(one for one, _ in named)
        asked = frozenset(ids)
        return self._items((one, row) for one, row in named if one in asked and seen[one] == 1)

    def _row_id(self, row: Any) -> str | None:
        if type(row) is not dict:
            return None
        return opaque_id(row[self._fields.order] if self._fields.order in row else row.get("id"))

    def _complained(self, complaint: PanelError, exchange: Exchange, ids: Sequence[str]) -> Items | Failure:
        denied = self._denied(complaint.texts)
        if denied is not None and len(ids) == 1:
            return {ids[0]: denied}
        return complaint.failure(exchange, self._refusals)

    def _without_asked_ids(self, answer: Any, ids: Sequence[str]) -> Items | Failure:
        """Read an answer that has none of the asked ids as a key: one order's own, or nobody's."""
        if type(answer) is not dict:
            return Failure("the panel answered with JSON that holds no orders")
        if self._is_report(answer):
            return self._single(answer, ids)
        if not answer or any(self._item(value) is not None for value in answer.values()):
            return {}
        return Failure("the panel answered with JSON that holds no order and no status")

    def _is_report(self, answer: Mapping[str, Any]) -> bool:
        word = short_text(answer.get(self._fields.status))
        if word is None:
            return False
        # {"status": "success"} without a figure is how some panels say "I heard you", not "it is done".
        return folded(word) not in ("success", "successful", "ok", "true") or any(
            f in answer for f in self._figures
        )

    def _single(self, answer: dict[str, Any], ids: Sequence[str]) -> Items | Failure:
        if len(ids) != 1:
            return Failure(
                "the panel answered a question about several orders with the status of one, unnamed"
            )
        told = opaque_id(answer.get(self._fields.order))
        if told is not None and told != ids[0]:
            return Failure(f"the panel was asked about order {ids[0]} and answered about order {told}")
        return self._items(((ids[0], answer),))
