"""What the passes of one panel share: its settings, its client, the database, the clocks and the stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from tracker.accounts.account import Account, AccountChange
from tracker.accounts.limits import NO_RULES, Rules
from tracker.config.panel_settings import PanelConfig
from tracker.config.settings import Schedule, Unknown
from tracker.lib import clock
from tracker.lib.http import Permit
from tracker.panel.dialects.dialect import Dialect, Requests
from tracker.panel.exchange import Exchange, Request
from tracker.store import accounts, changes
from tracker.store.database import Database

Pass = Callable[[], int]
"""One round of a pass: works until nothing is due, and returns how long it may wait, in microseconds."""


class Client(Protocol):
    """What the passes need of a panel client."""

    def call(self, request: Request) -> Exchange:
        """Send a request that may be sent again."""

    def acquire_slot(self) -> bool:
        """Wait until an `add` may be sent; False when nothing is to be sent any more."""

    def send_once(self, request: Request, permit: Permit, timeout: int | None = None) -> Exchange:
        """Send a request that spends money: one on the wire, whatever happens, and none when the permit is refused.

        `timeout` is its time limit in microseconds; the panel's `add_timeout` unless it is given.
        """


class OwnedClient(Client, Protocol):
    """A client that its owner closes when the passes have ended."""

    def close(self) -> None:
        """Start no more calls."""


@dataclass(frozen=True, slots=True)
class PanelContext:
    """What the passes of one panel share."""

    panel: PanelConfig
    schedule: Schedule
    unknown: Unknown
    client: Client
    db: Database
    #: The limits that its orders must fit.
    rules: Rules = NO_RULES
    #: The time in microseconds since 1970 UTC.
    now: Callable[[], int] = clock.now
    #: Microseconds of a clock that nobody can set; it goes on while the machine is suspended.
    elapsed: Callable[[], int] = clock.elapsed
    #: The passes are to end: the process ends, or the config was read again.
    stopping: threading.Event = field(default_factory=threading.Event)
    #: The process ends: what is not written by then is lost.
    ending: threading.Event = field(default_factory=threading.Event)
    #: Runs another pass of this panel now.
    wake: Callable[[str], None] = lambda _pass: None
    #: Says that a pass which takes long is not stuck: or the watchdog would end the daemon.
    note_progress: Callable[[str], None] = lambda _pass: None
    #: Is told by how much, at most, the end of an order was noticed late, in microseconds.
    note_news: Callable[[int], None] = lambda _late: None

    @property
    def name(self) -> str:
        """The panel's name in the config."""
        return self.panel.name

    def digest_of(self, request: Request) -> str:
        """Return what tells whether another request is this one, to the same account."""
        return request.digest(self.panel.url, self.panel.key.reveal())

    @property
    def dialect(self) -> Dialect:
        """How this panel is asked and read."""
        return self.panel.dialect

    @property
    def ids_per_call(self) -> int:
        """How many orders one status call may ask about."""
        return min(self.panel.ids_per_call, self.panel.dialect.ids_per_call)

    @property
    def requests_per_call(self) -> int:
        """How many orders one call may ask for a refill or a cancel, and how many refills it may ask about."""
        return self.ids_per_call if self.panel.dialect.requests is Requests.MANY else 1

    @property
    def refills_itself(self) -> bool:
        """Whether a refill is asked for by itself when the count of an order fell."""
        return self.panel.auto_refill and self.panel.dialect.requests is not Requests.NONE

    def account(self) -> Account:
        """Return what is known of the account."""
        return accounts.read(self.db, self.name)

    def update_account(self, decide: Callable[[Account], AccountChange]) -> None:
        """Decide on the account as it is at the moment of writing, and write that with its notices."""
        changes.update_account(self.db, self.name, decide, self.now())

    def delay_until(self, at: int | None, longest: int) -> int:
        """Return how long to wait until a time, in microseconds, at most `longest`."""
        return longest if at is None else min(longest, max(0, at - self.now()))
