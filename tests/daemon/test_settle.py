"""What is written of each answer to an `add`: on time, late, twice, or of a process that died."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.samples import NOW, a_draft, an_intent, claim_for_add, enqueued
from tests.support.worker_stage import Stage
from tracker.accounts.account import AccountChange
from tracker.accounts.ids import after_own_ids
from tracker.daemon.fencing import LEASE_LOST, TOO_LATE, was_dropped
from tracker.daemon.passes import persist as persist_part
from tracker.daemon.passes.adopt import adopt
from tracker.daemon.passes.own_ids import OwnIds
from tracker.daemon.passes.persist import persist
from tracker.daemon.passes.settle import NOT_CONFIRMED, PLAIN, Settle
from tracker.daemon.restore_guard import REMEMBERED
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.change import Intent, OrderChange
from tracker.orders.order import Order, State
from tracker.orders.resolution import By, after_release
from tracker.orders.submission import ADD_MARGIN, after_crash
from tracker.panel.dialects.custom import custom
from tracker.panel.exchange import Exchange, Request
from tracker.store import attempts, changes, evidence, order_history, parts
from tracker.store.database import StorageFault

ADD = Request("add", {})
LOOKS_FIRST = 2 * SECOND


@pytest.fixture(params=["the answer is kept first", "a plain one is settled at once"])
def settle(request: pytest.FixtureRequest, stage: Stage) -> Settle:
    """The part of the pass that settles; where the account is known, a plain acceptance takes the short way."""
    if request.param == "a plain one is settled at once":
        known_account(stage)
    return fresh(stage)


def known_account(stage: Stage) -> None:
    with stage.db.transaction():
        stage.db.sql("INSERT INTO accounts (panel) VALUES ('p')")


def fresh(stage: Stage) -> Settle:
    """The part of the pass that settles, as after a start."""
    context = stage.context()
    return Settle(context, partial(adopt, context), OwnIds(context, stage.worker.track.poll))


def claimed(stage: Stage, **intent: Any) -> tuple[Order, int, Intent]:
    """An order whose intent is on record, as right before its request goes out."""
    (order,) = enqueued(stage.db, a_draft(service="2", ref="mine"))
    known = an_intent(**{"newest_id": None, **intent})
    found = claim_for_add(stage.db, order, known)
    assert found is not None
    return found[0].after, found[1], known


def answered(panel_order_id: int | str) -> Exchange:
    return Exchange(ADD, True, 200, {}, f'{{"order": {panel_order_id}}}'.encode())


def lost_meanwhile(stage: Stage, order: Order, intent: Intent) -> Order:
    """Another daemon has called the order lost."""
    return changes.apply(stage.db, [after_crash(order, intent)], stage.now)[0].after


NO_ANSWER = Exchange(ADD, True, error="ReadTimeout", whole=False)


def test_an_accepted_order_is_polled_as_soon_as_a_poll_may_come(stage: Stage, settle: Settle) -> None:
    order, attempt_id, intent = claimed(stage)

    settle.keep_and_settle(order, attempt_id, intent, answered(105))

    after = stage.order()
    assert (after.state, after.panel_order_id, after.due_at) == (State.ACTIVE, "105", NOW + MINUTE)
    assert stage.context().account().answered_id == "105"
    kept = attempts.last_attempt(stage.db, order.id)
    assert (kept.body, kept.answered_at) == (b'{"order": 105}', NOW)


def test_a_lost_answer_is_first_looked_for_two_seconds_later_and_counts_as_a_failure(
    stage: Stage, settle: Settle
) -> None:
    order, attempt_id, intent = claimed(stage)
    stage.now += SECOND

    settle.keep_and_settle(order, attempt_id, intent, NO_ANSWER)

    assert (stage.order().state, stage.order().due_at) == (State.UNKNOWN, NOW + SECOND + LOOKS_FIRST)
    assert stage.context().account().failures == 1


@pytest.mark.parametrize("why", [LEASE_LOST, TOO_LATE])
def test_what_was_dropped_here_says_nothing_of_the_panel(stage: Stage, settle: Settle, why: str) -> None:
    order, attempt_id, intent = claimed(stage)

    settle.keep_and_settle(order, attempt_id, intent, Exchange(ADD, False, error=why))

    assert stage.order().state is State.QUEUED
    assert stage.context().account().failures == 0


def test_a_request_that_could_not_leave_counts_against_the_panel(stage: Stage, settle: Settle) -> None:
    order, attempt_id, intent = claimed(stage)

    settle.keep_and_settle(order, attempt_id, intent, Exchange(ADD, False, error="ConnectError"))

    assert stage.order().state is State.QUEUED
    assert stage.context().account().failures == 1


def test_only_what_a_permit_refused_was_dropped() -> None:
    assert was_dropped(Exchange(ADD, False, error=TOO_LATE))
    assert not was_dropped(Exchange(ADD, True, error=TOO_LATE))
    assert not was_dropped(Exchange(ADD, False, error="ConnectError"))
    assert not was_dropped(Exchange(ADD, False))


@pytest.mark.parametrize(
    ("body", "woken", "suspect_charge"),
    [
        (b'{"error": "Not enough funds on balance"}', ["balance"], None),
        (b'{"error": "Bad link"}', [], None),
        (b'{"error": "The moon is full"}', ["balance"], 3000),  # perhaps for lack of funds
        (b"[]", [], None),
    ],
)
def test_only_a_refusal_that_may_be_for_lack_of_funds_has_the_wallet_read_at_once(
    stage: Stage, settle: Settle, body: bytes, woken: list[str], suspect_charge: int | None
) -> None:
    order, attempt_id, intent = claimed(stage)

    settle.keep_and_settle(order, attempt_id, intent, Exchange(ADD, True, 200, {}, body))

    assert stage.woken == woken
    assert stage.context().account().suspect_charge == suspect_charge


# -- a plain acceptance, in one commit --------------------------------------------------------------------


@pytest.mark.sqlite
@pytest.mark.parametrize(("more", "commits"), [("", 1), (" " * PLAIN, 2)])
def test_a_plain_acceptance_takes_one_commit_and_a_long_answer_is_kept_before_it_is_read(
    stage: Stage, more: str, commits: int
) -> None:
    known_account(stage)
    order, attempt_id, intent = claimed(stage)
    said: list[str] = []
    stage.db.engine.peewee.connection().set_trace_callback(said.append)

    fresh(stage).keep_and_settle(order, attempt_id, intent, answered(f"105{more}"))

    stage.db.engine.peewee.connection().set_trace_callback(None)
    assert said.count("COMMIT") == commits
    assert (stage.order().state, stage.order().panel_order_id) == (State.ACTIVE, "105")
    assert attempts.last_attempt(stage.db, order.id).body == f'{{"order": 105{more}}}'.encode()
    assert stage.context().account().answered_id == "105"


@pytest.mark.sqlite
def test_an_answer_that_cannot_be_settled_is_kept_all_the_same(stage: Stage) -> None:
    known_account(stage)
    order, attempt_id, intent = claimed(stage)
    stage.db.sql(
        "CREATE TRIGGER full BEFORE INSERT ON history BEGIN SELECT RAISE(ABORT, 'no room for history'); END"
    )
    stage.stopping.set()

    with pytest.raises(StorageFault):
        fresh(stage).keep_and_settle(order, attempt_id, intent, answered(105))

    assert stage.order().state is State.SUBMITTING
    assert attempts.last_attempt(stage.db, order.id).body == b'{"order": 105}'
    stage.db.sql("DROP TRIGGER full")
    fresh(stage).recover()
    assert (stage.order().state, stage.order().panel_order_id) == (State.ACTIVE, "105")


# -- ids that do not fit --------------------------------------------------------------------------------


def test_the_same_answer_settled_twice_is_believed_twice(stage: Stage, settle: Settle) -> None:
    """A commit whose confirmation was lost: the id is the order's own already, and no other's."""
    order, attempt_id, intent = claimed(stage)
    settle.keep_and_settle(order, attempt_id, intent, answered(105))
    active = stage.order()

    with capture_logs() as logs:
        settle.keep_and_settle(order, attempt_id, intent, answered(105))

    assert stage.order() == active
    assert stage.context().account().ids_doubt is None
    assert "answer.late" not in [line["event"] for line in logs]
    assert stage.alerts() == []


def test_an_id_that_another_order_has_makes_the_order_unknown_and_stops_the_account(
    stage: Stage, settle: Settle
) -> None:
    enqueued(stage.db, a_draft("https://x.example/elsewhere", panel_order_id="105"))
    order, attempt_id, intent = claimed(stage)

    settle.keep_and_settle(order, attempt_id, intent, answered(105))

    assert stage.order(2).state is State.UNKNOWN
    assert "order 1's already" in (stage.context().account().ids_doubt or "")


def test_an_id_that_is_a_part_of_another_order_is_not_believed(stage: Stage, settle: Settle) -> None:
    enqueued(stage.db, a_draft("https://x.example/drip", panel_order_id="100"))
    with stage.db.transaction():
        parts.keep(stage.db, [("p", "105", 1), ("q", "106", 1)])
    order, attempt_id, intent = claimed(stage)

    settle.keep_and_settle(order, attempt_id, intent, answered(105))

    assert stage.order(2).state is State.UNKNOWN
    assert "order 1's already" in (stage.context().account().ids_doubt or "")


def seen_by_a_check(stage: Stage, number: int) -> None:
    """A check of lost orders has found an id to be the account's."""
    with stage.db.transaction():
        evidence.keep_probes(stage.db, "p", [], [number], 0)


