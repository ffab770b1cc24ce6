"""The pass that looks at active orders: full calls, several at once, and panels that fail in their own ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import pytest

from tests.support.samples import a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.accounts.breaker import FAILURES_TO_OPEN, after_failure
from tracker.lib.times import DAY, HOUR, MINUTE
from tracker.orders.answers import Failure, Reason
from tracker.orders.order import State
from tracker.panel.client import PanelClient
from tracker.panel.exchange import Exchange, Request
from tracker.store import changes, counters, orders


def follow(stage: Stage, count: int) -> list[int]:
    """Have so many orders at the panel, followed from here on."""
    ids = stage.panel.state.fill(count, service=2)
    enqueued(stage.db, *(a_draft(f"https://x.example/{n}", service="2", panel_order_id=str(n)) for n in ids))
    return ids


class Calls:
    """The real client, with something that happens at each of its calls."""

    def __init__(self, client: PanelClient, call: Callable[[Request], Exchange]) -> None:
        self.call = call
        self.acquire_slot = client.acquire_slot
        self.send_once = client.send_once


def calls(stage: Stage) -> list[list[str]]:
    return [list(seen.ids) for seen in stage.panel.requests.of("status")]


@pytest.mark.parametrize("connections", [1, 2])
def test_every_order_is_asked_about_once_in_full_calls(stage: Stage, connections: int) -> None:
    ids = follow(stage, 950)
    for one in ids[::10]:
        stage.panel.state.end(one, "Completed")

    stage.fresh_worker(connections=connections).track.run()

    asked = calls(stage)
    assert sorted(len(call) for call in asked) == [50, *[100] * 9]
    assert sorted(one for call in asked for one in call) == sorted(map(str, ids))
    assert counters.counts(stage.db) == {"p": {"active": 855, "completed": 95}}


def test_several_calls_are_in_flight_at_once(stage: Stage) -> None:
    follow(stage, 800)
    stage.panel.latency = 0.2

    stage.fresh_worker(connections=2).track.run()

    began = [seen.at for seen in stage.panel.requests.of("status")]
    assert len(began) == 8
    assert max(began) - min(began) < 7 * 200_000


def test_a_long_sweep_stops_for_what_another_pass_has_learned(stage: Stage) -> None:
    follow(stage, 3000)
    told = Failure("too often", Reason.RATE, retry_after=HOUR)

    def also_refused(request: Request) -> Exchange:
        if len(calls(stage)) == 5:
            decide = partial(after_failure, failure=told, now=stage.now)
            changes.update_account(stage.db, "p", decide, stage.now)
        return stage.client.call(request)

    worker = stage.fresh_worker(Calls(stage.client, also_refused), connections=1)
    rest = worker.track.run()

    assert len(calls(stage)) <= 10
    assert rest == stage.config.schedule.submit


def test_what_is_queued_with_an_older_time_waits_for_no_endless_sweep(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.daemon.passes.track.PICKS", 1)
    follow(stage, 3000)
    (late,) = stage.panel.state.fill(1, service=2)

    def meanwhile(request: Request) -> Exchange:
        if len(calls(stage)) == 5:
            enqueued(
                stage.db, a_draft("https://x.example/late", panel_order_id=str(late)), now=stage.now - HOUR
            )
        return stage.client.call(request)

    worker = stage.fresh_worker(Calls(stage.client, meanwhile), connections=1)
    worker.track.run()

    (asked_in,) = [n for n, call in enumerate(calls(stage)) if str(late) in call]
    assert asked_in <= 10


def test_an_id_that_makes_calls_fail_is_found_isolated_and_delays_no_other(stage: Stage) -> None:
    ids = follow(stage, 100)
    stage.panel.fault("status", "poison", times=None, order=ids[37])
    for one in ids:
        stage.panel.state.end(one, "Completed")

    worker = stage.fresh_worker()
    worker.track.run()

    assert counters.counts(stage.db) == {"p": {"active": 1, "completed": 99}}
    order = stage.order(38)
    assert order.panel_order_id == str(ids[37])
    assert "fails whenever it is asked about this order" in (order.last_error or "")
    assert len(calls(stage)) < 20

    follow(stage, 50)
    before = len(calls(stage))
    stage.now += HOUR
    worker.track.run()
    assert sorted(len(call) for call in calls(stage)[before:]) == [1, 50]
    assert stage.order(38).state is State.ACTIVE

    stage.panel.clear_faults()
    stage.now += HOUR
    worker.track.run()
    assert stage.order(38).state is State.COMPLETED


def test_an_answer_before_a_failure_ends_the_row_of_failures(stage: Stage) -> None:
    follow(stage, 300)
    almost_down = partial(after_failure, failure=Failure("no answer"), now=stage.now - HOUR)
    for _ in range(FAILURES_TO_OPEN - 1):
        changes.update_account(stage.db, "p", almost_down, stage.now)
    stage.panel.fault("status", "close", skip=1)

    stage.fresh_worker(connections=1).track.run()

    assert "panel.down" not in stage.alerts()


def test_a_panel_that_answers_for_one_order_a_call_is_asked_so(stage: Stage) -> None:
    ids = follow(stage, 12)
    stage.panel.fault("status", "several", times=None)
    for one in ids:
        stage.panel.state.end(one, "Completed")

    worker = stage.fresh_worker()
    for _ in range(3):
        worker.track.run()
        stage.now += HOUR

    assert worker.track.ids_per_call == 1
    assert counters.counts(stage.db) == {"p": {"completed": 12}}


def test_a_panel_that_cuts_calls_short_is_noticed_and_asked_for_no_more_than_it_answers(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = follow(stage, 300)
    stage.panel.fault("status", "first-ten", times=None)
    for one in ids:
        stage.panel.state.end(one, "Completed")

    worker = stage.fresh_worker()
    for _ in range(40):
        worker.track.run()
        stage.now += 2 * MINUTE

    assert worker.track.ids_per_call == 10
    assert counters.counts(stage.db) == {"p": {"completed": 300}}
    assert max(len(call) for call in calls(stage)[-20:]) == 10
    assert "panel.batch_truncated" in capsys.readouterr().out


def test_orders_that_are_over_are_polled_again_in_spare_places_only(stage: Stage) -> None:
    (over,) = follow(stage, 1)
    stage.panel.state.end(over, "Completed")
    stage.worker.track.run()
    stage.now += 2 * DAY

    stage.worker.track.run()
    assert len(calls(stage)) == 1  # for itself it is worth no call

    (fresh,) = follow(stage, 1)
    stage.panel.state.override(over, word="Canceled")
    stage.worker.track.run()

    assert sorted(calls(stage)[1]) == sorted([str(over), str(fresh)])
    assert stage.order(1).state is State.CANCELED
    assert "order.changed" in stage.alerts()


def test_an_order_that_is_over_and_makes_calls_fail_spoils_one_of_them(stage: Stage) -> None:
    over, *ids = follow(stage, 10)
    stage.panel.state.end(over, "Completed")
    stage.worker.track.run()
    stage.panel.fault("status", "poison", times=None, order=over)
    stage.now += DAY + MINUTE
    stage.worker.track.run()
    spoilt = len(calls(stage))

    stage.now += HOUR
    stage.worker.track.run()

    assert calls(stage)[spoilt:] == [[str(one) for one in ids]]


def test_an_order_that_is_over_and_unchanged_is_polled_twice_and_then_left_alone(stage: Stage) -> None:
    (over,) = follow(stage, 1)
    stage.panel.state.end(over, "Completed")
    stage.worker.track.run()
    follow(stage, 1)
    for _ in range(12):
        stage.now += DAY
        stage.worker.track.run()

    assert sum(str(over) in call for call in calls(stage)) == 3
    assert stage.order(1).state is State.COMPLETED
    assert [change.after for change in orders.history(stage.db, stage.order(1))] == ["active", "completed"]


def test_a_lost_order_of_the_panel_that_is_over_changes_nothing(stage: Stage) -> None:
    (over,) = follow(stage, 1)
    stage.panel.state.end(over, "Completed")
    stage.worker.track.run()
    follow(stage, 1)
    stage.now += 2 * DAY
    stage.panel.fault("status", "all-incorrect", order=over)

    stage.worker.track.run()

    assert stage.order(1).state is State.COMPLETED
    assert json.dumps(stage.alerts()) == '["order.completed"]'
