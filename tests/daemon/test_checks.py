"""One check of the lost orders after another: when it is tried again, when it counts, and when it failed here."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.sent_orders import followed, lost
from tests.support.worker_stage import Stage
from tracker.accounts.account import AccountChange
from tracker.daemon.passes.reconcile import RETRY_DELAY, TRIES, Reconcile
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.change import OrderChange
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.order import Order, Series, State
from tracker.orders.resolution import By, after_drop
from tracker.practice.panel import PracticePanel
from tracker.store import attempts, changes, evidence
from tracker.store.database import StorageFault

pytestmark = pytest.mark.sqlite  # what they prove is decided before any database


@pytest.fixture
def stage(tmp_path: Path, panel: PracticePanel) -> Iterator[Stage]:
    stage = Stage(tmp_path, panel)
    stage.elapsed = lambda: stage.now
    yield stage
    stage.client.close()


@pytest.fixture
def reconcile(stage: Stage) -> Reconcile:
    return Reconcile(stage.context(), stage.worker.track.poll)


def a_loss(stage: Stage) -> Order:
    """A lost order whose wallet can be compared."""
    mark = Mark(stage.panel.state.balance, CostRange(), stage.now)
    return lost(stage, {"mark": mark, "expected_charge": Decimal(300), "newest_id": "5001"})


def check(stage: Stage, reconcile: Reconcile) -> None:
    with stage.db.lease("submit:p") as lease:
        reconcile.run(lease)


def checks(stage: Stage, order: Order) -> list[list[str]]:
    return [one.reasons for one in evidence.checks(stage.db, order.id)]


def test_a_check_to_which_nothing_was_answered_is_tried_again_twice_and_then_counts(
    stage: Stage, reconcile: Reconcile
) -> None:
    order = a_loss(stage)
    stage.panel.fault("balance", "html", None)
    due = []
    for _ in range(TRIES):
        check(stage, reconcile)
        due.append((reconcile.due_at(reconcile.losses.open()) or 0) - stage.now)
        assert reconcile.losses.is_awaited(reconcile.losses.open()) is (
            len(due) < TRIES or due[-1] < 10 * SECOND
        )
        stage.now += SECOND

    assert due[:2] == [RETRY_DELAY] * 2
    assert len(checks(stage, order)) == 1
    assert "the wallet proves nothing: the balance could not be read" in checks(stage, order)[0]
    check(stage, reconcile)
    assert len(checks(stage, order)) == 1, "and then it is tried again as before"


def test_a_check_that_was_told_of_an_id_counts_though_the_wallet_is_unread(
    stage: Stage, reconcile: Reconcile
) -> None:
    stage.panel.state.fill(1)
    values = {"series": Series.RUNS, "expected_charge": Decimal(9000)}
    followed(stage, 5001, fields={"runs": "5"}, **values)
    order = a_loss(stage)
    number = stage.panel.state.place_elsewhere(2, order.link, 100)
    with stage.db.transaction():
        evidence.keep_probes(stage.db, "p", [], [number], attempts.newest(stage.db))
    stage.panel.fault("balance", "html", None)

    check(stage, reconcile)

    assert [one.ruling for one in evidence.checks(stage.db, order.id)] == ["adopt"]
    assert stage.order(order.id).panel_order_id == str(number)
    asked = [list(seen.ids) for seen in stage.panel.requests.of("status")]
    assert asked[-2:] == [[str(number)], ["5001"]], "what may have parts is asked about after the ids"


def test_a_pause_of_the_panel_that_is_over_by_a_clock_that_nobody_sets_ends(
    stage: Stage, reconcile: Reconcile
) -> None:
    assert reconcile.due_at(reconcile.losses.open()) is None
    order = a_loss(stage)
    stage.panel.fault("balance", "html", None)
    check(stage, reconcile)
    start = stage.now
    stage.elapsed = lambda: start + RETRY_DELAY - 1
    assert reconcile.due_at(reconcile.losses.open()) == stage.now + 1
    stage.elapsed = lambda: start + RETRY_DELAY
    assert reconcile.due_at(reconcile.losses.open()) == order.due_at

    stage.elapsed = lambda: start
    stage.now -= HOUR
    assert reconcile.due_at(reconcile.losses.open()) == order.due_at, "it is not due before"
    changes.apply(stage.db, [after_drop(order, By.OPERATOR, start)], start)
    assert reconcile.due_at(reconcile.losses.open()) is None


def test_a_check_that_fails_here_is_logged_once_tried_again_and_then_holds_what_is_lost(
    stage: Stage, reconcile: Reconcile
) -> None:
    order = a_loss(stage)
    with stage.db.transaction():
        stage.db.many("UPDATE attempts SET mark = 'bitten' WHERE order_id = ?", [(order.id,)])
    with capture_logs() as logs:
        for _ in range(TRIES - 1):
            check(stage, reconcile)
            assert (reconcile.due_at(reconcile.losses.open()), checks(stage, order)) == (
                stage.now + RETRY_DELAY,
                [],
            )
        check(stage, reconcile)
    assert [line["event"] for line in logs].count("order.evidence_failed") == 1
    ((why,),) = checks(stage, order)
    assert why.startswith("the check failed here: ")
    assert why != "the check failed here: NoneType"

    with stage.db.transaction():
        stage.db.many("UPDATE attempts SET mark = NULL WHERE order_id = ?", [(order.id,)])
    check(stage, reconcile)
    with stage.db.transaction():
        stage.db.many("UPDATE attempts SET mark = 'bitten' WHERE order_id = ?", [(order.id,)])
    with capture_logs() as logs:
        check(stage, reconcile)
    assert [line["event"] for line in logs].count("order.evidence_failed") == 1


def test_a_database_that_cannot_be_read_ends_the_check(stage: Stage, reconcile: Reconcile) -> None:
    order = a_loss(stage)
    stage.db.sql("ALTER TABLE probes RENAME TO gone")
    with pytest.raises(StorageFault):
        check(stage, reconcile)
    assert checks(stage, order) == []


@pytest.mark.parametrize("known", [{"doubt": "the wallet sank"}, {"ids_doubt": "an odd id"}])
def test_while_something_contradicts_the_evidence_what_is_found_is_only_named(
    stage: Stage, reconcile: Reconcile, known: dict[str, Any]
) -> None:
    stage.panel.state.fill(1)
    order = a_loss(stage)
    number = stage.panel.state.place_elsewhere(2, order.link, 100)
    with stage.db.transaction():
        evidence.keep_probes(stage.db, "p", [], [number], attempts.newest(stage.db))
    changes.update_account(stage.db, "p", lambda account: AccountChange(account._replace(**known)), stage.now)

    check(stage, reconcile)

    (reasons,) = checks(stage, order)
    (why,) = known.values()
    assert reasons[:2] == [f"no automatic verdict: {why}", f"ids that fit: {number}"]


def test_on_an_account_that_others_use_what_is_found_is_only_named(stage: Stage) -> None:
    stage.panel.state.fill(1)
    order = a_loss(stage)
    number = stage.panel.state.place_elsewhere(2, order.link, 100)
    with stage.db.transaction():
        evidence.keep_probes(stage.db, "p", [], [number], attempts.newest(stage.db))

    check(stage, Reconcile(stage.context(account="shared"), stage.worker.track.poll))

    (reasons,) = checks(stage, order)
    assert reasons[0] == "others order from this account too: what fits may be theirs"


def test_an_id_that_was_seen_before_the_order_was_sent_is_not_its_own(
    stage: Stage, reconcile: Reconcile
) -> None:
    stage.panel.state.fill(1)
    number = stage.panel.state.place_elsewhere(2, "https://x.example/a", 100)
    with stage.db.transaction():
        evidence.keep_probes(stage.db, "p", [], [number], 0)
    order = a_loss(stage)

    check(stage, reconcile)

    assert stage.order(order.id).panel_order_id is None
    assert "orders that were not placed here" in (stage.context().account().doubt or "")
    assert stage.now - MINUTE < (stage.order(order.id).checked_at or 0)


def test_what_the_panel_may_have_given_back_since_is_taken_into_account(
    stage: Stage, reconcile: Reconcile
) -> None:
    running = followed(stage, 5001, intent={"expected_charge": Decimal(300)})
    mark = Mark(stage.panel.state.balance, stage.context().account().spent, stage.now)
    order = lost(stage, {"mark": mark, "expected_charge": Decimal(200), "newest_id": "5001"}, due_at=0)
    stage.now += MINUTE
    canceled = running._replace(state=State.CANCELED, finished_at=stage.now)
    changes.apply(stage.db, [OrderChange(running, canceled, "")], stage.now)
    stage.now += HOUR
    reconcile.losses.open()
    stage.now += HOUR

    check(stage, reconcile)

    why = "the wallet did not sink by its charge, if orders that ended alike were refunded alike"
    assert checks(stage, order)[-1][-1] == why
    assert evidence.checks(stage.db, order.id)[-1].ruling == "absent"
