"""The control API, and the command: the panel in a separate process."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

import pytest
from click.testing import CliRunner

from tests.support.practice_client import FORM, add, ask, control, post
from tracker.cli.main import cli
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

RUN = [sys.executable, "-c", "from tracker.cli.commands.practice import practice; practice()"]


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(pace=0)) as running:
        yield running


def test_the_ledger_reports_orders_moves_and_the_wallet_exactly(panel: PracticePanel) -> None:
    add(panel, service=3, quantity=101)
    status, ledger = control(panel, "GET", "ledger")
    placed = panel.state.ledger[0]
    assert status == 200
    assert (ledger["opening"], ledger["balance"]) == ("100000", "99972.73")
    assert ledger["orders"][0].pop("at").endswith("Z")
    assert ledger["orders"] == [
        {"order": placed.order_id, "service": 3, "link": "https://example.com/p/1", "quantity": 101,
         "comments": None, "charge": "27.27"}
    ]  # fmt: skip
    assert (
        ledger["moves"][0].items() >= {"kind": "charge", "amount": "-27.27", "order": placed.order_id}.items()
    )


def test_faults_are_armed_and_cleared_from_outside(panel: PracticePanel) -> None:
    control(panel, "POST", "fault", action="add", fault="502-after", times=2, skip=1)
    assert [add(panel)[0] for _ in range(3)] == [200, 502, 502]
    control(panel, "POST", "fault", action="balance", fault="503", times="none", seconds=9)
    assert [post(panel, "balance")[0] for _ in range(3)] == [503, 503, 503]
    assert control(panel, "POST", "clear")[0] == 200
    assert post(panel, "balance")[0] == 200


def test_the_wallet_and_the_orders_are_moved_from_outside(panel: PracticePanel) -> None:
    assert control(panel, "POST", "deposit", amount="0.5") == (200, {"balance": "100000.5"})
    _, placed = control(panel, "POST", "elsewhere", service=2, link="https://x.io", quantity=100)
    assert control(panel, "POST", "end", order=placed["order"], word="Partial", remains=10) == (
        200,
        {"ended": 1},
    )
    assert str(panel.state.balance) == "99730.5"
    _, filled = control(panel, "POST", "fill", n=5, word="Pending")
    assert ask(panel, "status", order=filled["orders"][4])["status"] == "Pending"
    assert control(panel, "POST", "end", order="all", word="Completed") == (200, {"ended": 6})
    assert ask(panel, "status", order=filled["orders"][0])["status"] == "Done"


def test_requests_and_latency_are_seen_from_outside(panel: PracticePanel) -> None:
    control(panel, "POST", "latency", seconds=0.01)
    assert panel.latency == 0.01
    post(panel, "status", orders="1,2")
    _, requests = control(panel, "GET", "requests")
    assert (requests["count"], requests["ids_asked"]) == ({"status": 1}, 2)
    assert requests["last"][0]["form"] == {"action": "status", "orders": "1,2"}


@pytest.mark.parametrize(
    ("method", "name", "form", "status", "words"),
    [
        ("GET", "leger", {}, 404, "GET ledger"),
        ("POST", "ledger", {}, 404, "POST fault"),
        ("POST", "fault", {"action": "add"}, 400, "fault"),
        ("POST", "fault", {"action": "add", "fault": "rest-after"}, 400, "reset-after"),
        ("POST", "deposit", {"amount": "much"}, 400, ""),
        ("POST", "deposit", {"amount": "NaN"}, 400, "number"),
        ("POST", "end", {"order": 1, "word": "Completed"}, 400, "no order 1"),
        ("POST", "elsewhere", {"service": 99, "link": "x", "quantity": 1}, 400, "service"),
    ],
)
def test_what_cannot_be_done_is_answered_with_a_sentence(
    panel: PracticePanel, method: str, name: str, form: dict[str, object], status: int, words: str
) -> None:
    answered, body = control(panel, method, name, **form)
    assert answered == status
    assert words in body["error"]


@contextmanager
def running(*options: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*RUN, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def send(url: str, action: str, key: str, **form: object) -> int:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request("POST", urlsplit(url).path, urlencode({"key": key, "action": action, **form}), FORM)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_it_is_stopped_and_prints_a_summary(number: signal.Signals) -> None:
    with running("--json", "--key", "a-secret-key", "--fault", "add=502-after") as process:
        assert process.stdout is not None
        panel = json.loads(process.stdout.readline())
        assert panel["key"] == "a-secret-key"
        assert send(panel["url"], "add", panel["key"], service=2, link="https://x.io", quantity=100) == 502
        assert send(panel["url"], "balance", panel["key"]) == 200
        process.send_signal(number)
        out, log = process.communicate(timeout=30)
        assert process.returncode == 0
    assert json.loads(out)["balance"] == "99700"
    assert "add service=2 link=https://x.io quantity=100 -> order 5001  [502-after]" in log
    assert "balance  -> 99700 Tomans" in log
    assert "a-secret-key" not in log


def test_the_command_shows_what_to_put_into_a_config() -> None:
    with running("--quiet", "--dialect", "perfectpanel") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(9)]
        url = lines[0].split()[5]
        assert send(url, "balance", "practice-key") == 200
        process.terminate()
        out, log = process.communicate(timeout=30)
    assert f"    url: {url}\n" in lines
    assert "    dialect: perfectpanel\n" in lines
    assert "Requests: 1 balance" in out
    assert log == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--fault", "add=close"], "close-before or close-after"),
        (["--fault", "add=late:often"], "TIMES is a number or none"),
        (["--balance", "a lot"], "is not an amount"),
        (["--latency", "-1"], "latency"),
    ],
)
def test_a_wrong_option_is_one_sentence(options: list[str], words: str) -> None:
    result = CliRunner().invoke(cli, ["practice", *options])
    assert result.exit_code == 2
    assert words in result.output


def test_a_port_in_use_is_reported_plainly(panel: PracticePanel) -> None:
    result = CliRunner().invoke(cli, ["practice", "--port", str(urlsplit(panel.url).port)])
    assert result.exit_code == 1
    assert "Address already in use. Name another: --port" in result.output


def test_the_faults_are_listed() -> None:
    result = CliRunner().invoke(cli, ["practice", "--faults"])
    assert result.exit_code == 0
    assert "reset-before|-after" in result.output
