"""The pass that looks at active orders: full calls, several at once, and panels that fail in their own ways."""

from __future__ import annotations

import json
import threading
import time
from functools import partial

import pytest

from tests.support.samples import NOW, a_draft, enqueued
from tests.support.worker_stage import Calls, Stage
from tracker.accounts.breaker import FAILURES_TO_OPEN, after_failure
from tracker.daemon.passes import status_collector, track
from tracker.daemon.passes.poll_answer import News, PollAnswer
from tracker.daemon.passes.status_collector import Collector, ServiceModels
from tracker.daemon.passes.track import CLAIMED_DELAY
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.answers import Failure, Missing, Reason, Report, Said
from tracker.orders.change import OrderChange
from tracker.orders.followed import followed
from tracker.orders.order import State
from tracker.orders.polling import STEP, PollThreshold
from tracker.orders.status import BELIEVED_MISSING
from tracker.panel.exchange import Exchange, Request
from tracker.store import changes, counters, order_history, orders, outbox, parts, polls, uptime
from tracker.store.database import Database


def follow(stage: Stage, count: int) -> list[int]:
    """Have so many orders at the panel, followed from here on."""
    ids = stage.panel.state.fill(count, service=2)
    enqueued(stage.db, *(a_draft(f"https://x.example/{n}", service="2", panel_order_id=str(n)) for n in ids))
    return ids


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
    assert (order.missing, order.checked_at, order.due_at) == (1, NOW, NOW + 30 * MINUTE)
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

    assert [sorted(call) for call in calls(stage)[spoilt:]] == [sorted(str(one) for one in ids)]


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
    assert [change.after for change in order_history.changes_of(stage.db, stage.order(1))] == [
        "active",
        "completed",
    ]


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


@pytest.mark.parametrize("connections", [1, 2])
def test_after_a_stop_no_call_begins_also_none_that_waits_for_its_turn(
    stage: Stage, connections: int
) -> None:
    follow(stage, 80)
    begun: list[Request] = []

    def call(request: Request) -> Exchange:
        begun.append(request)
        if len(begun) > 1:
            stage.stopping.wait(30)
        elif connections > 1:
            time.sleep(0.05)  # others are handed out meanwhile
        stage.stopping.set()
        return stage.client.call(request)

    stage.fresh_worker(Calls(stage.client, call), ids_per_call=10, connections=connections).track.run()

    assert len(begun) <= connections


@pytest.mark.parametrize(
    ("count", "connections", "enough", "shared", "written"),
    [
        (60, 1, 20, False, [20, 20, 20]),  # as soon as there is enough for a transaction
        (120, 1, 1000, False, [120]),  # over several picks
        (60, 1, 10, True, [30, 30]),  # a part that is left alone by others is small
        (80, 4, 10, True, [40, 40]),  # and is written at its end
    ],
)
def test_answers_are_written_in_few_transactions(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, count: int, connections: int, enough: int, shared: bool, written: list[int]
) -> None:  # fmt: skip
    monkeypatch.setattr(status_collector, "FLUSH_SIZE", enough)
    monkeypatch.setattr(track, "FLUSH_AFTER", HOUR)
    seen: list[int] = []
    flush = Collector.flush

    def watched(collector: Collector) -> None:
        seen.append(len(collector._news) + len(collector._repeated))
        flush(collector)

    monkeypatch.setattr(Collector, "flush", watched)
    stage.share(shared)
    follow(stage, count)

    assert stage.fresh_worker(ids_per_call=10, connections=connections).track.run() == 5 * SECOND

    assert [size for size in seen if size] == written
    assert all(order.checked_at == NOW for order in orders.listed(stage.db))


@pytest.mark.parametrize(("shared", "picked"), [(False, 5), (True, 3)])
def test_what_other_daemons_must_leave_alone_is_picked_in_small_parts(
    stage: Stage, shared: bool, picked: int
) -> None:
    stage.share(shared)
    follow(stage, 50)

    assert len(stage.fresh_worker(ids_per_call=10, connections=1).track._due_batches()) == picked


