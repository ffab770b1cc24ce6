"""Which events each target subscribes to, and when it gets them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tracker.alerts.quiet_hours import QuietHours
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR

REMINDERS = (4 * HOUR, DAY)
"""When a target is reminded of an open incident, unless the config sets it."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Which events one target gets, and when. Lengths of time are microseconds."""

    target: str
    patterns: tuple[str, ...] = ("*",)
    #: For how long a digest collects what can wait; None: there is no digest.
    digest: int | None = None
    #: When it gets only what is urgent.
    quiet: QuietHours | None = None
    #: How long after the last alert of an open incident it is reminded; the last repeats, an empty tuple: never.
    remind: tuple[int, ...] = REMINDERS
    #: It gets only what is about orders with one of these tags; empty: all.
    tags: tuple[str, ...] = ()

    def wants(self, notice: Notice) -> bool:
        """Tell whether the target subscribes to the event of a notice, or to the condition that it ends."""
        if self.tags and notice.event is not Event.ALERT_TEST and tags_of(notice).isdisjoint(self.tags):
            return False
        return wanted(notice.event, self.patterns) or (
            notice.ends is not None and wanted(notice.ends, self.patterns)
        )


def tags_of(notice: Notice) -> frozenset[str]:
    """Return the tags that a notice is about."""
    order, tag = notice.facts.get("order"), notice.facts.get("tag")
    tags = order.get("tags", ()) if isinstance(order, Mapping) else ()
    return frozenset((*tags, *([tag] if isinstance(tag, str) else [])))


def wanted(event: Event, patterns: Iterable[str]) -> bool:
    """Tell whether a target with these patterns (`order.unknown`, `panel.*`, `*`) gets the event."""
    if event is Event.ALERT_TEST:
        return True
    return any(_matches(event, pattern) for pattern in patterns)


def _matches(event: Event, pattern: str) -> bool:
    return event.startswith(pattern[:-1]) if pattern.endswith("*") else event == pattern


def is_pattern(text: str) -> bool:
    """Tell whether the text names an event or a family of them."""
    return any(_matches(event, text) for event in Event)
