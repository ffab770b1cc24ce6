"""A running daemon reads its config again: the real daemon, real signals, a real panel."""

from __future__ import annotations

import signal
import subprocess
from contextlib import closing
from functools import partial
from pathlib import Path

from tests.support import databases
from tests.support.project import Inbox, Project, eventually
from tracker.lib.clock import now
from tracker.lib.times import SECOND
from tracker.practice.panel import PracticePanel
from tracker.store.database import Database


def edit(project: Project, old: str, new: str) -> None:
    text = project.config.read_text()
    assert old in text
    project.config.write_text(text.replace(old, new))


def begin(project: Project) -> None:
    eventually(lambda: project.json("status")[0]["daemons"])


def test_reload_takes_what_changed_and_says_what_needs_a_restart(
    tmp_path: Path, panel: PracticePanel
) -> None:
    project = Project(tmp_path, panel)
    with Inbox() as inbox, project.daemon():
        begin(project)
        edit(project, "alerts: []", f"alerts: [{inbox.target()}]")
        edit(project, "poll_max: 1s", "poll_max: 2s")
        (tmp_path / "p.key").write_text("another-key\n")
        taken = project.run("reload").stdout
        project.run("alerts", "test")
        eventually(lambda: any("Test message" in body for body in inbox.bodies))

        assert "has taken: panels.p.key, schedule.poll_max, alerts." in taken
        assert "another-key" not in project.log()
        assert project.run("reload").stdout.endswith(
            "has read the config again; nothing that it uses changed.\n"
        )
    assert project.log().count("daemon.started") == 1


def test_a_wrong_config_leaves_the_old_one_standing_with_an_alert_and_a_log_line(
    tmp_path: Path, panel: PracticePanel
) -> None:
    with Inbox() as inbox:
        project = Project(tmp_path, panel, alerts=inbox.target())
        with project.daemon() as daemon:
            begin(project)
            good = project.config.read_text()
            edit(project, "timeout: 2s", "timeuot: 2s")
            daemon.send_signal(signal.SIGHUP)
            eventually(lambda: any("did not take the changed config" in body for body in inbox.bodies))
            project.config.write_text(good)
            project.run("add", "2", "https://x.example/a", "50")
            eventually(lambda: project.states() == {"1": "active"})

            assert '"event": "config.refused"' in project.log()
            assert "panels.p.timeuot" in project.log()
            assert any("panels.p.timeuot" in body for body in inbox.bodies)


def test_the_answer_of_a_daemon_whose_config_is_wrong_has_its_faults(
    tmp_path: Path, panel: PracticePanel
) -> None:
    # The key of the daemon's own config is gone, while the command has one that is right.
    project = Project(tmp_path, panel)
    with project.daemon():
        begin(project)
        other = tmp_path / "other.yaml"
        other.write_text(project.config.read_text())
        (tmp_path / "p.key").rename(tmp_path / "q.key")
        other.write_text(other.read_text().replace("p.key", "q.key"))
        done = subprocess.run(
            [*project.command()[:-1], str(other), "reload"], capture_output=True, text=True, timeout=60
        )

    assert done.returncode == 78, done
    assert "panels.p.key_file: there is no such file" in done.stderr
    assert "goes on with the config that it had: the one in its file is wrong." in done.stderr


def test_reload_without_a_daemon_says_so(tmp_path: Path, panel: PracticePanel) -> None:
    done = Project(tmp_path, panel).run("reload", code=1)

    assert done.stderr.startswith("No daemon runs on this database: it reads the config when it starts. ")


def test_a_wrong_config_is_told_by_the_daemon_too_when_a_command_asks_it_to_reload(
    tmp_path: Path, panel: PracticePanel
) -> None:
    with Inbox() as inbox:
        project = Project(tmp_path, panel, alerts=inbox.target())
        with project.daemon():
            begin(project)
            edit(project, "timeout: 2s", "timeuot: 2s")
            done = project.run("reload", code=78)
            eventually(lambda: any("did not take the changed config" in body for body in inbox.bodies))

    assert done.stderr.count("panels.p.timeuot: there is no such key; did you mean timeout?") == 1
    assert "goes on with the config that it had: the one in its file is wrong." in done.stderr