def test_while_other_daemons_poll_all_that_is_due_it_is_looked_at_again_soon(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.share()
    follow(stage, 1)
    monkeypatch.setattr(polls, "due", lambda *_what: [])  # they have locked them

    assert stage.worker.track.run() == CLAIMED_DELAY
    assert calls(stage) == []


def test_orders_that_are_polled_out_of_turn_are_written_and_a_failure_puts_them_off(stage: Stage) -> None:
    (panel_id,) = follow(stage, 1)
    stage.panel.state.end(panel_id, "Completed")
    stage.panel.fault("status", "500")

    stage.worker.track.poll([stage.order()])
    assert (stage.order().state, stage.order().due_at) == (State.ACTIVE, NOW + MINUTE)
    assert stage.context().account().failures == 1

    stage.worker.track.poll([stage.order()])
    assert stage.order().state is State.COMPLETED


def test_only_full_calls_of_what_is_late_show_that_polls_do_not_keep_up(stage: Stage) -> None:
    follow(stage, 10)
    stage.now += MINUTE
    worker = stage.fresh_worker(ids_per_call=10)

    worker.track._due_batches()

    assert worker.track._threshold.scarcity == STEP


def test_orders_that_are_over_and_fill_a_call_say_nothing_of_how_polls_keep_up(stage: Stage) -> None:
    ids = follow(stage, 20)
    for panel_id in ids[:10]:
        stage.panel.state.end(panel_id, "Completed")
    stage.worker.track.run()
    worker = stage.fresh_worker(ids_per_call=20)
    stage.now += DAY + HOUR

    (batch,) = worker.track._due_batches()

    assert [order.is_active for order in batch] == [True] * 10 + [False] * 10
    assert worker.track._threshold.scarcity == 1


def test_orders_that_are_asked_about_alone_say_nothing_of_how_polls_keep_up(stage: Stage) -> None:
    (panel_id,) = follow(stage, 1)
    worker = stage.worker
    worker.track._isolated.add(str(panel_id))

    ((alone,),) = worker.track._due_batches()
    assert alone.id == stage.order().id
    assert worker.track._threshold == PollThreshold(stage.context().schedule.poll)


def answers_by_part(stage: Stage, failing: int) -> Calls:
    """A panel that fails where it is asked about several, and answers with an unknown error about one of them."""

    def call(request: Request) -> Exchange:
        asked = [one for one in request.form.get("orders", request.form.get("order", "")).split(",") if one]
        real = stage.client.call(request)
        if len(asked) > 2:
            return Exchange(request, True, 500, {}, b"[]")
        said = {one: {"error": "Moved"} if one == str(failing) else {"status": "Completed"} for one in asked}
        body = said[asked[0]] if len(asked) == 1 else said
        return Exchange(request, True, 200, real.headers, json.dumps(body).encode())

    return Calls(stage.client, call)


def test_an_error_about_one_order_of_a_part_keeps_the_answers_about_the_others(stage: Stage) -> None:
    ids = follow(stage, 4)

    stage.fresh_worker(answers_by_part(stage, ids[1])).track.run()

    assert [stage.order(one).state for one in (1, 3, 4)] == [State.COMPLETED] * 3
    assert (stage.order(2).state, stage.order(2).last_error) == (State.ACTIVE, "Moved")


def test_an_order_about_which_alone_the_panel_errs_is_named_with_its_words_and_reported_when_it_lasts(
    stage: Stage,
) -> None:
    ids = follow(stage, 3)
    order = stage.order()
    changes.apply(stage.db, [OrderChange(order, order._replace(missing=BELIEVED_MISSING - 1), "")], NOW)
    stage.now += SECOND

    stage.fresh_worker(answers_by_part(stage, ids[0])).track.run()

    why = 'the panel fails whenever it is asked about this order (the panel answered with the error "Moved")'
    assert (stage.order().last_error, stage.order().checked_at) == (why, NOW + SECOND)
    assert [stage.order(one).state for one in (2, 3)] == [State.COMPLETED] * 2
    (stuck,) = [one for one in outbox.listed(stage.db) if one.notice.event == "order.stuck"]
    assert (stuck.at, stuck.notice.facts["words"]) == (NOW + SECOND, why)


def test_a_panel_that_answers_nothing_for_one_call_is_not_searched_for_the_next_one(stage: Stage) -> None:
    follow(stage, 20)
    stage.panel.fault("status", "500", None)
    both = threading.Barrier(2)

    def call(request: Request) -> Exchange:
        if len(request.form.get("orders", "").split(",")) == 10:
            both.wait(30)
        return stage.client.call(request)

    stage.fresh_worker(Calls(stage.client, call), ids_per_call=10, connections=2).track.run()

    assert sorted(len(call) for call in calls(stage)) == [1, 5, 5, 10, 10]
    assert {order.due_at for order in orders.listed(stage.db)} == {NOW + MINUTE}


def test_after_a_stop_it_is_not_searched_why_a_call_failed(stage: Stage) -> None:
    follow(stage, 20)
    stage.panel.fault("status", "500", None)

    def call(request: Request) -> Exchange:
        stage.stopping.set()
        return stage.client.call(request)

    stage.fresh_worker(Calls(stage.client, call), connections=1).track.run()

    assert len(calls(stage)) == 1


def test_one_short_answer_alone_does_not_make_calls_smaller(stage: Stage) -> None:
    follow(stage, 30)
    stage.panel.fault("status", "first-ten")

    stage.worker.track.run()

    assert stage.worker.track.ids_per_call == 100


# -- what answers teach ---------------------------------------------------------------------------------


def test_what_orders_of_a_service_took_is_read_once_and_then_learnt(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, read = [0], list[tuple[str, str]]()
    stage.elapsed = lambda: clock[0]

    def durations(_db: Database, panel: str, service: str) -> list[int]:
        read.append((panel, service))
        return []

    monkeypatch.setattr(orders, "durations", durations)
    models = ServiceModels(stage.context())

    models.of("2")
    models.of("4")
    clock[0] += 30 * DAY
    models.of("2")

    assert read == [("p", "2"), ("p", "4")]
    follow(stage, 1)
    stage.worker.track.run()
    assert read[2:] == [("p", "2")]


@pytest.mark.parametrize(
    ("answer", "newest_id"),
    [(Report("Pending", State.ACTIVE), "5001"), (Missing("Incorrect order ID"), None), (None, None)],
)
def test_only_an_id_that_the_panel_reports_is_proven_to_be_ours(
    stage: Stage, answer: Said | None, newest_id: str | None
) -> None:
    follow(stage, 1)
    collector = stage.worker.track._collector()

    collector.add(PollAnswer((), [News(followed(stage.order()), answer)]))
    collector.flush()

    assert stage.order().panel_order_id == "5001"
    assert stage.context().account().newest_id == newest_id


def test_the_parts_that_a_report_lists_are_kept(stage: Stage) -> None:
    follow(stage, 1)
    collector = stage.worker.track._collector()

    said = Report("Pending", State.ACTIVE, parts=("6001",))
    collector.add(PollAnswer((), [News(followed(stage.order()), said)]))
    collector.flush()

    assert parts.whole_of(stage.db, "p", "6001") == 1


def test_a_stall_is_counted_from_when_the_clock_was_set(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uptime.Uptime, "set_at", lambda _clock, now: now - 7)

    assert stage.worker.track._limits().clock_set_at == NOW - 7
