"""Processes on one database keep to one rate of calls at a panel, wherever its bucket is."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.support import databases
from tests.support.project import eventually
from tests.support.samples import a_database
from tracker.panel.rate_limiter import RateLimiter
from tracker.store.database import Database

TAKER = """
import sys, time
from tracker.panel.rate_limiter import RateLimiter
from tracker.practice.panel import PracticePanel
from tracker.store.database import Database
limiter = RateLimiter(float(sys.argv[2]), Database(sys.argv[1]).bucket("p"))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[3])):
    assert limiter.acquire()
limiter.stop()
"""


def test_several_processes_keep_to_one_rate_together(tmp_path: Path) -> None:
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
    here, there = Database(databases.url(tmp_path)), Database(databases.url(tmp_path))
    first, second, other = here.bucket("p"), there.bucket("p"), there.bucket("q")
    assert first.take(100.0) == 0
    first.slow_down()
    assert 90 < second.take(100.0) <= 100
    assert 290 < first.take(100.0) <= 300
    assert other.take(100.0) == 0
    third = there.bucket("r")
    third.slow_down()
    assert third.take(100.0) == 0
    assert 190 < third.take(100.0) <= 200
    for one in (first, second, other, third):
        one.close()


def test_a_process_reserves_one_slot_at_a_time_so_that_each_process_has_its_turn(tmp_path: Path) -> None:
    a_database(tmp_path)
    greedy, modest = (
        RateLimiter(0.01, Database(databases.url(tmp_path)).bucket("p")),
        Database(databases.url(tmp_path)),
    )
    assert greedy.acquire()
    threads = [threading.Thread(target=greedy.acquire) for _ in range(4)]
    for thread in threads:
        thread.start()
    eventually(lambda: greedy._slot is not None)
    bucket = modest.bucket("p")
    assert 150 < bucket.take(100.0) <= 200
    assert 250 < bucket.take(100.0) <= 300
    bucket.close()
    greedy.stop()
    for thread in threads:
        thread.join()
