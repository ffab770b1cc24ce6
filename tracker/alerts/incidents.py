"""How long a condition must be over before its end is told, and when people are reminded of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.events import Notice
from tracker.lib.times import DAY, HOUR, MINUTE

FLAPPING = 2 * MINUTE
LONGEST_RECOVERY = HOUR
REMEMBERED = DAY
"""For how long the episodes that ended are counted against the next one of their kind."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A notice that is sent, and the incident that it belongs to."""

    notice: Notice
    incident_id: int | None = None
    #: The one target that gets it, as a reminder; None for every target that wants it.
    reminds: str | None = None


def recovery_delay(ended_lately: int) -> int:
    """Return for how long (microseconds) a condition must be over, by how often it came and went in the last day.

    The first end is told at once. A condition that comes back has to stay away ever longer, so that a panel that
    flaps all day is one long episode and not a thousand short ones.
    """
    return min(LONGEST_RECOVERY, FLAPPING << min(ended_lately, 16)) if ended_lately else 0


def next_reminder(last_at: int, told: int, remind: Sequence[int]) -> int | None:
    """Return when a target is to be reminded that was told `told` times, the last time at `last_at`; None: never.

    A target that was not told yet, because it is new, is told at once.
    """
    if not remind:
        return None
    return last_at + remind[min(told, len(remind)) - 1] if told else last_at
