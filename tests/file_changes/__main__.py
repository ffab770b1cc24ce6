"""Does all of them to a daemon that has orders to send, ends it in each way, starts it again, and counts.

    python -m tests.file_changes [--old]      `--old` counts only, and does not fail

For each: the orders that were placed before, those placed while the file was changed, what the next start placed, and
how many orders were placed twice. None may be.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.file_changes.changes import CHANGES, Change
from tests.support.project import Project, eventually
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

ORDERS = 20
NOTICED_S = 1.5
"""Longer than the daemon needs to notice, and shorter than it needs for all orders."""

ENDS = {
    "killed at once": (0.0, signal.SIGKILL),
    "killed later": (NOTICED_S, signal.SIGKILL),
    "stopped": (NOTICED_S, signal.SIGTERM),
}


def queue_orders(project: Project, count: int) -> None:
    """Queue orders that can be told apart."""
    rows = [f"2,https://x.example/{number},100,{number}" for number in range(count)]
    project.run("import", "-", "--format", "csv", stdin="\n".join(["service,link,quantity,ref", *rows]))


def outcome(folder: Path, change: Change, wait: float, end: signal.Signals) -> tuple[int, int, int, int]:
    """Return how many orders were placed before, during and after, and how many twice."""
    home = folder / "home"
    home.mkdir()
    with PracticePanel(Behaviour(latency=0.1, pace=100)) as panel:
        project = Project(home, panel)
        queue_orders(project, ORDERS)
        project.run("backup", str(folder / "saved.db"))
        with project.daemon(code=None) as daemon:
            eventually(lambda: len(panel.state.ledger) >= 4)
            change(home / "tracker.db", folder / "saved.db")
            before = len(panel.state.ledger)
            time.sleep(wait)
            daemon.send_signal(end)
            daemon.wait(30)
        during = len(panel.state.ledger) - before
        project.run("run", "--until-idle", code=None)
        placed = Counter(one.link for one in panel.state.ledger)
        after = placed.total() - before - during
        return before, during, after, sum(count > 1 for count in placed.values())


def main() -> int:
    """Print a line for each; return the exit code."""
    doubles = 0
    for change in CHANGES:
        for name, (wait, end) in ENDS.items():
            with tempfile.TemporaryDirectory() as folder:
                before, during, after, twice = outcome(Path(folder), change, wait, end)
            print(
                f"{change.__name__:18} {name:15} {before:3} {during:3} {after:3}  twice: {twice}", flush=True
            )
            doubles += twice
    return 0 if doubles == 0 or "--old" in sys.argv else 1


if __name__ == "__main__":
    sys.exit(main())
