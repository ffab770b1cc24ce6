"""The shared bucket of an account on a real PostgreSQL server that hangs, restarts, or locks the row."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.support.databases import Server
from tests.support.project import eventually
from tracker.panel.rate_limiter import RateLimiter
from tracker.store.database import Database

pytestmark = pytest.mark.postgresql


@pytest.fixture
def url(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with its tables, and buckets that try again at once."""
    monkeypatch.setattr("tracker.panel.rate_limiter.RETRY_DELAY_S", 0.0)
    monkeypatch.setattr("tracker.store.engines.postgres_rate_limit.ANSWER_TIMEOUT_S", 0.3)
    db = Database(server.url(tmp_path))
    db.open()
    db.close()
    return server.url(tmp_path)


@contextmanager
def locked(url: str) -> Iterator[None]:
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE paces IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def stopped(url: str) -> Iterator[None]:
    """Stop every other session of the server, as a machine that hangs does."""
    with psycopg.connect(url) as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        pids = [pid for (pid,) in connection.execute(query)]
        assert pids
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)


def shares(limiter: RateLimiter) -> bool:
    assert limiter.acquire()
    return not limiter._is_local_only


@pytest.mark.parametrize("obstacle", [locked, stopped])
def test_a_row_that_does_not_answer_delays_no_call_for_long(url: str, obstacle: object) -> None:
    limiter = RateLimiter(1000, Database(url).bucket("p"))
    assert shares(limiter)
    with obstacle(url):  # type: ignore[operator]
        assert all(limiter.acquire() for _ in range(20))
        assert not shares(limiter)
        limiter.slow_down(time.monotonic())
    eventually(lambda: shares(limiter))
    limiter.stop()


def test_a_rate_limiter_can_be_stopped_while_its_server_hangs(url: str) -> None:
    limiter = RateLimiter(1000, Database(url).bucket("p"))
    assert limiter.acquire()
    with stopped(url):
        assert limiter.acquire()
        limiter.stop()
    assert not limiter.acquire()


def test_a_server_that_restarts_is_used_again_and_no_connection_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.panel.rate_limiter.RETRY_DELAY_S", 0.0)
    with Server() as own:
        db = Database(own.url(tmp_path))
        db.open()
        db.close()
        limiter = RateLimiter(1000, Database(own.url(tmp_path)).bucket("p"))
        assert shares(limiter)
        own.stop(signal.SIGQUIT)
        assert all(not shares(limiter) for _ in range(5))
        open_files = len(list(Path("/proc/self/fd").iterdir()))
        assert all(not shares(limiter) for _ in range(20))
        assert len(list(Path("/proc/self/fd").iterdir())) == open_files
        own.start()
        eventually(lambda: shares(limiter))
        limiter.stop()
        limiter.slow_down(time.monotonic())  # a refusal that comes after the stop
        with psycopg.connect(own.url_of("postgres")) as connection:
            count = "SELECT COUNT(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
            eventually(lambda: connection.execute(count).fetchone() == (1,))


def test_a_row_that_a_crash_of_the_server_deleted_is_made_again(url: str) -> None:
    bucket = Database(url).bucket("p")
    assert bucket.take(100.0) == 0
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM paces")
    assert bucket.take(100.0) == 0
    assert 90 < bucket.take(100.0) <= 100
    bucket.close()