@pytest.mark.parametrize(("number", "state"), [(105, State.UNKNOWN), (106, State.ACTIVE)])
def test_an_id_that_a_check_has_found_before_the_order_was_sent_is_not_believed(
    stage: Stage, settle: Settle, number: int, state: State
) -> None:
    seen_by_a_check(stage, number)
    order, attempt_id, intent = claimed(stage)

    settle.keep_and_settle(order, attempt_id, intent, answered(105))

    assert stage.order().state is state
    assert ("a check of lost orders found it" in (stage.order().last_error or "")) is (state is State.UNKNOWN)


def test_an_id_that_a_check_has_found_since_the_order_was_called_lost_may_be_its_own(
    stage: Stage, settle: Settle
) -> None:
    (panel_id,) = stage.panel.state.fill(1, service=2)
    order, attempt_id, intent = claimed(stage)
    lost_meanwhile(stage, order, intent)
    seen_by_a_check(stage, panel_id)

    settle.keep_and_settle(order, attempt_id, intent, answered(panel_id))

    assert (stage.order().state, stage.order().panel_order_id) == (State.ACTIVE, str(panel_id))


def test_an_answer_with_such_an_id_that_comes_after_the_next_attempt_is_reported(
    stage: Stage, settle: Settle
) -> None:
    order, attempt_id, intent = claimed(stage)
    lost = lost_meanwhile(stage, order, intent)
    (queued,) = changes.apply(stage.db, [after_release(lost, By.OPERATOR, NOW)], NOW)
    claim_for_add(stage.db, queued.after, an_intent(at=NOW + 1))
    seen_by_a_check(stage, 105)

    with capture_logs() as logs:
        settle.keep_and_settle(order, attempt_id, intent, answered(105))

    assert [line["panel_order_id"] for line in logs if line["event"] == "answer.late"] == ["105"]


