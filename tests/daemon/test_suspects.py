"""One order at which a panel gives no answer spoils no call about the others for long."""

from __future__ import annotations

from operator import attrgetter

import pytest

from tests.support.samples import NOW, a_draft, enqueued
from tests.support.worker_stage import Calls, Stage
from tracker.daemon.passes.suspects import FAILURES, Suspects
from tracker.lib.times import DAY, MINUTE
from tracker.orders.batches import Batch
from tracker.orders.followed import Followed
from tracker.orders.order import State
from tracker.panel.exchange import Exchange, Request
from tracker.store import polls


def batch(*ids: str) -> list[Followed]:
    return [Followed(number, one, "4", NOW, NOW, None) for number, one in enumerate(ids, start=1)]


def ids(batches: list[Batch]) -> list[str]:
    return ["".join(one.panel_order_id for one in batch) for batch in batches]


def test_the_orders_of_a_failed_call_are_asked_about_in_halves_behind_all_others() -> None:
    suspects = Suspects(attrgetter("panel_order_id"))
    suspects.note_failure(batch(*"abcde"))

    assert ids(suspects.apart([batch(*"xaybc"), batch(*"dez")])) == ["xy", "z", "abc", "de"]

    suspects.note_failure(batch(*"abc"))
    assert ids(suspects.apart([batch(*"xadybc"), batch(*"ez")])) == ["xy", "z", "de", "ab", "c"]

    suspects.note_answer(batch(*"de"))
    assert ids(suspects.apart([batch(*"xaybc"), batch(*"dez")])) == ["xy", "dez", "ab", "c"]


@pytest.mark.parametrize("answered_at", [(), (1,), (2,), (1, 2)])
def test_an_order_is_at_fault_that_fails_alone_again_and_again_while_others_are_answered_about(
    answered_at: tuple[int, ...],
) -> None:
    suspects, found = Suspects(attrgetter("panel_order_id")), []
    for failure in range(FAILURES):
        if failure in answered_at:
            suspects.note_answer(batch("b"))
        found.append(suspects.is_found(batch("a")))
        suspects.note_failure(batch("a"))

    assert found == [False] * (FAILURES - 1) + [bool(answered_at)]
    assert not suspects.is_found(batch("a", "b"))


def test_an_order_that_is_answered_about_is_suspect_no_more() -> None:
    suspects = Suspects(attrgetter("panel_order_id"))
    for _ in range(FAILURES):
        suspects.note_failure(batch("a"))
    suspects.note_answer(batch("a"))

    assert not suspects.is_found(batch("a"))
    assert ids(suspects.apart([batch("a", "b")])) == ["ab"]


BROKEN = {"status": None, "whole": False, "error": "the connection broke"}
FAILED = {"status": 500, "body": b"<html>oops</html>"}


@pytest.mark.parametrize("how", [BROKEN, FAILED], ids=["no answer", "an error"])
def test_an_order_that_ends_each_call_it_is_named_in_is_left_alone_and_tells_nothing_of_the_panel(
    stage: Stage, how: dict[str, object]
) -> None:
    panel_ids = stage.panel.state.fill(20, service=2)
    enqueued(
        stage.db, *(a_draft(f"https://x.example/{n}", service="2", panel_order_id=str(n)) for n in panel_ids)
    )
    bad = str(panel_ids[6])

    def call(request: Request) -> Exchange:
        named = (request.form.get("orders") or request.form["order"]).split(",")
        return Exchange(request, True, **how) if bad in named else stage.client.call(request)  # type: ignore[arg-type]

    worker = stage.fresh_worker(Calls(stage.client, call))
    for _ in range(120):
        stage.now += MINUTE
        worker.track.run()

    followed = [stage.order(n) for n in range(1, 21)]
    assert [order.id for order in followed if order.checked_at is None or order.missing] == [7]
    assert followed[6].state is State.ACTIVE
    assert "the panel fails whenever" in (followed[6].last_error or "")
    assert stage.alerts() in ([], ["order.stuck"])
    assert stage.context().account().down_at is None


def test_an_order_that_is_over_and_ends_each_call_it_is_named_in_hides_no_other(stage: Stage) -> None:
    panel_ids = stage.panel.state.fill(8, service=2)
    enqueued(
        stage.db, *(a_draft(f"https://x.example/{n}", service="2", panel_order_id=str(n)) for n in panel_ids)
    )
    for panel_id in panel_ids:
        stage.panel.state.end(panel_id, "Completed")
    stage.worker.track.run()
    for panel_id in panel_ids:
        stage.panel.state.end(panel_id, "Partial")
    bad = str(panel_ids[0])

    def call(request: Request) -> Exchange:
        named = (request.form.get("orders") or request.form["order"]).split(",")
        return Exchange(request, True, **BROKEN) if bad in named else stage.client.call(request)  # type: ignore[arg-type]

    track = stage.fresh_worker(Calls(stage.client, call)).track
    stage.now += 2 * DAY
    for _ in range(9):
        stage.now += MINUTE
        if due := polls.rechecks(stage.db, "p", 100, stage.now):
            track.poll_batch(due)

    states = [stage.order(n).state for n in range(1, 9)]
    assert states == [State.COMPLETED] + [State.PARTIAL] * 7
    assert polls.rechecks(stage.db, "p", 100, stage.now) == []
