"""The kinds of services that the practice panel has beside the ordinary one, and the orders that it makes itself."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random

import pytest

from tests.practice.test_state import Clock, refused
from tests.support.practice_client import ask, control
from tracker.practice.behaviour import Behaviour
from tracker.practice.offerings import typed_catalogue
from tracker.practice.panel import PracticePanel
from tracker.practice.parts import EVERY, PartPlan
from tracker.practice.state import PanelState
from tracker.practice.validation import AddForm, DripFeedRule

LINK = "https://example.com/p/1"
DRIP = {"runs": "4", "interval": "10"}
POSTS = {"username": "u", "min": "10", "max": "20", "posts": "2"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state(clock: Clock) -> PanelState:
    state = PanelState(Decimal(1000), clock, seed=3)
    state.services = typed_catalogue()
    return state


def adds_up(state: PanelState) -> bool:
    return state.balance == state.opening + sum(move.amount for move in state.moves)


def test_every_type_of_the_family_is_offered_once_or_more() -> None:
    types = {offering.type for offering in typed_catalogue().values()}
    assert {"Default", "Package", "Poll", "Mentions Custom List", "Subscriptions"} < types
    assert len(types) == 15


@pytest.mark.parametrize(
    ("service", "fields", "quantity", "kind"),
    [
        ("11", {"runs": "0", "interval": "5"}, "100", "runs"),
        ("11", {"runs": "5"}, "100", "interval"),
        ("11", DRIP, "24", "minimum"),
        ("11", DRIP, "2501", "maximum"),
        ("1", DRIP, "100", "dripfeed"),
        ("14", {"usernames": "a"}, "", "minimum"),
        ("14", {}, "100", "field"),
        ("15", {**POSTS, "min": "9"}, "", "minimum"),
        ("15", {**POSTS, "max": "1001"}, "", "maximum"),
        ("15", {}, "", "field"),
    ],
)
def test_what_breaks_a_rule_of_its_type_costs_nothing(
    state: PanelState, service: str, fields: Mapping[str, str], quantity: str, kind: str
) -> None:
    assert refused(lambda: state.place(AddForm(service, LINK, quantity, fields=fields))) == kind
    assert (state.ledger, state.moves) == ([], [])


@pytest.mark.parametrize(("rule", "charge", "each"), [("run", "280", 100), ("total", "70", 25)])
def test_a_drip_feed_is_paid_at_once_and_makes_its_runs_one_after_the_other(
    state: PanelState, clock: Clock, rule: str, charge: str, each: int
) -> None:
    state.drip_feed = DripFeedRule(rule)
    drip = state.place(AddForm("11", LINK, "100", fields=DRIP))
    assert (drip.charge, state.balance) == (Decimal(charge), state.opening - drip.charge)
    clock.now += EVERY + 0.1
    assert state.status(drip.order_id).parts is not None
    assert [state.orders[one].placed.quantity for one in state.orders[drip.order_id].parts] == [each] * 2
    clock.now += 100

    assert state.status(drip.order_id).word == "Completed"
    assert len(state.orders[drip.order_id].parts) == 4
    assert [move.kind for move in state.moves] == ["charge"]


def test_each_post_of_a_subscription_is_paid_for_when_it_appears(state: PanelState, clock: Clock) -> None:
    order = state.place(AddForm("15", "", fields=POSTS)).order_id
    assert (state.balance, state.status(order).word) == (state.opening, "Active")
    clock.now += 2 * EVERY
    assert len(state.moves) == 2
    clock.now += 100

    assert (state.status(order).word, len(state.orders[order].parts), adds_up(state)) == (
        "Completed",
        2,
        True,
    )


def test_a_canceled_drip_feed_is_refunded_for_the_runs_that_never_came(
    state: PanelState, clock: Clock
) -> None:
    drip = state.place(AddForm("11", LINK, "100", fields=DRIP)).order_id
    clock.now += EVERY + 0.1
    state.end(drip, "Canceled")
    clock.now += 100

    assert state.balance == state.opening - Decimal(140)
    assert len(state.orders[drip].parts) == 2
    assert adds_up(state)


def test_a_post_that_the_wallet_does_not_suffice_for_is_left_out(state: PanelState) -> None:
    order = state.place(AddForm("15", "", fields=POSTS)).order_id
    state.withdraw(Decimal(1000))

    assert state.make_part(order) is None
    assert state.orders[order].parts == []


def test_the_last_run_takes_what_is_left_over() -> None:
    plan = PartPlan("runs", 3, 33, 33, 100)
    assert plan.is_over(3)
    assert [plan.units(made, Random(1)) for made in (0, 2)] == [33, 34]


def test_what_panels_report_of_a_series_has_no_figures() -> None:
    with PracticePanel(Behaviour(dialect="perfectpanel", pace=0)) as panel:
        drip = ask(panel, "add", service=11, link=LINK, quantity=100, runs=2, interval=5)["order"]
        posts = ask(panel, "add", service=15, username="u", min=10, max=20)["order"]
        (part, over) = (control(panel, "POST", "part", order=one)[1]["order"] for one in (drip, drip))
        assert panel.state.orders[over].placed.quantity == 100
        assert control(panel, "POST", "part", order=drip)[1] == {"order": None}

        answer = ask(panel, "status", orders=f"{drip},{posts},{part}")
        assert answer[str(drip)] == {"status": "Pending", "runs": "2", "orders": [str(part), str(over)]}
        assert answer[str(posts)] == {"status": "Active", "posts": "0", "expiry": None, "orders": []}
        assert answer[str(part)]["charge"] == "70"
        packages = {one["service"]: one["rate"] for one in ask(panel, "services")}
        assert (packages[12], packages[14]) == ("699.99", "1250")