def test_a_reload_to_another_database_makes_none_and_asks_for_a_restart(
    tmp_path: Path, panel: PracticePanel
) -> None:
    project = Project(tmp_path, panel)
    project.config.write_text(
        "\n".join(
            "database: sqlite:///other.db" if line.startswith("database:") else line
            for line in project.config.read_text().splitlines()
        )
    )
    done = project.run("reload", code=1)

    assert "If you changed `database:`, restart the daemon" in done.stderr
    assert not (tmp_path / "other.db").exists()


def test_what_failed_at_a_wrong_alert_url_arrives_soon_after_it_was_corrected(
    tmp_path: Path, panel: PracticePanel
) -> None:
    with Inbox() as inbox:
        project = Project(tmp_path, panel, alerts="{name: you, url: 'json://127.0.0.1:1/'}")
        with project.daemon():
            eventually(lambda: "alert.failed" in project.log())
            with closing(Database(databases.url(tmp_path))) as db:
                db.open()
                until = now() + 3600 * SECOND
                with db.transaction():
                    db.many("UPDATE deliveries SET due_at = ?", [(until,)])
                    db.many("UPDATE targets SET held_until = ?", [(until,)])
            edit(project, "{name: you, url: 'json://127.0.0.1:1/'}", inbox.target())
            project.run("reload")
            eventually(lambda: any("Tracker started" in body for body in inbox.bodies))


def test_reloads_leave_no_files_open(tmp_path: Path, panel: PracticePanel) -> None:
    project = Project(tmp_path, panel)
    with project.daemon() as daemon:
        begin(project)
        for count in range(1, 6):
            daemon.send_signal(signal.SIGHUP)
            eventually(partial(_has_reloaded, project, count))
            if count == 1:
                before = _open_files(daemon.pid)

        # Without an end they would be some 15 more for each reload; how many are open just now varies.
        eventually(lambda: _open_files(daemon.pid) <= before + 15)


def _has_reloaded(project: Project, times: int) -> bool:
    return project.log().count("config.reloaded") == times


def _open_files(process: int) -> int:
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def test_a_reload_under_load_loses_and_doubles_nothing(tmp_path: Path, panel: PracticePanel) -> None:
    project = Project(tmp_path, panel)
    panel.latency = 0.05
    rows = "\n".join(f"2,https://x.example/{number},50" for number in range(30))
    (tmp_path / "orders.csv").write_text(f"service,link,quantity\n{rows}\n")
    with project.daemon() as daemon:
        begin(project)
        project.run("import", str(tmp_path / "orders.csv"))
        for _ in range(3):
            daemon.send_signal(signal.SIGHUP)
            project.run("reload")
        eventually(lambda: set(project.states().values()) == {"active"})

    assert len(panel.state.ledger) == 30
    assert project.log().count("config.reloaded") >= 4


def test_resume_after_a_refused_key_reads_the_key_again_and_the_wallet_before_the_first_order(
    tmp_path: Path, panel: PracticePanel
) -> None:
    project = Project(tmp_path, panel)
    right = (tmp_path / "p.key").read_text()
    (tmp_path / "p.key").write_text("wrong-key\n")
    with project.daemon():
        eventually(lambda: project.json("status")[0]["panels"][0]["refused"])
        project.run("add", "2", "https://x.example/a", "50")
        (tmp_path / "p.key").write_text(right)
        panel.requests.clear()
        project.run("resume")
        eventually(lambda: project.states() == {"1": "active"})

    asked = [request.action for request in panel.requests]
    assert {"balance", "services"} <= set(asked[: asked.index("add")])
