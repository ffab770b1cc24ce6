"""When a message that failed is tried again, and how it is made to fit. Pure."""

from __future__ import annotations

from tracker.lib.times import DAY, HOUR, SECOND

FIRST_RETRY = 30 * SECOND
LONGEST_RETRY = HOUR
SHORTEST_RETRY = 5 * SECOND
GIVEN_UP_AFTER = 3 * DAY
"""How long a message is tried again before it counts as dead."""


def next_try(attempt: int, now: int, jitter: float) -> int:
    """Return when to try again after the failed try number `attempt` (from 1).

    `jitter`, from 0 to 1, spreads the tries over the whole of a wait that doubles from 30 s to 1 h, so that many
    that failed together do not come back together.
    """
    longest = min(LONGEST_RETRY, FIRST_RETRY << min(max(attempt, 1) - 1, 16))
    return now + max(SHORTEST_RETRY, round(longest * jitter))
