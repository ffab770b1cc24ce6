"""Each time that a lost order is asked again, as it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, a_draft, an_intent, claim_for_add, enqueued
from tracker.lib.times import MINUTE
from tracker.orders.change import OrderChange
from tracker.orders.order import Order, State
from tracker.panel.exchange import Exchange, Request
from tracker.store import asks, attempts, changes, epoch
from tracker.store.database import Database
from tracker.store.kept_answers import KEPT_BODY, exchange_of

ADD = Request("add", {})
LATER = NOW + MINUTE


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return a_database(tmp_path)


def lost(db: Database, panel: str = "p") -> tuple[Order, int]:
    """Send an order with a key and lose its answer."""
    (order,) = enqueued(db, a_draft(panel=panel))
    claimed = claim_for_add(db, order, an_intent(request_key="k", request_digest="d"))
    assert claimed is not None
    before = claimed[0].after
    change = OrderChange(before, before._replace(state=State.UNKNOWN), "")
    return changes.apply(db, [change], NOW)[0].after, claimed[1]


def asked(db: Database, order: Order, attempt_id: int, over_at: int = LATER) -> int:
    ask_id = asks.record(db, order, attempt_id, NOW, over_at)
    assert ask_id is not None
    return ask_id


def test_each_time_is_kept_in_its_order_and_only_with_its_own_attempt(db: Database) -> None:
    order, attempt_id = lost(db)
    other, other_attempt = lost(db, "q")
    first = asked(db, order, attempt_id)
    asked(db, other, other_attempt)
    second = asked(db, order, attempt_id, LATER + 1)

    unanswered = (None,) * 8
    assert [tuple(one) for one in asks.of_attempt(db, attempt_id)] == [
        (first, order.id, attempt_id, NOW, LATER, *unanswered),
        (second, order.id, attempt_id, NOW, LATER + 1, *unanswered),
    ]
    with db.transaction():
        asks.note_outcome(db, first, "the same again")
    assert [one.outcome for one in asks.of_attempt(db, attempt_id)] == ["the same again", None]


def test_an_order_that_was_settled_meanwhile_is_not_asked_again(db: Database) -> None:
    order, attempt_id = lost(db)
    changes.apply(db, [OrderChange(order, order._replace(state=State.QUEUED), "released")], LATER)

    assert asks.record(db, order, attempt_id, LATER, LATER) is None
    assert asks.of_attempt(db, attempt_id) == []


@pytest.mark.sqlite
def test_the_mark_beside_a_file_grows_when_an_order_is_asked_again(db: Database) -> None:
    order, attempt_id = lost(db)
    epoch.advance(db)
    beside = db.sidecar(".epoch")
    assert beside is not None
    before = int(beside.read_text())

    asked(db, order, attempt_id)

    assert int(beside.read_text()) == before + 1 == db.sql("SELECT number FROM epoch")[0][0]


@pytest.mark.parametrize(
    "exchange",
    [
        Exchange(ADD, True, 200, {"a": "b"}, b"x"),
        Exchange(ADD, True, None, {}, b"", whole=False, error="reset"),
        Exchange(ADD, False, error="refused"),
    ],
)
def test_a_kept_answer_reads_back_as_it_was_and_ends_the_request(db: Database, exchange: Exchange) -> None:
    order, attempt_id = lost(db)
    ask_id = asked(db, order, attempt_id, NOW + 9 * MINUTE)
    other = asked(db, order, attempt_id)

    assert asks.keep(db, ask_id, exchange, LATER) == exchange

    kept, untouched = asks.of_attempt(db, attempt_id)
    assert exchange_of(kept, ADD) == exchange
    assert (kept.answered_at, kept.over_at) == (LATER, LATER)
    assert (untouched.id, untouched.answered_at) == (other, None)
    assert exchange_of(untouched, ADD) is None


def test_an_answer_that_is_too_long_is_kept_as_it_is_read_from_then_on(db: Database) -> None:
    order, attempt_id = lost(db)
    ask_id = asked(db, order, attempt_id)

    kept = asks.keep(db, ask_id, Exchange(ADD, True, 200, {}, b"x" * (KEPT_BODY + 1)), LATER)

    assert (len(kept.body), kept.whole) == (KEPT_BODY, False)
    assert exchange_of(asks.of_attempt(db, attempt_id)[0], ADD) == kept


def test_an_order_may_be_on_its_way_until_its_last_request_is_over_or_answered(db: Database) -> None:
    order, attempt_id = lost(db)
    other, other_attempt = lost(db, "q")
    assert asks.open_until(db, order.id, NOW) is None

    asked(db, order, attempt_id, LATER)
    last = asked(db, order, attempt_id, LATER + 5)
    asked(db, other, other_attempt, LATER + 9)

    assert asks.open_until(db, order.id, NOW) == LATER + 5
    assert asks.open_until(db, order.id, LATER + 4) == LATER + 5
    assert asks.open_until(db, order.id, LATER + 5) is None
    asks.keep(db, last, Exchange(ADD, True, 500), NOW + 1)
    assert asks.open_until(db, order.id, NOW) == LATER


def test_the_requests_of_one_panel_are_forgotten(db: Database) -> None:
    order, other = lost(db)[0], lost(db, "q")[0]

    asks.forget_requests(db, "p")

    def request(order: Order) -> tuple[str | None, str | None]:
        found = attempts.last_attempt(db, order.id)
        return found.request_key, found.request_digest

    assert request(order) == (None, None)
    assert request(other) == ("k", "d")
