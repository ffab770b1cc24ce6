"""Several daemons on one PostgreSQL server: a real one, which is restarted and whose connections are killed."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.support import databases
from tests.support.databases import Server
from tests.support.project import Project, eventually
from tests.support.samples import NOW, a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.lib.times import DAY, HOUR
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import accounts, counters, daemons, queue
from tracker.store.database import Database, StorageFault

pytestmark = pytest.mark.postgresql


@pytest.fixture(autouse=True)
def _at_home(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "home", server)


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(pace=50, latency=0.02)) as panel:
        yield panel


def opened(folder: Path) -> Database:
    db = Database(databases.url(folder))
    db.open()
    return db


def imported(project: Project, count: int) -> None:
    lines = [
        json.dumps({"service": "2", "link": f"https://x.example/{n}", "quantity": 100, "ref": f"r{n}"})
        for n in range(count)
    ]
    project.run("import", "-", "--format", "jsonl", stdin="\n".join(lines))


def overlapping_adds(panel: PracticePanel) -> int:
    times = sorted(seen.at for seen in panel.requests.of("add"))
    return sum(later - earlier < 15_000 for earlier, later in itertools.pairwise(times))


def test_programs_that_start_together_on_a_new_database_create_its_tables_once(
    tmp_path: Path, panel: PracticePanel
) -> None:
    project = Project(tmp_path, panel)
    starts = [
        subprocess.Popen(project.command("status"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    told = [start.communicate() for start in starts]
    assert [start.returncode for start in starts] == [2] * 4, told  # critical: no daemon runs


def test_three_daemons_place_every_order_once_and_one_at_a_time(tmp_path: Path, panel: PracticePanel) -> None:
    project = Project(tmp_path, panel)
    imported(project, 60)
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(project.daemon())
        eventually(lambda: set(project.states().values()) == {"completed"}, 60)

    assert Counter(one.link for one in panel.state.ledger) == Counter(
        f"https://x.example/{n}" for n in range(60)
    )
    assert overlapping_adds(panel) == 0


def test_the_order_of_a_killed_daemon_is_held_and_another_daemon_continues(
    tmp_path: Path, panel: PracticePanel
) -> None:
    project = Project(tmp_path, panel)
    panel.fault("add", "hang-after", skip=3, seconds=3)
    imported(project, 8)
    first = subprocess.Popen(project.command("run"), stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: panel.requests.count("add") == 4)
        with project.daemon():
            os.kill(first.pid, signal.SIGKILL)
            eventually(lambda: "unknown" in project.states().values(), 15)
            eventually(lambda: Counter(project.states().values())["completed"] == 3, 15)
    finally:
        first.kill()
        first.wait()

    assert max(Counter(one.link for one in panel.state.ledger).values()) == 1
    # Nothing is sent before the lost add is surely over.
    assert panel.requests.count("add") == 4


def test_status_shows_every_daemon_and_warns_of_one_that_died(tmp_path: Path, panel: PracticePanel) -> None:
    project = Project(tmp_path, panel)
    with project.daemon() as lives:
        eventually(lambda: project.json("status")[0]["panels"][0]["balance"])
        with project.daemon(code=-signal.SIGKILL) as dies:
            both = {lives.pid, dies.pid}
            eventually(lambda: {one["pid"] for one in project.json("status")[0]["daemons"]} == both)
            well = project.run("status").stdout
            dies.kill()
        db = opened(tmp_path)
        db.sql("UPDATE daemons SET started_at = started_at - 3600000000")
        db.sql("UPDATE daemons SET beat_at = beat_at - 300000000 WHERE pid = ?", (dies.pid,))
        told = project.run("status", code=1).stdout
        status = project.json("status")[0]
        db.close()

    assert all(f"(process {pid}), last heartbeat" in well for pid in both)
    assert f"(process {lives.pid}), last heartbeat" in told
    assert "WARNING: the daemon on" in told
    assert (
        f"(process {dies.pid}) has died; its last heartbeat was 5 min ago; other daemons do its work" in told
    )
    assert status["daemon"]["pid"] == lives.pid
    assert {one["pid"]: one["alive"] for one in status["daemons"]} == {lives.pid: True, dies.pid: False}
    assert project.json("status")[0]["daemons"] == []  # the dead one alone does not run


def test_a_server_that_restarts_in_the_middle_costs_nothing(tmp_path: Path, panel: PracticePanel) -> None:
    with Server() as own:
        databases.home = own
        project = Project(tmp_path, panel)
        imported(project, 80)
        with project.daemon(), project.daemon():
            for how in (signal.SIGINT, signal.SIGQUIT):
                before = len(panel.state.ledger)
                eventually(lambda before=before: len(panel.state.ledger) > before + 10)  # type: ignore[misc]
                own.stop(how)
                time.sleep(0.5)
                own.start()
            eventually(lambda: not {"queued", "submitting", "active"} & set(project.states().values()), 90)
            assert "Traceback" not in project.log()

        placed = Counter(one.link for one in panel.state.ledger)
        assert max(placed.values()) == 1
        states = Counter(project.states().values())
        assert states["completed"] + states["unknown"] == 80
        assert len(placed) >= states["completed"]


def test_only_one_daemon_holds_a_lease_and_it_is_lost_with_its_connection(tmp_path: Path) -> None:
    one, other = opened(tmp_path), opened(tmp_path)
    enqueued(one, a_draft())
    with one.lease("submit:p") as held, other.lease("submit:p") as refused:
        assert held.holds()
        assert not refused.holds()
        pid = one.sql("SELECT pg_backend_pid()")[0][0]
        other.sql("SELECT pg_terminate_backend(?)", (pid,))
        with pytest.raises(StorageFault, match="tracker"):
            queue.next_queued(one, "p", 2**60)
        assert not held.holds()
        assert queue.next_queued(one, "p", 2**60) is not None  # connected again, without the lease
        assert not held.holds()
    with other.lease("submit:p") as taken:
        assert taken.holds()
    one.close()
    other.close()


def test_a_lease_is_confirmed_only_by_the_server_that_still_holds_it(tmp_path: Path) -> None:
    one, other = opened(tmp_path), opened(tmp_path)
    with one.lease("submit:p") as held, other.lease("submit:p") as refused:
        assert held.is_confirmed()
        assert not refused.is_confirmed()
        other.sql("SELECT pg_terminate_backend(?)", one.sql("SELECT pg_backend_pid()")[0])
        assert held.holds()  # nobody has asked
        assert not held.is_confirmed()
        assert not held.holds()
    with one.lease("submit:p") as held:
        one.sql("SELECT pg_advisory_unlock_all()")  # as a pooler does between two clients
        assert not held.is_confirmed()
    with one.lease("submit:p") as held:
        pid = one.sql("SELECT pg_backend_pid()")[0][0]
        os.kill(pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert not held.is_confirmed()
            assert time.monotonic() - began < 10
        finally:
            os.kill(pid, signal.SIGCONT)
    one.close()
    other.close()


def test_nothing_is_sent_after_the_database_has_lost_a_recorded_intent(
    tmp_path: Path, panel: PracticePanel
) -> None:
    stage = Stage(tmp_path, panel)
    enqueued(stage.db, a_draft("https://x.example/1", service="2"))
    stage.worker.submit.run()
    stage.db.sql("DELETE FROM attempts")  # as on a standby that lagged
    stage.db.sql("UPDATE orders SET state = 'queued', panel_order_id = NULL, attempts = 0")

    stage.worker.submit.run()

    assert panel.requests.count("add") == 1
    assert accounts.read(stage.db, "p").restored_at is not None
    stage.client.close()


def test_the_same_ref_from_two_programs_is_queued_once(tmp_path: Path) -> None:
    opened(tmp_path).close()
    found: list[list[queue.Duplicate]] = []

    def add() -> None:
        db = opened(tmp_path)
        found.append(queue.enqueue(db, [queue.Entry(a_draft(ref=f"r{n}")) for n in range(200)], 1))
        db.close()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db = opened(tmp_path)
    assert counters.counts(db) == {"p": {"queued": 200}}
    assert sorted(len(standing) for standing in found) == [0, 200, 200, 200]
    db.close()


def test_a_sqlite_queue_is_moved_completely_and_continues(
    tmp_path: Path, panel: PracticePanel, server: Server
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    databases.home = databases.Files()
    before = Project(old, panel)
    imported(before, 20)
    with before.daemon():
        eventually(lambda: Counter(before.states().values())["completed"] > 5)
    kept = before.json("show", "r3")[0]
    databases.home = server
    project = Project(tmp_path, panel)
    told = project.run("move", str(old / "tracker.db")).stdout

    assert "rows moved to postgresql://" in told
    assert (old / "tracker.db.moved").exists()
    assert not (old / "tracker.db").exists()
    assert project.json("show", "r3")[0] == kept
    project.run("add", "2", "https://x.example/new", "100")
    assert max(int(one["id"]) for one in project.json("list")) == 21
    with project.daemon():
        eventually(lambda: set(project.states().values()) == {"completed"})
    assert max(Counter(one.link for one in panel.state.ledger).values()) == 1
    assert "already holds a queue" in project.run("move", str(old / "tracker.db.moved"), code=1).stderr

    project.run("backup", str(tmp_path / "copy.db"))
    copy = Database(f"sqlite:///{tmp_path}/copy.db")
    copy.open()
    assert counters.counts(copy) == {"p": {"completed": 21}}
    assert copy.sql("SELECT number FROM epoch") == [(-1,)]
    copy.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://tracker:hunter2@/nowhere?host={folder}", "there is no such database"),
        ("postgresql://nobody:hunter2@/postgres?host={folder}", "refused the user or the password"),
        ("postgresql://tracker:hunter2@127.0.0.1:9/postgres", "nothing listens there"),
    ],
)
def test_a_refusal_by_the_server_is_reported_in_a_sentence_without_the_password(
    tmp_path: Path, server: Server, panel: PracticePanel, url: str, words: str
) -> None:
    project = Project(tmp_path, panel)
    text = project.config.read_text().replace(databases.url(tmp_path), url.format(folder=server.folder))
    project.config.write_text(text)
    project.config.chmod(0o600)

    told = project.run("list", code=1).stderr

    assert words in told
    assert "hunter2" not in told


def test_a_nul_in_a_text_is_replaced(tmp_path: Path) -> None:
    db = opened(tmp_path)
    (order,) = enqueued(db, a_draft(comments="a\0b"))
    assert order.comments == "a\ufffdb"
    with psycopg.connect(databases.url(tmp_path)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM orders").fetchone() == (1,)
    db.close()


def test_a_dead_daemon_is_still_listed_when_one_starts_on_another_machine(tmp_path: Path) -> None:
    db = opened(tmp_path)
    for host, silent in (("b", HOUR), ("c", 2 * DAY), (socket.gethostname(), HOUR)):
        row = (host, 7, "1", NOW - 3 * DAY, NOW - silent)
        db.sql("INSERT INTO daemons (host, pid, version, started_at, beat_at) VALUES (?, ?, ?, ?, ?)", row)

    daemons.register(db, "1", NOW)

    assert [one.host for one in daemons.listed(db)] == [socket.gethostname(), "b"]
    db.close()


def test_a_user_who_may_make_tables_but_no_temporary_ones_is_enough(server: Server) -> None:
    with psycopg.connect(server.url_of("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE plain LOGIN")
        connection.execute("CREATE DATABASE plain OWNER tracker")
        connection.execute("REVOKE TEMPORARY ON DATABASE plain FROM PUBLIC")
    with psycopg.connect(server.url_of("plain"), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA own AUTHORIZATION plain")
    url = server.url_of("plain").replace("tracker@", "plain@")
    db = Database(f"{url}&options=-csearch_path%3Down")

    try:
        db.open()

        assert counters.counts(db) == {}
    finally:
        db.close()