@pytest.mark.parametrize(
    ("answer", "state"),
    [(104, State.ACTIVE), (103, State.UNKNOWN), (99, State.UNKNOWN), (99_999_999_999, State.UNKNOWN)],
)
def test_an_id_must_be_above_the_newest_one_before(
    stage: Stage, settle: Settle, answer: int, state: State
) -> None:
    order, attempt_id, intent = claimed(stage, newest_id="103")

    settle.keep_and_settle(order, attempt_id, intent, answered(answer))

    assert stage.order().state is state


# -- an answer that comes late --------------------------------------------------------------------------


def test_a_late_answer_is_adopted_once_the_panel_confirms_it(stage: Stage, settle: Settle) -> None:
    (panel_id,) = stage.panel.state.fill(1, service=2)
    order, attempt_id, intent = claimed(stage)
    lost_meanwhile(stage, order, intent)

    settle.keep_and_settle(order, attempt_id, intent, answered(panel_id))

    assert (stage.order().state, stage.order().panel_order_id) == (State.ACTIVE, str(panel_id))
    assert (
        order_history.changes_of(stage.db, stage.order())[-1].why
        == f"adopted as {panel_id} by {By.LATE_ANSWER}"
    )


def test_a_late_proof_that_nothing_was_sent_queues_the_order_again(stage: Stage, settle: Settle) -> None:
    order, attempt_id, intent = claimed(stage)
    lost_meanwhile(stage, order, intent)
    stage.now += HOUR

    settle.keep_and_settle(order, attempt_id, intent, Exchange(ADD, False, error=LEASE_LOST))

    assert (stage.order().state, stage.order().due_at, stage.order().last_error) == (
        State.QUEUED,
        NOW,
        LEASE_LOST,
    )
    assert order_history.changes_of(stage.db, stage.order())[-1].at == NOW + HOUR


