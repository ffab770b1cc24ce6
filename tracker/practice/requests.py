"""What customers ask of the practice panel about orders that it has: to refill them, or to cancel them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker.practice.lifecycle import CANCELED, COMPLETED, PARTIAL
from tracker.practice.records import PracticeOrder, PracticeRefill
from tracker.practice.state import ENDS, PanelState
from tracker.practice.validation import Refusal

REFILL_TAKES = 6.0
"""Seconds of an order's lifecycle that a refill takes."""

REFILL_PAUSE = 24 * 3600.0
"""Seconds between two refills of one order, whatever the pace."""

MOST_IDS = 100


class Asking:
    """Takes refills and cancels; the lock of the panel's state guards it."""

    def __init__(self, state: PanelState, texts: Mapping[str, str]) -> None:
        self._state = state
        self._texts = texts
        #: Each refill that it took, by its id.
        self.refills: dict[int, PracticeRefill] = {}
        #: The orders that it was asked to cancel, and took.
        self.cancels: list[int] = []

    def answer(self, action: str, form: Mapping[str, str]) -> Any:
        """The JSON value of the answer to one request; raises Refusal."""
        ask = {"refill": self._refill, "cancel": self._cancel, "refill_status": self._look}[action]
        one, many = ("refill", "refills") if action == "refill_status" else ("order", "orders")
        with self._state.lock:
            if many not in form and action != "cancel":
                return {"status" if action == "refill_status" else action: ask(form.get(one, ""))}
            named = form.get(many) or form.get(one, "")
            ids = [text.strip() for text in named.split(",") if text.strip()]
            if len(ids) > MOST_IDS:
                raise Refusal("many", MOST_IDS)
            key = "status" if action == "refill_status" else action
            return [{one: _number(text), key: self._or_error(ask, text)} for text in ids]

    def end(self, refill_id: int, word: str) -> None:
        """End a refill with a word; what was lost is there again when that is Completed. KeyError: no such refill."""
        with self._state.lock:
            refill = self.refills[refill_id]
            refill.word = word
            if word == COMPLETED:
                self._state.orders[refill.order_id].overrides.pop("remains", None)

    def _or_error(self, ask: Any, text: str) -> Any:
        try:
            return ask(text)
        except Refusal as refused:
            return {"error": refused.text(dict(self._texts))}

    def _refill(self, text: str) -> str:
        order, word = self._order(text)
        if not self._state.services[order.placed.service].refill:
            raise Refusal("no_refill")
        if word not in (COMPLETED, PARTIAL):
            raise Refusal("not_completed")
        now = self._state.seconds()
        if any(one.order_id == order.id and now - one.at < REFILL_PAUSE for one in self.refills.values()):
            raise Refusal("refilled")
        refill = PracticeRefill(len(self.refills) + 1, order.id, now)
        self.refills[refill.id] = refill
        return str(refill.id)

    def _cancel(self, text: str) -> int:
        order, word = self._order(text)
        if not self._state.services[order.placed.service].cancel or word in ENDS or order.id in self.cancels:
            raise Refusal("no_cancel")
        self.cancels.append(order.id)
        self._state.end_soon(order.id, CANCELED)
        return 1

    def _look(self, text: str) -> str:
        refill = self.refills.get(int(text)) if text.isdecimal() else None
        if refill is None:
            raise Refusal("refill")
        if refill.word is None and (self._state.seconds() - refill.at) * self._state.pace >= REFILL_TAKES:
            self.end(refill.id, COMPLETED)
        return refill.word or "In progress"

    def _order(self, text: str) -> tuple[PracticeOrder, str]:
        status = self._state.statuses([text])[0]
        if status is None:
            raise Refusal("order")
        return self._state.orders[int(text)], status.word


def _number(text: str) -> int | str:
    return int(text) if text.isdecimal() else text
