"""Which orders are lost, how long they still may arrive, and between which ids their own must lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.sent_orders import followed, lost
from tests.support.worker_stage import Stage
from tracker.accounts.account import AccountChange
from tracker.daemon.passes.loss_times import CLOCKS, LossTimes
from tracker.daemon.passes.losses import Losses
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.answers import Missing, Report, Said
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.order import Order, State
from tracker.orders.resolution import By, after_drop
from tracker.panel.dialects.built_in import named
from tracker.practice.panel import PracticePanel
from tracker.reconciliation.apart import Unsettled
from tracker.reconciliation.candidates import Denial, Known
from tracker.reconciliation.lost_order import LostOrder, Sighting
from tracker.store import attempts, changes, evidence

SETTLE = 15 * MINUTE
REPORT = Report("Pending", State.ACTIVE)


@pytest.fixture
def stage(tmp_path: Path, panel: PracticePanel) -> Iterator[Stage]:
    stage = Stage(tmp_path, panel)
    stage.elapsed = lambda: stage.now
    yield stage
    stage.client.close()


def of(stage: Stage, order: Order, found: list[LostOrder] | None = None) -> LostOrder:
    known = Losses(stage.context()).read() if found is None else found
    return next(one for one in known if one.order_id == order.id)


def settle(stage: Stage, order: Order, by: int) -> None:
    """Note that late arrivals had their time before any attempt after this one."""
    with stage.db.transaction():
        evidence.keep_settled(stage.db, [attempts.last_attempt(stage.db, order.id).id], by)


def confirmed(stage: Stage, panel_order_id: int | str, **values: Any) -> Order:
    """An order that the panel has confirmed under this id."""
    return followed(stage, panel_order_id, panel_status="Pending", **values)


# -- how long they may still arrive -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("passed", "clock", "rest", "others"),
    [
        (0, 0, SETTLE, SETTLE),
        (MINUTE, MINUTE, SETTLE - MINUTE, SETTLE - MINUTE),
        (SETTLE, SETTLE, 0, 0),
        (SETTLE + MINUTE, SETTLE + MINUTE, 0, 0),
        (MINUTE, HOUR, SETTLE - MINUTE, 0),
        (HOUR, MINUTE, SETTLE - MINUTE, 0),
        (MINUTE, SETTLE, SETTLE - MINUTE, CLOCKS),
        (MINUTE, 2 * MINUTE, SETTLE - MINUTE, SETTLE + CLOCKS - 2 * MINUTE),
        (MINUTE, -HOUR, SETTLE + HOUR, SETTLE + CLOCKS - MINUTE),
    ],
)
def test_late_arrivals_have_their_time_by_the_clock_that_went_less_and_others_wait_by_the_other(
    stage: Stage, passed: int, clock: int, rest: int, others: int
) -> None:
    """`passed` is by a clock that nobody can set, and `clock` by the machine's."""
    order, start, ticked = lost(stage), stage.now, [0]
    stage.elapsed = lambda: ticked[0]
    times = LossTimes(stage.context())
    known = of(stage, order)
    times.note(known)
    ticked[0], stage.now = passed, start + clock

    assert times.rest(known) == rest
    assert times.others_wait(known) == min(rest, others)
    assert times.lost_at(known) == min(start, stage.now - passed)
    assert times.rest(replace(known, settled_by=1)) == times.others_wait(replace(known, settled_by=1)) == 0
    for _ in range(2):  # also one that is not known
        times.forget(order.id)
    assert times.rest(known) == SETTLE - min(0, clock) if clock < 0 else SETTLE


@pytest.mark.parametrize(
    ("is_open", "is_settled", "is_seen"),
    [(True, False, True), (True, True, True), (False, False, True), (False, True, False)],
)
def test_a_loss_is_dated_by_when_it_was_seen_unless_it_is_over(
    stage: Stage, is_open: bool, is_settled: bool, is_seen: bool
) -> None:
    order = lost(stage)
    known = replace(of(stage, order), settled_by=1 if is_settled else None)
    known = known if is_open else replace(known, order=order._replace(state=State.DROPPED))
    times = LossTimes(stage.context())
    times.note(replace(known, lost_at=0))
    ahead = replace(known, lost_at=stage.now + DAY)
    stage.now += MINUTE

    found = times.dated(ahead)

    assert found.lost_at == stage.now - (MINUTE if is_seen else 0)
    assert found.settles_at == found.lost_at + SETTLE
    assert times.dated(replace(known, lost_at=5)).lost_at == 5


def test_what_is_lost_again_has_its_whole_time_again(stage: Stage) -> None:
    known = of(stage, lost(stage))
    times = LossTimes(stage.context())
    times.note(known)
    stage.now += MINUTE

    again = replace(known, attempt_id=known.attempt_id + 1, lost_at=stage.now)
    assert (times.rest(known), times.rest(again)) == (SETTLE - MINUTE, SETTLE)


