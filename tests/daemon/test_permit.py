"""Until when an `add` may leave, by the clock that nobody can set and by the lease."""

from __future__ import annotations

import pytest

from tracker.daemon.fencing import LEASE_LOST, SEND_WITHIN, TOO_LATE, send_permit
from tracker.lib.times import SECOND


class Held:
    """A lease that is held for as long as a test says."""

    def __init__(self, confirmed: bool = True) -> None:
        self.confirmed = confirmed

    def holds(self) -> bool:
        """Whether this process had it when it was last looked at."""
        return True

    def is_confirmed(self) -> bool:
        """Whether the server confirms it now."""
        return self.confirmed


@pytest.mark.parametrize(
    ("passed", "add_timeout", "refusal", "left"),
    [
        (0, 120 * SECOND, None, 5.0),
        (SEND_WITHIN, 120 * SECOND, None, 0.0),
        (SEND_WITHIN + 1, 120 * SECOND, TOO_LATE, 0.0),
        (3 * SECOND, 120 * SECOND, None, 2.0),
        (2 * SECOND, 2 * SECOND, None, 0.0),
        (2 * SECOND + 1, 2 * SECOND, TOO_LATE, 0.0),
    ],
)
def test_an_add_leaves_within_seconds_of_its_intent_or_not_at_all(
    passed: int, add_timeout: int, refusal: str | None, left: float
) -> None:
    clock = [1000 * SECOND]
    permit = send_permit(Held(), lambda: clock[0], add_timeout)
    clock[0] += passed

    assert permit.refusal() == refusal
    assert permit.seconds_left() == left


def test_nothing_leaves_on_a_lease_that_is_not_confirmed_however_fresh_the_intent() -> None:
    assert send_permit(Held(confirmed=False), lambda: 5, SECOND).refusal() == LEASE_LOST
