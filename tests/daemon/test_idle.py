"""When `run --until-idle` exits, and with which code."""

from __future__ import annotations

import pytest

from tracker.daemon.idle import Pending, Remaining, decide_exit

DONE = Pending(alerts_waiting=False, submitting=False, needs_operator=False)
ALERTS = Pending(alerts_waiting=True, submitting=False, needs_operator=False)
SENDING = Pending(alerts_waiting=False, submitting=True, needs_operator=False)
OPERATOR = Pending(alerts_waiting=False, submitting=False, needs_operator=True)


def panel(marks: str = "") -> Remaining:
    """What a panel has left, by the letters of `marks`.

    q queued, a active, s sending stopped, p polling stopped, u unchecked, r requested, h held.
    """
    return Remaining(*(mark in marks for mark in "qaspurh"))


@pytest.mark.parametrize(
    ("pending", "panels", "code"),
    [
        (DONE, [], 0),
        (DONE, ["", ""], 0),
        (ALERTS, [""], None),
        (SENDING, [""], None),
        (OPERATOR, [""], 4),
        (DONE, ["q"], None),
        (DONE, ["qs"], 4),
        (DONE, ["a"], None),
        (DONE, ["as"], None),
        (DONE, ["asp"], 4),
        (DONE, ["qas"], None),
        (DONE, ["u"], None),
        (DONE, ["r"], None),
        (DONE, ["rs"], None),
        (DONE, ["rp"], 0),
        (OPERATOR, ["u"], None),
        (DONE, ["qs", "a"], None),
        (DONE, ["qs", ""], 4),
        (DONE, ["qh"], 4),
        (DONE, ["qha"], None),
        (DONE, ["qh", "q"], None),
    ],
)
def test_it_exits_once_nothing_is_left_that_happens_automatically(
    pending: Pending, panels: list[str], code: int | None
) -> None:
    assert decide_exit(pending, [panel(marks) for marks in panels]) == code
