"""What every answer over HTTP is made from. Read app.py next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tracker.config.settings import Config
from tracker.lib import clock
from tracker.operations.rounds import Round
from tracker.orders.order import Order
from tracker.store.database import Database
from tracker.web.gateway.memory import Memory
from tracker.web.reports import Reports


@dataclass(frozen=True, slots=True)
class Doors:
    """What only the process can do that serves the page."""

    #: Takes a panel's id as an unknown order's own, once the panel confirms it: order, id, who decides. Refused.
    adopt: Callable[[Order, str, str], Order]
    #: Tells whether the passes of this process run; a process that only serves the page has none.
    is_alive: Callable[[], bool] = lambda: True
    #: Returns how each of them stands.
    rounds: Callable[[], Sequence[Round]] = tuple


@dataclass(frozen=True, slots=True)
class Site:
    """The database and the config that are shown, and the doors to what lies behind them."""

    db: Database
    config: Config
    doors: Doors
    #: The time in microseconds since 1970 UTC.
    now: Callable[[], int] = clock.now
    gateway: Memory = field(default_factory=Memory)
    reports: Reports = field(default_factory=Reports, init=False)

    def close(self) -> None:
        """Give up what is being made beside the answers."""
        self.reports.close()
