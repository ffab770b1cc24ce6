"""Has the daemons of a database read their configs again, and waits for what each of them answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracker.config.settings import Config
from tracker.lib.clock import awake, now
from tracker.lib.times import MINUTE, SECOND, seconds
from tracker.store import daemons
from tracker.store.daemons import DaemonRow
from tracker.store.database import Database

PATIENCE = 3 * MINUTE
"""How long a daemon may take whose config cannot be read here."""

LOOK_EVERY = SECOND // 10
"""How often it is looked for an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one daemon made of its config; `facts` is None when it did not answer in time."""

    row: DaemonRow
    facts: dict[str, Any] | None

    @property
    def daemon(self) -> str:
        """The daemon, for a sentence."""
        return f"the daemon on {self.row.host} (process {self.row.pid})"

    @property
    def faults(self) -> list[str]:
        """What is wrong with its config, one sentence each."""
        return list((self.facts or {}).get("faults", ()))

    @property
    def is_taken(self) -> bool:
        """Whether it works with the config that is in its file now."""
        return self.facts is not None and not self.faults

    @property
    def outcome(self) -> str:
        """What came of it, to follow the daemon's name."""
        if self.facts is None:
            return "has not answered; look at `tracker status`, and try again"
        if self.faults:
            return "goes on with the config that it had: the one in its file is wrong"
        changed, kept = self.facts["changed"], self.facts["needs_restart"]
        said = (
            f"has taken: {', '.join(changed)}"
            if changed
            else "has read the config again; nothing that it uses changed"
        )
        return f"{said}; only a restart changes: {', '.join(kept)}" if kept else said


def longest_wait(config: Config) -> int:
    """Return how long a daemon may take to answer, in microseconds: an add in flight ends first."""
    return max(max(panel.timeout, panel.add_timeout) for panel in config.panels.values()) + MINUTE


def reload_daemons(db: Database, patience: int) -> Iterator[Answer]:
    """Ask every daemon that runs, and yield what each answers, within so many microseconds."""
    alive = [row for row in daemons.listed(db) if row.is_alive(now())]
    wishes = [(row, daemons.ask_reload(db, row.id)) for row in alive]
    until = awake() + patience
    for row, wish in wishes:
        yield Answer(row, _answer(db, row, wish, until))


def _answer(db: Database, row: DaemonRow, wish: int, until: int) -> dict[str, Any] | None:
    while (found := daemons.reload_answer(db, row.id, wish)) is None:
        is_there = any(one.id == row.id and one.is_alive(now()) for one in daemons.listed(db))
        if not is_there or awake() > until:
            return None
        time.sleep(seconds(LOOK_EVERY))
    return found
