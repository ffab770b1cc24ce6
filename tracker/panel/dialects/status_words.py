"""The status words of the family, and how they are compared. Pure.

A word that is not here is never guessed: the order keeps its state, and the operator is notified of the word.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from tracker.orders.order import State

_SPELLING = str.maketrans("", "", " _-\t\u00a0")


@lru_cache(maxsize=2048)
def folded(word: str) -> str:
    """Return the word without what panels write differently: case, spaces, underscores and hyphens."""
    return word.casefold().translate(_SPELLING)


def vocabulary(words: Mapping[State, tuple[str, ...]]) -> dict[str, State]:
    """Turn lists of words by state into a look-up by folded word."""
    return {folded(word): state for state, listed in words.items() for word in listed}


FAMILY: Mapping[str, State] = vocabulary(
    {
        State.ACTIVE: (
            *(
                "Pending",
                "Awaiting",
                "Queued",
                "New",
                "Created",
                "Creating",
                "Waiting",
                "cronpending",
                "новый",
            ),
            *("In progress", "Progress", "Processing", "In process", "Running", "Active", "Started"),
            *("запускается", "выполняется"),
        ),
        State.COMPLETED: (
            *("Completed", "Complete", "Done", "Finished", "Success", "Successful"),
            *("Completed successfully", "Compeleted", "выполнен", "выполнено"),
        ),
        State.PARTIAL: ("Partial", "Partially", "Partially completed", "Partial complete", "частично"),
        State.CANCELED: (
            *(
                "Canceled",
                "Cancelled",
                "Cancel",
                "Canceled by user",
                "Cancelled by user",
                "Rejected",
                "Declined",
            ),
            *(
                "отменен",
                "отменён",
                "Refunded",
                "Refund",
                "Refunds",
                "Cancelled/refunded",
                "Canceled/refunded",
            ),
        ),
        State.FAILED: ("Fail", "Failed", "Error"),
    }
)
"""Folded word -> state; "Paused", "Expired", "Refill" and "Unknown" are left out, as none of our states fits them."""
