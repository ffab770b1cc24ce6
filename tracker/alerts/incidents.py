"""The life of an incident: how it is opened and ends, and when targets are reminded of it. Pure.

A condition is reported once. Its end is reported once it has been over for long enough; when it comes back
before that, the same incident continues and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tracker.alerts.subscriptions import Subscription
from tracker.events import CONDITIONS, Event, Notice
from tracker.lib.times import DAY, HOUR, MINUTE, about, rfc3339

FLAPPING = 2 * MINUTE
LONGEST_RECOVERY = HOUR
REMEMBERED = DAY
"""For how long the incidents that ended are counted against the next one of their kind."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A condition of a panel or an order, from when it was raised until it ended. Times are microseconds."""

    event: Event
    panel: str | None
    order_id: int | None
    raised_at: int
    #: Those of the newest notice, for the reminders.
    facts: Mapping[str, Any] = field(default_factory=dict)
    #: 0 until it is stored.
    id: int = 0
    #: Since when the condition has been over; None while it lasts.
    recovering_since: int | None = None
    #: The notice of its end, held back until the condition has been over for long enough.
    ending: Notice | None = None
    #: How often the condition came back before its end was reported.
    reopened: int = 0
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class IncidentChange:
    """What happens to an incident, and the notice that is sent about it, if any.

    `before` is None for an incident that is opened, `after` as well when no incident is concerned.
    """

    before: Incident | None = None
    after: Incident | None = None
    notice: Notice | None = None

    @property
    def ends(self) -> bool:
        """Tell whether the incident ends: what has not been sent of it yet is superseded by the notice of its end."""
        return self.after is not None and self.after.ended_at is not None


@dataclass(frozen=True, slots=True)
class Alert:
    """A notice that is sent, and the incident that it belongs to."""

    notice: Notice
    incident_id: int | None = None
    #: The one target that gets it, as a reminder; None for every target that wants it.
    reminds: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What one target has got about an incident: how many alerts, the last at a time, and whether one waits.

    The count is 0 of one from which all of them were kept back by a silence.
    """

    count: int
    last_at: int
    waiting: bool = False


# -- after a notice -------------------------------------------------------------------------------------


def condition_of(notice: Notice) -> Event | None:
    """Return the condition that a notice raises or ends; None when it does neither."""
    if notice.ends is not None:
        return notice.ends
    return notice.event if notice.event in CONDITIONS else None


def ends_with_delay(notice: Notice, incident: Incident | None) -> bool:
    """Tell whether a notice ends an incident that may flap, which an order's never does: its end may have to wait."""
    return incident is not None and incident.order_id is None and notice.ends is not None


def after_notice(notice: Notice, incident: Incident | None, recently_ended: int, now: int) -> IncidentChange:
    """Decide what a notice does to the open incident of its condition.

    `recently_ended` counts the incidents of the same kind that ended within `REMEMBERED`; it matters only where
    `ends_with_delay` is true.
    """
    if notice.ends is not None:
        return _after_end(notice, incident, recently_ended, now)
    if notice.event in CONDITIONS:
        return _after_raise(notice, incident, now)
    return IncidentChange(notice=notice)


def _after_raise(notice: Notice, incident: Incident | None, now: int) -> IncidentChange:
    if incident is None:
        opened = Incident(notice.event, notice.panel, notice.order_id, now, notice.facts)
        return IncidentChange(None, opened, notice)
    reopened = incident.reopened + (incident.recovering_since is not None)
    after = replace(
        incident, facts=_facts(incident, notice), recovering_since=None, ending=None, reopened=reopened
    )
    # What is told once only is news also of an order that has an incident for another reason.
    return IncidentChange(incident, after, notice if notice.once is not None else None)


def _facts(incident: Incident, notice: Notice) -> Mapping[str, Any]:
    """Return the facts for the reminders: the newest, and what they leave out of those before them."""
    same_kind = incident.facts.get("kind") == notice.facts.get("kind")
    return {**incident.facts, **notice.facts} if same_kind else notice.facts


