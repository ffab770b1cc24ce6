"""What goes out to a target next, one by one or together, and what follows a failed send. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tracker.events import Notice
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND

BURST = 10
BURST_TIME = MINUTE
"""After `BURST` messages within `BURST_TIME`, what else is due comes together."""

GATHER = 5 * SECOND
"""How long messages are gathered in a burst before they go out together."""

SUSPECT = 5
"""Failed tries after which a message lets the others go first: the fault may be the message and not the target."""

FIRST_RETRY = 30 * SECOND
LONGEST_RETRY = HOUR
SHORTEST_RETRY = 5 * SECOND
DEAD_AFTER = 3 * DAY
"""How long a message is tried again before it counts as dead."""


# -- when an alert is posted ----------------------------------------------------------------------------


# -- what goes out next ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert on its way to one target. Times are microseconds."""

    id: int
    target: str
    notice: Notice
    at: int
    in_digest: bool
    attempts: int
    state: str = "waiting"
    due_at: int | None = None
    sent_at: int | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """When the last `BURST` messages went out to one target, the oldest first."""

    sent: tuple[int, ...] = ()

    def after_send(self, now: int) -> Pace:
        """Count one more message."""
        return Pace((*self.sent, now)[-BURST:])

    def is_burst(self, now: int) -> bool:
        """Tell whether many went out within a short time."""
        return len(self.sent) == BURST and 0 <= now - self.sent[0] < BURST_TIME

    def gathers_until(self, now: int) -> int:
        """Return until when more is gathered before the next message; a time that has passed when nothing is."""
        return min(self.sent[-1], now) + GATHER if self.is_burst(now) else now


CALM = Pace()
"""The pace of a target to which nothing was sent lately."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What is due to one target, as far as the choice needs it."""

    #: The oldest that are sent on their own and failed less often than `SUSPECT`; `BURST` + 1 are enough.
    singles: Sequence[Delivery] = ()
    #: The oldest that failed more often; with `singles`, `BURST` + 1 are enough.
    suspects: Sequence[Delivery] = ()
    #: The oldest urgent ones among `singles` and behind them; two are enough.
    urgent: Sequence[Delivery] = ()
    #: Whether anything at all is due, in a digest or not.
    any_due: bool = False
    #: Whether as much is due as one message holds, where that is limited.
    is_full: bool = False


@dataclass(frozen=True, slots=True)
class Single:
    """The choice to send one alert on its own."""

    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Digest:
    """The choice to send all that is due as one message."""


def choose(pending: Pending, failures: int, pace: Pace, now: int) -> Single | Digest | None:
    """Choose what goes out to a target next: one alert, or all that is due as one message; None: nothing now.

    `failures` counts its failed sends in a row: what piled up meanwhile comes as one message, however little it
    is. A target that takes messages gets them one by one, what is urgent first, and the rest of a burst, or as much as
    fills a message, together.
    """
    singles = [*pending.singles, *pending.suspects]
    if not singles:
        return Digest() if pending.any_due else None
    if failures:
        return _after_failures(singles, failures)
    if (pending.is_full or pace.is_burst(now)) and len(pending.urgent) != 1:
        if not pending.urgent and not pending.is_full and now < pace.gathers_until(now):
            return None
        if len(singles) > 1:
            return Digest()
    return Single((*pending.urgent, *singles)[0])


def _after_failures(singles: Sequence[Delivery], failures: int) -> Single | Digest:
    """Choose all, and after many failures now and then one alone, each in turn: one that is refused spoils the rest."""
    is_one_tried = failures >= SUSPECT and failures % 3 == 2
    if len(singles) > 1 and not is_one_tried:
        return Digest()
    return Single(singles[failures // 3 % len(singles)])


# -- after a send ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Breaker:
    """The circuit breaker of one target: after a failed send, nothing goes to it until `open_until`."""

    #: Failed sends in a row.
    failures: int = 0
    open_until: int = 0
    #: Whether the other targets know that this one lost alerts; once, until it takes one again.
    dead_notified: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """When a message that failed is tried again, and the circuit breaker of its target from now on."""

    at: int
    breaker: Breaker


def after_failure(breaker: Breaker, attempts: int, retry_after: int | None, now: int, jitter: float) -> Retry:
    """Decide when a message is tried again that had failed `attempts` times before, and failed again.

    Its target is left alone until then, unless the message itself is suspect: then it alone waits, as the target
    takes others. `retry_after` (microseconds) is what the target asked for.
    """
    at = next_try(max(breaker.failures, attempts) + 1, now, jitter)
    if retry_after is not None:
        at = max(at, now + retry_after)
    is_suspect = attempts >= SUSPECT and breaker.failures == 0
    open_until = breaker.open_until if is_suspect else at
    return Retry(at, replace(breaker, failures=breaker.failures + 1, open_until=open_until))


def dead_if_failing_since(now: int) -> int:
    """Return the time at or before which a message must have failed first to be dead by now."""
    return now - DEAD_AFTER


def after_deaths(breaker: Breaker, count: int) -> Breaker:
    """Note that `count` messages to a target died: the other targets are notified of the first."""
    return replace(breaker, dead_notified=breaker.dead_notified or count > 0)


def next_try(attempt: int, now: int, jitter: float) -> int:
    """Return when to try again after the failed try number `attempt` (from 1).

    `jitter`, from 0 to 1, spreads the tries over the whole of a wait that doubles from 30 s to 1 h, so that many
    that failed together do not come back together.
    """
    longest = min(LONGEST_RETRY, FIRST_RETRY << min(max(attempt, 1) - 1, 16))
    return now + max(SHORTEST_RETRY, round(longest * jitter))
