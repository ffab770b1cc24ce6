"""What an operator may ask of a panel about orders: recorded for all of them, or for none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.samples import NOW, a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.operations.refused import Refused
from tracker.operations.requesting import ask, may_ask
from tracker.orders.order import Order
from tracker.orders.requests import Kind
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import requests


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour("perfectpanel", pace=0)) as panel:
        yield panel


@pytest.fixture
def stage(tmp_path: Path, panel: PracticePanel) -> Iterator[Stage]:
    stage = Stage(tmp_path, panel)
    yield stage
    stage.client.close()


def elsewhere(stage: Stage, service: str = "3") -> Order:
    """An order that was placed elsewhere, and is followed."""
    return enqueued(
        stage.db, a_draft(f"https://x.example/{service}", service=service, panel_order_id=service)
    )[0]


def test_one_that_is_unfit_leaves_all_of_them_unasked(stage: Stage) -> None:
    fit, queued = elsewhere(stage), enqueued(stage.db, a_draft("https://x.example/q"))[0]

    with pytest.raises(Refused, match="`tracker drop` gives it up"):
        ask(stage.db, stage.config, Kind.CANCEL, [fit, queued], by="me", now=NOW)

    assert requests.of_order(stage.db, fit.id) == []


def test_what_the_catalogue_rules_out_is_asked_only_with_anyway(stage: Stage) -> None:
    stage.worker.catalogue.run()
    likes, views = elsewhere(stage, "2"), elsewhere(stage)

    with pytest.raises(Refused, match=r"service 2 \(Likes\) has no cancel; --anyway asks all the same"):
        ask(stage.db, stage.config, Kind.CANCEL, [views, likes], by="me", now=NOW)
    asked = ask(stage.db, stage.config, Kind.CANCEL, [views, likes], by="me", now=NOW, anyway=True)

    assert [one.is_new for one in asked] == [True, True]
    assert [may_ask(stage.db, stage.config, Kind.CANCEL, one, NOW) for one in (views, likes)] == [
        False,
        False,
    ]


def test_what_waits_already_stands(stage: Stage) -> None:
    order = elsewhere(stage)
    assert may_ask(stage.db, stage.config, Kind.CANCEL, order, NOW)
    (first,) = ask(stage.db, stage.config, Kind.CANCEL, [order], by="me", now=NOW)
    (second,) = ask(stage.db, stage.config, Kind.CANCEL, [order], by="you", now=NOW + 1)

    assert (second.request, second.is_new) == (first.request, False)
    assert len(requests.of_order(stage.db, order.id)) == 1


def test_a_dialect_without_them_and_a_panel_that_is_gone_refuse_in_clear_words(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        stage = Stage(tmp_path, panel)
        order = elsewhere(stage)
        with pytest.raises(Refused, match=r"the API of p \(dialect tagrani\) knows no cancel"):
            ask(stage.db, stage.config, Kind.CANCEL, [order], by="me", now=NOW)
        with pytest.raises(Refused, match="the config has no panel 'gone'"):
            ask(stage.db, stage.config, Kind.CANCEL, [order._replace(id=99, panel="gone")], by="me", now=NOW)
        stage.client.close()
