"""What the keys of the live screen do."""

from __future__ import annotations

from functools import partial

from tracker.accounts.account import after_pause, after_unpause, submitting_hold
from tracker.cli.session import Session
from tracker.lib.clock import now
from tracker.store import accounts, changes


class Keys:
    """The panel that is chosen, and the answer to the last key."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._panels = list(session.config.panels)
        #: Which panel of the config the keys are for; None: all.
        self.chosen: int | None = None

    def press(self, key: str) -> str | None:
        """Do what a key says; return what to tell, or None when it says to leave."""
        if key in ("q", "Q", "\x1b", "\x04"):
            return None
        if key.isdecimal() and key.isascii():
            return self._choose(int(key))
        if key in ("p", "P"):
            return self._pause()
        if key in ("r", "R"):
            return self._resume()
        return ""

    def _choose(self, number: int) -> str:
        if number > len(self._panels):
            return f"There is no panel {number}."
        self.chosen = number - 1 if number else None
        return (
            f"The keys are for {self._panels[self.chosen] if self.chosen is not None else 'all panels'} now."
        )

    def _names(self) -> list[str]:
        return self._panels if self.chosen is None else [self._panels[self.chosen]]

    def _pause(self) -> str:
        db = self._session.db
        for name in self._names():
            changes.update_account(db, name, partial(after_pause, now=now()), now())
        return f"Paused: nothing new is sent to {', '.join(self._names())}; what is in flight is followed."

    def _resume(self) -> str:
        """End the pause only: what else stops an account needs a look, and `tracker resume`."""
        db = self._session.db
        for name in self._names():
            changes.update_account(db, name, after_unpause, now())
        for name in self._names():
            hold = submitting_hold(accounts.read(db, name), now())
            if hold is not None:
                return f"{name} is not paused any more, but: {hold.why}."
        return f"Orders are sent to {', '.join(self._names())} again."
