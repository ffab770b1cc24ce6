"""The loop of the live screen: reads, draws, and waits for keys."""

from __future__ import annotations

from tracker.cli.orders.columns import Services
from tracker.cli.session import Session
from tracker.cli.watch import terminal
from tracker.cli.watch.keys import Keys
from tracker.cli.watch.snapshot import Snapshot, read_snapshot
from tracker.cli.watch.view import render
from tracker.lib.clock import awake, now
from tracker.lib.times import SECOND
from tracker.store.database import StorageFault

READ_EVERY = SECOND
"""How often everything is read."""

TICK_S = 0.2
"""How soon a change of the terminal's size shows, in seconds."""

NOTE_SHOWN = 6 * SECOND
"""How long the answer to a key is shown."""


class Loop:
    """One run of the live screen."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._services = Services(session)
        self._keys = Keys(session)
        self._snapshot = Snapshot(now())
        self._read_at = 0
        self._note, self._note_until = "", 0
        self._drawn: tuple[object, ...] = ()

    def run(self) -> None:
        """Show the screen until a key or a signal ends it."""
        with terminal.WholeScreen() as screen:
            while True:
                self._read()
                self._draw()
                key = screen.read_key(TICK_S)
                if key and not self._take(key):
                    return

    def _read(self) -> None:
        if awake() - self._read_at < READ_EVERY and self._read_at:
            return
        try:
            self._snapshot = read_snapshot(self._session, self._services, now())
        except StorageFault as fault:
            self._tell(f"The database cannot be read: {fault}")
        self._read_at = awake()

    def _take(self, key: str) -> bool:
        """Do what a key says; False when it says to leave."""
        try:
            said = self._keys.press(key)
        except StorageFault as fault:
            said = f"Nothing was changed: {fault}"
        if said is None:
            return False
        self._tell(said)
        self._read_at = 0
        return True

    def _tell(self, note: str) -> None:
        self._note, self._note_until = note, awake() + NOTE_SHOWN

    def _draw(self) -> None:
        note = self._note if awake() < self._note_until else ""
        columns, rows = terminal.size()
        shown = (self._snapshot.at, columns, rows, note, self._keys.chosen)
        if shown != self._drawn:
            terminal.draw(render(self._snapshot, columns, rows, note, self._keys.chosen))
            self._drawn = shown
