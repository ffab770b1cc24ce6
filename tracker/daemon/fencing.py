"""Whether an `add` whose intent is on record may still be sent: what stands still must not wake up and pay again.

A process may stop anywhere and for any time: SIGSTOP, a paused virtual machine, a machine that swaps or sleeps. Its
connections end meanwhile, and another daemon takes over, calls the order unknown, and may place it once somebody has
released it. Two rules let no `add` leave after that:

1. Right before its first byte, the server confirms the lease on the connection that wrote the intent, and after that
   answer the intent is younger than `SEND_WITHIN`, by a clock that goes on while the machine sleeps. Another daemon
   can take over only when that connection has ended: so nobody has, or it was less than a moment ago. A stop before
   the server's answer is noticed by the first half of the rule, a stop before the age is read by the second.
2. Who takes over settles nothing and sends nothing before `add_timeout` + `ADD_MARGIN` after the intent. A request
   that left within `SEND_WITHIN` is over by then: the process and the kernel give it up after `add_timeout`. What is
   left of the margin, 10 s, is for clocks that differ.

What remains is a stop between reading the age and the call that gives the request to the kernel: some microseconds of
this process, in which it waits for nothing but its turn to run. A stop there counts only if it also lasts longer than
rule 2 waits, or a person releases the order meanwhile. A long request goes out in pieces of 16 KiB, each with a look at
its deadline before it, on the same clock: a stop within it ends like one within the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tracker.lib.times import SECOND, seconds
from tracker.panel.exchange import Exchange
from tracker.store.engines.engine import Lease

SEND_WITHIN = 5 * SECOND
"""How old an intent may be when its request goes out; to connect must not take longer either."""

LEASE_LOST = "the database did not confirm this daemon's lease: another one may have taken over"
TOO_LATE = "too much time had passed since the intent was recorded: this process or the machine stood still"


@dataclass(frozen=True, slots=True)
class SendPermit:
    """The permit for one `add`. Made before its intent is recorded."""

    lease: Lease
    #: Microseconds of a clock that nobody can set and that goes on while the machine sleeps.
    elapsed: Callable[[], int]
    made_at: int
    #: Microseconds that it lasts.
    lasts: int

    def seconds_left(self) -> float:
        """Return for how long it still lasts."""
        return seconds(max(0, self.made_at + self.lasts - self.elapsed()))

    def refusal(self) -> str | None:
        """Say why nothing may be sent any more; None when it may, at once."""
        if not self.lease.is_confirmed():
            return LEASE_LOST
        if (
            self.elapsed() - self.made_at > self.lasts
        ):  # the last thing that is looked at: asking the server may last
            return TOO_LATE
        return None


def send_permit(lease: Lease, elapsed: Callable[[], int], add_timeout: int) -> SendPermit:
    """Make the permit for an `add` whose intent is about to be recorded."""
    return SendPermit(lease, elapsed, elapsed(), min(SEND_WITHIN, add_timeout))


def was_dropped(exchange: Exchange) -> bool:
    """Tell whether an `add` was not sent because its permit was refused, which says nothing of the panel."""
    return not exchange.sent and exchange.error in (LEASE_LOST, TOO_LATE)
