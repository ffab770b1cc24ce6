"""Silences: which alerts are kept back for a while, and when they are told again. Pure.

A silenced alert is recorded like any other and goes to nobody. A silence ends with its time; of a condition that lasts
it ends with the incident too, so that the next one is told again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.alerts.subscriptions import tags_of, wanted
from tracker.events import Event, Notice


@dataclass(frozen=True, slots=True)
class Silence:
    """What somebody does not want to be told for a while. Each of `panel`, `order_id` and `tag` narrows it down."""

    #: An event, or a family of them: `order.unknown`, `panel.*`, `*`.
    event: str
    made_at: int
    until: int
    because: str
    who: str
    panel: str | None = None
    order_id: int | None = None
    tag: str | None = None
    #: 0 until it is stored.
    id: int = 0
    #: When somebody ended it before its time.
    ended_at: int | None = None

    def is_on(self, now: int) -> bool:
        """Tell whether it holds at this time."""
        return self.ended_at is None and self.made_at <= now < self.until

    @property
    def subject(self) -> str:
        """What it is about, as `order.unknown of order 7 at practice`."""
        order = "" if self.order_id is None else f" of order {self.order_id}"
        tag = "" if self.tag is None else f" tagged {self.tag}"
        panel = "" if self.panel is None else f" at {self.panel}"
        return f"{self.event}{order}{tag}{panel}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A notice, and what else a silence of it depends on."""

    notice: Notice
    #: The tags of its order.
    tags: frozenset[str] = frozenset()
    #: When the last incident of its condition, panel and order ended, before the one that it is about.
    last_end: int | None = None


def silencing(silences: Iterable[Silence], subject: Subject, now: int) -> Silence | None:
    """Return the silence that keeps a notice back, the longest where there are several; None when it is told."""
    found = [one for one in silences if one.is_on(now) and _covers(one, subject)]
    return max(found, key=lambda one: one.until, default=None)


def is_told_in(silence: Silence, notice: Notice, has_heard: bool) -> bool:
    """Tell whether a target gets a notice in spite of a silence: the end of what it has heard of.

    A silence of the condition keeps its reminders back; one that names the end as well keeps that back too.
    """
    return has_heard and notice.ends is not None and silence.event == notice.ends


def _covers(silence: Silence, subject: Subject) -> bool:
    notice = subject.notice
    events = [notice.event] if notice.ends is None else [notice.event, notice.ends]
    return (
        notice.event is not Event.ALERT_TEST
        and any(wanted(event, (silence.event,)) for event in events)
        and silence.panel in (None, notice.panel)
        and silence.order_id in (None, notice.order_id)
        and (silence.tag is None or silence.tag in subject.tags | tags_of(notice))
        and not (subject.last_end is not None and subject.last_end >= silence.made_at)
    )
