"""What of a panel's figures cannot be read, as `check`, `services`, `add` and `balance` tell it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from tests.support.project import Project
from tests.support.servers import Conversation, ScriptedServer
from tracker.practice.panel import PracticePanel

ROWS = [
    {"service": n, "name": "A &amp; B", "rate": rate, "min": "1.000", "max": "10.000"}
    for n, rate in enumerate(("5k", "1.2.3", "0,90"), 1)
]


@contextmanager
def a_project(folder: Path, answers: dict[str, Any], dialect: str = "perfectpanel") -> Iterator[Project]:
    """A project whose panel gives these answers: action -> JSON, or the raw body."""

    def script(talk: Conversation) -> None:
        while request := talk.request():
            action = parse_qs(request.partition(b"\r\n\r\n")[2].decode())["action"][0]
            answer = answers[action]
            talk.answer(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    with ScriptedServer(script) as server, PracticePanel() as panel:
        project = Project(folder, panel, dialect=dialect)
        project.config.write_text(project.config.read_text().replace(panel.url, server.url))
        yield project


def test_what_cannot_be_read_is_counted_and_shown(tmp_path: Path) -> None:
    answers: dict[str, Any] = {"services": ROWS, "balance": {"balance": "1.234,50 TL", "currency": "TRY"}}
    with a_project(tmp_path, answers) as project:
        checked = project.run("check").stdout
        assert "panel p: 3 services, balance 1,234.50 TRY" in checked
        assert 'panel p: 2 of 3 prices cannot be read, e.g. "5k" (service 1)' in checked
        assert 'panel p: 3 of 3 minimums cannot be read, e.g. "1.000" (service 1)' in checked
        assert 'numbers: {decimal: ",", thousands: "."}' in checked

        listed = project.run("services", "--json", "--refresh")
        assert '2 of 3 prices cannot be read, e.g. "5k" (service 1)' in listed.stderr
        first = json.loads(listed.stdout.splitlines()[0])
        assert (first["name"], first["price"]) == ("A & B", None)
        assert first["unread"] == {"price": "5k", "min": "1.000", "max": "10.000"}

        added = project.run("add", "1", "https://x.example/a", "500").stderr
        assert 'the price of service 1 cannot be read: "5k", so what it will cost is not known' in added
        assert "2 of 3 prices cannot be read" in added
        assert 'the minimum of service 1 cannot be read: "1.000", so it is not checked' in added
        assert "price" not in project.run("add", "3", "https://x.example/b", "500").stderr

        answers["balance"] = {"balance": "Rp 1.500"}
        assert 'cannot be read as an amount: "Rp 1.500"' in project.run("balance", code=1).stderr


def test_a_line_that_breaks_is_told_and_its_service_is_kept(tmp_path: Path) -> None:
    rows = [{"service": n, "name": f"N{n}", "rate": "1", "min": 1, "max": 9} for n in (1, 2)]
    answers: dict[str, Any] = {"services": rows, "balance": {"balance": "5"}}
    with a_project(tmp_path, answers) as project:
        project.run("services")
        answers["services"] = json.dumps(rows).replace("N2", "N\n2").encode()
        told = project.run("services", "--refresh")
        assert "1 of 2 lines cannot be read, e.g. service 2: JSON with a control character" in told.stderr
        assert "N2" in told.stdout


def test_the_dialect_says_how_the_panel_writes_numbers(tmp_path: Path) -> None:
    answers = {"services": [{**ROWS[2], "rate": "150.000"}], "balance": {"balance": "150.000"}}
    dialect = '{base: perfectpanel, numbers: {decimal: ",", thousands: "."}}'
    with a_project(tmp_path, answers, dialect) as project:
        assert project.json("balance")[0]["balance"] == "150000"
        (row,) = project.json("services")
        assert (row["price"], row["min"], row["max"], row["unread"]) == ("150", 1000, 10000, {})
        added = project.run("add", "3", "https://x.example/a", "2000")
        assert "300000 " in added.stdout
