"""The even gap between calls, and which call goes first."""

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

from tests.support.project import Project, eventually
from tracker.lib import rate_limit
from tracker.lib.rate_limit import SLOWEST, BucketState
from tracker.panel.rate_limiter import RateLimiter
from tracker.practice.panel import PracticePanel
from tracker.store.database import Database
from tracker.store.engines.sqlite_rate_limit import FileBucket


def slots(bucket: BucketState, gap: float, count: int, now: float = 100.0) -> tuple[list[float], BucketState]:
    """When so many calls in a row may begin, counted from now, and the state of the bucket then."""
    began, found = now, []
    for _ in range(count):
        bucket, delay = bucket.reserve(now, gap)
        now += delay
        found.append(round(now - began, 6))
    return found, bucket


def test_calls_are_spaced_evenly() -> None:
    found, bucket = slots(BucketState(), 0.25, 4)
    assert found == [0, 0.25, 0.5, 0.75]
    assert slots(bucket, 0.25, 3, now=200.0)[0] == [0, 0.25, 0.5]


def test_a_rest_allows_no_burst() -> None:
    assert slots(BucketState(next_at=1.0), 0.5, 2, now=3600.0)[0] == [0, 0.5]


def test_the_rate_may_be_less_than_one_call_a_second() -> None:
    assert slots(BucketState(), 10, 2)[0] == [0, 10]


def test_slots_that_are_reserved_early_form_a_queue() -> None:
    bucket = BucketState()
    reserved = []
    for _ in range(4):
        bucket, delay = bucket.reserve(100.0, 0.5)
        reserved.append(delay)
    assert reserved == [0, 0.5, 1.0, 1.5]


@pytest.mark.parametrize("per_second", [0, -1, float("nan")])
def test_a_rate_that_lets_no_call_through_is_refused(per_second: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        RateLimiter(per_second)


def test_a_refusal_for_the_rate_halves_the_rate_and_it_recovers_slowly() -> None:
    found, bucket = slots(BucketState().slowed_down(), 0.1, 60)
    gaps = [later - earlier for earlier, later in itertools.pairwise(found)]
    assert gaps[0] == pytest.approx(0.2)
    assert gaps[10] > 0.15
    assert gaps[-1] == pytest.approx(0.1)
    for _ in range(100):
        bucket = bucket.slowed_down()
    assert slots(bucket, 0.1, 2, now=500.0)[0][1] == pytest.approx(0.1 * SLOWEST)


def test_urgent_calls_go_first_whichever_came_first() -> None:
    limiter = RateLimiter(20)
    assert limiter.acquire()
    order: list[str] = []
    threads = []
    for kind in ("services", "status", "add", "balance", "evidence"):
        threads.append(
            threading.Thread(target=lambda kind=kind: order.append(kind) if limiter.acquire(kind) else None)
        )
        threads[-1].start()
        eventually(lambda: len(limiter._waiting) + len(order) == len(threads))
    for thread in threads:
        thread.join()
    urgent = (
        order if order[0] != "services" else order[1:]
    )  # the first may have gone before the others waited
    assert urgent == [one for one in ("evidence", "balance", "add", "status", "services") if one in urgent]


def test_of_several_calls_in_flight_together_one_refusal_counts() -> None:
    limiter = RateLimiter(100)
    began = time.monotonic()
    assert limiter.acquire()
    for _ in range(4):
        limiter.slow_down(began)
    assert limiter._local.slowdown == 2
    limiter.slow_down(time.monotonic())
    assert limiter._local.slowdown == 4


def test_stopping_ends_every_wait() -> None:
    limiter = RateLimiter(0.01)
    assert limiter.acquire()
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(limiter.acquire()))
    thread.start()
    time.sleep(0.02)
    limiter.stop()
    thread.join(20)
    assert answers == [False]
    assert not limiter.acquire()