@pytest.mark.parametrize("apart", [True, False])
def test_what_looks_like_one_waits_for_it_where_that_is_asked_for(stage: Stage, apart: bool) -> None:
    orders = [lost(stage, {"expected_charge": Decimal(n)}) for n in (300, 400)]
    lost(stage, panel="q")
    context = stage.context()
    losses = Losses(replace(context, unknown=type(context.unknown)(apart=apart)))
    losses.open()
    settle(stage, orders[1], 1)

    expected = [Unsettled(orders[0].id, Decimal(300), SETTLE)] if apart else []
    assert losses.unsettled(losses.open()) == expected
    stage.now += SETTLE - 1
    losses.unsettled(losses.open())
    assert of(stage, orders[0], Losses(stage.context()).read()).settled_by is None
    followed(stage, 5001)
    stage.now += 1
    assert losses.unsettled(losses.open()) == []
    assert [of(stage, one).settled_by for one in orders] == [4, 1]


def test_a_check_is_due_when_the_first_is_or_as_soon_as_one_cannot_arrive_any_more(stage: Stage) -> None:
    losses = Losses(stage.context())
    assert losses.due_at(losses.open()) is None
    assert losses.is_awaited(losses.open()) is False
    first, second = lost(stage, due_at=stage.now + HOUR), lost(stage, due_at=stage.now + 30 * MINUTE)
    lost(stage, panel="q", due_at=stage.now)

    assert losses.due_at(losses.open()) == second.due_at
    stage.now += SETTLE - 1
    assert losses.due_at(losses.open()) == second.due_at
    stage.now += 1
    assert losses.due_at(losses.open()) == stage.now
    settle(stage, first, 9)
    settle(stage, second, 9)
    assert losses.due_at(losses.open()) == second.due_at


@pytest.mark.parametrize(
    ("checked_in", "due_in", "awaited"),
    [(None, HOUR, True), (0, 10 * SECOND, True), (0, 10 * SECOND + 1, False)],
)
def test_others_wait_for_the_first_checks(
    stage: Stage, checked_in: int | None, due_in: int, awaited: bool
) -> None:
    checked_at = None if checked_in is None else stage.now + checked_in
    lost(stage, checked_at=checked_at, due_at=stage.now + due_in)

    losses = Losses(stage.context())
    assert losses.is_awaited(losses.open()) is awaited


# -- which of those that a person has closed still concern them -------------------------------------------


def closed(stage: Stage, settled_by: int) -> Order:
    """An order that was lost now, and dropped, and that cannot arrive any more."""
    order = lost(stage)
    settle(stage, order, settled_by)
    return changes.apply(stage.db, [after_drop(order, By.OPERATOR, stage.now)], stage.now)[0].after


@pytest.mark.parametrize(
    ("settled_by", "lost_before", "concerns"),
    [
        (1, HOUR, False),
        (2, HOUR, True),
        (1, SETTLE, False),
        (1, SETTLE - SECOND, True),
    ],
)
def test_one_that_may_have_the_same_id_or_was_charged_since_the_reading_concerns_those_that_are_lost(
    stage: Stage, settled_by: int, lost_before: int, concerns: bool
) -> None:
    read_at = stage.now
    stage.now = read_at - lost_before
    one = closed(stage, settled_by)
    stage.now = read_at
    confirmed(stage, 5001)
    mark = Mark(Decimal(9000), CostRange(), read_at)
    order = lost(stage, {"mark": mark, "newest_id": "5001"})
    assert of(stage, order).before == mark
    assert of(stage, order).floor_attempt == 2

    found = Losses(stage.context()).read()

    assert [lost.order_id for lost in found] == [order.id, *([one.id] if concerns else [])]


def test_of_several_the_earliest_reading_and_the_lowest_id_say_who_concerns_them(stage: Stage) -> None:
    read_at, orders = stage.now, []
    stage.now = read_at - HOUR
    by_id = closed(stage, settled_by=3)
    stage.now = read_at + SECOND
    by_charge = closed(stage, settled_by=1)
    for n in range(3):
        stage.now += HOUR
        confirmed(stage, 5001 + n)
        orders.append(lost(stage, {"mark": Mark(Decimal(9000), CostRange(), read_at + n * HOUR)}))

    assert [lost.order_id for lost in Losses(stage.context()).read()] == [
        *(order.id for order in orders), by_id.id, by_charge.id,
    ]  # fmt: skip


# -- between which ids ------------------------------------------------------------------------------------


