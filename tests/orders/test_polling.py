"""When an order is looked at again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.freshness import InTurn, Ranked, World, follow
from tests.support.samples import NOW, an_order
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.answers import Missing, Report
from tracker.orders.followed import followed
from tracker.orders.order import State
from tracker.orders.polling import (
    LONGEST_SHARE,
    SATURATED,
    DurationModel,
    PollThreshold,
    cut_short,
    next_poll,
    next_recheck,
)

ACTIVE = an_order(state=State.ACTIVE, submitted_at=NOW, checked_at=NOW, due_at=NOW)
PLENTY = PollThreshold()


def wait(age: int, habit: DurationModel, rhythm: PollThreshold = PLENTY) -> int:
    return next_poll(ACTIVE, habit, rhythm.limits(30 * MINUTE), NOW + age) - NOW - age


def test_an_order_is_polled_often_when_similar_orders_usually_end_and_seldom_before() -> None:
    habit = DurationModel([6 * HOUR + n * MINUTE for n in range(-60, 60)])

    assert wait(HOUR, habit) > 4 * wait(6 * HOUR, habit)


def test_a_quick_service_is_polled_more_often_than_a_slow_one() -> None:
    quick, slow = DurationModel([30 * MINUTE] * 50), DurationModel([60 * HOUR] * 50)

    assert wait(20 * MINUTE, quick) < wait(20 * MINUTE, slow)


def test_without_any_knowledge_the_waits_grow_with_the_age() -> None:
    waits = [wait(age, DurationModel()) for age in (0, 10 * MINUTE, HOUR, 10 * HOUR, 10 * DAY)]

    assert waits == sorted(waits)
    assert waits[0] <= 2 * MINUTE
    assert waits[-1] > 20 * MINUTE


def test_too_many_due_polls_space_them_out_and_too_few_bring_them_back() -> None:
    late = [followed(an_order(state=State.ACTIVE, checked_at=NOW - HOUR, due_at=NOW - MINUTE))] * 10
    rhythm = PLENTY
    for second in range(50):
        rhythm = rhythm.after_call(late, 10, NOW + second * SECOND)
    assert rhythm.scarcity > SATURATED
    assert 0 < rhythm.mean_wait < HOUR

    for second in range(50, 150):
        rhythm = rhythm.after_call(late[:9], 10, NOW + second * SECOND)
    assert rhythm.scarcity == 1


def test_the_many_calls_after_a_pause_count_as_one() -> None:
    late = [followed(an_order(state=State.ACTIVE, checked_at=NOW - DAY, due_at=NOW - HOUR))] * 10
    rhythm = PLENTY
    for call in range(1000):
        rhythm = rhythm.after_call(late, 10, NOW + call)

    assert rhythm.scarcity < 1.02
    assert rhythm.limits(30 * MINUTE).longest == 30 * MINUTE


@pytest.mark.parametrize("count", [250, 300])
@pytest.mark.parametrize("age", [HOUR, 10 * DAY])
def test_no_order_waits_longer_than_poll_max_while_there_are_calls_enough(age: int, count: int) -> None:
    rhythm, now = PLENTY, NOW
    due = [
        an_order(id=n, state=State.ACTIVE, submitted_at=NOW - age, checked_at=NOW - MINUTE, due_at=NOW)
        for n in range(count)
    ]
    while now < NOW + 6 * HOUR:
        due.sort(key=lambda order: order.due_at or 0)
        now = max(now + SECOND, (due[0].due_at or 0) + SECOND // 50)
        batch = [order for order in due[:100] if (order.due_at or 0) <= now]
        rhythm = rhythm.after_call([followed(order) for order in batch], 100, now)
        limits = rhythm.limits(30 * MINUTE)
        assert max(now - (order.checked_at or 0) for order in batch) <= 30 * MINUTE + 2 * SECOND
        asked = [
            order._replace(due_at=next_poll(order, DurationModel(), limits, now), checked_at=now)
            for order in batch
        ]
        due[: len(batch)] = asked


@pytest.mark.parametrize("calls", [2, 10, 25])
def test_orders_that_are_always_due_together_are_polled_as_often_as_there_are_calls_for(calls: int) -> None:
    rhythm, due_at = PLENTY, NOW
    for _ in range(200):
        for call in range(calls):
            now = due_at + (call + 1) * SECOND
            batch = [followed(an_order(state=State.ACTIVE, checked_at=NOW, due_at=due_at))] * 100
            rhythm = rhythm.after_call(batch, 100, now)
        due_at = now + MINUTE

    assert rhythm.scarcity == 1


@given(
    st.lists(st.integers(0, 400 * DAY), max_size=60),
    st.integers(0, 400 * DAY),
    st.floats(1, 1e6),
    st.floats(0, 1e12),
)
def test_a_wait_is_never_shorter_or_longer_than_it_may_be(
    took: list[int], age: int, threshold: float, mean_wait: float
) -> None:
    found = wait(age, DurationModel(took), PollThreshold(MINUTE, threshold, mean_wait))

    assert MINUTE <= found <= max(30 * MINUTE, round(LONGEST_SHARE * mean_wait))


@pytest.mark.parametrize(
    ("after", "due"), [(0, DAY), (DAY - 1, DAY), (DAY, 7 * DAY), (2 * DAY, 7 * DAY), (7 * DAY, None)]
)
def test_an_order_that_is_over_is_polled_after_a_day_and_a_week(after: int, due: int | None) -> None:
    assert next_recheck(NOW, NOW + after) == (None if due is None else NOW + due)


@pytest.mark.parametrize(
    ("answered", "found"),
    [("abc", 3), ("abcdef", None), ("abcde", None), ("acd", None), ("", None), ("bcd", None), ("a", 1)],
)
def test_a_call_is_cut_short_when_only_its_first_ids_are_answered_for(
    answered: str, found: int | None
) -> None:
    answers = {one: Missing("no") if one == "b" else Report("w", State.ACTIVE) for one in answered}

    assert cut_short("abcdef", answers) == found


@pytest.mark.parametrize("scale", [SECOND, MINUTE, HOUR])
def test_times_of_any_scale_are_treated_alike(scale: int) -> None:
    took = [n * scale for n in (20, 30, 30, 45)]
    habit, rhythm = DurationModel(took * 50), PollThreshold(scale)
    age = 5 * scale
    found = next_poll(ACTIVE, habit, rhythm.limits(DAY), NOW + age) - NOW - age

    assert found / scale == pytest.approx(12, rel=0.15)


def test_what_has_not_ended_yet_tells_that_a_service_takes_longer() -> None:
    quickest, all_of_them = DurationModel(), DurationModel()
    for model in (quickest, all_of_them):
        for _ in range(5):
            model.survived(0, MINUTE)
            model.ended(MINUTE, 2 * MINUTE)
    for _ in range(500):
        all_of_them.survived(0, 2 * MINUTE)
    for model in (quickest, all_of_them):
        model.fit()

    assert all_of_them.wait(MINUTE, 4.0) > 4 * quickest.wait(MINUTE, 4.0)


@pytest.mark.parametrize("seed", range(3))
def test_changes_are_noticed_earlier_than_by_polling_in_turn_and_no_order_starves(seed: int) -> None:
    world = World.of(600, DAY, seed)
    floor = follow(world, InTurn(), 5 * MINUTE, 20)
    ours = follow(world, Ranked(), 5 * MINUTE, 20)

    assert ours.delay < 0.75 * floor.delay
    assert ours.longest_wait < 2.2 * floor.longest_wait
