"""A stage for one worker: a real panel, a real database, and a clock that the test moves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tests.support.samples import NOW, a_database
from tracker.alerts.subscriptions import Subscription
from tracker.config.loader import parse
from tracker.config.settings import Config
from tracker.daemon.context import Client, PanelContext
from tracker.daemon.worker import PanelWorker
from tracker.lib.clock import elapsed
from tracker.lib.times import SECOND
from tracker.operations.limits import rules_of
from tracker.operations.submitting import resume
from tracker.orders.order import Order
from tracker.panel.client import ApiKey, CallLimits, PanelClient
from tracker.panel.exchange import Exchange, Request
from tracker.practice.panel import PracticePanel
from tracker.store import orders, outbox
from tracker.store.database import Database

FAST = CallLimits(timeout=2 * SECOND, add_timeout=2 * SECOND, calls_per_second=10_000, connections=2)
"""Limits that hold up no test."""


class Calls:
    """The real client, with something that happens at each of its calls."""

    def __init__(self, client: PanelClient, call: Callable[[Request], Exchange]) -> None:
        self.call = call
        self.acquire_slot = client.acquire_slot
        self.send_once = client.send_once


class Stage:
    """One worker, its panel and its clock."""

    def __init__(
        self,
        folder: Path,
        panel: PracticePanel,
        same_link: str = "wait",
        dialect: str | None = None,
        more: str = "",
        limits: str = "{}",
    ) -> None:
        self.folder = folder
        self.panel = panel
        self.now = NOW
        self.db: Database = a_database(folder, Subscription("ops"))
        text = f"panels:\n  p: {{url: {panel.url}, key: {panel.key}, dialect: {dialect or panel.dialect}, same_link: {same_link}, limits: {limits}}}\n{more}"
        self.config: Config = parse(text, folder / "config.yaml", {})
        self.client = PanelClient(panel.url, ApiKey(panel.key), FAST)
        #: The clock that nobody can set; a test that lets time pass sets it to its own.
        self.elapsed: Callable[[], int] = elapsed
        self.woken: list[str] = []
        self.stopping = threading.Event()
        self.worker = self.fresh_worker()

    def context(self, client: Client | None = None, **panel: object) -> PanelContext:
        """What the passes share, with other settings of the panel."""
        return PanelContext(
            msgspec.structs.replace(self.config.panels["p"], **panel),
            self.config.schedule,
            self.config.unknown,
            client or self.client,
            self.db,
            rules_of(self.config, "p"),
            now=lambda: self.now,
            elapsed=lambda: self.elapsed(),
            stopping=self.stopping,
            ending=self.stopping,
            wake=self.woken.append,
        )

    def fresh_worker(self, client: Client | None = None, **panel: object) -> PanelWorker:
        """A worker as after a restart."""
        return PanelWorker(self.context(client, **panel))

    def share(self, shared: bool = True) -> None:
        """Have the passes work as where several daemons share the database, or as where there is only this one."""
        self.db.shared = shared

    @contextmanager
    def without_lease(self, name: str) -> Iterator[None]:
        """Have another daemon hold a lease; a file, which has no other daemon, is moved away instead."""
        file = self.db.engine.file
        if file is None:
            with a_database(self.folder).lease(name) as other:
                assert other.holds()
                yield
            return
        away = file.path.with_suffix(".away")
        file.watch()
        file.path.rename(away)
        try:
            yield
        finally:
            away.rename(file.path)

    def order(self, order_id: int = 1) -> Order:
        found = orders.by_id(self.db, order_id)
        assert found is not None
        return found

    def resume(self) -> None:
        """A person has looked, and says go on."""
        resume(self.db, "p", "the operator", self.now)

    def alerts(self) -> list[str]:
        """The events of the alerts that were queued, oldest first."""
        return [str(delivery.notice.event) for delivery in outbox.listed(self.db)][::-1]