def test_its_id_lies_between_the_last_own_one_and_the_first_that_came_when_it_could_not_any_more(
    stage: Stage,
) -> None:
    confirmed(stage, 5001)
    confirmed(stage, 9000, panel="q")
    order = lost(stage, {"newest_id": "4000"})
    confirmed(stage, 5003)
    assert [(one.newest_id, one.floor_attempt, one.ceiling) for one in [of(stage, order)]] == [
        (5001, 1, None)
    ]

    settle(stage, order, attempts.newest(stage.db))
    for number in (17, 5009, 5007, 5008):
        confirmed(stage, number)
    found = of(stage, order)

    assert (found.newest_id, found.floor_attempt, found.ceiling) == (5001, 1, 5007)


@pytest.mark.parametrize(
    ("newest_id", "floor", "ceiling"), [("4000", 4000, 5007), ("5007", 5007, 5009), (None, None, 5007)]
)
def test_without_an_order_before_it_the_newest_id_then_is_the_last_one(
    stage: Stage, newest_id: str | None, floor: int | None, ceiling: int
) -> None:
    order = lost(stage, {"newest_id": newest_id})
    settle(stage, order, 1)
    confirmed(stage, 5007)
    confirmed(stage, 5009)

    found = of(stage, order)

    assert (found.newest_id, found.floor_attempt, found.ceiling) == (floor, None, ceiling)


def test_where_ids_do_not_grow_nothing_lies_between_two(stage: Stage) -> None:
    confirmed(stage, 5001)
    order = lost(stage)
    settle(stage, order, 1)
    confirmed(stage, 5007)
    dialect = replace(named("tagrani"), ids_grow=False)
    (found,) = Losses(stage.context(dialect=dialect)).read()

    assert (found.newest_id, found.floor_attempt, found.ceiling) == (None, None, None)


def test_it_is_settled_by_the_newest_attempt_at_that_moment(stage: Stage) -> None:
    order = lost(stage)
    losses = Losses(stage.context())
    losses.open()
    followed(stage, 5001)
    stage.now += SETTLE - 1
    assert of(stage, order, losses.read()).settled_by is None
    stage.now += 1
    assert of(stage, order, losses.read()).settled_by == attempts.newest(stage.db) == 2
    losses.note_asked_again(order.id)
    assert of(stage, order, losses.read()).settled_by is None
    settle(stage, order, 1)
    assert of(stage, order, losses.read()).settled_by == 1


# -- what is known of the ids -----------------------------------------------------------------------------


def test_which_of_the_ids_near_them_are_ours_is_collected(stage: Stage) -> None:
    followed(stage, 106)
    followed(stage, 108, panel="q")
    followed(stage, 500)
    known = replace(of(stage, lost(stage)), newest_id=103)
    with stage.db.transaction():
        evidence.keep_probes(stage.db, "p", [Denial(104, True, 1)], [105, 112], 1)
        evidence.keep_unexplained(stage.db, "p", ["112"])
        evidence.keep_probes(stage.db, "q", [Denial(107, True, 1)], [111], 1)
        evidence.keep_unexplained(stage.db, "q", ["111"])
    losses = Losses(stage.context())
    assert losses.known_ids([known]) == Known(frozenset(), {104: 1})

    for panel in "pq":
        evidence.acknowledge(stage.db, panel)
    assert losses.known_ids([known]) == Known(frozenset({106, 112}), {104: 1})
    changes.update_account(
        stage.db, "p", lambda account: AccountChange(account._replace(newest_id="120")), stage.now
    )
    assert losses.known_ids([]) == Known(frozenset({112, 120}), {104: 1})


@pytest.mark.parametrize(("first_settled", "past"), [(False, 0), (True, 1)])
def test_what_was_said_of_each_id_is_kept_with_what_could_not_arrive_any_more(
    stage: Stage, first_settled: bool, past: int
) -> None:
    orders = [lost(stage), lost(stage)]
    found = [replace(of(stage, one), settled_by=2 if first_settled and n == 0 else None) for n, one in enumerate(orders)]  # fmt: skip
    answers: dict[str, Said] = {
        "104": Missing("no"), "105": Missing("no"), "106": Missing("no"), "107": REPORT,
    }  # fmt: skip

    known = Losses(stage.context()).keep_answers(answers, Known(frozenset({105}), {9: 9}), found)

    assert known == Known(frozenset({105}), {104: 1, 105: 0, 106: 0})
    assert evidence.sightings(stage.db, "p", [104, 107]) == {
        "104": Sighting(None, past), "107": Sighting(2, None),
    }  # fmt: skip
    assert evidence.strangers(stage.db, "p") == [107]


def test_when_none_may_arrive_what_is_denied_is_none_of_the_attempts_so_far(stage: Stage) -> None:
    lost(stage)
    losses = Losses(stage.context())

    known = losses.keep_answers({"104": Missing("no")}, Known(frozenset(), {}), [])

    assert known.denied == {104: 0}
    assert evidence.sightings(stage.db, "p", [104]) == {"104": Sighting(None, 1)}
