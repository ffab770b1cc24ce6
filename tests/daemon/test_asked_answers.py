"""What the answer makes of an order that was asked for again."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from tests.daemon.asking import KEYED, WINDOW, Make, make
from tests.support.samples import NOW
from tests.support.sent_orders import followed
from tracker.lib.times import SECOND
from tracker.orders.answers import Report
from tracker.orders.order import Order, State
from tracker.orders.resolution import By, after_adopt, after_drop
from tracker.panel.exchange import Exchange, Request
from tracker.store import asks, attempts, changes
from tracker.store.database import StorageFault

pytestmark = pytest.mark.sqlite  # what they prove is decided before any database

__all__ = ["make"]

SCATTERED = "{base: tagrani, idempotency_field: request_id, ids_grow: false}"


# -- what the answer makes of it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dialect", "body", "outcome", "state", "told"),
    [
        (KEYED, '{"order": 5002}', "adopted", State.ACTIVE, ("adopt", "the panel has it as 5002")),
        (KEYED, '{"order": 5001}', "the id cannot be its own", State.UNKNOWN, ("hold", "not above 5001")),
        (KEYED, '{"order": 17}', "the id cannot be its own", State.UNKNOWN, ("hold", "17, which is not above 5001")),
        (KEYED, '{"order": 9999999}', "the id cannot be its own", State.UNKNOWN, ("hold", "far above 5001")),
        (KEYED, '{"order": 5004}', "the id cannot be its own", State.UNKNOWN, ("hold", "5004, which is order 1's already")),
        (SCATTERED, '{"order": 17}', "adopted", State.ACTIVE, ("adopt", "the panel has it as 17")),
        (SCATTERED, '{"order": 9999999}', "adopted", State.ACTIVE, ("adopt", "the panel has it as 9999999")),
        (SCATTERED, '{"order": 5004}', "the id cannot be its own", State.UNKNOWN, ("hold", "which is order 1's already")),
        (KEYED, '{"error": "Bad link"}', "refused", State.REJECTED, ("hold", "the panel refused it: Bad link")),
        (KEYED, '{"error": "Incorrect service ID"}', "nothing", State.UNKNOWN, ("hold", "says nothing of the first")),
        (WINDOW, '{"error": "Bad link"}', "nothing", State.UNKNOWN, ("hold", "says nothing of the first")),
        (KEYED, None, "nothing", State.UNKNOWN, ("hold", "the answer was lost")),
    ],
)  # fmt: skip
def test_each_answer_settles_what_it_proves(
    make: Make, dialect: str, body: str | None, outcome: str, state: State, told: tuple[str, str]
) -> None:
    asking = make(dialect)
    followed(asking.stage, 5004)
    followed(asking.stage, 17, panel="q")
    order = asking.lost()
    asking.ask.note_sent(attempts.last_attempt(asking.stage.db, order.id).id, NOW)
    asking.wire.bodies = [body]
    asking.stage.now += SECOND

    with capture_logs() as logs:
        assert asking.run() == [order.id]

    assert asking.stage.order(order.id).state is state
    assert [one.outcome for one in asking.asks(order)] == [outcome]
    ((ruling, why),) = asking.why(order)
    assert ruling == told[0]
    assert why.startswith("asked again: ")
    assert told[1] in why
    account = asking.context.account()
    assert (account.ids_doubt is not None) is (outcome == "the id cannot be its own")
    assert (account.answered_id is not None) is (outcome == "adopted")
    assert (account.failures, account.last_error is None) == (
        (0, True) if body and not account.ids_doubt else (1, False)
    )
    assert "answer.late" not in [line["event"] for line in logs]
    if state is State.ACTIVE:
        assert asking.stage.order(order.id).due_at == asking.stage.now + asking.context.schedule.poll


REPORT = Report("Pending", State.ACTIVE)


@pytest.mark.parametrize("meanwhile", ["5002", "5003", None])
def test_what_was_settled_in_another_way_meanwhile_is_said(make: Make, meanwhile: str | None) -> None:
    asking = make()
    order = asking.lost()
    settled = (
        after_drop(order, By.OPERATOR, NOW)
        if meanwhile is None
        else after_adopt(order, meanwhile, REPORT, By.OPERATOR, NOW)
    )
    asking.wire.meanwhile = lambda: changes.apply(asking.stage.db, [settled], NOW)

    with capture_logs() as logs:
        assert asking.run() == [order.id]

    late = [line for line in logs if line["event"] == "answer.late"]
    why = "the order was settled in another way meanwhile: it may be paid twice"
    said = {
        "event": "answer.late",
        "log_level": "error",
        "panel": "p",
        "order": order.id,
        "panel_order_id": "5002",
        "why": why,
    }
    assert late == ([] if meanwhile == "5002" else [said])
    assert asking.stage.order(order.id) == settled.after._replace(
        **{
            name: getattr(asking.stage.order(order.id), name)
            for name in ("updated_at",)
            if name in Order._fields
        }
    )
    assert asking.context.account().ids_doubt is None


def test_an_answer_that_was_kept_is_read_first_and_each_only_once(make: Make) -> None:
    asking = make()
    order = asking.lost()
    attempt_id = attempts.last_attempt(asking.stage.db, order.id).id
    for body, outcome in ((b'{"order": 5009}', "nothing"), (None, None), (b'{"order": 5003}', None)):
        ask_id = asks.record(asking.stage.db, order, attempt_id, NOW, NOW)
        assert ask_id is not None
        if body is not None:
            exchange = Exchange(Request("add", {}), True, 200, {}, body)
            asks.keep(asking.stage.db, ask_id, exchange, NOW)
        if outcome is not None:
            with asking.stage.db.transaction():
                asks.note_outcome(asking.stage.db, ask_id, outcome)

    assert asking.run() == [order.id]
    assert asking.wire.sent == []
    assert asking.stage.order(order.id).panel_order_id == "5003"
    assert [one.outcome for one in asking.asks(order)] == ["nothing", None, "adopted"]


# -- a disk that refuses the answer -----------------------------------------------------------------------


@pytest.mark.parametrize("column", ["answered_at", "outcome"])
@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{"order": 5002}', "panel p took order 1 as 5002, which could not be written"),
        ('{"order": 17}', "the answer to order 1 could not be written"),
        ('{"error": "Bad link"}', "the answer to order 1 could not be written"),
    ],
)
def test_whichever_write_fails_the_order_and_its_id_are_named(
    make: Make, capsys: pytest.CaptureFixture[str], column: str, body: str, sentence: str
) -> None:
    asking = make()
    asking.lost()
    asking.wire.bodies = [body]
    asking.wire.meanwhile = asking.stage.stopping.set
    refuse = f"CREATE TRIGGER full BEFORE UPDATE OF {column} ON asks BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
    asking.stage.db.sql(refuse)

    with pytest.raises(StorageFault):
        asking.run()

    assert capsys.readouterr().err.startswith(sentence)
