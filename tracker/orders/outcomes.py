"""What the history says of an `add`, and of how an order ended to be unknown, in a word each for figures. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker.orders.order import State
from tracker.orders.resolution import By

ADD_OUTCOMES = ("accepted", "rejected", "postponed", "not_sent", "lost")
"""The panel took it; refused it; refused it for now; never got it; or whether it took it is not known."""

SETTLED_BY = (
    *(f"adopted {by}" for by in ("person", "evidence", "list", "late_answer", "asked_again")),
    *(f"released {by}" for by in ("person", "evidence", "asked_again", "words_listed", "never_sent")),
    "dropped person",
)
"""What becomes of an unknown order (it has an id, it is queued again, or it is given up), and who or what decides."""

_BY = {
    By.EVIDENCE: "evidence",
    By.LISTED: "list",
    By.LATE_ANSWER: "late_answer",
    By.ASKED_AGAIN: "asked_again",
}
_ENDS = {State.ACTIVE: "adopted", State.QUEUED: "released", State.DROPPED: "dropped"}
_ADDS = {State.ACTIVE: "accepted", State.REJECTED: "rejected", State.UNKNOWN: "lost"}


def add_outcome(after: State, why: str) -> str:
    """Return what came of an `add`, by the state that its order went to from `submitting`."""
    known = _ADDS.get(after)
    if known is not None:
        return known
    return "not_sent" if why.startswith("not sent: ") else "postponed"


def settled_as(after: State) -> str:
    """Return what became of an unknown order, by the state that it went to."""
    return _ENDS[after]


def settled_by(why: str, evidence: Mapping[str, Any]) -> str:
    """Return who or what settled an unknown order, by its row in the history."""
    if why.startswith("never sent: "):
        return "never_sent"
    if why.startswith("released: "):
        return "words_listed"
    by = evidence.get("by") or why.removeprefix("released by ")
    return next((word for one, word in _BY.items() if str(by).startswith(one)), "person")
