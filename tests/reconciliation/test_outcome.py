"""What a verdict makes of a lost order, compared as a whole."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW, an_order
from tracker.alerts.messages import message
from tracker.chat.buttons import offered
from tracker.events import Event, Notice
from tracker.lib.times import HOUR
from tracker.orders.answers import Report
from tracker.orders.change import OrderChange, order_facts
from tracker.orders.order import State
from tracker.orders.resolution import By, after_adopt
from tracker.reconciliation.evidence import IN_ORDER, Ruling, Verdict
from tracker.reconciliation.outcome import after_verdict

LATER = NOW + HOUR
LOST = an_order(
    state=State.UNKNOWN,
    last_error="it broke",
    expected_charge=Decimal(30),
    checked_at=NOW - HOUR,
    due_at=NOW - 1,
    attempts=1,
)
REPORT = Report("Pending", State.ACTIVE, Decimal(30), "USD", 5, 100)
ADOPT = Verdict(7, Ruling.ADOPT, ("it fits", "the wallet agrees"), "105")
ABSENT = Verdict(7, Ruling.ABSENT, ("every id was denied",), is_proven_twice=True)
ABSENT_ONCE = Verdict(7, Ruling.ABSENT, ("every id was denied",))
HOLD = Verdict(7, Ruling.HOLD, ("two ids fit",))
PAIRED = Verdict(7, Ruling.HOLD, (f"orders 7, 8 have all arrived, as 105, 106: {IN_ORDER}",))


def held(verdict: Verdict) -> OrderChange:
    after = LOST._replace(checked_at=NOW, due_at=LATER)
    facts = {"order": order_facts(after), "why": "it broke", "reasons": list(verdict.reasons)}
    notice = Notice(Event.ORDER_UNKNOWN, "p", 7, facts)
    return OrderChange(LOST, after, "checked; held", notices=(notice,))


def after(verdict: Verdict, report: Report | None = REPORT, resend_max: Decimal | None = None) -> OrderChange:
    return after_verdict(LOST, verdict, report, resend_max, NOW, LATER)


def test_an_adopted_order_keeps_the_reasons_as_evidence() -> None:
    adopted = after_adopt(LOST, "105", REPORT, By.EVIDENCE, NOW)
    evidence = {**adopted.evidence, "reasons": ["it fits", "the wallet agrees"]}

    assert after(ADOPT) == OrderChange(LOST, adopted.after, adopted.why, evidence, adopted.notices)
    assert adopted.why == "adopted as 105 by the evidence"


@pytest.mark.parametrize(
    ("verdict", "report"),
    [
        (ADOPT, None),
        (Verdict(7, Ruling.ADOPT, ("it fits",)), REPORT),
        (HOLD, REPORT),
        (Verdict(7, Ruling.HOLD, ("two ids fit",), "105"), REPORT),
        (ABSENT, None),
    ],
)
def test_all_else_is_held_with_the_reasons_and_the_time_of_the_next_check(
    verdict: Verdict, report: Report | None
) -> None:
    assert after(verdict, report) == held(verdict)


@pytest.mark.parametrize("resend_max", [Decimal(30), Decimal(31)])
def test_what_is_proven_absent_is_sent_again_up_to_the_operators_limit(resend_max: Decimal) -> None:
    queued = LOST._replace(state=State.QUEUED, last_error=None, checked_at=None, due_at=NOW)
    how: dict[str, Any] = {"kind": "settled", "how": "the panel never took it; it is sent again"}
    facts = {"order": order_facts(queued), **how}
    notice = Notice(Event.ORDER_UNKNOWN, "p", 7, facts, ends=Event.ORDER_UNKNOWN)

    assert after(ABSENT, None, resend_max) == OrderChange(
        LOST,
        queued,
        "sent again: proven absent, as `unknown.resend` allows",
        {"by": "the evidence", "reasons": ["every id was denied"]},
        (notice,),
    )


@pytest.mark.parametrize("verdict", [HOLD, ADOPT, ABSENT_ONCE])
def test_only_what_is_proven_absent_twice_is_sent_again(verdict: Verdict) -> None:
    assert after(verdict, None, Decimal(1000)) == held(verdict)


def test_above_the_limit_or_without_a_known_charge_nothing_is_sent_again() -> None:
    assert after(ABSENT, None, Decimal("29.99")) == held(ABSENT)
    unpriced = LOST._replace(expected_charge=None)
    assert after_verdict(unpriced, ABSENT, None, Decimal(1000), NOW, LATER).after.state is State.UNKNOWN


def test_the_reminders_of_one_that_has_arrived_with_others_are_of_a_kind_of_their_own() -> None:
    (notice,) = after(PAIRED).notices
    told = message(notice, NOW).body

    assert notice.facts["kind"] == "paired"
    assert "tracker resolve 7 --adopt-in-order" in told
    assert "--release" not in told
    assert [one.label for row in offered(notice) for one in row][:2] == ["Adopt …", "Drop …"]
