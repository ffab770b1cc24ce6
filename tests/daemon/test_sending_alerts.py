"""The pass that delivers alerts, step by step: when it looks again, what it records, and what it says at the stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.daemon.test_deliver import Desk, Moody, busy, reset
from tests.support.samples import NOW
from tracker.alerts import delivery
from tracker.alerts.delivery import BURST, GATHER
from tracker.alerts.wording import Wording
from tracker.config.kinds import Secret
from tracker.config.target_settings import Target
from tracker.daemon.passes.deliver import CHECK_EVERY, Deliver
from tracker.events import Event, Notice
from tracker.lib.times import MINUTE, SECOND
from tracker.store import deliveries, outbox

DONE = Notice(Event.ORDER_COMPLETED, "p", 7, {"order": {"id": 7, "link": "https://x.example/a"}})


@pytest.fixture
def moody() -> Iterator[Moody]:
    with Moody() as moody:
        yield moody


@pytest.fixture
def desk(tmp_path: Path, moody: Moody) -> Desk:
    return Desk(tmp_path, f"json://127.0.0.1:{moody.port}/", "desk", "night")


def test_an_empty_outbox_is_looked_at_again_soon(desk: Desk) -> None:
    assert desk.deliver.run() == CHECK_EVERY


@pytest.mark.parametrize(("ahead", "wait"), [(2 * SECOND, 2 * SECOND), (60 * SECOND, CHECK_EVERY)])
def test_what_is_due_later_is_waited_for(desk: Desk, moody: Moody, ahead: int, wait: int) -> None:
    desk.now += ahead
    desk.post(DONE)
    desk.now -= ahead

    assert desk.deliver.run() == wait
    assert moody.tries == 0


def test_a_message_that_was_taken_is_marked_and_logged_with_its_size(desk: Desk, moody: Moody) -> None:
    desk.post(DONE)
    desk.now += SECOND

    with capture_logs() as logs:
        assert desk.deliver.run() == CHECK_EVERY

    (sent,) = outbox.listed(desk.db, target="ops")
    assert (sent.state, sent.sent_at) == ("sent", NOW + SECOND)
    assert [(line["target"], line["notices"]) for line in logs if line["event"] == "alert.sent"] == [
        ("ops", 1)
    ]
    assert len(moody.taken) == 1


def test_a_message_that_failed_waits_with_the_reason_and_its_target_is_left_alone(
    desk: Desk, moody: Moody
) -> None:
    moody.moods = [reset]
    desk.post(DONE)

    assert desk.deliver.run() == CHECK_EVERY

    (failed,) = outbox.listed(desk.db, target="ops")
    assert (failed.state, failed.attempts) == ("waiting", 1)
    assert failed.last_error
    known = deliveries.breaker(desk.db, "ops")
    assert (known.failures, known.open_until) == (1, failed.due_at)
    assert known.open_until >= NOW + delivery.SHORTEST_RETRY
    assert outbox.listed(desk.db, target="desk")[0].attempts == 0


def test_after_a_burst_what_comes_is_gathered_for_some_seconds(desk: Desk, moody: Moody) -> None:
    desk.post(*[DONE] * BURST)
    desk.deliver.run()
    desk.post(DONE, DONE)

    assert desk.deliver.run() == GATHER
    assert len(moody.taken) == BURST
    desk.now += GATHER
    desk.deliver.run()
    assert len(moody.taken) == BURST + 1


def test_at_the_stop_what_would_be_gathered_goes_out_at_once(desk: Desk, moody: Moody) -> None:
    desk.post(*[DONE] * BURST)
    desk.deliver.run()
    desk.post(DONE, DONE)
    desk.deliver.stopping.set()

    desk.deliver.drain()

    assert len(moody.taken) == BURST + 2
    assert set(desk.states()) == {"sent"}


def test_a_send_that_fails_at_the_stop_is_not_tried_again_before_the_next_start(
    desk: Desk, moody: Moody
) -> None:
    moody.moods = [reset, reset]
    desk.post(DONE, DONE)

    desk.deliver.drain()

    assert moody.tries == 1


def test_after_the_stop_nothing_more_is_sent_by_a_round(desk: Desk, moody: Moody) -> None:
    desk.post(DONE)
    desk.deliver.stopping.set()

    assert desk.deliver.run() == CHECK_EVERY
    assert moody.tries == 0


def test_of_a_target_that_lost_alerts_every_other_target_learns_how_many_and_why(
    desk: Desk, moody: Moody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "DEAD_AFTER", 0)
    moody.moods = [reset]
    desk.post(DONE, DONE)

    desk.deliver.run()

    assert desk.states() == ["dead", "dead"]
    for target in ("desk", "night"):
        (notice,) = [
            one.notice
            for one in outbox.listed(desk.db, target=target)
            if one.notice.event is Event.ALERT_DEAD
        ]
        assert notice.facts == {
            "target": "ops",
            "error": outbox.listed(desk.db, "dead")[0].last_error,
            "count": 2,
        }
        assert outbox.listed(desk.db, target=target)[0].at == NOW


def test_texts_of_the_config_are_used(desk: Desk, moody: Moody) -> None:
    target = Target("ops", Secret(f"json://127.0.0.1:{moody.port}/"))
    texts = Wording({"order.completed": "it is finished"})
    said = Deliver(target, desk.db, lambda: desk.now, threading.Event(), texts)
    desk.post(DONE)
    said.run()

    assert b"it is finished" in moody.taken[0]


def test_a_test_message_is_given_up_after_ten_minutes_and_others_are_not(desk: Desk, moody: Moody) -> None:
    moody.moods = [reset, reset]
    desk.post(Notice(Event.ALERT_TEST, facts={"target": "ops"}))
    desk.deliver.run()
    desk.now += 11 * MINUTE
    desk.post(DONE)
    desk.deliver.run()
    desk.now = deliveries.breaker(desk.db, "ops").open_until
    desk.deliver.run()

    assert len(moody.taken) == 1
    assert b"Test message" not in moody.taken[0]


def test_at_the_stop_a_burst_that_was_gathered_long_enough_goes_out_as_one_message(
    desk: Desk, moody: Moody
) -> None:
    desk.post(*[DONE] * BURST)
    desk.deliver.run()
    desk.post(DONE, DONE)
    desk.now += GATHER

    desk.deliver.drain()

    assert len(moody.taken) == BURST + 1


def test_each_failure_in_a_row_counts_and_the_wait_that_a_target_asks_for_is_kept(
    desk: Desk, moody: Moody
) -> None:
    moody.moods = [reset, busy]
    desk.post(DONE)
    desk.deliver.run()
    desk.now = deliveries.breaker(desk.db, "ops").open_until

    desk.deliver.run()

    known = deliveries.breaker(desk.db, "ops")
    assert known.failures == 2
    assert known.open_until >= desk.now + 77 * SECOND


def test_a_digest_names_its_target_and_uses_the_texts_of_the_config(desk: Desk, moody: Moody) -> None:
    target = Target("ops", Secret(f"json://127.0.0.1:{moody.port}/"))
    said = Deliver(
        target, desk.db, lambda: desk.now, threading.Event(), Wording({"order.completed": "it is finished"})
    )
    moody.moods = [reset]
    desk.post(DONE, Notice(Event.BALANCE_LOW, "p"))
    said.run()
    desk.now = deliveries.breaker(desk.db, "ops").open_until

    said.run()

    assert len(moody.taken) == 1
    assert b"it is finished" in moody.taken[0]