def _after_end(notice: Notice, incident: Incident | None, recently_ended: int, now: int) -> IncidentChange:
    if incident is None:
        return IncidentChange() if notice.event is notice.ends else IncidentChange(notice=notice)
    if ends_with_delay(notice, incident) and recovery_delay(recently_ended):
        since = now if incident.recovering_since is None else incident.recovering_since
        return IncidentChange(incident, replace(incident, recovering_since=since, ending=notice))
    return _ended(incident, notice, now, now)


def _ended(incident: Incident, notice: Notice, over_since: int, now: int) -> IncidentChange:
    times = {"since": rfc3339(incident.raised_at), "lasted": about(max(0, over_since - incident.raised_at))}
    returns = {"returns": incident.reopened} if incident.reopened else {}
    after = replace(incident, recovering_since=over_since, ended_at=now)
    return IncidentChange(incident, after, replace(notice, facts={**notice.facts, **times, **returns}))


# -- with time ------------------------------------------------------------------------------------------


def recovery_delay(recently_ended: int) -> int:
    """Return for how long (microseconds) a condition must be over, by how often it came and went in the last day.

    The first end is reported at once. A condition that comes back has to stay over ever longer, so that a panel
    that flaps all day is one long incident and not a thousand short ones.
    """
    return min(LONGEST_RECOVERY, FLAPPING << min(recently_ended, 16)) if recently_ended else 0


def end_due_at(incident: Incident, recently_ended: int) -> int | None:
    """Return when the condition will have been over for long enough; None while it lasts."""
    if incident.recovering_since is None:
        return None
    return incident.recovering_since + recovery_delay(recently_ended)


def after_recovery(incident: Incident, recently_ended: int, now: int) -> IncidentChange | None:
    """End an incident whose condition has been over for long enough; None when it has not."""
    due = end_due_at(incident, recently_ended)
    if incident.recovering_since is None or incident.ending is None or due is None or now < due:
        return None
    return _ended(incident, incident.ending, incident.recovering_since, now)


def next_reminder(last_at: int, count: int, remind: Sequence[int]) -> int | None:
    """Return when a target is reminded that got `count` alerts, the last at `last_at`; None: never.

    A target that got none yet, because it is new, is reminded at once.
    """
    if not remind:
        return None
    return last_at + remind[min(count, len(remind)) - 1] if count else last_at


def reminder_times(
    incident: Incident,
    subscriptions: Iterable[Subscription],
    received: Mapping[str, Received],
    silent_until: int | None = None,
) -> dict[str, int]:
    """Return when each target is reminded of an incident; a target for which an alert of it waits is left out.

    None is reminded before `silent_until`; from whom all was kept back until then is told once, reminders or not.
    """
    times: dict[str, int] = {}
    for one in subscriptions:
        got = received.get(one.target, Received(0, incident.raised_at))
        was_silenced = one.target in received and not got.count
        at = got.last_at if was_silenced else next_reminder(got.last_at, got.count, one.remind)
        about = Notice(incident.event, incident.panel, incident.order_id, incident.facts)
        if at is not None and not got.waiting and one.wants(about):
            times[one.target] = at if silent_until is None else max(at, silent_until)
    return times


def reminder_of(incident: Incident, now: int) -> Notice:
    """Return the notice that an incident still lasts."""
    lasting = {"since": rfc3339(incident.raised_at), "lasting": about(max(0, now - incident.raised_at))}
    return Notice(incident.event, incident.panel, incident.order_id, {**incident.facts, **lasting})


def due_reminders(incident: Incident, times: Mapping[str, int], now: int) -> list[Alert]:
    """Return the reminders of an incident that are due, one for each target."""
    notice = reminder_of(incident, now)
    return [Alert(notice, incident.id, target) for target, at in times.items() if at <= now]
