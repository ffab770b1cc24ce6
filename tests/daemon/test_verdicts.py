"""What is written of a check of lost orders: what becomes of each, what is kept of it, and who is told."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW
from tests.support.sent_orders import lost
from tests.support.worker_stage import Stage
from tracker.accounts.account import AccountChange
from tracker.daemon.passes.write_verdicts import WriteVerdicts
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.answers import Report
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.order import Order, State
from tracker.reconciliation.candidates import Denial
from tracker.reconciliation.evidence import Findings, Ruling, Verdict
from tracker.reconciliation.lost_order import LostOrder, Readings
from tracker.store import changes, evidence, losses, order_history, outbox

pytestmark = pytest.mark.sqlite  # what they prove is decided before any database

WALLET = Mark(Decimal("7000.50"), CostRange(), NOW)
REPORT = Report("In progress", State.ACTIVE, Decimal("300.10"), remains=60)


def of(stage: Stage, order: Order) -> LostOrder:
    return next(one for one in losses.open_orders(stage.db, "p") if one.order_id == order.id)


def write(
    stage: Stage, readings: Readings, findings: Findings, asked: tuple[str, ...] = (), **unknown: Any
) -> None:
    """Write the findings on all lost orders."""
    context = stage.context()
    context = replace(context, unknown=type(context.unknown)(**unknown)) if unknown else context
    WriteVerdicts(context).run(losses.open_orders(stage.db, "p"), readings, findings, asked)


def held(order: Order, why: str = "why") -> Verdict:
    return Verdict(order.id, Ruling.HOLD, (why,))


def kept(stage: Stage, order: Order) -> list[tuple[int, str, list[str]]]:
    return [(one.at, one.ruling, one.reasons) for one in evidence.checks(stage.db, order.id)]


def told(stage: Stage, event: str) -> list[dict[str, Any]]:
    return [dict(one.notice.facts) for one in outbox.listed(stage.db) if one.notice.event == event]


def test_an_order_that_is_only_held_again_is_written_on_its_schedule(stage: Stage) -> None:
    due = [lost(stage, due_at=due_at) for due_at in (NOW, None)]
    early = lost(stage, due_at=NOW + 1)

    write(stage, Readings(NOW), Findings(tuple(held(one) for one in (*due, early))))

    assert [kept(stage, one) for one in (*due, early)] == [[(NOW, "hold", ["why"])]] * 2 + [[]]
    assert [stage.order(one.id).due_at for one in due] == [NOW + 2 * SECOND] * 2
    assert [stage.order(one.id).checked_at for one in due] == [NOW] * 2
    assert stage.order(early.id) == early


def test_it_is_looked_for_next_by_how_long_it_is_lost(stage: Stage) -> None:
    order = lost(stage)
    stage.now += 5 * MINUTE

    write(stage, Readings(stage.now), Findings((held(order),)), looks=(MINUTE, 2 * MINUTE), settle=HOUR)

    assert stage.order().due_at == NOW + 6 * MINUTE


def test_what_is_found_is_adopted_before_it_is_due_and_its_id_is_an_own_one(stage: Stage) -> None:
    order, other = lost(stage, due_at=NOW + HOUR), lost(stage, due_at=NOW + HOUR)
    verdict = Verdict(order.id, Ruling.ADOPT, ("it fits",), "5002")
    readings = Readings(NOW + SECOND, WALLET, "two equal readings", strangers={"5002": REPORT})

    write(stage, readings, Findings((verdict, held(other))), ("5001", "5002", "5003"))

    found = stage.order(order.id)
    assert (found.state, found.panel_order_id, found.charge) == (State.ACTIVE, "5002", Decimal("300.10"))
    assert stage.context().account().newest_id == "5002"
    (check,) = evidence.checks(stage.db, order.id)
    assert (check.at, check.ruling, check.reasons) == (NOW + SECOND, "adopt", ["it fits"])
    assert check.facts == {
        "balance": "7000.50",
        "wallet": "two equal readings",
        "ids_asked": 3,
        "own_ids_found": {"5002": {"status": "In progress", "charge": "300.10", "remains": 60}},
    }
    assert stage.alerts().count("order.adopted") == 1
    assert order_history.changes_of(stage.db, found)[-1].at == NOW + SECOND


def test_what_could_not_be_read_is_kept_as_such(stage: Stage) -> None:
    order = lost(stage)

    write(stage, Readings(NOW, None, "the balance could not be read"), Findings((held(order),)))

    (check,) = evidence.checks(stage.db, order.id)
    assert check.facts == {
        "balance": None, "wallet": "the balance could not be read", "ids_asked": 0, "own_ids_found": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("unknown", "state"),
    [
        ({"resend": "when-proven-absent", "resend_max": Decimal(3000)}, State.QUEUED),
        ({"resend": "when-proven-absent", "resend_max": Decimal(2999)}, State.UNKNOWN),
        ({"resend": "never", "resend_max": Decimal(3000)}, State.UNKNOWN),
    ],
)
def test_what_is_proven_absent_is_noted_and_sent_again_as_is_asked_for(
    stage: Stage, unknown: dict[str, Any], state: State
) -> None:
    order, other = lost(stage), lost(stage, due_at=NOW + HOUR)
    verdict = Verdict(order.id, Ruling.ABSENT, ("all denied",), is_proven_twice=True)

    write(stage, Readings(NOW + MINUTE), Findings((verdict, held(other))), **unknown)

    assert stage.order(order.id).state is state
    absent = stage.db.sql("SELECT absent_at FROM attempts ORDER BY id")
    assert [row[0] for row in absent] == [NOW + MINUTE, None]
    assert stage.context().account().newest_id is None


def test_how_far_each_is_settled_and_the_reading_of_the_wallet_are_kept(stage: Stage) -> None:
    order, charged = lost(stage), lost(stage)
    settled = [replace(of(stage, one), settled_by=7) for one in (order, charged)]

    WriteVerdicts(stage.context()).run(
        settled, Readings(NOW), Findings((), mark=WALLET, uncharged=frozenset({order.id})), []
    )

    assert stage.context().account().mark == WALLET
    found = of(stage, order)
    assert (found.settled_by, found.before, found.is_clear) == (7, WALLET, True)
    assert (of(stage, charged).settled_by, of(stage, charged).before) == (7, None)


def test_without_a_reading_the_last_one_stays(stage: Stage) -> None:
    lost(stage)
    changes.update_account(stage.db, "p", lambda known: AccountChange(known._replace(mark=WALLET)), NOW)

    write(stage, Readings(NOW), Findings(()))

    assert stage.context().account().mark == WALLET


def test_ids_that_no_order_explains_end_automatic_verdicts_and_five_are_named(stage: Stage) -> None:
    order = lost(stage)
    ids = [str(one) for one in range(5001, 5007)]
    with stage.db.transaction():
        evidence.keep_probes(stage.db, "p", [], map(int, ids), 1)

    write(stage, Readings(NOW), Findings((held(order),), tuple(ids)))

    shown = "5001, 5002, 5003, 5004, 5005"
    why = f"the account has orders that were not placed here: {shown}"
    assert stage.context().account().doubt == why
    assert [(one["why"], one["ids"]) for one in told(stage, "spend.unexplained")] == [(why, shown)]
    evidence.acknowledge(stage.db, "p")
    assert evidence.strangers(stage.db, "p", acknowledged=True) == [int(one) for one in ids]


def test_denials_are_forgotten_once_no_order_of_the_panel_is_lost(stage: Stage) -> None:
    order = lost(stage)
    lost(stage, panel="q")
    with stage.db.transaction():
        for panel in ("p", "q"):
            evidence.keep_probes(stage.db, panel, [Denial(5002, True, 1)], [], 1)
    write(stage, Readings(NOW), Findings((held(order),)))
    assert evidence.denials(stage.db, "p") == {5002: 1}

    adopted = Verdict(order.id, Ruling.ADOPT, ("it fits",), "5003")
    write(stage, Readings(NOW, strangers={"5003": REPORT}), Findings((adopted,)))

    assert evidence.denials(stage.db, "p") == {}
    assert evidence.denials(stage.db, "q") == {5002: 1}
    assert told(stage, "spend.unexplained") == []
