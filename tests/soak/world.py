"""A panel that loses answers, a clock that the test moves, and one worker between them; no sockets, no waiting."""

from __future__ import annotations

import heapq
import json
import random
import re
from decimal import Decimal
from enum import Enum
from pathlib import Path

from tests.support.samples import NOW, a_database
from tracker.alerts.subscriptions import Subscription
from tracker.config.loader import parse
from tracker.daemon.context import PanelContext
from tracker.daemon.worker import PanelWorker
from tracker.lib.http import Permit
from tracker.lib.times import SECOND
from tracker.operations.limits import rules_of
from tracker.orders.order import Order, State
from tracker.panel.exchange import Exchange, Request
from tracker.practice.api import SHAPES, Api, add_form
from tracker.practice.state import PanelState
from tracker.practice.validation import TEXTS, AddForm, Refusal
from tracker.store import accounts, evidence, orders, polls, queue
from tracker.store.database import Database


class Fate(Enum):
    """What becomes of one `add`."""

    ANSWERED = "taken, and answered"
    TAKEN = "taken, the answer lost"
    NEVER = "never arrived, the answer lost"
    LATE = "taken after the client had gone"
    DIED_TAKEN = "taken, and the tracker killed"
    DIED_NEVER = "never arrived, and the tracker killed"


class Died(BaseException):
    """The tracker was killed during an add."""


class World:
    """One account at one panel, and the tracker that works for it."""

    def __init__(
        self, folder: Path, settings: str = "", gap: int = 1, seed: int = 1, panel: str = ""
    ) -> None:
        self.now = NOW
        #: How far the tracker's clock is off the true time.
        self.skew = 0
        self.random = random.Random(seed)
        self.state = PanelState(Decimal(10**9), lambda: self.now / SECOND, gap=gap, seed=seed)
        self.api = Api(self.state, SHAPES["tagrani"], "Tomans", dict(TEXTS))
        self.fates: list[Fate] = []
        self.refused: set[str] = set()
        self.latest = 60 * SECOND
        self.lost = 0
        self._late: list[tuple[int, int, AddForm]] = []
        self._balance_at = 0
        text = f"panels:\n  p: {{url: 'http://127.0.0.1:9/api', key: practice-key, balance: {{every: 30m}}{panel}}}\n{settings}"
        self.config = parse(text, folder / "config.yaml", {})
        self.db = a_database(folder, Subscription("ops"))
        self.worker = self.restarted()

    def restarted(self) -> PanelWorker:
        """A worker as after a restart of the daemon."""
        return PanelWorker(self.context())

    def context(self) -> PanelContext:
        """What the passes share, by the clock that the test moves."""
        config = self.config
        return PanelContext(
            config.panels["p"],
            config.schedule,
            config.unknown,
            self,
            self.db,
            rules_of(config, "p"),
            now=self.clock,
            elapsed=lambda: self.now,
        )

    def clock(self) -> int:
        """What the tracker takes for the time."""
        return self.now + self.skew

    # -- the panel ------------------------------------------------------------------------------------

    def call(self, request: Request) -> Exchange:
        """Answer a request that may be asked again."""
        self._arrive()
        try:
            if request.action in self.refused:
                raise Refusal("action")
            told = self.api.answer(request.action, request.form)
        except Refusal as refusal:
            told = {"error": refusal.text(self.api.texts)}
        return Exchange(request, sent=True, status=200, body=json.dumps(told).encode())

    def acquire_slot(self) -> bool:
        """Let an `add` leave at any time."""
        return True

    def send_once(self, request: Request, permit: Permit, timeout: int | None = None) -> Exchange:
        """Take an `add`, with the fate that is next."""
        fate = self.fates.pop(0) if self.fates else Fate.ANSWERED
        if fate is Fate.ANSWERED:
            return self.call(request)
        self.lost += 1
        if fate in (Fate.TAKEN, Fate.DIED_TAKEN):
            self.call(request)
        if fate in (Fate.DIED_TAKEN, Fate.DIED_NEVER):
            raise Died
        if fate is Fate.LATE:
            heapq.heappush(
                self._late,
                (self.now + self.random.randint(SECOND, self.latest), self.lost, add_form(request.form)),
            )
        return Exchange(request, sent=True, error="the answer was lost")

    def _arrive(self) -> None:
        """Take what was under way and arrives now."""
        while self._late and self._late[0][0] <= self.now:
            self.state.place(heapq.heappop(self._late)[2])

    # -- time -----------------------------------------------------------------------------------------

    def step(self, longest: int = 600 * SECOND) -> None:
        """Run every pass that is due, and move the clock to the next."""
        delay = 0
        try:
            delay = self.worker.submit.run()
        except Died:
            self.worker = self.restarted()
        self.worker.track.run()
        if self.clock() >= self._balance_at:
            self._balance_at = self.clock() + self.worker.balance.run()
        next_times = (
            polls.next_at(self.db, "p"),
            self._next_send_at(delay),
            self.worker.reconcile.due_at(self.worker.reconcile.losses.open()),
            self._balance_at,
        )
        rest = min(at for at in next_times if at is not None) - self.clock()
        self.advance(min(longest, max(SECOND, rest)))

    def _next_send_at(self, delay: int) -> int | None:
        """When the next queued order may be sent; those that wait for something else are looked at after `delay`."""
        due_at = queue.next_queued_at(self.db, "p")
        return due_at if due_at is None or due_at > self.clock() else self.clock() + delay

    def advance(self, span: int) -> None:
        """Move the clock; late orders arrive at their time."""
        end = self.now + span
        while self._late and self._late[0][0] <= end:
            self.now = max(self.now, self._late[0][0])
            self._arrive()
        self.now = end

    def is_late(self) -> bool:
        """Whether an order is under way that the tracker has given no answer for."""
        return bool(self._late)

    def busy(self) -> bool:
        """Whether anything continues automatically."""
        return orders.any_in(self.db, [State.QUEUED, State.ACTIVE, State.SUBMITTING], "p") or bool(self._late)

    # -- the operator -------------------------------------------------------------------------------------

    def held(self) -> list[Order]:
        """The orders that wait for the operator."""
        return list(orders.listed(self.db, [State.UNKNOWN], limit=0))

    def resume(self) -> None:
        """A person has looked, and says go on."""
        from tracker.operations.submitting import resume

        resume(self.db, "p", "the operator", self.clock())

    def doubt(self) -> str | None:
        """Why automatic verdicts have ended."""
        return accounts.read(self.db, "p").doubt

    def true_id(self, order: Order) -> str | None:
        """The id under which the panel took an order, found by its link, which no other order has."""
        return next((str(one.order_id) for one in self.state.ledger if one.link == order.link), None)

    def verdicts(self) -> list[tuple[int, str, str, int]]:
        """Every verdict other than to hold; see `verdicts`."""
        return verdicts(self.db)

    def last_reason(self, order: Order) -> str:
        """Why an order is held, without its figures."""
        return last_reason(self.db, order)


def verdicts(db: Database) -> list[tuple[int, str, str, int]]:
    """Every verdict other than to hold: the order's id and link, the ruling, and when."""
    query = """
        SELECT o.id, o.link, l.ruling, l.at FROM looks l JOIN orders o ON o.id = l.order_id
        WHERE l.ruling <> 'hold' ORDER BY l.id
    """
    return [(order_id, link, ruling, at) for order_id, link, ruling, at in db.sql(query)]


def last_reason(db: Database, order: Order) -> str:
    """Why an order is held, without its figures."""
    found = evidence.checks(db, order.id)
    return re.sub(r"[0-9]+", "#", "; ".join(found[-1].reasons)) if found else "never checked"
