"""A chat under kills: people and strangers press, twice and late, while the daemon dies again and again.

`python -m tests.chat.proof [ORDERS KILLS]` prints what came of it. Each order loses its first answer, and the panel has none of
them: the right end is that each was released once, and is at the panel once.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import IO

from tests.support.project import Project
from tests.support.samples import a_database, a_draft, enqueued
from tests.support.telegram import ALI, EVE, BotServer, Message
from tracker.lib.clock import now
from tracker.orders.order import Order
from tracker.practice.panel import PracticePanel
from tracker.store import orders
from tracker.store.database import Database

LABELS = ("Release", "queue it again", "Back", "Adopt", "Pause", "Resume")
LONGEST_S = 120


def main(count: int, kills: int) -> int:
    """Run it, print the figures, and return how many orders came to another end than they should."""
    with tempfile.TemporaryDirectory() as folder, PracticePanel() as panel, BotServer() as server:
        db = a_database(Path(folder))
        project = Project(
            Path(folder), panel, alerts=server.target(), add_timeout="1s", more="unknown: {apart: false}\n"
        )
        project.config.chmod(0o600)
        found = enqueued(
            db, *(a_draft(f"https://x.example/{n}", service="1") for n in range(count)), now=now()
        )
        panel.fault("add", "close-before", times=count)
        log = (Path(folder) / "daemon.log").open("a")
        process = _start(project, log)
        pressed, begun, killed = Counter[str](), time.monotonic(), 0
        while time.monotonic() - begun < LONGEST_S and not _is_over(db, found, killed, kills):
            pressed.update(_press(server))
            time.sleep(0.02)
            if killed < kills and random.random() < 0.05:
                process.send_signal(signal.SIGKILL)
                process.wait()
                process, killed = _start(project, log), killed + 1
        process.send_signal(signal.SIGTERM)
        process.wait()
        return _told(db, [one.id for one in found], panel, {**pressed, "kills": killed})


def _start(project: Project, log: IO[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(project.command("run"), stderr=log, text=True)


def _press(server: BotServer) -> list[str]:
    """Press something somewhere, as somebody: now and then twice, or as it was before."""
    messages = [one for one in list(server.messages) if "inline_keyboard" in str(one.sent)]
    if not messages:
        return []
    message: Message = random.choice(messages)
    for label, data in dict(message.buttons).items():
        if any(known in label for known in LABELS) and random.random() < 0.5:
            person = EVE if random.random() < 0.2 else ALI
            for _ in range(random.choice((1, 1, 2))):
                server.press(message, data, person, chat=666 if person is EVE else None)
            return ["strangers" if person is EVE else "presses"]
    return []


def _is_over(db: Database, found: list[Order], killed: int, kills: int) -> bool:
    ends = {str(one.state) for one in orders.some(db, [order.id for order in found])}
    return killed >= kills and ends <= {"active", "completed"}


def _told(db: Database, ids: list[int], panel: PracticePanel, figures: dict[str, int]) -> int:
    released = {
        one.id: sum("released by" in (c.why or "") for c in orders.history(db, one))
        for one in orders.some(db, ids)
    }
    wrong = [one.id for one in orders.some(db, ids) if str(one.state) not in ("active", "completed")]
    lost = {
        one.id: sum(c.after == "unknown" for c in orders.history(db, one)) for one in orders.some(db, ids)
    }
    twice = [one for one in ids if released[one] > lost[one]]
    placed = Counter(one.placed.link for one in panel.state.orders.values())
    print(f"{len(ids)} orders, {figures}")
    print(f"released more often than lost: {len(twice)}; not at the panel in the end: {len(wrong)}")
    print(f"at the panel more than once: {sum(one > 1 for one in placed.values())} of {len(placed)}")
    return len(wrong) + len(twice)


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(bool(main(*(given or [10, 3]))))
