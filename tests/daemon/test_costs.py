"""Each kind of service from the queue to its end on a real panel: the wallet adds up, and nothing is unexplained."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.support.project import Project
from tests.support.samples import a_database, a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.accounts.account import Account, AccountChange
from tracker.daemon.passes.adopt import NotAdopted, adopt
from tracker.events import Event
from tracker.lib.times import HOUR, MINUTE
from tracker.orders.order import Order, Series, State
from tracker.orders.resolution import By
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.practice.validation import DripFeedRule
from tracker.store import accounts, evidence, orders, outbox

DRIP = {"service": "11", "quantity": 100, "fields": {"runs": "5", "interval": "5"}}
SUBSCRIPTION = {
    "service": "15", "fields": {"username": "u", "min": "20", "max": "40", "posts": "3", "delay": "0"},
}  # fmt: skip

LINKS = count()

EVERY_KIND: dict[str, dict[str, Any]] = {
    "drip": DRIP,
    "package": {"service": "12"},
    "comments-package": {"service": "13", "comments": "one\ntwo"},
    "comments": {"service": "4", "comments": "one\ntwo\nthree"},
    "list": {"service": "14", "fields": {"usernames": "a\nb\nc"}},
    "replies": {"service": "16", "comments": "yes", "fields": {"username": "u"}},
    "poll": {"service": "23", "quantity": 50, "fields": {"answer_number": "2"}},
    "subscription": SUBSCRIPTION,
}


def test_every_kind_of_service_ends_and_the_wallet_adds_up(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(dialect="perfectpanel", pace=60)) as panel:
        assert panel.state.services[23].type == "Poll"
        house = Project(tmp_path, panel)
        rows = [
            {"ref": ref, "link": f"https://x.example/{ref}", **values} for ref, values in EVERY_KIND.items()
        ]
        (tmp_path / "o.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        house.run("import", str(tmp_path / "o.jsonl"))
        with house.daemon("--until-idle") as daemon:
            daemon.wait(timeout=90)

        assert set(house.states().values()) == {"completed"}
        ledger = {placed.link.rpartition("/")[2]: placed for placed in panel.state.ledger}
        for one in orders.listed(a_database(tmp_path)):
            placed = ledger[one.ref or ""]
            assert one.expected_charge == (None if one.ref == "subscription" else placed.charge), one.ref
        shown = house.json("show", "drip")[0]
        assert (ledger["drip"].charge, shown["charge"], shown["units"]) == (Decimal(350), None, 500)
        posts = panel.state.orders[ledger["subscription"].order_id].parts
        spent = sum((panel.state.orders[one].placed.charge for one in posts), Decimal(0))
        assert len(posts) == 3
        assert panel.state.balance == panel.state.opening - spent - sum(one.charge for one in ledger.values())
        assert "spend.unexplained" not in {one["event"] for one in house.json("alerts", "list")}


def test_the_catalogue_shows_the_types_and_what_each_service_allows(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(dialect="perfectpanel", pace=0)) as panel:
        house = Project(tmp_path, panel)
        rows = {row["id"]: row for row in house.json("services")}

        assert [rows["11"][flag] for flag in ("refill", "cancel", "dripfeed")] == [True, True, True]
        assert (rows["12"]["price"], rows["12"]["type"]) == ("699.99", "Package")
        assert re.search(
            r"^p +11 .* Default +refill cancel dripfeed$", house.run("services").stdout, re.MULTILINE
        )
        said = house.run(
            *("add", "15", "u"), *(f"--field={one}" for one in ("username=u", "min=20", "max=40", "posts=2"))
        )
        assert "0.06 to 0.12 for each post" in said.stdout


# -- with a clock that the test moves -------------------------------------------------------------------


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(dialect="perfectpanel", pace=0, gap=2, seed=7)) as panel:
        yield panel


@pytest.fixture
def stage(tmp_path: Path, panel: PracticePanel) -> Iterator[Stage]:
    stage = Stage(tmp_path, panel, more="unknown: {probe: true}\nschedule: {poll_max: 2m}\n")
    yield stage
    stage.client.close()


def sent(stage: Stage, *wanted: dict[str, Any]) -> list[Order]:
    """Orders that were sent to the panel."""
    stage.worker.catalogue.run()
    stage.worker.balance.run()
    queued = waiting(stage, *wanted)
    stage.worker.submit.run()
    return [stage.order(one.id) for one in queued]


def waiting(stage: Stage, *wanted: dict[str, Any]) -> list[Order]:
    drafts = [a_draft(f"https://x.example/{next(LINKS)}", **{"quantity": None, **one}) for one in wanted]
    return enqueued(stage.db, *drafts, now=stage.now)


def looked(stage: Stage, minutes: int = 14) -> Account:
    """The account after that many minutes of polls and of reading the wallet, one each."""
    for _ in range(minutes):
        stage.now += MINUTE
        stage.worker.track.run()
        stage.worker.balance.run()
    return accounts.read(stage.db, "p")


def test_a_drip_feed_and_its_runs_are_nothing_unexplained(stage: Stage, panel: PracticePanel) -> None:
    (drip,) = sent(stage, DRIP)
    assert (drip.expected_charge, drip.units, drip.series) == (Decimal(350), 500, Series.RUNS)
    for run in range(5):
        panel.state.make_part(drip.panel_order_id or "")
        assert looked(stage).odd_at is None
        assert stage.order(drip.id).parts == run + 1
    panel.state.end(drip.panel_order_id or "", "Completed")
    account = looked(stage)

    assert (account.odd_at, account.doubt) == (None, None)
    assert account.balance == Decimal(100_000) - 350
    assert account.spent.high == Decimal(350)
    assert stage.order(drip.id).state is State.COMPLETED
    assert stage.order(drip.id).charge is None


def test_the_posts_of_a_subscription_are_nothing_unexplained_and_a_stranger_after_it_is(
    stage: Stage, panel: PracticePanel
) -> None:
    (subscription,) = sent(stage, SUBSCRIPTION)
    for _ in range(3):
        panel.state.make_part(subscription.panel_order_id or "")
        assert looked(stage, 15).doubt is None
    panel.state.end(subscription.panel_order_id or "", "Expired")
    assert looked(stage).doubt is None
    assert stage.order(subscription.id).state is State.COMPLETED

    panel.state.withdraw(Decimal(5))
    assert "the wallet sank by 5 Tomans more" in (looked(stage).doubt or "")
    assert str(Event.SPEND_UNEXPLAINED) in stage.alerts()


def test_a_canceled_drip_feed_gives_back_what_was_never_delivered(stage: Stage, panel: PracticePanel) -> None:
    (drip,) = sent(stage, DRIP)
    panel.state.make_part(drip.panel_order_id or "")
    looked(stage, 2)
    panel.state.end(drip.panel_order_id or "", "Canceled")
    account = looked(stage)

    assert (account.balance, account.doubt) == (Decimal(100_000) - 70, None)


@pytest.mark.parametrize("arrives", [False, True])
def test_a_lost_order_is_told_from_the_runs_that_cost_the_same(
    stage: Stage, panel: PracticePanel, arrives: bool
) -> None:
    (drip,) = sent(stage, DRIP)
    panel.state.make_part(drip.panel_order_id or "")
    looked(stage, 1)
    panel.fault("add", "reset-after" if arrives else "reset-before")
    (lost,) = sent(stage, {"service": "11", "quantity": 100})
    assert lost.expected_charge == Decimal(70)
    for _ in range(4):
        panel.state.make_part(drip.panel_order_id or "")
        stage.now += 2 * HOUR
        stage.worker.submit.run()
    looked(stage)

    parts = panel.state.orders[int(drip.panel_order_id or 0)].parts
    assert {panel.state.orders[one].net for one in parts} == {lost.expected_charge}
    assert evidence.owned_among(stage.db, "p", parts) == set(parts)
    placed = str(panel.state.ledger[-1].order_id)
    assert stage.order(lost.id).panel_order_id == (placed if arrives else None)
    assert accounts.read(stage.db, "p").doubt is None
    assert str(Event.SPEND_UNEXPLAINED) not in stage.alerts()


def test_while_the_panel_does_not_say_which_parts_there_are_none_is_taken_for_a_lost_order(
    stage: Stage, panel: PracticePanel
) -> None:
    (drip,) = sent(stage, DRIP)
    panel.state.make_part(drip.panel_order_id or "")
    looked(stage)
    panel.fault("add", "reset-before")
    panel.fault("status", "null-items", None, order=drip.panel_order_id)
    (lost,) = sent(stage, {"service": "11", "quantity": 100})
    panel.state.make_part(drip.panel_order_id or "")
    panel.state.withdraw(Decimal(70))  # as if the order had been charged
    for _ in range(3):
        stage.now += 2 * HOUR
        stage.worker.submit.run()

    assert (stage.order(lost.id).state, accounts.read(stage.db, "p").doubt) == (State.UNKNOWN, None)


def test_a_part_is_not_adopted_by_hand_either(stage: Stage, panel: PracticePanel) -> None:
    (drip,) = sent(stage, DRIP)
    part = str(panel.state.make_part(drip.panel_order_id or ""))
    looked(stage)
    panel.fault("add", "reset-before")
    (lost,) = sent(stage, {"service": "11", "quantity": 100})

    refused = adopt(stage.context(), lost, part, By.OPERATOR)

    assert refused == NotAdopted(f"the panel made {part} for order {drip.id}: it is a part of that order")


@pytest.mark.parametrize("kind", [DRIP, SUBSCRIPTION])
def test_a_lost_series_is_found_by_its_length_and_its_parts_are_no_strangers(
    stage: Stage, panel: PracticePanel, kind: dict[str, Any]
) -> None:
    sent(stage, {"service": "11", "quantity": 100})
    looked(stage, 1)
    panel.fault("add", "reset-after")
    (lost,) = waiting(stage, kind, {"service": "11", "quantity": 101})[:1]
    stage.worker.submit.run()
    placed = panel.state.ledger[1].order_id
    panel.state.make_part(placed)
    stage.now += 2 * HOUR
    stage.worker.submit.run()
    panel.state.make_part(placed)
    account = looked(stage)

    found = stage.order(lost.id)
    assert (found.panel_order_id, found.parts, account.doubt) == (str(placed), 2, None)


def test_an_answer_with_the_id_of_a_part_is_not_believed(stage: Stage, panel: PracticePanel) -> None:
    (drip,) = sent(stage, DRIP)
    part = panel.state.make_part(drip.panel_order_id or "")
    looked(stage)
    panel.fault("add", "wrong-id")
    (order,) = sent(stage, {"service": "11", "quantity": 100})

    assert order.state is State.UNKNOWN
    assert order.last_error == f"the panel answered with order id {part}, which is order {drip.id}'s already"


@pytest.mark.parametrize("strange", [False, True])
def test_posts_that_came_while_no_daemon_ran_hold_nothing_but_a_strangers_order_does(
    stage: Stage, panel: PracticePanel, strange: bool
) -> None:
    (subscription,) = sent(stage, SUBSCRIPTION)
    looked(stage, 1)
    for _ in range(2):
        panel.state.make_part(subscription.panel_order_id or "")
    if strange:
        panel.state.place_elsewhere(2, "https://x.example/else", 100)
    stage.context().update_account(lambda account: AccountChange(account._replace(unproven_at=stage.now)))
    waiting(stage, {"service": "11", "quantity": 100})
    stage.fresh_worker().submit.run()

    account = accounts.read(stage.db, "p")
    assert (account.restored_at is not None, len(panel.state.ledger)) == (strange, 1 if strange else 2)


@pytest.mark.parametrize(("rule", "needed"), [("run", "1749.98"), ("total", "1469.98")])
def test_the_queue_costs_what_all_its_runs_and_packages_do(tmp_path: Path, rule: str, needed: str) -> None:
    behaviour = Behaviour(
        dialect="perfectpanel", pace=0, balance=Decimal(1000), drip_feed=DripFeedRule(rule, "run")
    )
    with PracticePanel(behaviour) as panel:
        dialect = f"{{base: perfectpanel, drip_feed_quantity: {rule}, drip_feed_limits: total}}"
        stage = Stage(tmp_path, panel, dialect=dialect)
        stage.worker.catalogue.run()
        waiting(stage, DRIP, {"service": "12"}, {"service": "12", "quantity": 1}, SUBSCRIPTION)
        stage.worker.balance.run()
        stage.client.close()

        told = [delivery.notice for delivery in outbox.listed(stage.db)]
        assert [one.facts["needed"] for one in told if one.event is Event.BALANCE_SHORT] == [needed]
