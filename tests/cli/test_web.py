"""`tracker web`: the page alone, beside a daemon or without one."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.daemon.test_page import a_free_port, status
from tests.support.browsers import PASSWORD, Browser
from tests.support.project import Project, eventually
from tests.support.samples import a_database, a_draft, enqueued
from tracker.practice.panel import PracticePanel
from tracker.web.passwords import Password

KEY_OF_CLIENT = "a-key-of-a-client-0123"


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel() as panel:
        yield panel


def a_project(folder: Path, panel: PracticePanel, port: int) -> Project:
    (folder / "page.password").write_text(PASSWORD)
    (folder / "page.password").chmod(0o600)
    clients = f"[{{name: shop, key: {KEY_OF_CLIENT}}}]"
    return Project(
        folder,
        panel,
        more=f"web: {{listen: '127.0.0.1:{port}', password_file: page.password, clients: {clients}}}\n",
    )


@contextmanager
def serving(project: Project) -> Iterator[subprocess.Popen[bytes]]:
    """Run `tracker web` for a block."""
    with (project.folder / "web.log").open("w") as log:
        process = subprocess.Popen(project.command("web"), stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def test_it_serves_until_it_is_told_to_end_and_follows_its_config(
    tmp_path: Path, panel: PracticePanel
) -> None:
    first, second = a_free_port(), a_free_port()
    project, log = a_project(tmp_path, panel, first), tmp_path / "web.log"
    good = project.config.read_text()
    with serving(project) as process:
        eventually(lambda: status(first, "/login") == 200)
        assert_no_secret_is_shown(project, panel, first)

        project.config.write_text(good.replace(str(first), "nonsense"))
        process.send_signal(signal.SIGHUP)
        eventually(lambda: "web.listen" in log.read_text())
        assert status(first, "/login") == 200

        project.config.write_text(good.replace(str(first), str(second)))
        process.send_signal(signal.SIGHUP)
        eventually(lambda: status(second, "/login") == 200)
        assert status(first, "/login") is None

        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0

    written = log.read_text()
    assert f"The page is at http://127.0.0.1:{first}/; Ctrl-C ends it." in written
    assert "Traceback" not in written
    assert not [one for one in (panel.key, PASSWORD, KEY_OF_CLIENT) if one in written]


def assert_no_secret_is_shown(project: Project, panel: PracticePanel, port: int) -> None:
    """Have an order hold the secrets, and look at every page."""
    enqueued(
        a_database(project.folder),
        a_draft(f"https://x.example/{panel.key}", ref=f"ref {KEY_OF_CLIENT}", comments=PASSWORD),
    )
    browser = Browser(port)
    assert browser.sign_in().status == 303
    pages = ["/", "/orders", "/orders/1", "/panels/p", "/services", "/alerts", "/journal"]
    for path in pages:
        answer = browser.get(path)
        assert answer.status == 200, path
        for secret in (panel.key, PASSWORD, KEY_OF_CLIENT):
            assert secret not in answer.text + str(answer.headers), path
    browser.close()


def test_it_says_why_it_cannot_serve(tmp_path: Path, panel: PracticePanel) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = a_project(tmp_path, panel, other.getsockname()[1]).run("web", code=2)
    assert (
        "Address already in use; change `web.listen`, or stop the program that uses the port" in taken.stderr
    )

    project = Project(tmp_path, panel)
    assert "add the line `web: {}`" in project.run("web", code=2).stderr


def test_it_hashes_a_password_that_it_reads_from_stdin_where_there_is_no_terminal(
    tmp_path: Path, panel: PracticePanel
) -> None:
    done = Project(tmp_path, panel).run("web", "--hash-password", stdin=f"{PASSWORD}\n")

    assert Password(done.stdout.strip()).matches(PASSWORD)
    assert done.stderr == ""


@pytest.mark.parametrize("given", ["", "short\n"])
def test_a_password_that_the_config_would_refuse_is_not_hashed(
    tmp_path: Path, panel: PracticePanel, given: str
) -> None:
    refused = Project(tmp_path, panel).run("web", "--hash-password", stdin=given, code=2)

    assert refused.stderr.strip() == "Error: the password is too short: give at least 10 characters"
