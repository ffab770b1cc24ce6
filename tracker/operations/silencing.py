"""Keeps alerts back for a while, and lets them out again; who did it stands among the acts."""

from __future__ import annotations

from dataclasses import replace

from tracker.alerts.silences import Silence
from tracker.alerts.subscriptions import is_pattern
from tracker.events import Event
from tracker.lib.times import DAY, MINUTE, about
from tracker.operations.refused import Refused
from tracker.store import acts, silences
from tracker.store.acts import Act
from tracker.store.database import Database

SHORTEST, LONGEST = MINUTE, 365 * DAY
"""How long a silence may last; who wants an event never removes it from the target's `events`."""


def silence(db: Database, wanted: Silence) -> Silence:
    """Begin a silence; Refused when it names no event or lasts too long."""
    if not is_pattern(wanted.event) or wanted.event == Event.ALERT_TEST:
        raise Refused(
            f"{wanted.event!r} is no event; write one like order.unknown, or a family like panel.*: "
            f"{', '.join(sorted(event for event in Event if event is not Event.ALERT_TEST))}"
        )
    span = wanted.until - wanted.made_at
    if not SHORTEST <= span <= LONGEST:
        raise Refused(f"a silence lasts {about(SHORTEST)} to {about(LONGEST)}, not {about(span)}")
    what = f"silenced {wanted.subject} for {about(span)}: {wanted.because}"
    with db.transaction():
        db.lock("outbox")  # so that what is posted after it knows of it
        made = replace(wanted, id=silences.add(db, wanted))
        acts.note(db, Act(wanted.made_at, wanted.who, what, wanted.panel))
    return made


def unsilence(db: Database, ended: Silence, by: str, now: int) -> None:
    """End a silence before its time; Refused when it is over."""
    with db.transaction():
        db.lock("outbox")
        if not silences.end(db, ended.id, now):
            raise Refused(f"silence {ended.id} is over already")
        acts.note(db, Act(now, by, f"ended the silence of {ended.subject}", ended.panel))
