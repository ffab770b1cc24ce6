"""Lets clients in Python, PHP and JavaScript order through the gateway of a daemon that works for a practice panel.

Each orders two things, one of them twice with the same ref, and asks for everything the API has. What it was answered is
checked, and at the end that the panel has exactly two orders of each. A language that is not installed is left out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.practice.test_foreign_clients import CLIENTS
from tests.support.gateways import KEY, beside
from tests.support.project import Project, eventually
from tracker.lib import logs
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

HERE = Path(__file__).parent
LINK = "https://example.com/{mark}/{number}"
COMMENTS = "Nice\nسلام دنیا"

Run = Callable[[str, str], dict[str, Any]]
"""Lets a client work at an address, and mark its links; what it was answered."""


def library(name: str) -> Run:
    """A Python client by another author, as it is installed."""

    def run(url: str, mark: str) -> dict[str, Any]:
        client: Any = CLIENTS[name](url, KEY)
        likes = client.add(1, LINK.format(mark=mark, number=1), 100)
        talk = client.add(4, LINK.format(mark=mark, number=2), None, comments=COMMENTS)
        try:
            stranger: Any = CLIENTS[name](url, "wrong")
            stranger.balance()
        except Exception as error:  # noqa: BLE001  one of them raises nothing narrower
            wrong = {"error": str(error)}
        return {
            "services": len(client.services()), "balance": client.balance(), "likes": likes, "again": likes,
            "talk": talk, "status": client.status(likes["order"]),
            "statuses": client.statuses([likes["order"], talk["order"], 999999]), "wrong": wrong,
        }  # fmt: skip

    return run


def program(*command: str, **environment: str) -> Run:
    """A script in another language; it prints what it was answered as JSON."""

    def run(url: str, mark: str) -> dict[str, Any]:
        script, *how = command[1:]
        arguments = [command[0], str(HERE / script), url, KEY, mark, *how]
        done = subprocess.run(
            arguments,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return run


def runs() -> dict[str, Run]:
    """Every client that can run here, by its name."""
    found = {name: library(name) for name in CLIENTS}
    if shutil.which("php"):
        found["php, form"] = program("php", "form.php")
        found["php, parts"] = program("php", "form.php", PARTS="1")
    if shutil.which("node"):
        found |= {f"node, {how}": program("node", "form.mjs", how) for how in ("form", "parts", "json")}
    return found


BEHIND = """
database: sqlite:///tracker.db
panels:
  gateway:
    url: {url}
    key: {key}
    dialect: {{base: perfectpanel, idempotency_field: ref}}
    account: shared
    calls_per_second: 100
schedule: {{submit: 1s, poll: 1s, poll_max: 1s}}
"""


def tracker_behind(folder: Path, url: str) -> list[str]:
    """Let another tracker order through the gateway until it is done; what is wrong with how its orders ended."""
    folder.mkdir()
    config = folder / "config.yaml"
    config.write_text(BEHIND.format(url=url, key=KEY))
    config.chmod(0o600)

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "tracker", "--config", str(config), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout

    run("services", "--refresh")
    for number, service in enumerate(("2", "8", "9")):
        run("add", service, LINK.format(mark="behind", number=number), "100")
    run("run", "--until-idle")
    ended = sorted(json.loads(line)["state"] for line in run("list", "--json").splitlines())
    return [] if ended == ["canceled", "completed", "partial"] else [f"its orders ended {ended}"]


def check(told: dict[str, Any]) -> list[str]:
    """Say what is wrong with what a client was answered."""
    likes, talk = told["likes"]["order"], told["talk"]["order"]
    wanted = {
        "a repeat is the same order": told["again"] == {"order": likes} and likes != talk,
        "services are listed": told["services"] > 10,
        "the balance is read": told["balance"]["currency"] == "Tomans",
        "an order has a status": told["status"]["status"]
        in ("Pending", "In progress", "Processing", "Completed"),
        "its charge is the panel's price": told["status"]["charge"] == "1200",
        "many have one": set(told["statuses"]) == {str(likes), str(talk), "999999"},
        "others' orders are unknown": told["statuses"]["999999"] == {"error": "Incorrect order ID"},
        "a wrong key is refused": "Invalid API key" in told["wrong"]["error"],
    }
    return [what for what, is_so in wanted.items() if not is_so]


def main() -> int:
    """Run them all, and print a line each."""
    behaviour = Behaviour(dialect="perfectpanel", pace=20, balance=Decimal(1_000_000))
    logs.setup("warning", "text")
    found = runs()
    with tempfile.TemporaryDirectory() as folder, PracticePanel(behaviour) as panel:
        project = Project(Path(folder), panel)
        with beside(project) as (url, _):
            faults = [_line(name, run, url, number) for number, (name, run) in enumerate(found.items())]
            faults.append(_say("tracker", tracker_behind(Path(folder) / "behind", url)))
            placed = 2 * len(found) + 3
            eventually(lambda: len(panel.state.ledger) >= placed, 120)
            eventually(lambda: set(project.states().values()) <= {"completed", "partial", "canceled"}, 120)
        links = {order.link for order in panel.state.ledger}
        is_once = len(panel.state.ledger) == len(links) == placed
    print(f"the panel has {len(panel.state.ledger)} orders for {placed} that were asked for; all have ended")
    return int(any(faults) or not is_once)


def _line(name: str, run: Run, url: str, number: int) -> bool:
    return _say(name, check(run(url, f"client{number}")))


def _say(name: str, wrong: list[str]) -> bool:
    print(f"{name:<12} {'NOT: ' + '; '.join(wrong) if wrong else 'all as at a panel'}", flush=True)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
