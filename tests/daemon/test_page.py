"""The page as a part of the daemon: it follows the config, waits for its port, and holds nothing up."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.browsers import Browser
from tests.support.project import Project, eventually
from tests.support.samples import a_database
from tracker.config.loader import parse
from tracker.config.settings import Config
from tracker.daemon.page import RETRY, DaemonPage
from tracker.practice.panel import PracticePanel
from tracker.web.site import Doors

TEXT = "panels: {{p: {{url: 'https://x.example/api', key: a-key-of-p}}}}\n{web}\n"


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel() as panel:
        yield panel


def a_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def a_config(folder: Path, port: int | None, more: str = "") -> Config:
    web = "" if port is None else f"web: {{listen: '127.0.0.1:{port}'{more}}}"
    return parse(TEXT.format(web=web), folder / "config.yaml", {})


def status(port: int, path: str = "/journal") -> int | None:
    """The status of an answer; None where nobody answers."""
    with suppress(OSError), closing(Browser(port)) as browser:
        return browser.get(path).status
    return None


@contextmanager
def a_page(folder: Path, now: list[int]) -> Iterator[DaemonPage]:
    page = DaemonPage(a_database(folder), Doors(adopt=lambda order, _id, _by: order), lambda: now[0])
    try:
        yield page
    finally:
        page.close()


def test_it_follows_the_config(tmp_path: Path) -> None:
    first, second = a_free_port(), a_free_port()
    with a_page(tmp_path, [0]) as page:
        page.follow(a_config(tmp_path, None))
        assert status(first) is None
        page.follow(a_config(tmp_path, first))
        assert status(first) == 200
        page.follow(a_config(tmp_path, first, ", password: correct horse battery"))
        assert status(first) == 303
        page.follow(a_config(tmp_path, second))
        assert (status(first), status(second)) == (None, 200)
        page.follow(a_config(tmp_path, None))
        assert status(second) is None


def test_a_port_that_another_program_has_is_tried_again(tmp_path: Path) -> None:
    now = [0]
    with a_page(tmp_path, now) as page:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            page.follow(a_config(tmp_path, port))
            now[0] += RETRY
            page.check()
        now[0] += RETRY - 1
        page.check()
        assert status(port) is None
        now[0] += 1
        page.check()
        assert status(port) == 200


def test_the_daemon_serves_it_and_stops_at_once_though_clients_hang(
    tmp_path: Path, panel: PracticePanel
) -> None:
    port = a_free_port()
    project = Project(tmp_path, panel, more=f"web: {{listen: '127.0.0.1:{port}'}}\n")
    with project.daemon() as process:
        eventually(lambda: status(port, "/healthz") == 200)
        browser = Browser(port)
        browser.send("/panels/p/pause", on="/panels/p")
        assert "the operator, on the page from 127.0.0.1: paused p" in browser.get("/journal").shown
        assert panel.key not in browser.get("/panels/p").text
        hanging = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        for one in hanging:
            one.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nx")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        browser.close()
        for one in hanging:
            one.close()

    assert "web.listening" in project.log()
    assert "Traceback" not in project.log()


def test_without_its_extra_a_config_with_a_page_is_refused_in_a_sentence(
    tmp_path: Path, panel: PracticePanel
) -> None:
    project = Project(tmp_path, panel, more="web: {}\n")
    missing = tmp_path / "without" / "waitress"
    missing.mkdir(parents=True)
    (missing / "__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'waitress'\", name='waitress')\n"
    )

    environment = {**os.environ, "PYTHONPATH": str(missing.parent)}
    done = subprocess.run(project.command("run"), env=environment, capture_output=True, text=True)

    assert done.returncode == 78
    assert "the page needs waitress, which is not installed: install '.[web]' instead of '.'" in done.stderr
