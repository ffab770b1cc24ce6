"""What each writer of the store writes and what it leaves alone, and what each query finds and leaves out."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.samples import NOW, a_database, a_draft, an_intent, an_order, claim_for_add, enqueued
from tracker.accounts.account import Account, AccountChange, Level
from tracker.alerts.delivery import Breaker, Retry
from tracker.alerts.subscriptions import Subscription
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR, MINUTE
from tracker.orders.answers import Balance, Service
from tracker.orders.change import OrderChange
from tracker.orders.followed import followed
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.order import Order, State
from tracker.orders.status import Unchanged
from tracker.panel.exchange import Exchange, Request
from tracker.store import (
    accounts,
    asks,
    attempts,
    changes,
    cohorts,
    counters,
    deliveries,
    duplicates,
    epoch,
    incidents,
    kept_answers,
    order_history,
    order_pages,
    orders,
    outbox,
    polls,
    queue,
    refunded,
)
from tracker.store.attempts import intent_of
from tracker.store.database import Database
from tracker.store.kept_answers import exchange_of
from tracker.store.rows import (
    changed_columns,
    compact,
    mark_of,
    mark_text,
    order_of,
    service_of,
    service_row,
    spent_of,
    spent_text,
)

ADD = Request("add", {})
MARK = Mark(Decimal("70.5"), CostRange(Decimal(1), Decimal("2.50"), 3))
OPS, DESK = Subscription("ops"), Subscription("desk", digest=HOUR)
LATER = NOW + MINUTE
DONE = Notice(Event.ORDER_COMPLETED, "p", 1, {"b": 1, "a": "ü"})
DOWN = Notice(Event.PANEL_DOWN, "p")
UP = Notice(Event.PANEL_UP, "p", facts={"kind": "x"}, ends=Event.PANEL_DOWN)


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return a_database(tmp_path, OPS)


def wrote(db: Database, order: Order, why: str = "", **after: Any) -> Order:
    """Write a change of an order, and return what it became."""
    return changes.apply(db, [OrderChange(order, order._replace(**after), why)], NOW)[0].after


def sent(db: Database, order: Order, at: int = NOW, **intent: Any) -> tuple[Order, int]:
    """Record the intent to send an order."""
    claimed = claim_for_add(db, order, an_intent(at=at, **intent))
    assert claimed is not None
    return claimed[0].after, claimed[1]


def in_state(db: Database, state: State, order: Order, **after: Any) -> Order:
    """Bring a queued order into a state that follows an add."""
    claimed, _ = sent(db, order)
    active = wrote(db, claimed, state=State.UNKNOWN if state is State.UNKNOWN else State.ACTIVE, **after)
    return active if active.state is state else wrote(db, active, state=state, **after)


# -- attempts -------------------------------------------------------------------------------------------


def test_an_intent_reads_back_with_its_mark_and_without_what_was_not_known(db: Database) -> None:
    known, bare = enqueued(db, a_draft("https://x.example/1"), a_draft("https://x.example/2"))
    nothing: dict[str, Any] = {
        "expected_charge": None,
        "balance": None,
        "balance_at": None,
        "newest_id": None,
    }

    sent(db, known, mark=MARK, request_key="k", request_digest="d")
    sent(db, bare, **nothing)

    assert intent_of(attempts.last_attempt(db, known.id)) == an_intent(
        mark=MARK, request_key="k", request_digest="d"
    )
    assert intent_of(attempts.last_attempt(db, bare.id)) == an_intent(**nothing)


@pytest.mark.parametrize(
    "exchange",
    [
        Exchange(ADD, True, 200, {"a": "b"}, b"x"),
        Exchange(ADD, True, None, {}, b"", whole=False, error="reset"),
        Exchange(ADD, False, error="refused"),
    ],
)
def test_a_kept_answer_reads_back_as_it_was(db: Database, exchange: Exchange) -> None:
    (order,) = enqueued(db, a_draft())
    _, attempt_id = sent(db, order)
    assert exchange_of(attempts.last_attempt(db, order.id), ADD) is None

    assert attempts.keep(db, attempt_id, exchange, LATER) == exchange

    kept = attempts.last_attempt(db, order.id)
    assert exchange_of(kept, ADD) == exchange
    assert kept.answered_at == LATER


def test_a_long_answer_keeps_all_but_the_end_of_its_body(db: Database) -> None:
    (order,) = enqueued(db, a_draft())
    _, attempt_id = sent(db, order)
    long = Exchange(ADD, True, 201, {"a": "b"}, b"x" * (kept_answers.KEPT_BODY + 1), error="late")
    full = Exchange(ADD, True, 201, {"a": "b"}, b"x" * kept_answers.KEPT_BODY)

    assert attempts.keep(db, attempt_id, full, NOW) == full
    assert attempts.keep(db, attempt_id, long, NOW) == Exchange(
        ADD, True, 201, {"a": "b"}, b"x" * kept_answers.KEPT_BODY, whole=False, error="late"
    )


def test_an_attempt_of_an_older_version_without_headers_and_body_is_read(db: Database) -> None:
    (order,) = enqueued(db, a_draft())
    sent(db, order)
    row = attempts.last_attempt(db, order.id)._replace(answered_at=NOW, begun=True, status=200)

    assert exchange_of(row._replace(whole=True), ADD) == Exchange(ADD, True, 200)
    assert exchange_of(row, ADD) == Exchange(ADD, True, 200, whole=False)


def test_that_nothing_was_sent_is_kept_with_the_intent_of_that_moment_only(db: Database) -> None:
    (order,) = enqueued(db, a_draft())
    sent(db, order)

    assert not attempts.keep_not_sent(db, order.id, NOW - 1, "no lease", LATER)
    assert not attempts.keep_not_sent(db, order.id + 1, NOW, "no lease", LATER)
    assert attempts.keep_not_sent(db, order.id, NOW, "no lease", LATER)

    kept = attempts.last_attempt(db, order.id)
    assert exchange_of(kept, ADD) == Exchange(ADD, False, None, {}, b"", whole=False, error="no lease")
    assert kept.answered_at == LATER
    assert not attempts.keep_not_sent(db, order.id, NOW, "again", LATER)  # it has an answer now


def test_only_unknown_orders_whose_last_attempt_was_never_begun_count_as_never_sent(db: Database) -> None:
    proven, silent, begun, other = enqueued(
        db, *(a_draft(f"https://x.example/{n}", panel="q" if n == 3 else "p") for n in range(4))
    )
    for order in (proven, silent, begun, other):
        claimed, attempt_id = sent(db, order)
        if order is begun:
            attempts.keep(db, attempt_id, Exchange(ADD, True, error="reset"), NOW)
        elif order is not silent:
            attempts.keep_not_sent(db, order.id, NOW, "no lease", NOW)
        wrote(db, claimed, state=State.UNKNOWN)

    assert [(order.id, why) for order, why in attempts.never_sent(db, "p")] == [(proven.id, "no lease")]
    with db.transaction():
        db.many("UPDATE attempts SET error = NULL", [()])
    assert attempts.never_sent(db, "p")[0][1] == "nothing was sent"


def test_only_unknown_orders_with_an_answer_that_were_not_asked_again_count_as_answered(db: Database) -> None:
    read, silent, again, in_vain, other = enqueued(
        db, *(a_draft(f"https://x.example/{n}", panel="q" if n == 4 else "p") for n in range(5))
    )
    lost: dict[int, Order] = {}
    for order in (read, silent, again, in_vain, other):
        claimed, attempt_id = sent(db, order)
        answer = Exchange(ADD, True, error="reset") if order is silent else Exchange(ADD, True, 200, {}, b"x")
        attempts.keep(db, attempt_id, answer, NOW)
        lost[order.id] = wrote(db, claimed, state=State.UNKNOWN)
    for order in (again, in_vain):
        attempt_id = attempts.last_attempt(db, order.id).id
        ask_id = asks.record(db, lost[order.id], attempt_id, NOW, LATER)
        assert ask_id is not None
        if order is in_vain:
            asks.keep(db, ask_id, Exchange(ADD, False, error="refused"), NOW)

    assert [(order.id, attempt.order_id) for order, attempt in attempts.answered(db, "p")] == [
        (read.id, read.id), (in_vain.id, in_vain.id),
    ]  # fmt: skip


def test_how_long_the_newest_adds_of_a_panel_took_is_known_of_those_with_an_answer(db: Database) -> None:
    drafts = [a_draft(f"https://x.example/{n}", panel="q" if n == 3 else "p") for n in range(5)]
    for at, order in enumerate(enqueued(db, *drafts)):
        _, attempt_id = sent(db, order, at=NOW + at)
        if at != 4:
            attempts.keep(db, attempt_id, Exchange(ADD, True, 200), LATER + at)

    times = [(NOW + at, LATER + at) for at in range(3)]
    assert attempts.newest_times(db, "p", 5) == times
    assert attempts.newest_times(db, "p", 2) == times[1:]


@pytest.mark.sqlite
def test_the_mark_beside_a_file_grows_with_each_intent_to_send(db: Database) -> None:
    epoch.advance(db)
    beside = db.sidecar(".epoch")
    assert beside is not None
    before = int(beside.read_text())
    (order,) = enqueued(db, a_draft())

    sent(db, order)

    assert int(beside.read_text()) == before + 1 == db.sql("SELECT number FROM epoch")[0][0]


def test_an_add_is_on_the_way_while_its_order_is_submitting(db: Database) -> None:
    first, other = enqueued(db, a_draft("https://x.example/1"), a_draft("https://x.example/2", panel="q"))
    assert attempts.on_the_way(db, "p") == (False, None)
    assert attempts.newest(db) == 0

    claimed, attempt_id = sent(db, first)
    assert attempts.on_the_way(db, "p") == (True, attempt_id)
    assert attempts.on_the_way(db, "q") == (False, attempt_id)
    assert [(order.id, attempt.id) for order, attempt in attempts.unanswered(db, "p")] == [
        (first.id, attempt_id)
    ]

    _, newest = sent(db, other)
    wrote(db, claimed, state=State.ACTIVE)
    assert attempts.on_the_way(db, "p") == (False, newest)
    assert attempts.newest(db) == newest
    assert attempts.has_attempt(db, newest)
    assert not attempts.has_attempt(db, newest + 1)


def test_the_orders_that_were_sent_last_are_listed_by_their_newest_attempt(db: Database) -> None:
    first, second, third = enqueued(db, *(a_draft(f"https://x.example/{n}") for n in range(3)))
    for order in (first, second, third):
        claimed, _ = sent(db, order)
        wrote(db, claimed, state=State.QUEUED)
    again, _ = sent(db, orders.by_id(db, first.id) or first)
    wrote(db, again, state=State.ACTIVE, panel_order_id="104")

    assert attempts.newest_sent(db, 2) == ["order 1: 104 at p", "order 3: not answered at p"]


def test_a_claim_of_an_order_that_has_changed_records_nothing(db: Database) -> None:
    (order,) = enqueued(db, a_draft())
    _, attempt_id = sent(db, order)

    assert claim_for_add(db, order) is None
    assert not attempts.has_attempt(db, attempt_id + 1)


# -- orders ---------------------------------------------------------------------------------------------


def test_an_order_is_found_by_its_ref_its_id_and_the_panels_id(db: Database) -> None:
    order, other = enqueued(
        db, a_draft(ref="r", panel_order_id="104"), a_draft(panel="q", panel_order_id="104")
    )

    assert orders.by_ref(db, "r") == order
    assert orders.by_ref(db, "R") is None
    assert orders.by_id(db, other.id) == other
    assert orders.by_id(db, 99) is None
    assert orders.owner(db, "p", "104") == order
    assert orders.owner(db, "q", "104") == other
    assert orders.owner(db, "p", "105") is None
    assert orders.newest(db) == other


@pytest.mark.parametrize(
    ("known", "asked", "is_owner"),
    [
        ("104", "104", True), ("104", "00104", True), ("00104", "104", True), ("00104", "0104", True), ("104", "1040", False),
        ("ord_1", "ord_1", True), ("0ord", "ord", False), ("ord", "0ord", False), ("0ord", "0ord", True), ("140", "14", False),
        ("104", "X104", False),
    ],
)  # fmt: skip
def test_an_id_with_leading_zeros_is_the_same_number(
    db: Database, known: str, asked: str, is_owner: bool
) -> None:
    enqueued(db, a_draft("https://x.example/other"), a_draft(panel="q", panel_order_id=asked))
    (order,) = enqueued(db, a_draft(panel_order_id=known))

    assert orders.owner_of_number(db, "p", asked) == (order if is_owner else None)
    assert orders.owner_of_number(db, "other", asked) is None


def test_an_id_counts_as_verified_once_the_panel_has_said_something_of_it(db: Database) -> None:
    first, _, other = enqueued(
        db, a_draft(panel_order_id="1"), a_draft(panel_order_id="2"), a_draft(panel="q", panel_order_id="3")
    )
    wrote(db, first, panel_status="Pending")
    wrote(db, other, panel_status="Pending")

    assert list(orders.verified_ids(db, "p")) == ["1"]


def test_orders_are_listed_newest_first_by_state_panel_and_time(db: Database) -> None:
    for number in range(1, 4):
        enqueued(db, a_draft(f"https://x.example/{number}"), now=NOW + number)
    enqueued(db, a_draft(panel="q", panel_order_id="7"), now=NOW + 2)

    def ids(*states: State, **which: Any) -> list[int]:
        return [order.id for order in orders.listed(db, states, **which)]

    assert ids() == [3, 4, 2, 1]
    assert ids(limit=0) == [3, 4, 2, 1]
    assert ids(limit=2) == [3, 4]
    assert ids(panel="p") == [3, 2, 1]
    assert ids(State.ACTIVE) == [4]
    assert ids(State.ACTIVE, panel="p") == []
    assert ids(State.QUEUED, State.ACTIVE, panel="q") == [4]
    assert ids(since=NOW + 2) == [3, 4, 2]
    assert orders.any_in(db, [State.ACTIVE])
    assert orders.any_in(db, [State.UNKNOWN, State.ACTIVE], "q")
    assert not orders.any_in(db, [State.ACTIVE], "p")
    assert not orders.any_in(db, [State.UNKNOWN])


def test_a_list_longer_than_a_page_is_whole(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_pages, "PAGE", 3)
    enqueued(db, *(a_draft(f"https://x.example/{n}") for n in range(7)))
    enqueued(db, *(a_draft(f"https://x.example/{n}") for n in range(7, 10)), now=NOW + 1)

    assert [order.id for order in orders.listed(db, limit=0)] == list(range(10, 0, -1))
    assert [order.id for order in orders.listed(db, limit=5)] == list(range(10, 5, -1))


def test_a_service_is_in_use_while_an_order_of_it_waits_runs_or_has_just_been_completed(db: Database) -> None:
    made = enqueued(
        db,
        *(a_draft(f"https://x.example/{n}", service=str(n), panel="q" if n == 5 else "p") for n in range(7)),
    )
    in_state(db, State.UNKNOWN, made[1])
    in_state(db, State.ACTIVE, made[2])
    in_state(db, State.COMPLETED, made[3], finished_at=NOW)
    in_state(db, State.COMPLETED, made[4], finished_at=NOW - 1)
    in_state(db, State.CANCELED, made[6], finished_at=NOW)

    assert orders.services_in_use(db, "p", map(str, range(8)), NOW) == {"0", "1", "2", "3"}
    assert orders.services_in_use(db, "p", ["2"], NOW) == {"2"}
    assert [order.id for order in orders.queued(db, "p")] == [1]
    assert [order.id for order in orders.queued_for(db, "p", ["0", "1"])] == [1]
    assert list(orders.queued_for(db, "p", ["1"])) == []


def test_how_long_orders_took_is_known_of_completed_ones_whose_clock_ran_forward(db: Database) -> None:
    made = enqueued(db, *(a_draft(f"https://x.example/{n}") for n in range(4)))
    for took, order in zip((30, 10, -5), made, strict=False):
        in_state(db, State.COMPLETED, order, finished_at=NOW + took)
    in_state(db, State.CANCELED, made[3], finished_at=NOW + 40)

    assert orders.durations(db, "p", "4") == [30, 10]
    assert orders.durations(db, "q", "4") == []
    assert orders.durations(db, "p", "5") == []


def test_words_that_nobody_listed_are_shown_with_how_many_orders_they_are_about(db: Database) -> None:
    made = enqueued(db, *(a_draft(panel_order_id=str(n), panel="q" if n == 7 else "p") for n in range(8)))
    over: dict[str, Any] = {"state": State.COMPLETED, "finished_at": NOW}
    for order, words in zip(made, ("z", "a", "a", "", "b", "c", "z", "d"), strict=True):
        if words:
            wrote(db, order, last_error=words, missing=int(words == "b"), **(over if words == "c" else {}))

    assert orders.unlisted_words(db, "p") == [("z", 2, made[0].id), ("a", 2, made[1].id)]
    assert orders.unlisted_words(db, "q") == [("d", 1, made[7].id)]


def test_polls_are_postponed_for_the_orders_named_that_are_still_active(db: Database) -> None:
    made = enqueued(db, *(a_draft(panel_order_id=str(n)) for n in range(3)))
    over = wrote(db, made[2], state=State.COMPLETED, due_at=5, finished_at=NOW)

    cohorts.postpone(db, [made[0].id, over.id], LATER)

    assert [(orders.by_id(db, one.id) or one).due_at for one in made] == [LATER, NOW, 5]
    assert polls.next_at(db, "p") == NOW
    assert polls.next_at(db, "q") is None


def test_an_order_that_is_over_is_checked_again_when_it_is_due(db: Database) -> None:
    made = enqueued(db, *(a_draft(panel_order_id=str(n), comments="a") for n in range(4)))
    for order, due_at in zip(made, (NOW, NOW + 1, None, NOW - 1), strict=True):
        wrote(db, order, state=State.COMPLETED, due_at=due_at, finished_at=NOW)

    found = polls.rechecks(db, "p", 5, NOW)

    assert [order.id for order in found] == [made[3].id, made[0].id]
    assert [order.id for order in polls.rechecks(db, "p", 1, NOW)] == [made[3].id]
    assert polls.rechecks(db, "q", 5, NOW) == []


def cohort_of(db: Database, order: Order) -> int:
    return int(db.sql("SELECT cohort FROM polls WHERE id = ?", (order.id,))[0][0])


def test_a_call_is_filled_with_what_was_not_checked_for_long_enough_and_goes_on_behind_its_cursor(
    db: Database,
) -> None:
    made = enqueued(db, *(a_draft(panel_order_id=str(n)) for n in range(5)))
    times = (
        (LATER, NOW - MINUTE),
        (LATER, NOW - MINUTE + 1),
        (LATER, None),
        (NOW, NOW),
        (LATER + 1, NOW + 1),
    )
    for order, (due_at, checked_at) in zip(made, times, strict=True):
        wrote(db, order, due_at=due_at, checked_at=checked_at, remains=1)

    def due(*after: int) -> list[int]:
        cursor = {"after": (after[0], after[1], after[2])} if after else {}
        return [order.id for order in polls.due(db, "p", 9, NOW, MINUTE, **cursor)]

    assert due() == [4, 1, 3, 5]
    assert due(NOW, cohort_of(db, made[3]), 4) == [1, 3, 5]
    assert due(LATER, cohort_of(db, made[0]), 1) == [3, 5]
    assert polls.due(db, "q", 9, NOW, MINUTE) == []
    assert polls.cursor_of(followed(an_order(due_at=None, id=3))) == (0, 0, 3)


def test_the_history_begins_with_the_queue_and_tells_each_move(db: Database) -> None:
    (order,) = enqueued(db, a_draft())
    fresh = order_history.changes_of(db, order)
    change = OrderChange(order, order._replace(state=State.REJECTED), "too few", {"b": 1, "a": None})
    changes.apply(db, [change], LATER)

    assert fresh == [(NOW, None, "queued", None, {})]
    assert order_history.changes_of(db, change.after) == [
        *fresh,
        (LATER, "queued", "rejected", "too few", {"a": None, "b": 1}),
    ]
    (placed,) = enqueued(db, a_draft(panel_order_id="7"))
    assert order_history.changes_of(db, placed) == [(NOW, None, "active", None, {})]


def test_whether_an_order_may_have_been_sent(db: Database) -> None:
    never, proven, begun, silent = enqueued(db, *(a_draft(f"https://x.example/{n}") for n in range(4)))
    for order in (proven, begun, silent):
        _, attempt_id = sent(db, order)
        if order is not silent:
            attempts.keep(db, attempt_id, Exchange(ADD, order is begun, error="x"), NOW)

    assert [attempts.was_sent(db, order) for order in (never, proven, begun, silent)] == [
        False,
        False,
        True,
        True,
    ]


# -- changes and accounts -------------------------------------------------------------------------------


def test_a_change_of_several_orders_moves_the_counts_and_the_costs_of_their_accounts(db: Database) -> None:
    first, second, other = enqueued(
        db,
        a_draft("https://x.example/1"),
        a_draft("https://x.example/2"),
        a_draft(panel="q", panel_order_id="7"),
    )
    accounts_before = counters.counts(db)
    one, two = sent(db, first)[0], sent(db, second)[0]
    cost: dict[str, Any] = {"state": State.ACTIVE, "charge": Decimal(5)}
    written = changes.apply(
        db,
        [
            *(OrderChange(order, order._replace(**cost), "taken") for order in (one, two)),
            OrderChange(other, other._replace(state=State.CANCELED, charge=Decimal(9)), "refunded"),
        ],
        NOW,
        panel="p",
        decide=lambda account: AccountChange(
            account._replace(last_error="seen"), (Notice(Event.PANEL_UP, "p"),)
        ),
    )

    assert len(written) == 3
    assert accounts_before == {"p": {"queued": 2}, "q": {"active": 1}}
    assert counters.counts(db) == {"p": {"active": 2}, "q": {"canceled": 1}}
    found = accounts.read(db, "p")
    assert (found.spent, found.last_error) == (CostRange(Decimal(10), Decimal(10)), "seen")
    assert accounts.read(db, "q").spent == CostRange(Decimal(-9), Decimal(0), 0)
    assert [str(one.notice.event) for one in outbox.listed(db)] == ["panel.up"]


def test_what_is_decided_on_an_account_is_written_with_its_alerts_at_that_time(db: Database) -> None:
    changes.update_account(
        db, "p", lambda account: AccountChange(account._replace(paused_at=1), (DOWN,)), LATER
    )

    assert accounts.read(db, "p").paused_at == 1
    assert [(one.notice, one.at) for one in outbox.listed(db)] == [(DOWN, LATER)]


def test_a_change_without_a_decision_on_its_account_adds_its_cost_all_the_same(db: Database) -> None:
    (order,) = enqueued(db, a_draft())
    claimed, _ = sent(db, order)
    taken = OrderChange(claimed, claimed._replace(state=State.ACTIVE, charge=Decimal(5)), "taken")

    changes.apply(db, [taken], NOW, panel="p")

    assert accounts.read(db, "p").spent == CostRange(Decimal(5), Decimal(5))


def test_a_move_that_the_state_machine_does_not_know_is_a_bug_with_a_name(db: Database) -> None:
    (order,) = enqueued(db, a_draft())
    skipped = OrderChange(order, order._replace(state=State.ACTIVE), "out of the blue")

    with pytest.raises(
        changes.IllegalMove, match=r"order 1: queued may not become active \(out of the blue\)"
    ):
        changes.apply(db, [skipped], NOW)


def test_of_two_changes_of_one_order_only_the_first_is_written(db: Database) -> None:
    (order,) = enqueued(db, a_draft())
    rejected = OrderChange(order, order._replace(state=State.REJECTED), "no")
    dropped = OrderChange(order, order._replace(state=State.DROPPED), "given up")

    assert changes.apply(db, [rejected, dropped], NOW) == [rejected]
    assert changes.apply(db, [dropped], NOW) == []
    assert counters.counts(db) == {"p": {"rejected": 1}}


def test_a_change_decided_before_another_attempt_is_left_out(db: Database) -> None:
    (order,) = enqueued(db, a_draft())
    first, _ = sent(db, order)
    again, _ = sent(db, wrote(db, first, state=State.QUEUED))
    late = OrderChange(first, first._replace(state=State.ACTIVE, panel_order_id="104"), "taken")

    assert changes.apply(db, [late], NOW) == []
    assert orders.by_id(db, order.id) == again


def test_a_poll_without_news_writes_its_two_times_and_nothing_else(db: Database) -> None:
    (order,) = enqueued(db, a_draft(panel_order_id="104"))

    changes.apply(db, [], NOW, unchanged=[Unchanged(NOW + 1, NOW + 2, order.id)])

    assert orders.by_id(db, order.id) == order._replace(checked_at=NOW + 1, due_at=NOW + 2)
    assert len(order_history.changes_of(db, order)) == 1


FULL = Account(
    "p", paused_at=1, refused_at=2, refused_words="bad key", short_at=3, short_balance=Decimal(4), short_told=True,
    forecast_at=5, hold_until=6, failures=7, down_at=8, last_error="error", level=Level.LOW, level_seen=Level.OK,
    balance=Decimal("9.50"), currency="USD", balance_at=10, newest_id="11", balance_failed_at=12,
    spent=CostRange(Decimal(1), Decimal(2), 3), mark=MARK, base=Mark(Decimal(1), CostRange()), odd_at=13, doubt="doubt",
    restored_at=14, ids_doubt="ids", answered_id="15", restored_why="why", unproven_at=16, suspect_charge=Decimal(17),
    suspect_at=18,
)  # fmt: skip


def test_an_account_reads_back_with_each_of_its_values(db: Database) -> None:
    assert accounts.read(db, "p") == Account("p")

    changes.update_account(db, "p", lambda account: AccountChange(FULL), NOW)
    assert accounts.read(db, "p") == FULL
    assert accounts.read(db, "q") == Account("q")

    changes.update_account(db, "p", lambda account: AccountChange(account._replace(newest_id="99")), NOW)
    assert accounts.read(db, "p") == FULL._replace(newest_id="99")

    changes.update_account(db, "p", lambda account: AccountChange(Account("p")), NOW)
    assert accounts.read(db, "p") == Account("p")


def test_what_orders_cost_is_added_before_the_account_is_decided_on(db: Database) -> None:
    seen: list[CostRange] = []

    def decide(account: Account) -> AccountChange:
        seen.append(account.spent)
        return AccountChange(account, (Notice(Event.BALANCE_LOW, "p"),))

    with db.transaction():
        found = accounts.update(db, "p", decide, CostRange(Decimal(1), Decimal(2), 3))
        accounts.update(db, "p", decide, CostRange(Decimal(1), Decimal(2), 3))

    assert found == (Notice(Event.BALANCE_LOW, "p"),)
    assert seen == [CostRange(Decimal(1), Decimal(2), 3), CostRange(Decimal(2), Decimal(4), 6)]
    assert accounts.read(db, "p").spent == seen[-1]


def test_readings_of_the_wallet_are_kept_for_each_panel_in_the_order_of_their_times(db: Database) -> None:
    for panel, at, amount in (("p", NOW, "5.50"), ("p", NOW - 1, "6"), ("q", NOW, "7"), ("p", NOW - 2, "8")):
        accounts.keep_balance(db, panel, Balance(Decimal(amount), "USD"), at)

    assert accounts.balances_since(db, "p", NOW - 1) == [(NOW - 1, Decimal(6)), (NOW, Decimal("5.50"))]
    assert db.sql("SELECT currency FROM balances WHERE panel = 'q'") == [("USD",)]


# -- the queue ------------------------------------------------------------------------------------------


def test_what_is_queued_is_summed_by_service_and_without_a_quantity_listed(db: Database) -> None:
    _, _, bare, *_ = enqueued(
        db,
        a_draft("https://x.example/1", quantity=5),
        a_draft("https://x.example/2", quantity=6),
        a_draft("https://x.example/3", quantity=None, comments="a"),
        a_draft("https://x.example/4", service="5", quantity=7),
        a_draft("https://x.example/5", panel="q", quantity=8),
        a_draft("https://x.example/6", panel="q", quantity=None),
        a_draft("https://x.example/7", quantity=9, panel_order_id="1"),
        a_draft("https://x.example/8", quantity=None, panel_order_id="2"),
    )

    assert sorted(queue.queued_plainly(db, "p")) == [("4", 2, 11), ("5", 1, 7)]
    assert sorted(queue.queued_kinds(db, "p", 1000)) == [("4", 5, 1), ("4", 6, 1), ("5", 7, 1)]
    assert list(queue.queued_otherwise(db, "p")) == [bare]


def test_the_next_orders_are_those_that_have_waited_longest(db: Database) -> None:
    for number, at in enumerate((NOW + 2, NOW, NOW + 1, NOW)):
        enqueued(db, a_draft(f"https://x.example/{number}", panel="q" if number == 3 else "p"), now=at)

    assert [order.id for order in queue.next_in_line(db, "p", 9)] == [2, 3, 1]
    assert [order.id for order in queue.next_in_line(db, "p", 2)] == [2, 3]
    assert (queue.next_queued(db, "p", NOW + 1) or an_order()).id == 2
    assert queue.next_queued(db, "p", NOW - 1) is None
    assert queue.next_queued_at(db, "p") == NOW
    assert queue.next_queued_at(db, "other") is None


def test_a_busy_link_puts_off_every_order_for_it_and_no_other(db: Database) -> None:
    same = "https://x.example/a"
    made = enqueued(
        db, a_draft(same), a_draft(same), a_draft(same, service="5"), a_draft("https://x.example/b"), a_draft(same, panel="q"),
        a_draft(same, panel_order_id="1"),
    )  # fmt: skip
    wrote(db, made[1], due_at=NOW + HOUR)

    queue.postpone_link(db, made[0], LATER)

    found = [(orders.by_id(db, one.id) or one).due_at for one in made]
    assert found == [LATER, NOW + HOUR, NOW, NOW, NOW, NOW]
    assert queue.link_is_open(db, made[0])
    assert not queue.link_is_open(db, made[2])
    assert not queue.link_is_open(db, made[3])
    assert not queue.link_is_open(db, made[4])


def test_many_simple_orders_are_queued_at_once_or_none_of_them(db: Database) -> None:
    rows = [("p", "4", "https://x.example/1", 5, "r1"), ("q", "5", "https://x.example/2", None, "r2")]

    assert queue.enqueue_simple(db, rows, NOW)
    assert queue.enqueue_simple(db, [(*rows[0][:4], "r3"), rows[0]], NOW) is False

    assert counters.counts(db) == {"p": {"queued": 1}, "q": {"queued": 1}}
    assert [
        (one.panel, one.service, one.link, one.quantity, one.ref, one.state, one.created_at, one.due_at)
        for one in orders.listed(db)
    ] == [(*row, "queued", NOW, NOW) for row in rows[::-1]]


@pytest.mark.parametrize(
    ("draft", "key", "what", "same"),
    [
        (a_draft("https://x.example/new", ref="r"), None, "ref r", False),
        (a_draft(ref="r"), None, "ref r", True),
        (a_draft(ref="new"), "k", "row k", True),
        (a_draft("https://x.example/new"), "k", "row k", False),
        (a_draft(panel_order_id="104"), None, "panel order id 104", True),
        (a_draft(panel_order_id="104", quantity=5), None, "panel order id 104", False),
        (a_draft(panel="q", panel_order_id="104"), None, None, None),
        (a_draft(panel_order_id="105"), "other", None, None),
    ],
)
def test_a_draft_is_a_duplicate_by_any_of_its_names(
    db: Database, draft: Any, key: str | None, what: str | None, same: bool | None
) -> None:
    queue.enqueue(
        db,
        [
            queue.Entry(a_draft(ref="r")),
            queue.Entry(a_draft(), "k"),
            queue.Entry(a_draft(panel_order_id="104")),
        ],
        NOW,
    )

    found = queue.enqueue(
        db, [queue.Entry(a_draft("https://x.example/first")), queue.Entry(draft, key)], LATER
    )

    if what is None:
        assert found == []
    else:
        order_id = {"ref r": 1, "row k": 2}.get(what, 3)
        assert found == [queue.Duplicate(1, order_id, what, bool(same))]
    assert sum(counters.counts(db)["p"].values()) + sum(counters.counts(db).get("q", {}).values()) == 4 + (
        what is None
    )


def test_a_row_is_a_duplicate_under_the_former_name_of_its_panel(db: Database) -> None:
    queue.enqueue(
        db,
        [queue.Entry(a_draft(panel="old"), "old-key"), queue.Entry(a_draft(panel="old", panel_order_id="9"))],
        NOW,
    )
    former = {"old": "old-key", "older": None}

    assert queue.enqueue(db, [queue.Entry(a_draft(panel="new"), "new-key", former)], NOW) == [
        queue.Duplicate(0, 1, "row old-key", True)
    ]
    assert queue.enqueue(db, [queue.Entry(a_draft(panel="new", quantity=1), "new-key", former)], NOW) == [
        queue.Duplicate(0, 1, "row old-key", False)
    ]
    assert queue.enqueue(
        db, [queue.Entry(a_draft(panel="new", panel_order_id="9"), None, {"old": None})], NOW
    ) == [queue.Duplicate(0, 2, "panel order id 9", True)]


def test_of_two_equal_drafts_in_one_batch_the_second_is_the_duplicate(db: Database) -> None:
    entries = [
        queue.Entry(a_draft(ref="r"), "k"),
        queue.Entry(a_draft(ref="r")),
        queue.Entry(a_draft(quantity=1), "k"),
    ]

    assert queue.enqueue(db, entries, NOW) == [
        queue.Duplicate(1, 0, "ref r", True),
        queue.Duplicate(2, 0, "row k", False),
    ]


def test_a_rehearsal_says_what_would_be_queued_and_queues_nothing(db: Database) -> None:
    queue.enqueue(db, [queue.Entry(a_draft(ref="r"))], NOW)
    known, new, second = (queue.Entry(a_draft(ref=ref)) for ref in ("r", "s", "t"))
    rehearsal, of_nothing = duplicates.Rehearsal(db), duplicates.Rehearsal(None)

    assert rehearsal.enqueue([new, known]) == [queue.Duplicate(1, 1, "ref r", True)]
    assert rehearsal.enqueue([second]) == []
    assert rehearsal.enqueue([new, second]) == [
        queue.Duplicate(0, 0, "ref s", True), queue.Duplicate(1, 0, "ref t", True),
    ]  # fmt: skip
    assert rehearsal.standing([new, known]) == [False, True] == duplicates.standing(db, [new, known])
    assert of_nothing.enqueue([known]) == []
    assert of_nothing.enqueue([known]) == [queue.Duplicate(0, 0, "ref r", True)]
    assert of_nothing.standing([known, new]) == [False, False]
    assert len(list(orders.listed(db))) == 1


def test_orders_are_offered_by_the_beginning_of_their_ref_and_the_newest_otherwise(db: Database) -> None:
    refs = ("b-2", "a", "b-1", "c", None)
    enqueued(db, *(a_draft(f"https://x.example/{n}", ref=ref) for n, ref in enumerate(refs)))

    assert orders.names(db, "b", 5) == [(3, "b-1", "queued"), (1, "b-2", "queued")]
    assert orders.names(db, "b", 1) == [(3, "b-1", "queued")]
    assert orders.names(db, "", 2) == [(5, None, "queued"), (4, "c", "queued")]


ENDED_LONG_AGO, ENDED = NOW - 1, NOW + 1


def test_what_ended_so_that_money_may_have_come_back_is_found_by_its_panel_and_time(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refunded, "MOST", 2)
    ends = [
        (State.CANCELED, ENDED), (State.COMPLETED, ENDED), (State.PARTIAL, ENDED_LONG_AGO), (State.PARTIAL, ENDED + 1),
        (State.FAILED, ENDED), (State.FAILED, ENDED + 2),
    ]  # fmt: skip
    drafts = [a_draft(f"https://x.example/{n}", panel="q" if n == 4 else "p") for n in range(len(ends))]
    done = [
        in_state(db, state, order, panel_order_id=str(order.id), finished_at=at)
        for order, (state, at) in zip(enqueued(db, *drafts), ends, strict=True)
    ]

    assert refunded.ended_since(db, "p", NOW) == []  # there are three
    assert refunded.ended_since(db, "p", ENDED) == [done[3], done[5]]
    assert refunded.ended_since(db, "q", NOW) == [done[4]]


# -- alerts ---------------------------------------------------------------------------------------------


def test_test_messages_that_did_not_arrive_are_given_up(tmp_path: Path) -> None:
    db = a_database(tmp_path, OPS, DESK)
    a_test = Notice(Event.ALERT_TEST)
    outbox.post(db, [a_test, DONE], NOW)
    outbox.post(db, [a_test], NOW + 1)
    before = {one.target for one in outbox.listed(db)}

    deliveries.drop_old_tests(db, "ops", NOW)

    left = [(one.target, one.notice.event, one.at) for one in outbox.listed(db) if one.target == "ops"]
    assert sorted(left, key=str) == sorted(
        [("ops", Event.ALERT_TEST, NOW + 1), ("ops", Event.ORDER_COMPLETED, NOW)], key=str
    )
    assert {one.target for one in outbox.listed(db)} == before


def test_an_alert_reads_back_as_it_was_posted(db: Database) -> None:
    assert outbox.post(db, [DONE, DOWN], NOW) == 2

    newest, oldest = outbox.listed(db)
    assert (oldest.notice, oldest.target, oldest.at, oldest.due_at) == (DONE, "ops", NOW, NOW)
    assert (oldest.in_digest, oldest.attempts, oldest.state) == (False, 0, "waiting")
    assert outbox.by_id(db, oldest.id) == oldest
    assert outbox.by_id(db, newest.id) == newest
    assert outbox.by_id(db, 99) is None
    assert counters.waiting_targets(db) == {"ops"}
    assert counters.alerts(db) == {"waiting": 2, "dead": 0}


def test_deliveries_are_listed_by_state_and_target_newest_first(tmp_path: Path) -> None:
    db = a_database(tmp_path, OPS, DESK)
    outbox.post(db, [DONE, DOWN], NOW)
    outgoing = deliveries.next_outgoing(db, "ops", NOW)
    assert outgoing is not None
    deliveries.mark_sent(db, outgoing, LATER)

    assert len(outbox.listed(db)) == 4
    assert [(one.target, one.notice.event) for one in outbox.listed(db, "waiting", target="ops")] == [
        ("ops", DONE.event)
    ]
    assert [one.sent_at for one in outbox.listed(db, "sent")] == [LATER]
    assert len(outbox.listed(db, target="desk")) == 2
    assert len(outbox.listed(db, limit=1)) == 1
    assert outbox.post(db, [DONE], NOW, only=["desk"]) == 1


def test_a_digest_takes_in_what_comes_until_it_goes_out(tmp_path: Path) -> None:
    db = a_database(tmp_path, DESK)
    for at in (NOW, LATER, NOW + HOUR):
        outbox.post(db, [DONE], at)

    assert [one.due_at for one in outbox.listed(db)] == [NOW + 2 * HOUR, NOW + HOUR, NOW + HOUR]
    assert deliveries.next_due(db, "desk") == NOW + HOUR
    assert deliveries.next_outgoing(db, "desk", NOW + HOUR - 1) is None
    outgoing = deliveries.next_outgoing(db, "desk", NOW + HOUR)
    assert outgoing is not None
    assert outgoing.single is None
    found = [(one.notice, one.at) for one in deliveries.contents(db, outgoing)]
    assert found == [(DONE, NOW), (DONE, LATER)]
    assert deliveries.mark_sent(db, outgoing, NOW + HOUR) == 2


def test_a_failed_message_waits_and_counts_its_failures(db: Database) -> None:
    outbox.post(db, [DONE], NOW)
    outgoing = deliveries.next_outgoing(db, "ops", NOW)
    assert outgoing is not None

    deliveries.mark_failed(db, outgoing, Retry(NOW + HOUR, Breaker(1, LATER)), "away", NOW)

    (waiting,) = outbox.listed(db)
    assert (waiting.due_at, waiting.attempts, waiting.last_error, waiting.state) == (
        NOW + HOUR,
        1,
        "away",
        "waiting",
    )
    assert deliveries.breaker(db, "ops") == Breaker(1, LATER)
    assert deliveries.breaker(db, "desk") == Breaker()
    assert deliveries.next_due(db, "ops") == NOW + HOUR
    assert deliveries.next_due(db, "desk") is None
    again = deliveries.next_outgoing(db, "ops", NOW + HOUR)
    assert again is not None
    assert again.attempts == 1
    deliveries.mark_sent(db, again, NOW + HOUR)
    assert deliveries.breaker(db, "ops") == Breaker()
    assert outbox.listed(db)[0].last_error is None


def test_the_next_message_waits_for_the_breaker_of_its_target(db: Database) -> None:
    outbox.post(db, [DONE, DOWN], NOW)
    outgoing = deliveries.next_outgoing(db, "ops", NOW)
    assert outgoing is not None
    deliveries.mark_failed(db, outgoing, Retry(LATER, Breaker(1, LATER)), "away", NOW)

    assert deliveries.next_due(db, "ops") == LATER
    assert deliveries.next_outgoing(db, "ops", LATER - 1) is None
    assert deliveries.next_outgoing(db, "ops", LATER) is not None


def test_messages_that_failed_since_long_ago_die_and_only_the_first_is_news(db: Database) -> None:
    outbox.post(db, [DONE, DOWN], NOW)
    outgoing = deliveries.next_outgoing(db, "ops", NOW)
    assert outgoing is not None
    deliveries.mark_failed(db, outgoing, Retry(LATER, Breaker(1, LATER)), "away", NOW)
    outbox.post(db, [DONE], LATER)

    assert deliveries.mark_dead(db, "ops", NOW - 1, "gone") == (0, False)
    assert deliveries.mark_dead(db, "ops", NOW, "gone") == (2, True)
    assert deliveries.breaker(db, "ops") == Breaker(1, LATER, dead_notified=True)
    assert deliveries.mark_dead(db, "ops", NOW, "gone") == (0, False)
    assert [(one.state, one.last_error, one.due_at) for one in outbox.listed(db)] == [
        ("waiting", None, LATER), ("dead", "gone", None), ("dead", "gone", None)
    ]  # fmt: skip
    assert outbox.requeue_dead(db, NOW + HOUR) == 2
    assert [(one.state, one.due_at, one.attempts) for one in outbox.listed(db)][1:] == [
        ("waiting", NOW + HOUR, 0)
    ] * 2
    assert deliveries.breaker(db, "ops") == Breaker()


def test_old_alerts_are_forgotten_once_nobody_waits_for_them(tmp_path: Path) -> None:
    db = a_database(tmp_path, OPS)
    for at in (NOW, NOW + 1, NOW + 2):
        outbox.post(db, [DONE], at)
    for _ in range(2):
        outgoing = deliveries.next_outgoing(db, "ops", LATER)
        assert outgoing is not None
        deliveries.mark_sent(db, outgoing, LATER)

    assert outbox.prune(db, NOW, 5) == 0
    assert outbox.prune(db, LATER, 1) == 1
    assert outbox.prune(db, LATER, 5) == 1
    assert [one.at for one in outbox.listed(db)] == [NOW + 2]


def test_an_incident_that_ended_before_a_time_is_forgotten_and_a_later_one_is_counted(tmp_path: Path) -> None:
    db = a_database(tmp_path, OPS)
    outbox.post(db, [DOWN], NOW)
    outbox.post(db, [UP], LATER)
    outbox.prune(db, LATER, 5)
    outbox.post(db, [DOWN], LATER + 1)
    assert outbox.post(db, [UP], LATER + 2) == 0  # it came back within a day: its end has to last
    assert incidents.next_due(db, LATER + 2) == LATER + 2 + 4 * MINUTE

    outbox.prune(db, LATER + 1, 5)
    assert incidents.next_due(db, LATER + 2) == LATER + 2  # nothing before it is remembered
    assert outbox.remind(db, LATER + 3) == 1
    ((_, end),) = [(one.id, one.notice) for one in outbox.listed(db, limit=1)]
    assert (end.event, end.panel, end.order_id, end.facts["kind"]) == (Event.PANEL_UP, "p", None, "x")


def test_a_reminder_of_a_lost_order_names_it_and_goes_to_the_target_that_wants_it(tmp_path: Path) -> None:
    db = a_database(tmp_path, Subscription("ops", remind=(HOUR, DAY)), Subscription("desk", remind=()))
    lost = Notice(Event.ORDER_UNKNOWN, "p", 7, {"why": "reset"})
    outbox.post(db, [lost], NOW)
    assert incidents.next_due(db, NOW) is None  # it still waits
    for target in ("ops", "desk"):
        outgoing = deliveries.next_outgoing(db, target, NOW)
        assert outgoing is not None
        deliveries.mark_sent(db, outgoing, NOW)

    assert incidents.next_due(db, NOW) == NOW + HOUR
    assert outbox.remind(db, NOW + HOUR - 1) == 0
    assert outbox.remind(db, NOW + HOUR) == 1
    reminder = outbox.listed(db)[0]
    assert (reminder.target, reminder.notice.order_id, reminder.notice.panel) == ("ops", 7, "p")
    assert reminder.notice.facts == {"why": "reset", "since": "2026-09-21T14:13:20.000Z", "lasting": "60 min"}


def test_what_was_not_sent_of_an_incident_is_superseded_by_its_end(tmp_path: Path) -> None:
    db = a_database(tmp_path, OPS)
    outbox.post(db, [DOWN, DONE], NOW)
    outbox.post(db, [UP], LATER)

    assert [(str(one.notice.event), one.state, one.due_at) for one in outbox.listed(db)] == [
        ("panel.up", "waiting", LATER), ("order.completed", "waiting", NOW), ("panel.down", "superseded", None)
    ]  # fmt: skip


# -- rows -----------------------------------------------------------------------------------------------


def test_what_was_spent_and_a_mark_are_read_as_they_were_written() -> None:
    assert spent_text(MARK.spent) == '["1", "2.50", 3]'
    assert spent_of(spent_text(MARK.spent)) == MARK.spent
    assert spent_of(None) == CostRange()
    assert mark_text(MARK) == '["70.5", "1", "2.50", 3]'
    assert mark_of(mark_text(MARK)) == MARK
    assert (mark_of(None), mark_text(None)) == (None, None)


def test_only_what_changed_of_an_order_is_written_and_never_what_was_ordered() -> None:
    before = an_order(charge=Decimal(5), remains=3)
    after = before._replace(
        link="https://other.example", charge=Decimal("6.0"), remains=None, state=State.ACTIVE
    )

    assert changed_columns(before, after) == (("state", "charge", "remains"), ("active", "6.0", None))
    assert changed_columns(before, before._replace(charge=Decimal("5.0"))) == ((), ())


def test_an_order_is_read_with_its_amounts_and_its_fields() -> None:
    order = an_order(
        charge=Decimal("5.50"),
        expected_charge=Decimal(6),
        fields={"runs": "2"},
        state=State.ACTIVE,
        tags=("july",),
    )
    row = list(order._replace(charge=None, expected_charge=None))
    row[order._fields.index("charge")], row[order._fields.index("expected_charge")] = "5.50", "6"
    row[order._fields.index("fields")] = compact(order.fields)
    row[order._fields.index("tags")] = '["july"]'

    assert order_of(row) == order
    assert order_of([*row[:6], "{}", *row[7:]]) == order._replace(fields={})


def test_a_service_and_an_object_are_written_and_read_back() -> None:
    service = Service(
        "4", "Followers", Decimal("1.50"), 10, None, "c", "t", "d", True, False, None, {"max": "1.000"}
    )

    assert service_row(service) == (
        "4", "Followers", "1.50", 10, None, "c", "t", "d", True, False, None, '{"max": "1.000"}',
    )  # fmt: skip
    assert service_of(service_row(service)) == service
    assert service_of(service_row(service)).unread == {"max": "1.000"}
    assert service_of([*service_row(service)[:-1], None]).unread == {}
    assert compact({"b": "ü", "a": [1, None]}) == '{"a":[1,null],"b":"ü"}'
    assert compact({}) == "{}"


def test_many_rows_are_changed_at_once_as_one_by_one(db: Database) -> None:
    made = enqueued(db, *(a_draft() for _ in range(3)))
    words = 'a "b" \\ \n ✓ سلام'
    rows = [
        (words, 2**53 + 1, None, made[0].id),
        (None, -1, "0.10", made[1].id),
        ("first", 1, "1", made[2].id),
        ("last", 2, "2.50", made[2].id),
        ("of no row", 3, "3", 999),
    ]

    with db.transaction():
        db.change("orders", ("last_error", "due_at", "charge"), rows)
        db.change("orders", ("last_error",), [])

    stored = db.sql("SELECT last_error, due_at, charge, id FROM orders ORDER BY id")
    assert stored == [rows[0], rows[1], rows[3]]
    assert all(order.link == made[0].link for order in orders.listed(db))
