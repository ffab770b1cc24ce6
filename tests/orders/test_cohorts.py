"""Which orders are kept as due together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from tracker.orders.cohorts import SIZE, SMALL, Cohort, Polled, Regrouped, Slot, regroup

OLD = 5


def standing(groups: Mapping[int, Iterable[int]], panel: str = "p") -> dict[int, Cohort]:
    known = {cohort: [*order_ids] for cohort, order_ids in groups.items()}
    return {cohort: Cohort(cohort, panel, len(ids), sum(ids)) for cohort, ids in known.items()}


def polled(
    cohort: int, order_ids: Iterable[int], due_at: int = 90, checked_at: int | None = 80
) -> list[Polled]:
    return [Polled(order_id, cohort, due_at, checked_at) for order_id in order_ids]


SLOT = Slot("p", 90, 80)


def test_a_whole_cohort_that_is_due_together_again_stays_as_it_is() -> None:
    assert regroup(polled(1, range(60)), standing({1: range(60)})) == Regrouped(kept=[(1, SLOT)])


def test_of_a_cohort_only_a_part_of_which_was_polled_that_part_leaves() -> None:
    done = regroup(polled(1, range(10)), standing({1: range(60)}))

    assert done == Regrouped(founded=[(SLOT, [*range(10)])])


def test_a_cohort_goes_on_with_most_of_its_orders_and_the_others_leave() -> None:
    parts = [*polled(1, range(60)), *polled(1, range(60, 80), due_at=95)]

    done = regroup(parts, standing({1: range(80)}))

    assert done.kept == [(1, SLOT)]
    assert done.founded == [(Slot("p", 95, 80), [*range(60, 80)])]
    assert (done.joined, done.emptied) == ([], [])


def test_who_leaves_joins_those_that_are_due_together_with_it_as_far_as_there_is_room() -> None:
    parts = [*polled(1, range(97)), *polled(2, range(200, 205))]

    done = regroup(parts, standing({1: range(97), 2: range(200, 260)}))

    assert done.kept == [(1, SLOT)]
    assert done.joined == [(1, 200), (1, 201), (1, 202)]
    assert done.founded == [(SLOT, [203, 204])]


def test_small_cohorts_that_are_due_together_become_one() -> None:
    groups = {1: range(30), 2: range(100, 140), 3: range(200, 220)}
    parts = [one for cohort, ids in groups.items() for one in polled(cohort, ids)]

    done = regroup(parts, standing(groups))

    assert done.kept == [(2, SLOT)]
    assert {order_id for _, order_id in done.joined} == {*range(30), *range(200, 220)}
    assert done.emptied == [1, 3]


def test_cohorts_of_more_than_half_the_most_are_left_apart() -> None:
    groups = {1: range(SMALL + 1), 2: range(100, 100 + SMALL + 1)}
    parts = [one for cohort, ids in groups.items() for one in polled(cohort, ids)]

    assert regroup(parts, standing(groups)) == Regrouped(kept=[(1, SLOT), (2, SLOT)])


def test_orders_of_two_panels_are_never_in_one_cohort() -> None:
    known = {**standing({1: [1]}), **standing({2: [2]}, "q")}

    assert len(regroup([*polled(1, [1]), *polled(2, [2])], known).kept) == 2


def test_a_cohort_that_all_orders_have_left_is_removed() -> None:
    assert regroup([], standing({1: [], 2: [7]})) == Regrouped(emptied=[1])


@given(
    sizes=st.lists(st.integers(1, SIZE), max_size=8),
    seen=st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.sampled_from([80, 81, None])), max_size=800),
)
def test_every_order_that_was_polled_is_then_due_when_it_is_to_be_and_no_other_is(
    sizes: list[int], seen: list[tuple[bool, int, int | None]]
) -> None:
    place: dict[int, int] = {}
    for cohort, size in enumerate(sizes, 1):
        place |= dict.fromkeys(range(len(place), len(place) + size), cohort)
    slots = dict.fromkeys(range(1, len(sizes) + 1), Slot("p", OLD, OLD))
    groups: dict[int, list[int]] = {}
    for order_id, cohort in place.items():
        groups.setdefault(cohort, []).append(order_id)
    wanted = {
        order_id: Slot("p", 90 + later, checked_at)
        for order_id, (is_seen, later, checked_at) in zip(place, seen, strict=False)
        if is_seen
    }

    done = regroup(
        [Polled(one, place[one], slot.due_at, slot.checked_at) for one, slot in wanted.items()],
        standing(groups),
    )

    slots |= dict(done.kept)
    place |= {order_id: cohort for cohort, order_id in done.joined}
    for number, (slot, order_ids) in enumerate(done.founded):
        slots[1000 + number] = slot
        place |= dict.fromkeys(order_ids, 1000 + number)
    assert {one: slots[place[one]] for one in place} == {
        one: wanted.get(one, Slot("p", OLD, OLD)) for one in place
    }
    assert not {*done.emptied} & {*place.values()}
    assert all([*place.values()].count(cohort) <= SIZE for cohort in {*place.values()})
