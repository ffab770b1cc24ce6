"""Every fault that an `add` can meet, on a real socket: placed at most once, and known or held."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.project import eventually
from tests.support.samples import a_draft, enqueued
from tests.support.worker_stage import FAST, Stage
from tracker.lib.times import MINUTE, SECOND
from tracker.orders.order import State
from tracker.panel.client import ApiKey, PanelClient
from tracker.practice.behaviour import Behaviour
from tracker.practice.faults import FAULTS
from tracker.practice.panel import PracticePanel
from tracker.store import orders

pytestmark = pytest.mark.sqlite  # what a fault leads to is decided before any database

SLOW = {"drip", "drip-headers", "gzip-bomb", "oversized"}
"""Faults that take long by their nature; the client's own limits end them, which its own tests show."""


PROOFS = {"maintenance", "funds", "link-busy", "429", "403", "401", "521", "523", "525", "526", "bad-key"}
"""Answers that prove that nothing was taken: a panel that takes the order all the same cannot be told from one
that does not."""


def names() -> list[str]:
    """Every fault of an `add`, for each side that it has."""
    found = []
    for fault in FAULTS.values():
        if "add" not in fault.actions or fault.name in SLOW:
            continue
        sides = ["before"] if fault.name in PROOFS else ["before", "after"]
        found += [f"{fault.name}-{side}" for side in sides] if fault.sided else [fault.name]
    return found


@pytest.mark.parametrize("name", names())
def test_it_costs_no_order_twice_and_loses_none(tmp_path: Path, name: str) -> None:
    with PracticePanel(Behaviour(pace=1000)) as panel:
        stage = Stage(tmp_path, panel, more="unknown: {apart: false}\n")
        limits = replace(FAST, timeout=SECOND, add_timeout=300_000)
        stage.client = PanelClient(panel.url, ApiKey(panel.key), limits)
        stage.worker = stage.fresh_worker()
        drafts = [a_draft(f"https://x.example/{n}", service="2") for n in range(3)]
        enqueued(stage.db, *drafts)
        panel.fault("add", name, skip=1, seconds=0.5)
        for _ in range(12):
            stage.worker.submit.run()
            stage.worker.balance.run()
            stage.now += MINUTE
        if name.startswith("late"):
            eventually(lambda: len(panel.state.ledger) == 3)
        stage.worker.track.run()
        _compare(stage, panel)
        stage.client.close()


def _compare(stage: Stage, panel: PracticePanel) -> None:
    found = {order.link: order for order in orders.listed(stage.db)}
    placed = Counter(one.link for one in panel.state.ledger)
    assert max(placed.values()) == 1
    for one in panel.state.ledger:
        order = found[one.link]
        assert order.panel_order_id == str(one.order_id) or order.state is State.UNKNOWN
    for order in found.values():
        assert order.state in (State.ACTIVE, State.COMPLETED, State.UNKNOWN, State.REJECTED, State.QUEUED)
        assert order.panel_order_id is None or order.link in placed
