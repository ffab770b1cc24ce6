"""The steady gap between calls, and who goes first."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests import databases
from tests.house import eventually
from tests.samples import a_database
from tracker.pace import SLOWEST, Flow, OwnBucket, Pace
from tracker.store.bucket_file import FileBucket
from tracker.store.database import Database


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def moments(pace: Pace, clock: Clock, count: int) -> list[float]:
    """When so many calls in a row may begin, counted from now."""
    began = clock.now
    found = []
    for _ in range(count):
        while left := pace.take():
            clock.now += left
        found.append(round(clock.now - began, 6))
    return found


def test_calls_are_spaced_evenly() -> None:
    clock = Clock()
    pace = Pace(4, OwnBucket(clock))
    assert moments(pace, clock, 4) == [0, 0.25, 0.5, 0.75]
    clock.now += 10
    assert moments(pace, clock, 3) == [0, 0.25, 0.5]


def test_a_rest_is_not_saved_up_for_a_burst() -> None:
    clock = Clock()
    pace = Pace(2, OwnBucket(clock))
    clock.now += 3600
    assert moments(pace, clock, 2) == [0, 0.5]


def test_less_than_one_call_a_second_is_a_pace_too() -> None:
    clock = Clock()
    assert moments(Pace(0.1, OwnBucket(clock)), clock, 2) == [0, 10]


@pytest.mark.parametrize("per_second", [0, -1, float("nan")])
def test_a_pace_that_never_ends_is_refused(per_second: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Pace(per_second)


def test_a_refusal_for_the_rate_halves_the_pace_and_it_comes_back_slowly() -> None:
    clock = Clock()
    pace = Pace(10, OwnBucket(clock))
    pace.halve()
    found = moments(pace, clock, 60)
    gaps = [later - earlier for earlier, later in itertools.pairwise(found)]
    assert gaps[0] == pytest.approx(0.2)
    assert gaps[10] > 0.15
    assert gaps[-1] == pytest.approx(0.1)
    for _ in range(100):
        pace.halve()
    moments(pace, clock, 1)
    assert pace.take() == pytest.approx(0.1 * SLOWEST)


def test_what_is_urgent_goes_first_whoever_came_first() -> None:
    pace = Pace(20)
    assert pace.wait()
    order: list[str] = []
    threads = []
    for kind in ("services", "status", "add", "balance", "evidence"):
        threads.append(
            threading.Thread(target=lambda kind=kind: order.append(kind) if pace.wait(kind) else None)
        )
        threads[-1].start()
        eventually(lambda: len(pace._waiting) + len(order) == len(threads))
    for thread in threads:
        thread.join()
    urgent = order if order[0] != "services" else order[1:]  # the first may have gone before the others came
    assert urgent == [one for one in ("evidence", "balance", "add", "status", "services") if one in urgent]


def test_stopping_ends_every_wait() -> None:
    pace = Pace(0.01)
    assert pace.wait()
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(pace.wait()))
    thread.start()
    time.sleep(0.02)
    pace.stop()
    thread.join(1)
    assert answers == [False]
    assert not pace.wait()


TAKER = """
import sys, time
from tracker.pace import Pace
from tracker.store.database import Database
pace = Pace(float(sys.argv[2]), Database(sys.argv[1]).bucket("p"))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[3])):
    assert pace.wait()
"""


def test_several_processes_keep_one_pace_together(tmp_path: Path) -> None:
    a_database(tmp_path)
    command = [sys.executable, "-c", TAKER, databases.url(tmp_path), "50", "10"]
    takers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for taker in takers:
        assert taker.stdout is not None
        assert taker.stdout.readline() == "ready\n"
    began = time.monotonic()
    for taker in takers:
        assert taker.stdin is not None
        taker.stdin.write("\n")
        taker.stdin.flush()
    for taker in takers:
        taker.communicate()
        assert taker.returncode == 0
    assert time.monotonic() - began >= 29 / 50


def test_a_refusal_slows_every_process_and_no_other_account(tmp_path: Path) -> None:
    a_database(tmp_path)
    first, second = Database(databases.url(tmp_path)), Database(databases.url(tmp_path))
    ours, theirs, other = first.bucket("p"), second.bucket("p"), second.bucket("q")
    assert ours.take(100.0) == 0
    ours.halve()
    assert 90 < theirs.take(100.0) <= 100
    assert other.take(100.0) == 0
    third = second.bucket("r")
    third.halve()
    assert third.take(100.0) == 0
    assert 190 < third.take(100.0) <= 200
    for bucket in (ours, theirs, other, third):
        bucket.close()


def test_a_moment_far_away_is_of_a_clock_that_started_anew() -> None:
    assert Flow(next_at=1000.0).away(now=5.0, gap=1.0) == 0
    assert Flow(next_at=1000.0).taken(now=5.0, gap=1.0) == Flow(6.0)
    assert Flow(next_at=5.0 + SLOWEST).away(now=5.0, gap=1.0) == SLOWEST


@pytest.mark.parametrize("damage", [b"", b"\0\0\0", b"[1, 2]", b'{"p": 7}', b'{"p": [1, "x"]}', b"\xff{"])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "tracker.db.pace"
    file.write_bytes(damage)
    bucket = FileBucket(file, "p")
    assert bucket.take(100.0) == 0
    assert bucket.take(100.0) > 0


def test_who_cannot_share_keeps_the_pace_alone(tmp_path: Path) -> None:
    pace = Pace(0.01, FileBucket(tmp_path / "away" / "tracker.db.pace", "p"))
    assert pace.take() == 0
    assert pace.take() > 90
    pace.halve()
    away = Database("postgresql://nobody@127.0.0.1:1/none").bucket("p")
    assert Pace(0.01, away).take() == 0
    with pytest.raises(OSError, match="a moment ago"):
        away.take(1.0)