@pytest.mark.parametrize(
    ("exchange", "is_logged"),
    [(answered(5001), True), (Exchange(ADD, False, error=LEASE_LOST), False), (NO_ANSWER, False)],
)
def test_an_answer_to_an_attempt_before_the_last_one_changes_nothing(
    stage: Stage, settle: Settle, exchange: Exchange, is_logged: bool
) -> None:
    stage.panel.state.fill(1, service=2)
    order, attempt_id, intent = claimed(stage)
    queued = changes.apply(
        stage.db, [after_release(lost_meanwhile(stage, order, intent), By.OPERATOR, NOW)], NOW
    )[0].after
    again = claim_for_add(stage.db, queued, an_intent(at=NOW + 1))
    assert again is not None
    lost = lost_meanwhile(stage, again[0].after, an_intent(at=NOW + 1))

    with capture_logs() as logs:
        settle.keep_and_settle(order, attempt_id, intent, exchange)

    assert stage.order() == lost
    late = [line for line in logs if line["event"] == "answer.late"]
    why = "the order was settled in another way meanwhile: it may be paid twice"
    said = {"panel": "p", "order": 1, "panel_order_id": "5001", "why": why}
    assert [{name: line[name] for name in said} for line in late] == ([said] if is_logged else [])


def test_a_late_answer_with_another_id_than_the_adopted_one_is_reported(stage: Stage, settle: Settle) -> None:
    order, attempt_id, intent = claimed(stage)
    lost = lost_meanwhile(stage, order, intent)
    taken = OrderChange(lost, lost._replace(state=State.ACTIVE, panel_order_id="5001"), "adopted")
    changes.apply(stage.db, [taken], NOW)

    with capture_logs() as logs:
        settle.keep_and_settle(order, attempt_id, intent, answered(5002))
        settle.keep_and_settle(order, attempt_id, intent, answered(5001))

    assert [line["panel_order_id"] for line in logs if line["event"] == "answer.late"] == ["5002"]
    assert stage.order().panel_order_id == "5001"


# -- what a dead process left ---------------------------------------------------------------------------


@pytest.mark.parametrize("shared", [False, True])
def test_an_order_without_an_answer_is_unknown_and_looked_for_when_its_add_is_surely_over(
    stage: Stage, shared: bool
) -> None:
    stage.share(shared)
    _, _, intent = claimed(stage)

    fresh(stage).recover()

    # Where several machines share the database, one of them may have lost it and not the panel.
    over_at = NOW + stage.context().panel.add_timeout + ADD_MARGIN if shared else 0
    assert (stage.order().state, stage.order().due_at) == (State.UNKNOWN, max(over_at, NOW + LOOKS_FIRST))
    assert stage.context().account().failures == 0
    assert intent.at == NOW


def test_an_answer_that_a_dead_process_kept_settles_its_order(stage: Stage) -> None:
    _, attempt_id, _ = claimed(stage)
    attempts.keep(stage.db, attempt_id, answered(105), NOW)

    fresh(stage).recover()

    assert (stage.order().state, stage.order().panel_order_id) == (State.ACTIVE, "105")


def test_an_unknown_order_that_was_proven_never_sent_is_queued_again(stage: Stage) -> None:
    order, attempt_id, intent = claimed(stage)
    lost_meanwhile(stage, order, intent)
    attempts.keep(stage.db, attempt_id, Exchange(ADD, False, error="no lease"), NOW)

    fresh(stage).recover()

    assert (stage.order().state, stage.order().last_error) == (State.QUEUED, "no lease")


# -- an intent of which it is not known whether it was recorded -----------------------------------------


def test_that_nothing_was_sent_is_kept_as_soon_as_the_intent_shows(stage: Stage, settle: Settle) -> None:
    (order,) = enqueued(stage.db, a_draft(service="2"))
    intent = an_intent()
    settle.never_sent(order, intent)
    stage.now += REMEMBERED
    settle.keep_never_sent()  # it is not there, and may still come
    claim_for_add(stage.db, order, intent)

    settle.keep_never_sent()

    kept = attempts.last_attempt(stage.db, order.id)
    assert (kept.begun, kept.error, kept.answered_at) == (False, NOT_CONFIRMED, NOW + REMEMBERED)


