"""The figures at their bounds: what orders cost, what the catalogue says, and when an order is polled."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW, an_order
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.answers import Missing, Service
from tracker.orders.batches import pick
from tracker.orders.catalogue import differences, fault_in
from tracker.orders.cost import expected_charge
from tracker.orders.followed import Followed, followed
from tracker.orders.kinds import kind_named
from tracker.orders.ledger import CostRange, Mark, Range, cost, cost_delta, sums, unexplained
from tracker.orders.order import Order, Series, State
from tracker.orders.polling import (
    BASE_THRESHOLD,
    LATE_SHARE,
    LONGEST_SHARE,
    SATURATED,
    STEP,
    STEP_SHARE,
    DurationModel,
    Limits,
    PollThreshold,
    cut_short,
    next_poll,
    next_wait,
)

PRICED = Service("4", "Followers", Decimal("1.50"), 10, 1000)


# -- the catalogue --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (PRICED, None),
        (replace(PRICED, name="Fans", category="x", type="y"), None),
        (replace(PRICED, price=Decimal("1.5")), None),
        (replace(PRICED, price=Decimal("2.00")), "price 1.5 is now 2"),
        (replace(PRICED, price=Decimal(100)), "price 1.5 is now 100"),
        (replace(PRICED, price=None), "price 1.5 is now none"),
        (replace(PRICED, minimum=11), "minimum 10 is now 11"),
        (replace(PRICED, maximum=None), "maximum 1000 is now none"),
        (
            replace(PRICED, price=Decimal(2), minimum=1, maximum=2),
            "price 1.5 is now 2, minimum 10 is now 1, maximum 1000 is now 2",
        ),
    ],
)
def test_each_change_of_price_and_limits_is_named(new: Service, expected: str | None) -> None:
    found = {} if expected is None else {"4": f"4 (Followers): {expected}"}
    assert differences({"4": PRICED}, {"4": new, "5": PRICED}) == found


def test_a_service_that_is_gone_is_named_and_a_new_one_is_not() -> None:
    other = replace(PRICED, id="5", name="Likes")

    assert differences({"4": PRICED, "5": other}, {"5": other, "6": PRICED}) == {
        "4": "4 (Followers): is gone"
    }


@pytest.mark.parametrize(
    ("name", "kind", "wanted"),
    [
        ("Custom Comments", None, True),
        ("My custom comment", "", True),
        ("Comments", None, False),
        ("Custom comments", "Default", False),
        ("Anything", "Custom Comments Package", True),
    ],
)
def test_whether_comments_are_wanted_is_said_by_the_type_or_else_by_the_name(
    name: str, kind: str | None, wanted: bool
) -> None:
    named = kind_named(kind, name)

    assert ("comments" in named.needs if named else False) is wanted


def test_the_price_of_a_package_is_for_the_whole_and_of_nothing_else() -> None:
    order = an_order(quantity=None)
    package = replace(PRICED, type="Package")

    assert expected_charge(order, package) == Decimal("1.50")
    assert expected_charge(order, PRICED) is None
    assert fault_in(order, PRICED) == "the quantity is missing"
    assert fault_in(order, package) is None
    assert str(expected_charge(an_order(quantity=200), PRICED)) == "300"
    assert not (expected_charge(an_order(quantity=0), PRICED) or Decimal(1)).is_signed()


# -- costs ----------------------------------------------------------------------------------------------


def sent(state: State, **values: Any) -> Order:
    full = {"charge": Decimal(30), "expected_charge": Decimal(40), "quantity": 100, "attempts": 1}
    return an_order(state=state, **{**full, **values})


@pytest.mark.parametrize(
    ("remains", "low"), [(100, "0"), (99, "0.3"), (40, "18"), (0, "30"), (-5, "30"), (200, "0"), (None, "0")]
)
def test_a_partial_order_cost_at_least_what_was_delivered(remains: int | None, low: str) -> None:
    assert cost(sent(State.PARTIAL, remains=remains)) == Range(Decimal(low), Decimal(40))


def test_the_share_of_a_drip_feed_is_that_of_all_its_runs() -> None:
    drip = sent(State.PARTIAL, units=500, remains=200, series=Series.RUNS)

    assert cost(drip) == Range(Decimal(18), Decimal(40))
    assert cost(drip._replace(units=0)) == Range(Decimal(0), Decimal(40))


def test_what_a_subscription_costs_is_not_known_unless_the_panel_says() -> None:
    nothing = {"charge": None, "expected_charge": None, "series": Series.POSTS, "units": 0}

    assert cost(sent(State.ACTIVE, **nothing)) is None
    assert cost(sent(State.ACTIVE, **nothing, attempts=0)) is None
    assert cost(sent(State.ACTIVE, **{**nothing, "charge": Decimal(7)})) == Range(Decimal(7), Decimal(7))


@pytest.mark.parametrize(
    ("state", "charges", "low", "high"),
    [
        # Paid before it came here: only what comes back counts.
        (State.ACTIVE, (30, 40), "-10", "-10"),
        (State.CANCELED, (30, 40), "-40", "0"),
        (State.COMPLETED, (30, None), "0", "0"),
        (State.ACTIVE, (None, None), "0", "0"),
    ],
)
def test_an_order_that_was_placed_elsewhere_was_paid_before(
    state: State, charges: tuple[int | None, int | None], low: str, high: str
) -> None:
    charge, expected = (None if one is None else Decimal(one) for one in charges)

    assert cost(sent(state, attempts=0, charge=charge, expected_charge=expected)) == Range(
        Decimal(low), Decimal(high)
    )


def test_what_an_order_cost_is_not_known_while_no_charge_is() -> None:
    nothing: dict[str, Any] = {"charge": None, "expected_charge": None}

    assert cost(sent(State.ACTIVE, **nothing)) is None
    assert cost(sent(State.CANCELED, attempts=0, **nothing)) is None
    assert cost(sent(State.UNKNOWN)) == Range(Decimal(0), Decimal(0))


def test_a_range_holds_both_its_bounds() -> None:
    span = Range(Decimal(1), Decimal(2))

    assert [Decimal(one) in span for one in ("0.99", "1", "2", "2.01")] == [False, True, True, False]


def test_some_of_several_amounts_have_every_sum_of_any_of_them() -> None:
    assert sums([Decimal(1), Decimal(2), Decimal(4)]) == {Decimal(one) for one in range(8)}
    assert sums([]) == {Decimal(0)}


def test_costs_add_up_in_each_part() -> None:
    one, other = CostRange(Decimal(1), Decimal(20), 300), CostRange(Decimal(4), Decimal(50), 600)

    assert one.plus(other) == CostRange(Decimal(5), Decimal(70), 900)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (sent(State.SUBMITTING), sent(State.ACTIVE), CostRange(Decimal(30), Decimal(30))),
        (sent(State.ACTIVE), sent(State.ACTIVE), CostRange()),
        (sent(State.ACTIVE), sent(State.ACTIVE, charge=Decimal(31)), CostRange(Decimal(1), Decimal(1), 1)),
        (sent(State.ACTIVE), sent(State.COMPLETED), CostRange()),
        (sent(State.ACTIVE), sent(State.CANCELED), CostRange(Decimal(-30), Decimal(10))),
        (sent(State.COMPLETED), sent(State.ACTIVE), CostRange()),
        (sent(State.COMPLETED), sent(State.CANCELED), CostRange(Decimal(-30), Decimal(10), 1)),
        (sent(State.ACTIVE), sent(State.ACTIVE, charge=None, expected_charge=None), CostRange(unknowns=1)),
        (sent(State.ACTIVE, charge=None, expected_charge=None), sent(State.ACTIVE), CostRange(unknowns=1)),
    ],
)
def test_what_a_change_adds_to_the_cost_of_an_account(
    before: Order, after: Order, expected: CostRange
) -> None:
    assert cost_delta(before, after) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            CostRange(Decimal(5), Decimal(5)),
            CostRange(Decimal(25), Decimal(25)),
            Range(Decimal(10), Decimal(10)),
        ),
        (
            CostRange(Decimal(5), Decimal(5)),
            CostRange(Decimal(15), Decimal(25)),
            Range(Decimal(10), Decimal(20)),
        ),
        (
            CostRange(Decimal(5), Decimal(25)),
            CostRange(Decimal(15), Decimal(25)),
            Range(Decimal(20), Decimal(30)),
        ),
        (CostRange(), CostRange(unknowns=1), None),
    ],
)
def test_what_the_wallet_lost_beyond_the_known_costs(
    before: CostRange, after: CostRange, expected: Range | None
) -> None:
    assert unexplained(Mark(Decimal(100), before), Mark(Decimal(70), after)) == expected


# -- polls ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("durations", "age", "wait"),
    [
        ([], 0, 61068651.369),
        ([], 10 * SECOND, 93474709.748),
        ([], MINUTE, 148839160.061),
        ([], HOUR, 683371235.102),
        ([], DAY, 2421469472.266),
        ([HOUR] * 20 + [10 * SECOND] * 5, 0, 363051431.984),
        ([HOUR] * 20 + [10 * SECOND] * 5, MINUTE, 841392851.031),
        ([HOUR] * 20 + [10 * SECOND] * 5, HOUR, 111994472.245),
        ([HOUR] * 20 + [10 * SECOND] * 5, 90 * DAY, 6888623433.759),
    ],
)
def test_the_wait_follows_from_what_was_learnt(durations: list[int], age: int, wait: float) -> None:
    # Figures of the formula in `polling`, kept so that no step of it changes unnoticed.
    assert DurationModel(durations).wait(age, 4.0) == pytest.approx(wait)


MODEL = DurationModel()


@pytest.mark.parametrize(
    ("submitted_at", "now", "age"),
    [(NOW - HOUR, NOW, HOUR), (None, NOW, DAY), (NOW, NOW, 0), (NOW + HOUR, NOW, 0)],
)
def test_the_age_counts_from_the_add_or_from_the_queue(submitted_at: int | None, now: int, age: int) -> None:
    order = an_order(state=State.ACTIVE, submitted_at=submitted_at, created_at=NOW - DAY)

    limits = Limits(4.0, 1, 10 * DAY)
    assert next_poll(order, MODEL, limits, now) == now + next_wait(MODEL.wait(age, 4.0), limits)


@pytest.mark.parametrize(
    ("scarcity", "longest"),
    [(SATURATED, HOUR), (SATURATED + 0.001, round(LONGEST_SHARE * 2 * HOUR)), (1.0, HOUR)],
)
def test_the_longest_wait_grows_only_where_calls_are_scarce(scarcity: float, longest: int) -> None:
    scarce = PollThreshold(MINUTE, scarcity, 2 * HOUR)

    assert scarce.limits(HOUR) == Limits(scarcity * BASE_THRESHOLD, MINUTE, longest)


@pytest.mark.parametrize(("shortest", "times"), [(MINUTE, 1.0), (4 * MINUTE, 2.0), (15 * SECOND, 0.5)])
def test_the_threshold_grows_with_the_square_root_of_the_shortest_time(shortest: int, times: float) -> None:
    assert PollThreshold(shortest).threshold == pytest.approx(times * BASE_THRESHOLD)


def test_the_limits_say_when_the_clock_was_set() -> None:
    assert PollThreshold().limits(HOUR, NOW).clock_set_at == NOW


def test_where_calls_are_scarce_a_longer_limit_of_the_config_is_kept() -> None:
    assert PollThreshold(MINUTE, SATURATED * 2, MINUTE).limits(HOUR).longest == HOUR


def batch(*due: int | None, checked_at: int | None = NOW - HOUR) -> list[Followed]:
    orders = (
        an_order(state=State.ACTIVE, due_at=at, checked_at=checked_at, created_at=NOW - DAY) for at in due
    )
    return [followed(order) for order in orders]


STEP_INTERVAL = MINUTE // STEP_SHARE
LATE = NOW - MINUTE // LATE_SHARE
BEFORE = PollThreshold(MINUTE, 10.0, 0.0, NOW - STEP_INTERVAL)


@pytest.mark.parametrize(
    ("due", "places", "threshold"),
    [
        ((LATE - 1, LATE - 1), 2, 10.0 * STEP),
        ((None, None), 2, 10.0 * STEP),
        ((LATE - 1, LATE), 2, 10.0 / STEP),
        ((NOW + 1, LATE - 1), 2, 10.0 * STEP),
        ((LATE - 1, LATE - 1, NOW + 1), 3, 10.0 / STEP),
        ((LATE - 1, LATE - 1), 3, 10.0 / STEP),
    ],
)
def test_the_threshold_rises_while_a_full_call_is_late(
    due: tuple[int | None, ...], places: int, threshold: float
) -> None:
    after = BEFORE.after_call(batch(*due), places, NOW)

    assert after.scarcity == pytest.approx(threshold)
    assert after.moved_at == NOW


def test_the_threshold_never_falls_below_its_base_and_moves_once_a_second() -> None:
    low = PollThreshold(MINUTE, 1.0, 0.0, NOW - STEP_INTERVAL)
    assert low.after_call(batch(NOW), 2, NOW).scarcity == 1

    soon = PollThreshold(MINUTE, 10.0, 0.0, NOW - STEP_INTERVAL + 1)
    after = soon.after_call(batch(NOW - 1), 1, NOW)
    assert (after.scarcity, after.moved_at) == (10.0, NOW - STEP_INTERVAL + 1)
    assert after.mean_wait == pytest.approx(HOUR / 1000)

    at_once = PollThreshold(MINUTE, 10.0, 0.0, NOW).after_call(batch(NOW - 1), 1, NOW)
    assert at_once.scarcity == 10.0


@pytest.mark.parametrize(
    ("count", "checked_at", "mean"),
    [
        (1, NOW - HOUR, HOUR / 1000),
        (500, NOW - HOUR, HOUR / 2),
        (1000, NOW - HOUR, HOUR),
        (2000, NOW - HOUR, HOUR),
        (1000, None, DAY),
        (1000, NOW, 0),
        (1000, NOW + HOUR, 0),
        (0, None, 0),
    ],
)
def test_the_mean_wait_is_that_of_the_last_thousand_polls(
    count: int, checked_at: int | None, mean: float
) -> None:
    polled = batch(*[NOW] * count, checked_at=checked_at)

    assert BEFORE.after_call(polled, 10_000, NOW).mean_wait == pytest.approx(mean)


def test_a_call_without_orders_keeps_the_mean_wait() -> None:
    assert PollThreshold(MINUTE, 10.0, 123.0, NOW - STEP_INTERVAL).after_call([], 5, NOW).mean_wait == 123.0


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        ((), None),
        ((0,), 1),
        ((0, 1), 2),
        ((0, 1, 2), None),
        ((0, 2), None),
        ((1,), None),
        ((0, 1, 2, 3), None),
    ],
)
def test_a_call_is_cut_short_when_at_least_its_last_two_ids_are_left_out(
    answered: tuple[int, ...], expected: int | None
) -> None:
    ids = ["10", "11", "12", "13"]

    assert cut_short(ids, {ids[at]: Missing("no") for at in answered}) == expected


@pytest.mark.parametrize(("due_at", "calls"), [(NOW, 1), (NOW + 1, 0), (None, 1)])
def test_an_order_is_due_at_its_time(due_at: int | None, calls: int) -> None:
    assert len(pick(batch(due_at), set(), 1, NOW).together) == calls
