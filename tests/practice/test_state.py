from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from threading import Thread

import pytest

from tracker.lib.times import SECOND
from tracker.practice.lifecycle import Lifecycle, progress, refund
from tracker.practice.state import PanelState
from tracker.practice.validation import AddForm, Refusal, comment_lines

LINK = "https://example.com/p/1"


class Clock:
    """Seconds since 1970 that pass only when a test moves them."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state(clock: Clock) -> PanelState:
    return PanelState(Decimal(100_000), clock)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.kind


@pytest.mark.parametrize(
    ("elapsed", "expected"),
    [(0, ("Pending", 100)), (3, ("Processing", 100)), (8, ("Processing", 70)), (13, ("Partial", 40))],
)
def test_an_order_follows_its_lifecycle(elapsed: float, expected: tuple[str, int]) -> None:
    assert progress(Lifecycle(starts=3, ends=13, word="Partial", left=40), 100, elapsed) == expected


@pytest.mark.parametrize(
    ("word", "remains", "refunded"),
    [("Completed", 0, "0"), ("Partial", 30, "90"), ("Canceled", 100, "300"), ("Failed", 100, "0")],
)
def test_each_end_refunds_its_share(word: str, remains: int, refunded: str) -> None:
    assert refund(word, Decimal(300), remains, 100) == Decimal(refunded)


def test_a_refund_that_is_not_a_finite_decimal_is_rounded_down() -> None:
    assert refund("Partial", Decimal(1), 1, 3) == Decimal("0.33333")


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        (AddForm("99", LINK, "100"), "service"),
        (AddForm("x", LINK, "100"), "service"),
        (AddForm("1", "", "100"), "link"),
        (AddForm("1", "not a link", "100"), "link"),
        (AddForm("1", "https://", "100"), "link"),
        (AddForm("1", LINK, "49"), "minimum"),
        (AddForm("1", LINK, ""), "minimum"),
        (AddForm("1", LINK, "5001"), "maximum"),
        (AddForm("4", LINK, "5"), "comments"),
        (AddForm("6", LINK, "50"), "funds"),
    ],
)
def test_an_order_that_breaks_a_rule_costs_nothing(state: PanelState, form: AddForm, kind: str) -> None:
    assert refused(lambda: state.place(form)) == kind
    assert (state.ledger, state.moves, state.balance) == ([], [], Decimal(100_000))


def test_the_quantity_of_comments_is_their_number(state: PanelState) -> None:
    placed = state.place(AddForm("4", LINK, "99", "Nice\r\n\r\nGreat\nWow\n"))
    assert (placed.quantity, placed.charge) == (3, Decimal(120))
    assert comment_lines("  \n\n") == 0


def test_the_wallet_is_the_opening_and_every_move(state: PanelState, clock: Clock) -> None:
    state.place(AddForm("3", LINK, "333"))
    state.deposit(Decimal("0.1"))
    state.withdraw(Decimal("7.77"))
    partial = state.place(AddForm("8", LINK, "99")).order_id
    clock.now += 60
    assert state.status(partial).word == "Partial"
    assert [move.kind for move in state.moves] == ["charge", "deposit", "withdrawal", "charge", "refund"]
    assert state.balance == state.opening + sum(move.amount for move in state.moves)
    assert state.balance == Decimal("100000") - Decimal("89.91") + Decimal("0.1") - Decimal("7.77") - 4 * (
        99 - 39
    )


@pytest.mark.parametrize(
    ("service", "word", "remains", "charge"),
    [
        ("2", "Completed", 0, 300),
        ("8", "Partial", 40, 240),
        ("9", "Canceled", 100, 0),
        ("10", "Failed", 100, 200),
    ],
)
def test_each_kind_of_service_comes_to_its_end(
    state: PanelState, clock: Clock, service: str, word: str, remains: int, charge: int
) -> None:
    order = state.place(AddForm(service, LINK, "100")).order_id
    first = state.status(order)
    assert (first.word, first.start_count) == ("Pending", 0)
    clock.now += 60
    last = state.status(order)
    assert (last.word, last.remains, last.charge) == (word, remains, Decimal(charge))
    assert state.balance == 100_000 - charge


def test_a_refund_is_dated_at_the_end_and_not_at_the_call(state: PanelState, clock: Clock) -> None:
    state.place(AddForm("9", LINK, "100"))
    clock.now += 3600
    assert [move.at for move in state.moves] == [1000 * SECOND, 1008 * SECOND]


def test_an_end_is_never_reported_before_its_refund(state: PanelState, clock: Clock) -> None:
    state.pace = 3
    order = state.place(AddForm("9", LINK, "100")).order_id
    for _ in range(400):
        clock.now += 0.01
        assert (state.status(order).word == "Canceled") == (len(state.moves) == 2)


def test_pace_scales_time_and_zero_stops_it(state: PanelState, clock: Clock) -> None:
    order = state.place(AddForm("2", LINK, "100")).order_id
    state.pace = 0
    clock.now += 1e6
    assert state.status(order).word == "Pending"
    state.pace = 1
    assert state.status(order).word == "Completed"


def test_an_override_stays_and_moves_no_money(state: PanelState, clock: Clock) -> None:
    order = state.place(AddForm("9", LINK, "100")).order_id
    state.override(order, word="Resting")
    state.override(order, remains="Unknown")
    clock.now += 60
    status = state.status(order)
    assert (status.word, status.remains, status.charge) == ("Resting", "Unknown", Decimal(600))
    assert len(state.moves) == 1


def test_an_order_that_ends_twice_moves_only_the_difference(state: PanelState) -> None:
    order = state.place(AddForm("2", LINK, "100")).order_id
    state.end(order, "Partial", 40)
    state.end(str(order), "Canceled")
    state.end(order, "Completed")
    assert [move.amount for move in state.moves] == [-300, 120, 180, -300]
    assert state.balance == 99_700


def test_an_order_placed_elsewhere_costs_and_has_a_status_but_is_not_in_the_ledger(state: PanelState) -> None:
    order = state.place_elsewhere(1, LINK, 50)
    state.place_elsewhere("4", LINK, 2)
    assert order in state.orders
    assert (state.ledger, state.balance) == ([], Decimal(100_000) - 600 - 80)


def test_filled_orders_make_no_progress_and_cost_nothing(state: PanelState, clock: Clock) -> None:
    ids = state.fill(1000)
    clock.now += 1e6
    assert len(set(ids)) == 1000
    assert {state.status(order).word for order in ids} == {"Processing"}
    assert (state.ledger, state.moves) == ([], [])
    assert state.status(state.fill(1, word=None)[0]).word == "Pending"


def test_ids_grow_past_those_of_other_customers(clock: Clock) -> None:
    ids = PanelState(Decimal(0), clock, gap=50, seed=7).fill(100)
    steps = {later - earlier for earlier, later in pairwise(ids)}
    assert min(steps) >= 1
    assert 30 < max(steps) <= 50


def test_a_busy_link_is_refused_until_its_order_ends(state: PanelState) -> None:
    state.busy_links = True
    order = state.place(AddForm("2", LINK, "100")).order_id
    assert refused(lambda: state.place(AddForm("2", LINK, "60"))) == "busy"
    state.place(AddForm("1", LINK, "60"))
    state.end(order, "Completed")
    state.place(AddForm("2", LINK, "60"))


def test_a_new_order_is_unknown_while_it_registers(state: PanelState, clock: Clock) -> None:
    state.registers_after = 3
    order = str(state.place(AddForm("2", LINK, "100")).order_id)
    assert state.statuses([order]) == [None]
    clock.now += 3
    assert state.statuses([order, "1", "x", "9" * 30])[1:] == [None, None, None]
    assert state.statuses([order])[0] is not None


def test_a_price_that_changed_is_what_the_next_order_costs(state: PanelState) -> None:
    state.services[2].price = Decimal("0.5")
    del state.services[3]
    assert state.place(AddForm("2", LINK, "100")).charge == 50
    assert refused(lambda: state.place(AddForm("3", LINK, "100"))) == "service"


def test_the_wallet_is_never_overdrawn_by_many_at_once(state: PanelState) -> None:
    def spend() -> None:
        for _ in range(50):
            try:
                state.place(AddForm("1", LINK, "1000"))
            except Refusal as refusal:
                assert refusal.kind == "funds"  # noqa: PT017

    threads = [Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(state.ledger), state.balance) == (8, Decimal(4000))
    assert len({placed.order_id for placed in state.ledger}) == 8


def test_random_ids_are_seven_digits_and_each_is_new(clock: Clock) -> None:
    state = PanelState(Decimal(100_000), clock, random_ids=True, seed=1)
    ids = state.fill(500)
    assert len(set(ids)) == 500
    assert {len(str(one)) for one in ids} == {7}
    assert ids != sorted(ids)
