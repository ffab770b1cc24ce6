"""The steady gap between calls, and who goes first."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.support import databases
from tests.support.project import Project, eventually
from tests.support.samples import a_database
from tracker.lib import rate_limit
from tracker.lib.rate_limit import SLOWEST, BucketState
from tracker.panel.rate_limiter import RateLimiter
from tracker.practice.panel import PracticePanel
from tracker.store.database import Database
from tracker.store.engines.sqlite_rate_limit import FileBucket


def moments(flow: BucketState, gap: float, count: int, now: float = 100.0) -> tuple[list[float], BucketState]:
    """When so many calls in a row may begin, counted from now, and how the flow stands then."""
    began, found = now, []
    for _ in range(count):
        moment = flow.next_slot(now)
        flow = flow.reserve(now, gap)
        now = moment
        found.append(round(now - began, 6))
    return found, flow


def test_calls_are_spaced_evenly() -> None:
    found, flow = moments(BucketState(), 0.25, 4)
    assert found == [0, 0.25, 0.5, 0.75]
    assert moments(flow, 0.25, 3, now=200.0)[0] == [0, 0.25, 0.5]


def test_a_rest_is_not_saved_up_for_a_burst() -> None:
    assert moments(BucketState(next_at=1.0), 0.5, 2, now=3600.0)[0] == [0, 0.5]


def test_less_than_one_call_a_second_is_a_pace_too() -> None:
    assert moments(BucketState(), 10, 2)[0] == [0, 10]


def test_those_who_reserve_before_their_time_queue_up() -> None:
    flow = BucketState()
    reserved = []
    for _ in range(4):
        reserved.append(flow.next_slot(100.0) - 100)
        flow = flow.reserve(100.0, 0.5)
    assert reserved == [0, 0.5, 1.0, 1.5]


@pytest.mark.parametrize("per_second", [0, -1, float("nan")])
def test_a_pace_that_never_ends_is_refused(per_second: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        RateLimiter(per_second)


def test_a_refusal_for_the_rate_halves_the_pace_and_it_comes_back_slowly() -> None:
    found, flow = moments(BucketState().slowed_down(), 0.1, 60)
    gaps = [later - earlier for earlier, later in itertools.pairwise(found)]
    assert gaps[0] == pytest.approx(0.2)
    assert gaps[10] > 0.15
    assert gaps[-1] == pytest.approx(0.1)
    for _ in range(100):
        flow = flow.slowed_down()
    assert moments(flow, 0.1, 2, now=500.0)[0][1] == pytest.approx(0.1 * SLOWEST)


def test_what_is_urgent_goes_first_whoever_came_first() -> None:
    pace = RateLimiter(20)
    assert pace.acquire()
    order: list[str] = []
    threads = []
    for kind in ("services", "status", "add", "balance", "evidence"):
        threads.append(
            threading.Thread(target=lambda kind=kind: order.append(kind) if pace.acquire(kind) else None)
        )
        threads[-1].start()
        eventually(lambda: len(pace._waiting) + len(order) == len(threads))
    for thread in threads:
        thread.join()
    urgent = order if order[0] != "services" else order[1:]  # the first may have gone before the others came
    assert urgent == [one for one in ("evidence", "balance", "add", "status", "services") if one in urgent]


def test_of_several_calls_on_their_way_together_one_refusal_counts() -> None:
    pace = RateLimiter(100)
    began = time.monotonic()
    assert pace.acquire()
    for _ in range(4):
        pace.slow_down(began)
    assert pace._own.slowdown == 2
    pace.slow_down(time.monotonic())
    assert pace._own.slowdown == 4


def test_stopping_ends_every_wait() -> None:
    pace = RateLimiter(0.01)
    assert pace.acquire()
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(pace.acquire()))
    thread.start()
    time.sleep(0.02)
    pace.stop()
    thread.join(1)
    assert answers == [False]
    assert not pace.acquire()


TAKER = """
import sys, time
from tracker.panel.rate_limiter import RateLimiter
from tracker.practice.panel import PracticePanel
from tracker.store.database import Database
pace = RateLimiter(float(sys.argv[2]), Database(sys.argv[1]).bucket("p"))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[3])):
    assert pace.acquire()
pace.stop()
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
    ours.slow_down()
    assert 90 < theirs.take(100.0) <= 100
    assert 290 < ours.take(100.0) <= 300
    assert other.take(100.0) == 0
    third = second.bucket("r")
    third.slow_down()
    assert third.take(100.0) == 0
    assert 190 < third.take(100.0) <= 200
    for one in (ours, theirs, other, third):
        one.close()


def test_a_process_reserves_one_moment_at_a_time_so_that_each_has_its_turn(tmp_path: Path) -> None:
    a_database(tmp_path)
    greedy, modest = (
        RateLimiter(0.01, Database(databases.url(tmp_path)).bucket("p")),
        Database(databases.url(tmp_path)),
    )
    assert greedy.acquire()
    threads = [threading.Thread(target=greedy.acquire) for _ in range(4)]
    for thread in threads:
        thread.start()
    eventually(lambda: greedy._moment is not None)
    ours = modest.bucket("p")
    assert 150 < ours.take(100.0) <= 200
    assert 250 < ours.take(100.0) <= 300
    ours.close()
    greedy.stop()
    for thread in threads:
        thread.join()


