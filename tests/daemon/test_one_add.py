"""One order's way from the queue to the wire, seen at the moment in which its request leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.samples import NOW, a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.daemon.fencing import SEND_WITHIN, TOO_LATE
from tracker.lib.http import Permit
from tracker.lib.times import MINUTE, SECOND
from tracker.orders.order import Order, State
from tracker.panel.exchange import Exchange, Request
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import attempts
from tracker.store.database import StorageFault
from tracker.store.engines.engine import Sole


class Watched:
    """The real client, with what was on record when an `add` left."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._client = stage, stage.client
        self.call = stage.client.call
        #: The order on record, and why its permit was refused at that moment.
        self.seen: list[tuple[Order, str | None]] = []

    def acquire_slot(self) -> bool:
        """Wait for a slot, as the real one."""
        return self._client.acquire_slot()

    def send_once(self, request: Request, permit: Permit, timeout: int | None = None) -> Exchange:
        """Note what is on record, then send."""
        self.seen.append((self._stage.order(), permit.refusal()))
        return self._client.send_once(request, permit)


class Full(Watched):
    """A client that gives no slot: nothing is to be sent any more."""

    def acquire_slot(self) -> bool:
        """Give none."""
        return False


def test_when_the_request_leaves_its_intent_is_on_record_and_its_permit_valid(stage: Stage) -> None:
    watched = Watched(stage)
    enqueued(stage.db, a_draft(service="2"))

    stage.fresh_worker(client=watched).submit.run()

    ((order, refusal),) = watched.seen
    assert (order.state, order.attempts, order.submitted_at, order.currency) == (
        State.SUBMITTING,
        1,
        NOW,
        "Tomans",
    )
    assert order.expected_charge == 300
    assert refusal is None
    assert stage.order().state is State.ACTIVE


def test_what_gets_its_turn_too_long_after_its_intent_is_not_sent(stage: Stage) -> None:
    clock = [0]

    def elapsed() -> int:
        clock[0] += SEND_WITHIN + 1
        return clock[0]

    stage.elapsed = elapsed
    worker = stage.fresh_worker()
    enqueued(stage.db, a_draft(service="2"))

    worker.submit._send(stage.order(), None, Sole())

    assert (stage.order().state, stage.order().last_error) == (State.QUEUED, TOO_LATE)
    assert stage.panel.requests.count("add") == 0
    assert stage.context().account().failures == 0


def test_without_a_slot_nothing_is_put_on_record(stage: Stage) -> None:
    enqueued(stage.db, a_draft(service="2"))

    wait = stage.fresh_worker(client=Full(stage)).submit.run()

    assert wait == 5 * SECOND
    assert stage.order().attempts == 0


@pytest.mark.sqlite
def test_an_intent_that_cannot_be_recorded_is_remembered_as_not_sent(stage: Stage) -> None:
    enqueued(stage.db, a_draft(service="2"))
    submit = stage.fresh_worker().submit
    stage.db.sql("PRAGMA query_only = 1")

    with pytest.raises(StorageFault):
        submit._send(stage.order(), None, Sole())

    stage.db.sql("PRAGMA query_only = 0")
    assert submit._settle._never_sent == {1: NOW}
    assert stage.panel.requests.count("add") == 0
    assert attempts.on_the_way(stage.db, "p") == (False, None)


@pytest.mark.parametrize(("same_link", "placed"), [("wait", 1), ("allow", 2)])
def test_a_second_order_for_a_link_waits_for_a_poll_unless_that_is_allowed(
    tmp_path: Path, same_link: str, placed: int
) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        stage = Stage(tmp_path, panel, same_link=same_link)
        enqueued(stage.db, *[a_draft("https://x.example/same", service="2")] * 3)

        stage.worker.submit.run()

        assert panel.requests.count("add") >= placed
        if same_link == "wait":
            assert [stage.order(one).due_at for one in (2, 3)] == [NOW + MINUTE] * 2
            assert [stage.order(one).state for one in (2, 3)] == [State.QUEUED] * 2
        stage.client.close()


def test_an_order_that_is_rejected_before_sending_ends_at_that_moment_and_the_next_is_sent(
    stage: Stage,
) -> None:
    stage.worker.submit.run()
    enqueued(stage.db, a_draft(service="99"), a_draft("https://x.example/good", service="2"))
    stage.now += SECOND

    stage.worker.submit.run()

    assert (stage.order(1).state, stage.order(1).finished_at) == (State.REJECTED, NOW + SECOND)
    assert stage.order(2).state is State.ACTIVE
