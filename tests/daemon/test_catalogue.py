"""What is reported of a catalogue that changed: which services, how many more, and whose orders are stranded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import TracebackType

import pytest

from tests.support.samples import NOW, a_database, a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.alerts.subscriptions import Subscription
from tracker.daemon.passes.catalogue import IN_USE, MISSING_DELAY, NAMED, replace_catalogue
from tracker.events import Event, Notice
from tracker.lib.times import HOUR
from tracker.orders.answers import BrokenLine, Catalogue, Service
from tracker.orders.change import OrderChange
from tracker.orders.order import State
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import catalogue, changes, outbox


@pytest.mark.parametrize(("count", "more"), [(1, None), (NAMED, None), (NAMED + 2, 2)])
def test_changes_are_named_with_the_orders_that_they_strand(
    tmp_path: Path, count: int, more: int | None
) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    before = [Service(str(number), "Likes", Decimal(1), 1, 100) for number in range(count)]
    replace_catalogue(db, "p", before, NOW)
    enqueued(
        db,
        *(
            a_draft(f"https://x.example/{one.id}", service=one.id, ref="mine" if one.id == "0" else None)
            for one in before
        ),
    )

    replace_catalogue(db, "p", [replace(one, maximum=50) for one in before], NOW + 1)

    what = [f"{one.id} (Likes): maximum 100 is now 50" for one in before]
    fault = "the quantity 100 is above the service's maximum of 50"
    stranded = [f"order {number + 1}{' (mine)' if number == 0 else ''}: {fault}" for number in range(count)]
    facts = {
        "count": count, "changes": what[:NAMED], "more": more, "stranded_count": count, "stranded": stranded[:NAMED],
    }  # fmt: skip
    (posted,) = outbox.listed(db)
    assert (posted.notice, posted.at) == (Notice(Event.SERVICE_CHANGED, "p", facts=facts), NOW + 1)
    assert catalogue.services_at(db, "p") == NOW + 1


@pytest.mark.parametrize(("ago", "is_reported"), [(IN_USE, True), (IN_USE + 1, False)])
def test_a_service_counts_as_used_for_a_month_after_its_last_order(
    tmp_path: Path, ago: int, is_reported: bool
) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    likes = Service("4", "Likes", Decimal(1))
    replace_catalogue(db, "p", [likes], NOW)
    (order,) = enqueued(db, a_draft(panel_order_id="7"))
    done = order._replace(state=State.COMPLETED, finished_at=NOW - ago)
    changes.apply(db, [OrderChange(order, done, "")], NOW)

    replace_catalogue(db, "p", [replace(likes, price=Decimal(2))], NOW)

    assert [one.notice.facts["stranded_count"] for one in outbox.listed(db)] == (
        [None] if is_reported else []
    )


def test_a_service_whose_line_cannot_be_read_is_not_gone(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops"))
    likes = Service("4", "Likes", Decimal(1), 1, 100)
    replace_catalogue(db, "p", [likes, Service("5", "Views", Decimal(1))], NOW)
    enqueued(db, a_draft(service="4"))

    replace_catalogue(
        db, "p", Catalogue([Service("6", "Saves", None)], [BrokenLine(1, "4", "no price")]), NOW
    )

    assert {one.id for one in catalogue.services(db, "p")} == {"4", "6"}
    assert list(outbox.listed(db)) == []


# -- the pass -------------------------------------------------------------------------------------------


def test_an_empty_catalogue_does_not_replace_a_known_one(stage: Stage) -> None:
    stage.worker.catalogue.run()
    known = catalogue.services(stage.db, "p")
    stage.panel.state.services.clear()
    assert stage.worker.catalogue.run() == 6 * HOUR

    assert catalogue.services(stage.db, "p") == known != []


def test_a_service_that_an_empty_catalogue_lacks_is_not_missing_once(stage: Stage) -> None:
    stage.share(False)
    worker = stage.worker
    worker.catalogue.run()
    enqueued(stage.db, a_draft(service="2"))
    full = dict(stage.panel.state.services)
    del stage.panel.state.services[2]
    assert worker.catalogue.run() == MISSING_DELAY
    stage.panel.state.services.clear()
    worker.catalogue.run()
    stage.panel.state.services.update({one: service for one, service in full.items() if one != 2})

    assert worker.catalogue.run() == MISSING_DELAY
    assert stage.alerts() == []


class Turn:
    """Waiting for one's turn, while another thread reads the catalogue."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def __enter__(self) -> None:
        self._stage.fresh_worker().catalogue.run()

    def __exit__(self, _type: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None) -> None:  # fmt: skip
        pass


def test_a_catalogue_that_another_thread_has_read_meanwhile_is_not_read_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.worker.catalogue, "_reading", Turn(stage))

    assert stage.worker.catalogue.run() == 6 * HOUR
    assert stage.panel.requests.count("services") == 1


@pytest.mark.parametrize(("limits", "stranded"), [("total", 1), ("run", None)])
def test_orders_are_stranded_by_the_panels_own_rules_of_a_drip_feed(
    tmp_path: Path, limits: str, stranded: int | None
) -> None:
    with PracticePanel(Behaviour(dialect="perfectpanel", pace=0)) as panel:
        dialect = f"{{base: perfectpanel, drip_feed_quantity: run, drip_feed_limits: {limits}}}"
        stage = Stage(tmp_path, panel, dialect=dialect)
        stage.share(False)
        stage.worker.catalogue.run()
        enqueued(stage.db, a_draft(service="11", fields={"runs": "5", "interval": "5"}))
        panel.state.services[11] = replace(panel.state.services[11], maximum=300)

        stage.worker.catalogue.run()

        (posted,) = outbox.listed(stage.db)
        assert posted.notice.facts["stranded_count"] == stranded
        stage.client.close()
