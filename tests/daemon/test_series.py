"""Which ids may be parts of the account's own drip-feeds and subscriptions, and are no stranger's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW, a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.daemon.passes.series import without_parts
from tracker.orders.answers import Missing, Report, Said
from tracker.orders.change import OrderChange
from tracker.orders.order import Order, Series, State
from tracker.store import changes, parts


def maker(stage: Stage, number: int = 100, panel: str = "p", **values: Any) -> Order:
    """A drip-feed of five runs at 70 each, at the panel under this id; it lists no parts unless told."""
    draft = a_draft(
        f"https://x.example/{number}", panel=panel, panel_order_id=str(number), fields={"runs": "5"}
    )
    (order,) = enqueued(stage.db, draft)
    made = order._replace(**{"series": Series.RUNS, "expected_charge": Decimal(350), **values})
    changes.apply(stage.db, [OrderChange(order, made, "")], NOW)
    return stage.order(order.id)


class Polls:
    """The polls that were asked for; each notes how many parts the panel lists now, if it lists any."""

    def __init__(self, stage: Stage, listed: int | None = None, at: int = NOW) -> None:
        self._stage, self._listed, self._at = stage, listed, at
        self.asked: list[list[str | None]] = []

    def __call__(self, batch: list[Order]) -> None:
        self.asked.append([order.panel_order_id for order in batch])
        looked = [order._replace(parts=self._listed, checked_at=self._at) for order in batch]
        both = zip(batch, looked, strict=True)
        changes.apply(self._stage.db, [OrderChange(before, after, "") for before, after in both], NOW)


def done(charge: int | None = 70, **values: Any) -> Report:
    return Report("Completed", State.COMPLETED, None if charge is None else Decimal(charge), **values)


def test_where_no_id_is_known_nothing_is_asked(stage: Stage) -> None:
    maker(stage)
    polls = Polls(stage)
    answers: dict[str, Said] = {"105": Missing("Incorrect order ID")}

    assert without_parts(stage.context(), polls, answers) == answers
    assert polls.asked == []


def test_every_order_that_may_have_parts_is_asked_about_in_full_calls(stage: Stage) -> None:
    for number in range(100, 105):
        maker(stage, number)
    maker(stage, 105, panel="q")
    polls = Polls(stage)

    without_parts(stage.context(ids_per_call=2), polls, {"200": done()})

    assert polls.asked == [["100", "101"], ["102", "103"], ["104"]]


@pytest.mark.parametrize(
    ("report", "listed", "checked_at", "is_left"),
    [
        (done(70), None, NOW, False),  # a fifth of what the drip-feed costs
        (done(71), None, NOW, True),
        (done(None), None, NOW, False),
        (done(70), 3, NOW, True),  # all its parts are listed, and this is none
        (done(70), 0, NOW, True),
        (done(70), 3, NOW - 1, False),  # listed before the ids were asked about
        (done(70), 3, None, False),
    ],
)
def test_what_may_be_a_part_that_is_not_listed_is_left_out(
    stage: Stage, report: Report, listed: int | None, checked_at: int, is_left: bool
) -> None:
    maker(stage)
    denied = Missing("Incorrect order ID")

    found = without_parts(stage.context(), Polls(stage, listed, checked_at), {"200": report, "201": denied})

    assert found == {**({"200": report} if is_left else {}), "201": denied}


def test_a_part_that_was_listed_before_or_now_is_left_out(stage: Stage) -> None:
    maker(stage)
    with stage.db.transaction():
        parts.keep(stage.db, [("p", "201", 1), ("q", "202", 1)])
    answers: dict[str, Said] = {
        "100": done(350, parts=("203",)),
        "201": done(),
        "202": done(),
        "203": done(),
        "20²": done(),
        "204": Missing("Incorrect order ID"),
    }

    found = without_parts(stage.context(), Polls(stage, listed=2), answers)

    assert found.keys() == {"202", "20²", "204"}


def test_where_nothing_makes_parts_every_answer_stays(stage: Stage) -> None:
    polls = Polls(stage)
    answers: dict[str, Said] = {"201": done(), "20²": done(), "202": Missing("Incorrect order ID")}

    assert without_parts(stage.context(), polls, answers) == answers
    assert polls.asked == []
