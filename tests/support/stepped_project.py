"""A project whose commands have a wall clock that the test sets."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support import databases
from tests.support.project import Project, eventually
from tracker.practice.panel import PracticePanel
from tracker.store.database import Database

YEAR_S = 365 * 86400
SOON = 60.0
"""Seconds within which work must go on after a step, on a machine that is busy; it takes about three."""


@contextmanager
def opened(folder: Path) -> Iterator[Database]:
    db = Database(databases.url(folder))
    db.open()
    yield db
    db.close()


class SteppedProject(Project):
    """A project whose commands have a wall clock of their own."""

    def __init__(self, folder: Path, panel: PracticePanel, **more: Any) -> None:
        super().__init__(folder, panel, **more)
        self.off_by = folder / "off_by"
        self.set_clock(0)

    def set_clock(self, seconds: float) -> None:
        part = self.folder / "off_by.part"
        part.write_text(str(seconds))
        part.replace(self.off_by)

    def command(self, *arguments: str) -> list[str]:
        start = [sys.executable, "-m", "tests.support.stepped_clock", str(self.off_by), "--"]
        return [*start, "--config", str(self.config), *arguments]

    def placed(self) -> Counter[str]:
        return Counter(one.link for one in self.panel.state.ledger)

    def hold_until(self) -> float:
        """Until when nothing is asked, in seconds."""
        with opened(self.folder) as db:
            found = db.sql("SELECT hold_until FROM accounts")
        return (found[0][0] or 0) / 10**6 if found else 0.0

    def add(self, name: str) -> None:
        self.run("add", "2", f"https://x.example/{name}", "50", "--ref", name)


def finishes(project: SteppedProject, *names: str) -> None:
    """Check that orders are placed and followed to their end at once."""
    eventually(lambda: all(project.states().get(name) == "completed" for name in names), SOON)
