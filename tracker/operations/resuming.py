"""Resumes a panel for somebody who cannot wait long, and has no terminal to look at: on the page, or in a chat."""

from __future__ import annotations

from collections.abc import Callable

from tracker.config.settings import Config
from tracker.lib.times import SECOND
from tracker.operations import submitting
from tracker.operations.due_rules import bring_near
from tracker.operations.refused import Refused
from tracker.operations.reloading import reload_daemons
from tracker.store import accounts
from tracker.store.database import Database

PATIENCE = 15 * SECOND
"""How long a daemon may take to read a key again; an add in flight may take longer."""


def resume_panel(db: Database, config: Config, panel: str, by: str, now: Callable[[], int]) -> str | None:
    """Send orders to a panel again, whatever stopped it; a key that was refused is read again first, or Refused.

    Returns a sentence where something about its spending is to be known.
    """
    bring_near(db, config, now(), stepped=True)
    if accounts.read(db, panel).refused_at is not None:
        _read_key_again(db)
    return submitting.resume(db, panel, by, now())


def _read_key_again(db: Database) -> None:
    for answer in reload_daemons(db, PATIENCE):
        if not answer.is_taken:
            faults = "; ".join(answer.faults)
            raise Refused(
                f"nothing is resumed: {answer.daemon} {answer.outcome}{f': {faults}' if faults else ''}"
            )
