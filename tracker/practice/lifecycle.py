"""How an order of the practice panel progresses: a pure function of the time since it was placed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

PENDING = "Pending"
PROCESSING = "Processing"
COMPLETED = "Completed"
PARTIAL = "Partial"
CANCELED = "Canceled"
FAILED = "Failed"

_CENT = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How the orders of a service progress and end, in seconds; `left` is the percentage that is never delivered."""

    starts: float = 2.0
    ends: float = 15.0
    word: str = COMPLETED
    left: int = 0


def progress(lifecycle: Lifecycle, quantity: int, elapsed: float) -> tuple[str, int]:
    """The status word and what remains, `elapsed` seconds (scaled by the pace) after the order was placed."""
    final = quantity * lifecycle.left // 100
    if elapsed >= lifecycle.ends:
        return lifecycle.word, final
    if elapsed < lifecycle.starts:
        return PENDING, quantity
    share = (elapsed - lifecycle.starts) / (lifecycle.ends - lifecycle.starts)
    return PROCESSING, quantity - int((quantity - final) * share)


def usual_remains(word: str, quantity: int) -> int:
    """What usually remains of an order that ended with this word."""
    if word == COMPLETED:
        return 0
    return max(1, quantity * 2 // 5) if word == PARTIAL else quantity


def refund(word: str, paid: Decimal, remains: int, quantity: int) -> Decimal:
    """What is refunded: all of a canceled order, the undelivered share of a partial one.

    Exact whenever the share is a finite decimal of at most 28 digits; else rounded down to five places.
    """
    if word in (CANCELED, "Cancelled", "Refunded"):
        return paid
    if word != PARTIAL or not quantity:
        return Decimal(0)
    share = paid * remains / quantity
    return share if share * quantity == paid * remains else share.quantize(_CENT, ROUND_DOWN)
