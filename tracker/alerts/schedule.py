"""Who gets an alert, and when: at once, after quiet hours, or in a digest. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tracker.alerts.incidents import Alert
from tracker.alerts.subscriptions import Subscription
from tracker.events import URGENT


@dataclass(frozen=True, slots=True)
class Due:
    """When an alert may go out to one target (microseconds), and whether together with others."""

    at: int
    in_digest: bool = False


def recipients(
    alert: Alert, subscriptions: Iterable[Subscription], only: Collection[str] | None = None
) -> list[Subscription]:
    """Return the subscriptions of the targets that get an alert; `only` limits them to the targets named."""
    targets = only if alert.reminds is None else (alert.reminds,)
    return [
        one for one in subscriptions if one.wants(alert.notice) and (targets is None or one.target in targets)
    ]


def schedule(alert: Alert, subscription: Subscription, open_digest_due: int | None, now: int) -> Due:
    """Decide when one target gets an alert.

    In quiet hours only what is urgent goes out; the rest waits for their end. A target with a digest gets only
    what is urgent, and the end of an urgent incident, on its own. `open_digest_due` is when its digest that is
    being filled goes out: the first alert in a digest sets the time.
    """
    quiet, notice = subscription.quiet, alert.notice
    urgent = notice.is_urgent and notice.ends is None and alert.reminds is None
    if quiet is not None and not urgent and (end := quiet.until(now)) is not None:
        return Due(end, in_digest=True)
    ends_urgent = notice.ends in URGENT and alert.incident_id is not None
    if subscription.digest is None or urgent or ends_urgent:
        return Due(now)
    due = open_digest_due or now + subscription.digest
    return Due((quiet.until(due) if quiet else None) or due, in_digest=True)