def test_a_moment_that_a_clock_told_which_started_anew_is_forgotten() -> None:
    assert BucketState(next_at=1000.0, at=999.0).next_slot(5.0) == 5.0
    assert BucketState(next_at=1000.0, at=999.0).reserve(5.0, 1.0) == BucketState(6.0, at=5.0)
    assert BucketState(next_at=1000.0, at=4.0).next_slot(5.0) == 1000.0


@pytest.mark.parametrize(
    "damage",
    [
        b"", b"\0\0\0", b"[1, 2]", b'{"p": 7}', b'{"p": [1, "x", 1]}', b"\xff{", b'{"p": [5, 1]}',
        b'{"p": [NaN, 1, 0]}', b'{"p": [0, Infinity, 0]}', b'{"p": [0, NaN, 0]}', b'{"p": [1e300, 1, 0]}',
        b'{"p": [5, -1, 0]}', b'{"p": [5, 1, 1e300]}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_begun_anew(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "tracker.db.pace").write_bytes(damage)
    begun = FileBucket(tmp_path / "tracker.db", "p")
    assert begun.take(100.0) == 0
    assert 90 < begun.take(100.0) <= 100
    assert 190 < begun.take(100.0) <= 200


def test_a_file_after_a_restart_of_the_machine_holds_up_nobody(tmp_path: Path) -> None:
    later = time.monotonic() + 3600
    (tmp_path / "tracker.db.pace").write_text(json.dumps({"p": [later + 5, 1, later]}))
    assert FileBucket(tmp_path / "tracker.db", "p").take(1.0) == 0


HOLDER = """
import fcntl, os, sys, time
fcntl.flock(os.open(sys.argv[1], os.O_CREAT | os.O_RDWR), fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(600)
"""


def test_a_lock_that_somebody_keeps_holds_up_nobody_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit, "ANSWER_TIMEOUT", 0.3)
    file = tmp_path / "tracker.db.pace"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(file)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    pace = RateLimiter(1000, FileBucket(tmp_path / "tracker.db", "p"))
    try:
        assert all(pace.acquire() for _ in range(20))
        pace.slow_down(time.monotonic())
    finally:
        holder.kill()  # in the middle, with the lock
        holder.communicate()
    assert FileBucket(tmp_path / "tracker.db", "p").take(100.0) <= 1
    pace.stop()


class Flapping:
    """A bucket that is out of reach every other time, and in between always says `now`."""

    def __init__(self) -> None:
        self.asked = 0

    def take(self, _gap: float) -> float:
        self.asked += 1
        if self.asked % 2:
            raise ConnectionError("away")
        return 0.0

    def slow_down(self) -> None:
        raise ConnectionError("away")

    def close(self) -> None:
        """Hold nothing."""


def test_whatever_a_bucket_says_a_process_keeps_its_own_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.panel.rate_limiter.RETRY_DELAY", 0.0)
    pace = RateLimiter(50, Flapping())
    began = time.monotonic()
    assert all(pace.acquire() for _ in range(11))
    assert time.monotonic() - began >= 10 / 50
    pace.slow_down(time.monotonic())
    pace.stop()


@pytest.mark.parametrize("obstacle", ["nothing", "folder", "link", "fifo"])
def test_who_cannot_share_goes_on_alone_and_leaks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, obstacle: str
) -> None:
    monkeypatch.setattr("tracker.panel.rate_limiter.RETRY_DELAY", 0.0)
    file = tmp_path / "tracker.db.pace"
    if obstacle == "folder":
        file.mkdir()
    elif obstacle == "link":
        (tmp_path / "secret").touch()
        file.symlink_to(tmp_path / "secret")
    elif obstacle == "fifo":
        os.mkfifo(file)
    folder = tmp_path / "away" if obstacle == "nothing" else tmp_path
    pace = RateLimiter(1000, FileBucket(folder / "tracker.db", "p"))
    assert pace.acquire()
    open_files = len(list(Path("/proc/self/fd").iterdir()))
    assert all(pace.acquire() for _ in range(50))
    assert len(list(Path("/proc/self/fd").iterdir())) == open_files
    pace.stop()
    assert obstacle != "link" or (tmp_path / "secret").read_bytes() == b""


def test_a_bucket_out_of_reach_is_left_alone_for_a_while() -> None:
    away = Flapping()
    pace = RateLimiter(1000, away)
    assert all(pace.acquire() for _ in range(20))
    pace.slow_down(time.monotonic())
    pace.stop()
    assert away.asked == 1


def test_a_server_out_of_reach_is_an_expected_fault() -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none").bucket("p")
    with pytest.raises(OSError, match="cannot be read"):
        away.take(1.0)
    away.close()


@pytest.mark.sqlite
def test_a_command_that_cannot_share_the_pace_says_so_beside_its_answer(tmp_path: Path) -> None:
    with PracticePanel() as panel:
        house = Project(tmp_path, panel)
        (tmp_path / "tracker.db.pace").mkdir()
        done = house.run("balance", "--json")
    assert json.loads(done.stdout)["balance"] == "100000"
    assert "rate_limit.local" in done.stderr