def test_a_slot_from_before_a_restart_of_the_clock_is_forgotten() -> None:
    assert BucketState(next_at=1000.0, at=999.0).reserve(5.0, 1.0) == (BucketState(6.0, at=5.0), 0.0)
    assert BucketState(next_at=1000.0, at=4.0).reserve(5.0, 1.0) == (BucketState(1001.0, at=5.0), 995.0)


@pytest.mark.parametrize(
    "damage",
    [
        b"", b"\0\0\0", b"[1, 2]", b'{"p": 7}', b'{"p": [1, "x", 1]}', b"\xff{", b'{"p": [5, 1]}',
        b'{"p": [NaN, 1, 0]}', b'{"p": [0, Infinity, 0]}', b'{"p": [0, NaN, 0]}', b'{"p": [1e300, 1, 0]}',
        b'{"p": [5, -1, 0]}', b'{"p": [5, 1, 1e300]}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_replaced(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "tracker.db.pace").write_bytes(damage)
    bucket = FileBucket(tmp_path / "tracker.db", "p")
    assert bucket.take(100.0) == 0
    assert 90 < bucket.take(100.0) <= 100
    assert 190 < bucket.take(100.0) <= 200


def test_a_file_from_before_a_restart_of_the_machine_delays_no_call(tmp_path: Path) -> None:
    later = time.monotonic() + 3600
    (tmp_path / "tracker.db.pace").write_text(json.dumps({"p": [later + 5, 1, later]}))
    assert FileBucket(tmp_path / "tracker.db", "p").take(1.0) == 0


def test_processes_that_keep_the_file_open_share_the_slots(tmp_path: Path) -> None:
    one, other = (FileBucket(tmp_path / "tracker.db", "p") for _ in range(2))
    delays = [bucket.take(10.0) for _ in range(3) for bucket in (one, other)]
    assert delays == pytest.approx([0, 10, 20, 30, 40, 50], abs=1)
    other.slow_down()
    assert one.take(10.0) == pytest.approx(60, abs=1)
    assert one.take(10.0) == pytest.approx(80, abs=1)
    for bucket in (one, other):
        bucket.close()


def test_accounts_keep_their_own_slots_in_one_file(tmp_path: Path) -> None:
    one, other = (FileBucket(tmp_path / "tracker.db", panel) for panel in ("p", 'q"é'))
    assert [one.take(10.0), other.take(10.0)] == [0, 0]
    assert [one.take(10.0), other.take(10.0)] == pytest.approx([10, 10], abs=1)
    assert set(json.loads((tmp_path / "tracker.db.pace").read_text())) == {"p", 'q"é'}
    for bucket in (one, other):
        bucket.close()


@pytest.mark.parametrize("what", ["removed", "replaced", "damaged", "grown"])
def test_a_file_that_changes_while_it_is_open_is_read_as_it_is_now(tmp_path: Path, what: str) -> None:
    file = tmp_path / "tracker.db.pace"
    bucket = FileBucket(tmp_path / "tracker.db", "p")
    assert [bucket.take(100.0), round(bucket.take(100.0))] == [0, 100]
    match what:
        case "removed":
            file.unlink()
        case "replaced":
            (tmp_path / "other").write_text("{}")
            (tmp_path / "other").replace(file)
        case "damaged":
            file.write_bytes(b"\xff{")
        case "grown":
            file.write_bytes(b"x" * 100_000)
    assert bucket.take(100.0) == 0
    assert FileBucket(tmp_path / "tracker.db", "p").take(100.0) == pytest.approx(100, abs=1)
    assert bucket.take(100.0) == pytest.approx(200, abs=1)
    assert file.stat().st_size < 200
    bucket.close()


def test_a_link_that_is_put_in_the_place_of_an_open_file_is_not_followed(tmp_path: Path) -> None:
    file, secret = tmp_path / "tracker.db.pace", tmp_path / "secret"
    secret.write_text("{}")
    bucket = FileBucket(tmp_path / "tracker.db", "p")
    bucket.take(1.0)
    for link in (os.symlink, os.link):
        file.unlink()
        link(secret, file)
        with pytest.raises(OSError, match="link"):
            bucket.take(1.0)
    assert secret.read_text() == "{}"
    file.unlink()
    assert bucket.take(1.0) == 0
    bucket.close()


HOLDER = """
import fcntl, os, sys, time
fcntl.flock(os.open(sys.argv[1], os.O_CREAT | os.O_RDWR), fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(600)
"""


def test_a_lock_that_another_process_keeps_delays_no_call_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit, "ANSWER_TIMEOUT_S", 0.3)
    file = tmp_path / "tracker.db.pace"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(file)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    limiter = RateLimiter(1000, FileBucket(tmp_path / "tracker.db", "p"))
    try:
        assert all(limiter.acquire() for _ in range(20))
        limiter.slow_down(time.monotonic())
    finally:
        holder.kill()  # in the middle, with the lock
        holder.communicate()
    assert FileBucket(tmp_path / "tracker.db", "p").take(100.0) <= 1
    limiter.stop()


class Flapping:
    """A bucket that fails every other time, and in between always answers `now`."""

    def __init__(self) -> None:
        self.asked = 0

    def take(self, _gap: float) -> float:
        self.asked += 1
        if self.asked % 2:
            raise ConnectionError("unavailable")
        return 0.0

    def slow_down(self) -> None:
        raise ConnectionError("unavailable")

    def close(self) -> None:
        """Hold nothing."""


def test_a_process_keeps_to_the_rate_whatever_the_shared_bucket_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.panel.rate_limiter.RETRY_DELAY_S", 0.0)
    limiter = RateLimiter(50, Flapping())
    began = time.monotonic()
    assert all(limiter.acquire() for _ in range(11))
    assert time.monotonic() - began >= 10 / 50
    limiter.slow_down(time.monotonic())
    limiter.stop()


@pytest.mark.parametrize("obstacle", ["nothing", "folder", "link", "fifo"])
def test_a_process_that_cannot_share_keeps_to_the_rate_alone_and_leaks_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, obstacle: str
) -> None:
    monkeypatch.setattr("tracker.panel.rate_limiter.RETRY_DELAY_S", 0.0)
    file = tmp_path / "tracker.db.pace"
    if obstacle == "folder":
        file.mkdir()
    elif obstacle == "link":
        (tmp_path / "secret").touch()
        file.symlink_to(tmp_path / "secret")
    elif obstacle == "fifo":
        os.mkfifo(file)
    folder = tmp_path / "away" if obstacle == "nothing" else tmp_path
    limiter = RateLimiter(1000, FileBucket(folder / "tracker.db", "p"))
    assert limiter.acquire()
    open_files = len(list(Path("/proc/self/fd").iterdir()))
    assert all(limiter.acquire() for _ in range(50))
    assert len(list(Path("/proc/self/fd").iterdir())) == open_files
    limiter.stop()
    assert obstacle != "link" or (tmp_path / "secret").read_bytes() == b""


def test_a_bucket_that_cannot_be_reached_is_not_tried_for_a_while() -> None:
    shared = Flapping()
    limiter = RateLimiter(1000, shared)
    assert all(limiter.acquire() for _ in range(20))
    limiter.slow_down(time.monotonic())
    limiter.stop()
    assert shared.asked == 1


def test_a_server_that_cannot_be_reached_is_an_expected_error() -> None:
    bucket = Database("postgresql://nobody@127.0.0.1:1/none").bucket("p")
    with pytest.raises(OSError, match="cannot be read"):
        bucket.take(1.0)
    bucket.close()


@pytest.mark.sqlite
def test_a_command_that_cannot_share_the_rate_limit_warns_and_still_answers(tmp_path: Path) -> None:
    with PracticePanel() as panel:
        project = Project(tmp_path, panel)
        (tmp_path / "tracker.db.pace").mkdir()
        done = project.run("balance", "--json")
    assert json.loads(done.stdout)["balance"] == "100000"
    assert "rate_limit.local" in done.stderr
