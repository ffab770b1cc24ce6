"""Which target hears of which events, and when. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.alerts.quiet_hours import QuietHours
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR

REMINDERS = (4 * HOUR, DAY)
"""When a target is reminded unless the config says otherwise."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Which events one target hears of, and when. Lengths of time are microseconds."""

    target: str
    patterns: tuple[str, ...] = ("*",)
    #: For how long it gathers what can wait.
    digest: int | None = None
    #: When it hears only of what cannot wait.
    quiet: QuietHours | None = None
    #: How long after the last word of a condition that lasts it is reminded; the last repeats, none never.
    remind: tuple[int, ...] = REMINDERS

    def wants(self, notice: Notice) -> bool:
        """Tell whether the target is to hear of a notice: of its event, or of the condition that it ends."""
        return wanted(notice.event, self.patterns) or (
            notice.ends is not None and wanted(notice.ends, self.patterns)
        )


def wanted(event: Event, patterns: Iterable[str]) -> bool:
    """Tell whether a target with these patterns (`order.unknown`, `panel.*`, `*`) hears of the event."""
    if event is Event.ALERT_TEST:
        return True
    return any(_matches(event, pattern) for pattern in patterns)


def _matches(event: Event, pattern: str) -> bool:
    return event.startswith(pattern[:-1]) if pattern.endswith("*") else event == pattern


def is_pattern(text: str) -> bool:
    """Tell whether the text names an event or a family of them."""
    return any(_matches(event, text) for event in Event)
