"""A stage that asks again for lost orders, by a client that answers as the test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.samples import NOW
from tests.support.sent_orders import lost
from tests.support.worker_stage import Stage
from tracker.accounts.account import AccountChange
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.ask_again import AskAgain
from tracker.orders.order import Order
from tracker.panel.exchange import Exchange, Request
from tracker.practice.panel import PracticePanel
from tracker.store import asks, attempts, changes, evidence

KEYED = "{base: tagrani, idempotency_field: request_id}"
WINDOW = "{base: tagrani, dedupe_window: 3m}"
COST = Decimal(300)


class Wire:
    """A client whose `add` is answered as the test says, after something that happens meanwhile."""

    def __init__(self, *bodies: str | None) -> None:
        self.bodies = list(bodies)
        self.sent: list[tuple[Request, int | None]] = []
        self.meanwhile: Callable[[], object] = lambda: None
        self.acquire_slot: Callable[[], bool] = lambda: True

    def call(self, request: Request) -> Exchange:
        raise AssertionError(f"{request.action} was called")

    def send_once(self, request: Request, permit: Any, timeout: int | None = None) -> Exchange:
        refused = permit.refusal()
        if refused is not None:
            return Exchange(request, sent=False, error=refused)
        self.sent.append((request, timeout))
        body = self.bodies.pop(0)
        self.meanwhile()
        if body is None:
            return Exchange(request, sent=True, error="the answer was lost")
        return Exchange(request, sent=True, status=200, body=body.encode())


class Asking:
    """A stage that asks again for lost orders by one client."""

    def __init__(self, folder: Path, panel: PracticePanel, dialect: str) -> None:
        self.stage = Stage(folder, panel, dialect=dialect)
        self.stage.elapsed = lambda: self.stage.now
        self.wire = Wire('{"order": 5002}')
        self.progress: list[str] = []
        self.ask = self.fresh()
        self.stage.worker.catalogue.run()

    def fresh(self, **panel: Any) -> AskAgain:
        context = replace(self.stage.context(self.wire, **panel), note_progress=self.progress.append)
        return AskAgain(context)

    @property
    def context(self) -> PanelContext:
        return self.ask.context

    def lost(self, name: str = "lost", **values: Any) -> Order:
        """An order that was lost now, with all that is needed to ask for it again."""
        key = f"key-{name}" if self.context.dialect.idempotency_field is not None else None
        known = {"expected_charge": COST, "newest_id": "5001", "request_key": key}
        intent = {**known, **values.pop("intent", {})}
        order = lost(self.stage, intent, link=f"https://x.example/{name}", **values)
        request = self.context.dialect.add(order, key)
        with self.stage.db.transaction():
            digest = (self.context.digest_of(request), order.id)
            self.stage.db.many("UPDATE attempts SET request_digest = ? WHERE order_id = ?", [digest])
        return order

    def run(self) -> list[int]:
        with self.stage.db.lease("submit:p") as lease:
            return self.ask.run(lease)

    def why(self, order: Order) -> list[tuple[str, str]]:
        return [(one.ruling, " ".join(one.reasons)) for one in evidence.checks(self.stage.db, order.id)]

    def know(self, **values: Any) -> None:
        changes.update_account(
            self.stage.db, "p", lambda account: AccountChange(account._replace(**values)), NOW
        )

    def asks(self, order: Order) -> list[asks.Ask]:
        return asks.of_attempt(self.stage.db, attempts.last_attempt(self.stage.db, order.id).id)


Make = Callable[..., Asking]


@pytest.fixture
def make(tmp_path: Path, panel: PracticePanel) -> Iterator[Make]:
    made: list[Asking] = []

    def make(dialect: str = KEYED) -> Asking:
        made.append(Asking(tmp_path, panel, dialect))
        return made[0]

    yield make
    for one in made:
        one.stage.client.close()
