"""A chat under kills: people and strangers press, twice and late, while the daemon dies again and again.

`python -m tests.chat.proof` prints what came of it; `--daemons 2 --postgres` lets several work on one server. Each order
loses its first answer, and the panel has none of them: the right end is that each was released once, and is at the panel
once, that every press which did something did it once, and that nothing was done by a stranger.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from tests.support import databases
from tests.support.project import Project
from tests.support.samples import a_database, a_draft, enqueued
from tests.support.telegram import ALI, EVE, BotServer, Message
from tracker.lib.clock import now
from tracker.orders.order import Order
from tracker.practice.panel import PracticePanel
from tracker.store import acts, order_history, orders
from tracker.store.database import Database

LABELS = ("Release", "queue it again", "Back", "Adopt", "Pause", "Resume")
LONGEST_S = 240


def main(count: int, kills: int, daemons: int, is_shared: bool) -> int:
    """Run it, print the figures, and return how many things came to another end than they should."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        panel, server = stack.enter_context(PracticePanel()), stack.enter_context(BotServer())
        if is_shared:
            databases.home = stack.enter_context(databases.Server())
        db = a_database(folder)
        stack.callback(db.close)
        project = Project(
            folder, panel, alerts=server.target(), add_timeout="1s", more="unknown: {apart: false}\n"
        )
        project.config.chmod(0o600)
        found = enqueued(
            db, *(a_draft(f"https://x.example/{n}", service="1") for n in range(count)), now=now()
        )
        panel.fault("add", "close-before", times=count)
        log = stack.enter_context((folder / "daemon.log").open("a"))
        running = [_start(project, log) for _ in range(daemons)]
        pressed, begun, killed = Counter[str](), time.monotonic(), 0
        while time.monotonic() - begun < LONGEST_S and not _is_over(db, found, killed, kills):
            pressed.update(_press(server))
            time.sleep(0.02)
            if killed < kills and random.random() < 0.05:
                at = random.randrange(daemons)
                running[at].kill()
                running[at].wait()
                running[at], killed = _start(project, log), killed + 1
        for one in running:
            one.send_signal(signal.SIGTERM)
        for one in running:
            one.wait()
        print(
            f"{daemons} daemons on {'PostgreSQL' if is_shared else 'SQLite'}, {time.monotonic() - begun:.0f} s"
        )
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
        one.id: sum("released by" in (c.why or "") for c in order_history.changes_of(db, one))
        for one in orders.some(db, ids)
    }
    wrong = [one.id for one in orders.some(db, ids) if str(one.state) not in ("active", "completed")]
    lost = {
        one.id: sum(c.after == "unknown" for c in order_history.changes_of(db, one))
        for one in orders.some(db, ids)
    }
    twice = [one for one in ids if released[one] > lost[one]]
    placed = Counter(one.placed.link for one in panel.state.orders.values())
    print(f"{len(ids)} orders, {figures}")
    print(f"released more often than lost: {len(twice)}; not at the panel in the end: {len(wrong)}")
    doubles = sum(one > 1 for one in placed.values())
    print(f"at the panel more than once: {doubles} of {len(placed)}")
    return len(wrong) + len(twice) + doubles + _acts(db)


def _acts(db: Database) -> int:
    """Print who did what, and return how many acts are wrong: by a stranger, or more than keyboards were used."""
    found = [one for one in acts.newest(db, 100_000) if "Ali" in one.who or "Eve" in one.who]
    strangers = sum("Eve" in one.who for one in found)
    ((released,),) = db.sql("SELECT COUNT(*) FROM history WHERE why LIKE 'released by%'")
    ((used,),) = db.sql("SELECT COUNT(*) FROM chat_keyboards WHERE done_at IS NOT NULL")
    print(f"{used} keyboards used: {released} releases, {len(found)} other acts; by strangers: {strangers}")
    return strangers + max(0, int(released) + len(found) - int(used))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.chat.proof", description=__doc__)
    parser.add_argument("--orders", type=int, default=10)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--daemons", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    chosen = parser.parse_args()
    sys.exit(bool(main(chosen.orders, chosen.kills, chosen.daemons, chosen.postgres)))