def test_an_intent_that_does_not_show_within_an_hour_is_forgotten(stage: Stage, settle: Settle) -> None:
    (order,) = enqueued(stage.db, a_draft(service="2"))
    settle.never_sent(order, an_intent())
    stage.now += REMEMBERED + 1
    settle.keep_never_sent()
    claim_for_add(stage.db, order, an_intent())

    settle.keep_never_sent()

    assert attempts.last_attempt(stage.db, order.id).answered_at is None


def test_what_was_kept_once_is_not_kept_with_a_later_attempt(stage: Stage, settle: Settle) -> None:
    order, _, intent = claimed(stage)
    settle.never_sent(order, intent)
    settle.keep_never_sent()
    settle.recover()
    again = claim_for_add(stage.db, stage.order(), an_intent(at=NOW))
    assert again is not None

    settle.keep_never_sent()

    assert attempts.last_attempt(stage.db, order.id).answered_at is None


# -- an answer that the disk refuses --------------------------------------------------------------------


def refusing(times: int, result: str = "written") -> Callable[[], str]:
    """A write that the disk refuses so many times."""
    left = [times]

    def write() -> str:
        left[0] -= 1
        if left[0] >= 0:
            raise StorageFault("the disk is full")
        return result

    return write


def test_a_write_that_the_disk_refuses_is_tried_until_it_succeeds(
    stage: Stage, settle: Settle, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(persist_part, "WRITE_DELAY", 1)
    order, _, _ = claimed(stage)

    with capture_logs() as logs:
        found = persist(stage.context(), refusing(3), order, lambda: "105")

    said = [line for line in logs if line["event"] == "answer.write_failed"]
    assert found == "written"
    assert [(line["panel"], line["order"], line["panel_order_id"], line["why"]) for line in said] == [
        ("p", 1, "105", "the disk is full")
    ] * 3
    assert capsys.readouterr().err == ""


AFTER_START = "if it is unknown after the next start"


@pytest.mark.parametrize(
    ("ref", "panel_order_id", "sentence"),
    [
        ("mine", "105", f"panel p took order 1 (mine) as 105, which could not be written (the disk is full); {AFTER_START}: tracker resolve 1 --adopt 105"),
        (None, "105", f"panel p took order 1 as 105, which could not be written (the disk is full); {AFTER_START}: tracker resolve 1 --adopt 105"),
        ("mine", None, f"the answer to order 1 (mine) could not be written (the disk is full); {AFTER_START}, look for it on the page of panel p"),
    ],
)  # fmt: skip
def test_at_the_stop_the_operator_learns_what_could_not_be_written(
    stage: Stage, settle: Settle, capsys: pytest.CaptureFixture[str], ref: str | None, panel_order_id: str | None, sentence: str
) -> None:  # fmt: skip
    order, _, _ = claimed(stage)
    stage.stopping.set()

    with pytest.raises(StorageFault):
        persist(stage.context(), refusing(1), order._replace(ref=ref), lambda: panel_order_id)

    assert capsys.readouterr().err == f"{sentence}\n"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "refuse",
    [
        "PRAGMA query_only = 1",
        "CREATE TRIGGER full BEFORE UPDATE OF state ON orders BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    ],
)
def test_whichever_write_fails_the_order_and_the_id_that_was_paid_for_are_named(
    stage: Stage, settle: Settle, capsys: pytest.CaptureFixture[str], refuse: str
) -> None:
    order, attempt_id, intent = claimed(stage)
    stage.stopping.set()
    stage.db.sql(refuse)

    with pytest.raises(StorageFault):
        settle.keep_and_settle(order, attempt_id, intent, answered(105))

    stage.db.sql("PRAGMA query_only = 0")
    assert capsys.readouterr().err.startswith(
        "panel p took order 1 (mine) as 105, which could not be written"
    )


def test_while_an_answer_cannot_be_written_the_pass_counts_as_alive(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persist_part, "WRITE_DELAY", 1)
    alive: list[str] = []
    context = replace(stage.context(), note_progress=alive.append)

    persist(context, refusing(2), claimed(stage)[0], lambda: None)

    assert alive == ["submit", "submit"]


@pytest.mark.parametrize(
    ("exchange", "newest_id", "accepted_as"),
    [
        (answered(105), None, "105"),
        (answered(105), "104", "105"),
        (answered(105), "105", None),
        (NO_ANSWER, None, None),
    ],
)
def test_the_id_that_is_named_is_the_one_that_the_answer_proves(
    settle: Settle, exchange: Exchange, newest_id: str | None, accepted_as: str | None
) -> None:
    assert settle._accepted_as(an_intent(newest_id=newest_id), exchange) == accepted_as


# -- which id the next one must be above ----------------------------------------------------------------


def own_ids(stage: Stage) -> OwnIds:
    return OwnIds(stage.context(), stage.worker.track.poll)


def known_ids(stage: Stage, newest_id: str | None = None, answered_id: str | None = None) -> None:
    stage.context().update_account(
        lambda account: AccountChange(after_own_ids(account, [newest_id])._replace(answered_id=answered_id))
    )


def placed(stage: Stage, panel_order_id: str, **after: Any) -> Order:
    """An active order that was sent with the panel's id, and not polled yet."""
    (order,) = enqueued(stage.db, a_draft(panel_order_id=panel_order_id))
    changed = order._replace(**{"submitted_at": NOW, **after})
    changes.apply(stage.db, [OrderChange(order, changed, "")], NOW)
    return changed


@pytest.mark.parametrize("panel_order_id", ["5001", "4999"])
def test_the_panel_is_asked_about_the_order_before_where_two_answers_contradict_each_other(
    stage: Stage, panel_order_id: str
) -> None:
    (real,) = stage.panel.state.fill(1, service=2)
    placed(stage, str(real))
    known_ids(stage, "4000", str(real))

    found = own_ids(stage).floor_for(panel_order_id, an_intent(newest_id="4000"))

    assert found == str(real)  # confirmed, so the new one must be above it
    assert stage.panel.requests.count("status") == 1
    assert stage.order().panel_status is not None


@pytest.mark.parametrize(
    ("panel_order_id", "answered_id", "order", "asked", "lowest"),
    [
        ("5002", "5001", {}, 0, "4000"),  # it grows
        ("5000", None, {}, 0, "4000"),  # nothing was answered before
        ("5000", "5003", {}, 0, "4000"),  # no order here has it
        ("5000", "5001", {"submitted_at": NOW + 1}, 0, "4000"),  # this answer came late
        ("5000", "5001", {"panel_status": "Pending"}, 0, "5001"),  # confirmed already
        ("5000", "5001", {"missing": 1}, 0, "4000"),  # denied already
        ("5000", "5001", {"state": State.COMPLETED}, 0, "5001"),
        ("5000", "5001", {"submitted_at": None}, 1, "4000"),  # the panel denies it now
    ],
)
def test_the_order_before_is_asked_about_only_where_that_can_decide(
    stage: Stage, panel_order_id: str, answered_id: str | None, order: dict[str, Any], asked: int, lowest: str
) -> None:
    placed(stage, "5001", **order)
    known_ids(stage, "4000", answered_id)

    found = own_ids(stage).floor_for(panel_order_id, an_intent(newest_id="4000"))

    assert (found, stage.panel.requests.count("status")) == (lowest, asked)


def test_the_first_answered_order_is_asked_about_once(stage: Stage) -> None:
    (real,) = stage.panel.state.fill(1, service=2)
    placed(stage, str(real))
    confirming = own_ids(stage)
    confirming.confirm_first(stage.context().account())
    assert stage.panel.requests.count("status") == 0  # nothing was answered

    known_ids(stage, None, str(real))
    stage.panel.fault("status", "500")
    confirming.confirm_first(stage.context().account())
    confirming.confirm_first(stage.context().account())
    assert stage.panel.requests.count("status") == 1

    known_ids(stage, None, "5002")
    confirming.confirm_first(stage.context().account())  # no order here has that id
    assert stage.panel.requests.count("status") == 1


def test_nothing_is_asked_where_an_id_is_confirmed_or_ids_do_not_grow(stage: Stage) -> None:
    placed(stage, "5001")
    known_ids(stage, "4000", "5001")
    own_ids(stage).confirm_first(stage.context().account())

    known_ids(stage, None, "5001")
    context = stage.context(dialect=custom("tagrani", {"ids_grow": False}))
    stage.context().update_account(lambda account: AccountChange(account._replace(newest_id=None)))
    OwnIds(context, stage.worker.track.poll).confirm_first(stage.context().account())

    assert stage.panel.requests.count("status") == 0
    assert OwnIds(context, stage.worker.track.poll).floor_for("5000", an_intent(newest_id="4000")) is None
