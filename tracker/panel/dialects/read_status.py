"""Reads the answer to `status`: the state of each order that was asked about. Pure, and the hot path.

Each item is read alone: one bad item spoils no other, and an item that cannot be read is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from tracker.orders.answers import Failure, Missing, Reason, Report, Said, Unlisted
from tracker.orders.order import Series, State
from tracker.panel.dialects.envelope import (
    ANSWER_STATUSES,
    NO_MESSAGE,
    PanelError,
    error_in,
    says_something,
    unwrap,
)
from tracker.panel.dialects.fields import Fields
from tracker.panel.dialects.figures import Figures
from tracker.panel.dialects.json_values import NotJson, opaque_id, read_json, short_text, shortened
from tracker.panel.dialects.numbers import Numbers
from tracker.panel.dialects.refusals import Refusals
from tracker.panel.dialects.spelling import to_list
from tracker.panel.dialects.status_words import folded
from tracker.panel.exchange import Exchange

Items = dict[str, Said]

_PERHAPS_ABOUT_ONE = ANSWER_STATUSES | {400, 404, 422}
"""Statuses with which a panel answers that it cannot say anything of the order that it was asked about."""

_FAULT_KEYS = ("error", "errors", "success", "msg", "message", "detail")

SUBSCRIPTION_WORDS = {"paused": State.ACTIVE, "expired": State.COMPLETED}
"""What panels say of a subscription only: folded word -> state. An order that was delivered as long as it was to
last is completed."""

MOST_PARTS = 100_000

NO_HEADERS: Mapping[str, str] = {}
"""An item of an answer in UTF-8 needs none to be read."""


class StatusReader:
    """Reads the status answers of one dialect."""

    __slots__ = (
        "_base", "_fields", "_number_fields", "_order_fields", "_refusals", "_series_fields", "_words", "figures",
    )  # fmt: skip

    def __init__(
        self, fields: Fields, words: Mapping[str, State], refusals: Refusals, numbers: Numbers, base: str
    ) -> None:
        self._base = base
        self._fields = fields
        #: How the figures of its panel are read.
        self.figures = Figures(numbers)
        self._words = words
        self._refusals = refusals
        self._number_fields = (fields.charge, fields.start_count, fields.remains)
        self._series_fields = frozenset((fields.runs, fields.posts, fields.expiry))
        #: What tells that a value is about an order.
        self._order_fields = (*self._number_fields, *self._series_fields)

    def read(self, exchange: Exchange, ids: Sequence[str]) -> Items | Failure:
        """Return what the answer says of each asked id, or why it cannot be used at all."""
        answer = unwrap(exchange)
        if isinstance(answer, Failure):
            return answer
        if type(answer) is list:
            return self._rows(answer, ids)
        if type(answer) is dict:
            asked = [(order_id, answer[order_id]) for order_id in ids if order_id in answer]
            if asked:
                return self._items(asked)
        error = (
            answer if isinstance(answer, PanelError) else error_in(answer, order_fields=self._order_fields)
        )
        if error is not None:
            return self._read_error(error, exchange, ids)
        return self._without_asked_ids(answer, ids)

    def read_item(self, item: bytes, order_id: str) -> Said | NotJson | None:
        """Read what an answer that was split says of one order; None when it says nothing."""
        value = read_json(item, NO_HEADERS)
        return value if isinstance(value, NotJson) else self._item(value, order_id)

    def report(self, item: Any) -> Report | None:
        """Return what a row of a list says of its order; None when it says nothing reliable."""
        read = self._item(item, "")
        return read if isinstance(read, Report) else None

    def _items(self, pairs: Iterable[tuple[str, Any]]) -> Items:
        item = self._item
        return {order_id: read for order_id, value in pairs if (read := item(value, order_id)) is not None}

    def _item(self, value: Any, order_id: str) -> Said | None:
        """Read one order's item; None when it says nothing."""
        if type(value) is not dict:
            return self._fault((value,), order_id) if type(value) is str and value.strip() else None
        if "error" in value and says_something(value["error"]):
            text = value["error"]
            error = PanelError((text,)) if type(text) is str else error_in(value)
            return self._fault(error.texts, order_id) if error else None
        fields, figures, get = self._fields, self.figures, value.get
        status_text = short_text(get(fields.status))
        if status_text is None:
            return self._other_fault(value, order_id)
        state = self._words.get(folded(status_text))
        if state is State.FAILED and (other := self._other_fault(value, order_id)) is not None:
            return other
        report = Report(
            status_text,
            state,
            figures.amount(get(fields.charge)),
            short_text(get(fields.currency), 20),
            figures.non_negative_int(get(fields.start_count)),
            figures.count(get(fields.remains)),
        )
        return report if value.keys().isdisjoint(self._series_fields) else self._of_series(report, value)

    def _of_series(self, report: Report, value: Mapping[str, Any]) -> Report:
        """Add what panels say of a drip-feed (`runs`, `orders`) or a subscription (`posts`, `orders`, `expiry`)."""
        fields = self._fields
        parts = _ids_in(value.get(fields.parts))
        if report.charge is not None and not parts:
            return report  # some panels write these keys for every order
        if runs := self.figures.non_negative_int(value.get(fields.runs)):
            return report._replace(series=Series.RUNS, length=runs, parts=parts)
        if all(value.get(name) in (None, "") for name in (fields.posts, fields.expiry)):
            return report
        state = report.state or SUBSCRIPTION_WORDS.get(folded(report.status_text))
        posts = self.figures.non_negative_int(value.get(fields.posts)) or None
        return report._replace(state=state, series=Series.POSTS, length=posts, parts=parts)

    def _other_fault(self, value: Mapping[str, Any], order_id: str) -> Missing | Unlisted | None:
        """Read an item that is an error in another shape, like `{"status": "error", "msg": …}`, and no report."""
        if not any(key in value for key in _FAULT_KEYS) or any(name in value for name in self._order_fields):
            return None
        error = error_in(value, failed=True)
        return None if error is None else self._fault(error.texts, order_id)

    def _fault(self, texts: tuple[str, ...], order_id: str) -> Missing | Unlisted | None:
        """Read an error about one order; None for one that is known and says nothing of it."""
        if texts == NO_MESSAGE:
            return None
        if self._refusals.reason(texts) is not None:
            return self._missing(texts)
        words = shortened(texts[0])
        return Unlisted(words, to_list(texts[0], order_id), self._base)

    def _missing(self, texts: tuple[str, ...]) -> Missing | None:
        if self._refusals.reason(texts) is not Reason.ORDER_UNKNOWN:
            return None
        return Missing(shortened(texts[0]))

    def _rows(self, rows: list[Any], ids: Sequence[str]) -> Items | Failure:
        """Read a list: only rows with an order id, as a panel may list them in any sequence."""
        named = [(order_id, row) for row in rows if (order_id := self._row_id(row)) is not None]
        if rows and not named:
            return Failure(
                "the panel answered with a list whose rows hold no order id: they cannot be told apart"
            )
        rows_of = Counter(order_id for order_id, _ in named)
        asked = frozenset(ids)
        return self._items(
            (order_id, row) for order_id, row in named if order_id in asked and rows_of[order_id] == 1
        )

    def _row_id(self, row: Any) -> str | None:
        if type(row) is not dict:
            return None
        return opaque_id(row[self._fields.order] if self._fields.order in row else row.get("id"))

    def _read_error(self, error: PanelError, exchange: Exchange, ids: Sequence[str]) -> Items | Failure:
        if len(ids) == 1:
            said = self._missing(error.texts) or self._about_one(error, exchange, ids[0])
            if said is not None:
                return {ids[0]: said}
        return error.failure(exchange, self._refusals)

    def _about_one(self, error: PanelError, exchange: Exchange, order_id: str) -> Missing | Unlisted | None:
        """Read the error of a call about one order as that order's, where it can be."""
        if error.is_trouble or exchange.status not in _PERHAPS_ABOUT_ONE:
            return None
        return self._fault(error.texts, order_id)

    def _without_asked_ids(self, answer: Any, ids: Sequence[str]) -> Items | Failure:
        """Read an answer without any of the asked ids as a key: it is about the one asked order, or about none."""
        if type(answer) is not dict:
            return Failure("the panel answered with JSON that holds no orders")
        if self._is_report(answer):
            return self._single(answer, ids)
        if not answer or any(
            isinstance(self._item(value, key), Report | Missing) for key, value in answer.items()
        ):
            return {}
        return Failure("the panel answered with JSON that holds no order and no status")

    def _is_report(self, answer: Mapping[str, Any]) -> bool:
        status_text = short_text(answer.get(self._fields.status))
        if status_text is None:
            return False
        # {"status": "success"} without numbers is how some panels say that they got the request, not that it is done.
        return folded(status_text) not in ("success", "successful", "ok", "true") or any(
            name in answer for name in self._order_fields
        )

    def _single(self, answer: dict[str, Any], ids: Sequence[str]) -> Items | Failure:
        if len(ids) != 1:
            return Failure(
                "the panel was asked about several orders and answered with the status of one, without its id"
            )
        claimed_id = opaque_id(answer.get(self._fields.order))
        if claimed_id is not None and claimed_id != ids[0]:
            return Failure(f"the panel was asked about order {ids[0]} and answered about order {claimed_id}")
        return self._items(((ids[0], answer),))


def _ids_in(value: object) -> tuple[str, ...] | None:
    """Read ids: a list of numbers, texts or rows, a map by id, or a text with commas; None for anything else."""
    if type(value) is str:
        found: Iterable[object] = value.split(",")
    elif isinstance(value, list | dict):
        found = value
    else:
        return None
    ids = (one.get("order", one.get("id")) if type(one) is dict else one for one in found)
    read = (opaque_id(one.strip() if type(one) is str else one) for one in islice(ids, MOST_PARTS))
    return tuple(dict.fromkeys(one for one in read if one is not None))
