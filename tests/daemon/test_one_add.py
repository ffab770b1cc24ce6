"""One order's way from the queue to the wire, seen at the moment in which its request leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.samples import NOW, a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.accounts.account import Account, after_pause
from tracker.daemon.fencing import SEND_WITHIN, TOO_LATE
from tracker.daemon.passes.submit import KEY_BYTES, Placeable
from tracker.lib.http import Permit
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.cost import estimate
from tracker.orders.order import Order, Series, State
from tracker.orders.submission import ADD_MARGIN
from tracker.panel.exchange import Exchange, Request
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.practice.validation import DripFeedRule
from tracker.reconciliation.apart import Unsettled
from tracker.store import attempts
from tracker.store.database import StorageFault
from tracker.store.engines.engine import Sole


def placeable(stage: Stage) -> tuple[Placeable, Account]:
    """The one order of the stage, as it is given to be sent, and the account."""
    order = stage.order()
    return Placeable(order, estimate(order, None)), stage.context().account()


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


class CutOff(Watched):
    """A client that reads no answer: the process has no thread or no file left for it, say."""

    def send_once(self, request: Request, permit: Permit, timeout: int | None = None) -> Exchange:
        super().send_once(request, permit, timeout)
        raise RuntimeError("can't start new thread")


class Full(Watched):
    """A client that gives no slot: nothing is to be sent any more."""

    def acquire_slot(self) -> bool:
        """Give none."""
        return False


class Slow(Watched):
    """A client that gives a slot only after something else has happened."""

    def __init__(self, stage: Stage, meanwhile: Callable[[], object]) -> None:
        super().__init__(stage)
        self._meanwhile = meanwhile

    def acquire_slot(self) -> bool:
        """Let it happen first."""
        self._meanwhile()
        return True


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
    assert attempts.last_attempt(stage.db, 1).status == 200


def test_what_gets_its_turn_too_long_after_its_intent_is_not_sent(stage: Stage) -> None:
    clock = [0]

    def elapsed() -> int:
        clock[0] += SEND_WITHIN + 1
        return clock[0]

    stage.elapsed = elapsed
    worker = stage.fresh_worker()
    enqueued(stage.db, a_draft(service="2"))

    with capture_logs() as logs:
        worker.submit._send(*placeable(stage), Sole())

    assert (stage.order().state, stage.order().last_error) == (State.QUEUED, TOO_LATE)
    assert [line["why"] for line in logs if line["event"] == "add.not_sent"] == [TOO_LATE]
    assert stage.panel.requests.count("add") == 0
    assert stage.context().account().failures == 0


@pytest.mark.sqlite
def test_an_add_takes_two_commits_and_few_statements(
    stage: Stage,
) -> None:
    enqueued(stage.db, *(a_draft(f"https://x.example/{n}", service="2") for n in range(3)))
    connection, said = stage.db.engine.peewee.connection(), list[str]()
    submit = stage.fresh_worker().submit
    submit.run()
    enqueued(stage.db, *(a_draft(f"https://x.example/more/{n}", service="2") for n in range(2)))

    connection.set_trace_callback(said.append)
    submit.run()
    connection.set_trace_callback(None)

    begins = [n for n, statement in enumerate(said) if "priority <" in statement]
    one = said[begins[0] : begins[1]]  # from the choice of an order to the choice of the next
    assert one.count("COMMIT") == 2
    assert sum("FROM accounts WHERE" in statement for statement in one) == 3
    assert len(one) <= 32, "\n".join(one)


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
        submit._send(*placeable(stage), Sole())

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


@pytest.mark.sqlite
def test_a_lease_that_is_lost_while_waiting_for_a_slot_ends_the_pass_with_nothing_on_record(
    stage: Stage,
) -> None:
    enqueued(stage.db, a_draft(service="2"))
    with ExitStack() as stack:
        slow = Slow(stage, lambda: stack.enter_context(stage.without_lease("submit:p")))
        assert stage.fresh_worker(slow).submit.run() == 5 * SECOND

    assert stage.order().attempts == 0


def test_an_account_that_is_paused_while_waiting_for_a_slot_has_nothing_on_record(stage: Stage) -> None:
    enqueued(stage.db, a_draft(service="2"))
    pause = partial(after_pause, now=NOW)

    wait = stage.fresh_worker(Slow(stage, lambda: stage.context().update_account(pause))).submit.run()

    assert (wait, stage.order().attempts) == (5 * SECOND, 0)


# -- what is on record of an attempt that may be asked again --------------------------------------------


KEYED = "{base: tagrani, idempotency_field: request_id}"
WINDOW = "{base: tagrani, dedupe_window: 3m}"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Callable[[str], Stage]]:
    """A stage with this dialect, after its first order; same links are allowed."""
    clock = [NOW]
    stages: list[Stage] = []
    with PracticePanel(Behaviour(pace=0, dedupe_window=180), clock=lambda: clock[0] / SECOND) as panel:

        def make(dialect: str) -> Stage:
            stages.append(Stage(tmp_path, panel, "allow", dialect))
            stages[0].elapsed = lambda: stages[0].now
            enqueued(stages[0].db, a_draft("https://x.example/first", service="2"))
            stages[0].worker.submit.run()
            stages[0].worker.track.run()
            return stages[0]

        yield make
        stages[0].client.close()


@pytest.mark.parametrize(
    ("dialect", "length", "has_digest"),
    [("tagrani", None, False), (WINDOW, None, True), (KEYED, 2 * KEY_BYTES, True)],
)
def test_an_attempt_keeps_its_key_and_what_tells_its_request_from_others(
    shop: Callable[[str], Stage], dialect: str, length: int | None, has_digest: bool
) -> None:
    stage = shop(dialect)
    kept = attempts.last_attempt(stage.db, 1)
    context = stage.context()

    assert (None if kept.request_key is None else len(kept.request_key)) == length
    assert [seen.form.get("request_id") for seen in stage.panel.requests.of("add")] == [kept.request_key]
    digest = context.digest_of(context.dialect.add(stage.order(), kept.request_key))
    assert kept.request_digest == (digest if has_digest else None)


@pytest.mark.parametrize(("dialect", "asked"), [("tagrani", 1), (WINDOW, 2), (KEYED, 2)])
def test_a_lost_add_is_asked_again_where_the_panel_takes_it_once(
    shop: Callable[[str], Stage], dialect: str, asked: int
) -> None:
    stage = shop(dialect)
    stage.panel.fault("add", "close-after")
    enqueued(stage.db, a_draft("https://x.example/lost", service="2"))
    stage.worker.submit.run()
    assert stage.order(2).state is State.UNKNOWN
    stage.now += 35 * SECOND

    stage.worker.submit.run()

    assert stage.panel.requests.count("add") == 1 + asked
    assert len(stage.panel.state.ledger) == 2


def test_an_order_that_the_panel_would_take_for_the_one_before_is_put_off(
    shop: Callable[[str], Stage],
) -> None:
    stage = shop(WINDOW)
    enqueued(stage.db, a_draft("https://x.example/first", service="2"), a_draft("https://x.example/b", service="2"))  # fmt: skip

    stage.worker.submit.run()

    assert (stage.order(2).state, stage.order(2).due_at) == (State.QUEUED, NOW + 3 * MINUTE + ADD_MARGIN)
    assert stage.order(3).state is State.ACTIVE


@pytest.mark.parametrize(("quantity", "units", "charge"), [("run", 500, 350), ("total", 100, 70)])
def test_a_drip_feed_is_checked_and_recorded_by_the_panels_own_rules(
    tmp_path: Path, quantity: str, units: int, charge: int
) -> None:
    rule = DripFeedRule(quantity, "run")
    with PracticePanel(Behaviour(dialect="perfectpanel", pace=0, drip_feed=rule)) as panel:
        limits = f"{{base: perfectpanel, drip_feed_quantity: {quantity}, drip_feed_limits: run}}"
        stage = Stage(tmp_path, panel, dialect=limits)
        panel.state.services[11] = replace(panel.state.services[11], minimum=10, maximum=300)
        enqueued(stage.db, a_draft(service="11", fields={"runs": "5", "interval": "5"}))

        watched = Watched(stage)

        stage.fresh_worker(watched).submit.run()

        ((order, _),) = watched.seen
        assert (order.units, order.series, order.expected_charge) == (units, Series.RUNS, Decimal(charge))
        assert stage.order().state is State.ACTIVE
        stage.client.close()


def test_what_costs_the_same_as_a_lost_order_is_passed_over_and_keeps_its_place(tmp_path: Path) -> None:
    rule = DripFeedRule("total", "run")
    with PracticePanel(Behaviour(dialect="perfectpanel", pace=0, drip_feed=rule)) as panel:
        dialect = "{base: perfectpanel, drip_feed_quantity: total, drip_feed_limits: run}"
        stage = Stage(tmp_path, panel, dialect=dialect)
        panel.state.services[11] = replace(panel.state.services[11], minimum=10)
        panel.fault("add", "reset-before")
        enqueued(stage.db, a_draft("https://x.example/lost", service="11"))
        stage.worker.submit.run()
        assert (stage.order().state, stage.order().expected_charge) == (State.UNKNOWN, Decimal(70))
        stage.now += 10 * SECOND
        drip = {"runs": "5", "interval": "5"}
        enqueued(
            stage.db,
            a_draft("https://x.example/alike", service="11", fields=drip),
            a_draft("https://x.example/refused", service="99"),
            a_draft("https://x.example/dearer", service="11", quantity=200),
            now=stage.now - 1,
        )

        wait = stage.worker.submit.run()

        states = [stage.order(one).state for one in (2, 3, 4)]
        assert states == [State.QUEUED, State.REJECTED, State.ACTIVE]
        assert stage.order(2).due_at == stage.now - 1
        assert wait == 5 * SECOND
        stage.client.close()


@pytest.mark.parametrize(("rest", "wait"), [(2 * SECOND, 2 * SECOND), (HOUR, 5 * SECOND)])
def test_what_was_passed_over_is_looked_at_again_when_its_lost_order_is_settled(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, rest: int, wait: int
) -> None:
    enqueued(stage.db, a_draft(service="2"))
    submit = stage.worker.submit
    monkeypatch.setattr(submit.reconcile.losses, "unsettled", lambda _lost: [Unsettled(7, None, rest)])

    assert submit.run() == wait
    assert stage.order().attempts == 0


def test_an_add_that_an_exception_cut_off_is_unknown_in_the_next_round_and_never_sent_again(
    stage: Stage,
) -> None:
    enqueued(stage.db, a_draft(service="2"))
    worker = stage.fresh_worker(CutOff(stage))
    with pytest.raises(RuntimeError):
        worker.submit.run()
    assert stage.order().state is State.SUBMITTING

    for _ in range(3):
        worker.submit.run()

    assert stage.order().state is State.UNKNOWN
    assert len(stage.panel.state.ledger) == 1
