"""Lost orders and the panel's list of orders, on a real file and a real socket."""

from __future__ import annotations

import pytest

from tests.daemon.test_ask_again import Open, clock, panel, shop
from tracker.lib.times import MINUTE
from tracker.orders.order import State
from tracker.practice.panel import PracticePanel

__all__ = ["clock", "panel", "shop"]

LIST = "{base: tagrani, orders_action: orders}"


@pytest.mark.parametrize("fault", [None, "list-odd-links"])
def test_the_row_of_a_lost_order_is_adopted(shop: Open, panel: PracticePanel, fault: str | None) -> None:
    made = shop(LIST)
    if fault is not None:
        panel.fault("orders", fault, None)
    lost, other = made.placed("close-after"), made.placed("reset-after", "https://x.example/b")

    made.passes(3)

    for order in (lost, other):
        found = made.order(order)
        true_id = next(str(one.order_id) for one in panel.state.ledger if one.link == order.link)
        assert (found.state, found.panel_order_id) == (State.ACTIVE, true_id)
    assert made.adds() == 3


@pytest.mark.parametrize(("fault", "found"), [("list-late", State.ACTIVE), ("list-no-links", State.UNKNOWN)])
def test_a_list_that_is_late_or_lacks_the_links(
    shop: Open, panel: PracticePanel, fault: str, found: State
) -> None:
    made = shop(LIST)
    panel.fault("orders", fault, None, seconds=100)
    lost = made.placed("close-after")

    made.passes(1)
    assert made.order(lost).state is State.UNKNOWN
    made.passes(4)

    assert made.order(lost).state is found


def test_two_equal_lost_orders_wait_for_a_person(shop: Open, panel: PracticePanel) -> None:
    made = shop(LIST, "allow")
    panel.state.repeats.window = 0
    panel.fault("orders", "html", None)
    both = [made.placed("close-after"), made.placed("close-after")]
    made.passes(2)
    assert made.adds() == 3
    panel.clear_faults()

    made.passes(4, 2 * MINUTE)

    assert [made.order(one).state for one in both] == [State.UNKNOWN] * 2
    assert "2 fit" in made.why(both[0])


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (None, "reaches back before it, without it"), ("list-short", "no order in it is known to be older"),
        ("list-late", "no order in it is known to be older"), ("list-no-links", "it says something else of"), ("html", ""), ("empty-list", "older"),
    ],
)  # fmt: skip
def test_what_never_arrived_is_proven_absent_by_a_whole_list_alone(
    shop: Open, panel: PracticePanel, fault: str | None, why: str
) -> None:
    made = shop(LIST)
    if fault is not None:
        panel.fault("orders", fault, None, seconds=36_000)
    lost = made.placed("close-before")
    made.passes(1, 16 * MINUTE)
    for n in range(4):
        made.placed(None, f"https://x.example/later-{n}")
    made.passes(3, 30 * MINUTE)

    assert made.order(lost).state is State.UNKNOWN
    assert why in made.why(lost)
    assert ("reaches back before it, without it" in made.why(lost)) is (fault is None)
    assert made.adds() == 6


def test_a_lost_drip_feed_is_found_among_its_parts(shop: Open, panel: PracticePanel) -> None:
    made = shop(LIST)
    panel.state.services[2].dripfeed = True
    lost = made.placed("close-after", fields={"runs": "2", "interval": "1"})
    panel.state.pace = 1.0

    made.passes(2)

    found = made.order(lost)
    assert (found.state, found.panel_order_id) == (State.COMPLETED, str(panel.state.ledger[-1].order_id))
