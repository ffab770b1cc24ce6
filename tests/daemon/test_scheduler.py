"""Passes on the real scheduler: rests, wakes, faults, a stepped clock, and a clean stop."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.project import eventually
from tracker.daemon.context import Pass
from tracker.daemon.scheduler import Scheduler
from tracker.lib.times import HOUR, SECOND


@contextmanager
def started(passes: dict[str, Pass]) -> Iterator[Scheduler]:
    beats = Scheduler(passes)
    beats.start()
    try:
        yield beats
    finally:
        beats.stop()


class Counted:
    """A pass that counts its rounds and waits as long as it was given."""

    def __init__(self, rest: int, during: Callable[[], object] = lambda: None) -> None:
        self.turns = 0
        self.rest = rest
        self.during = during

    def __call__(self) -> int:
        self.turns += 1
        self.during()
        return self.rest


def test_a_pass_runs_at_once_and_waits_as_long_as_it_says() -> None:
    often, seldom = Counted(1000), Counted(HOUR)
    with started({"often": often, "seldom": seldom}):
        eventually(lambda: often.turns > 5)

        assert seldom.turns == 1


def test_each_pass_says_how_long_its_round_runs_and_how_long_ago_the_last_one_ended() -> None:
    go = threading.Event()
    with started({"at rest": Counted(HOUR), "at work": Counted(HOUR, lambda: go.wait(60))}) as beats:
        eventually(lambda: beats.rounds()[0].ended_ago)
        time.sleep(0.02)
        rest, work = beats.rounds()

        assert (rest.name, rest.running_for) == ("at rest", None)
        assert (work.name, work.ended_ago) == ("at work", None)
        assert 20_000 < (rest.ended_ago or 0) < 60 * SECOND
        assert 20_000 < (work.running_for or 0) < 60 * SECOND
        go.set()


def test_a_wake_ends_the_rest() -> None:
    counted = Counted(HOUR)
    with started({"x": counted}) as beats:
        eventually(lambda: counted.turns == 1)
        time.sleep(0.05)
        beats.wake("x")

        eventually(lambda: counted.turns == 2)


def test_a_wake_during_a_turn_is_not_lost() -> None:
    inside, go = threading.Event(), threading.Event()

    def during() -> None:
        inside.set()
        go.wait(60)

    counted = Counted(HOUR, during)
    with started({"x": counted}) as beats:
        assert inside.wait(60)
        beats.wake("x")
        go.set()

        eventually(lambda: counted.turns == 2)


@pytest.mark.filterwarnings("ignore")
def test_a_pass_that_raises_runs_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.daemon.scheduler.RETRY_DELAY", 1000)

    def fail() -> None:
        raise RuntimeError("out of order")

    counted = Counted(HOUR, fail)
    with started({"x": counted}):
        eventually(lambda: counted.turns > 2)


def test_a_pass_that_hangs_delays_no_other() -> None:
    go = threading.Event()
    hanging, other = Counted(HOUR, lambda: go.wait(60)), Counted(1000)
    with started({"hanging": hanging, "other": other}) as beats:
        eventually(lambda: other.turns > 5)
        assert beats.longest_run() > 0
        time.sleep(0.5)  # far longer than the next two lines take
        before = beats.longest_run()
        beats.note_progress("hanging")
        assert beats.longest_run() < before
        go.set()


def test_a_clock_that_was_stepped_starts_every_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(HOUR)
    with started({"x": counted}) as beats:
        eventually(lambda: counted.turns == 1)
        time.sleep(0.05)
        beats.watch_clock()
        assert counted.turns == 1
        really = time.time_ns
        monkeypatch.setattr(time, "time_ns", lambda: really() - 3600 * 10**9)
        beats.watch_clock()

        eventually(lambda: counted.turns == 2)


def test_a_pass_that_was_put_off_by_a_clock_that_is_right_again_is_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps: list[int] = []
    counted = Counted(5000, lambda: time.sleep(0.05))
    beats = Scheduler({"x": counted}, steps.append)
    really = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: really() + 3600 * 10**9)
    beats.start()
    try:
        eventually(lambda: steps and counted.turns)
        monkeypatch.setattr(time, "time_ns", really)
        eventually(lambda: len(steps) == 2)
    finally:
        beats.stop()

    assert [round(step / HOUR) for step in steps] == [1, -1]


def test_a_stop_waits_for_the_turn_that_runs() -> None:
    done = []
    inside = threading.Event()

    def during() -> None:
        inside.set()
        time.sleep(0.3)
        done.append(True)

    with started({"x": Counted(HOUR, during)}):
        assert inside.wait(60)

    assert done == [True]


def test_no_round_is_lost_and_no_two_run_at_once_however_threads_take_turns() -> None:
    at_work, most = 0, 0

    def during() -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        sum(range(5000))
        at_work -= 1

    counted = Counted(0, during)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with started({"x": counted, "busy": Counted(1000, lambda: sum(range(50_000)))}) as beats:
            for _ in range(300):
                beats.wake("x")
            eventually(lambda: counted.turns > 600)
    finally:
        sys.setswitchinterval(interval)

    assert most == 1
