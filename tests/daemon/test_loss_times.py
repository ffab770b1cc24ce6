"""How long orders are known as lost, and for how long that is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.samples import a_draft, an_intent, claim_for_add, enqueued
from tests.support.worker_stage import Stage
from tracker.daemon.passes.losses import Losses
from tracker.lib.times import MINUTE
from tracker.orders.order import Order
from tracker.orders.resolution import By, after_drop
from tracker.orders.submission import after_crash
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import changes, evidence


def lose(stage: Stage, link: str) -> Order:
    """Lose the answer of an order."""
    (order,) = enqueued(stage.db, a_draft(link, service="2"), now=stage.now)
    intent = an_intent(at=stage.now)
    claimed = claim_for_add(stage.db, order, intent)
    assert claimed is not None
    return changes.apply(stage.db, [after_crash(claimed[0].after, intent)], stage.now)[0].after


@pytest.mark.sqlite
def test_what_was_closed_and_can_arrive_no_more_is_forgotten(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        stage = Stage(tmp_path, panel)
        stage.elapsed = lambda: stage.now
        losses = Losses(stage.context())
        first, second, third = (lose(stage, f"https://x.example/{n}") for n in range(3))
        changes.apply(stage.db, [after_drop(first, By.OPERATOR, stage.now)], stage.now)

        assert sorted(losses.times.known) == []
        found = losses.read()
        assert sorted(losses.times.known) == [1, 2, 3]

        stage.now += stage.config.unknown.settle
        with stage.db.transaction():
            evidence.keep_progress(stage.db, losses.read(), [], stage.now)
        losses.read()
        assert sorted(losses.times.known) == [2, 3]
        assert found[0].settles_at == stage.now

        changes.apply(
            stage.db, [after_drop(one, By.OPERATOR, stage.now) for one in (second, third)], stage.now
        )
        stage.now += MINUTE
        losses.read()
        assert losses.times.known == frozenset()
        stage.client.close()
