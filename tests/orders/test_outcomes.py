"""What figures are told of an add and of a lost answer agrees with what the decisions write into the history."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.support.samples import NOW, an_intent, an_order
from tracker.orders.answers import Accepted, AddAnswer, NotSent, Reason, Refused, Report, Unanswered
from tracker.orders.change import OrderChange
from tracker.orders.order import TRANSITIONS, State
from tracker.orders.outcomes import ADD_OUTCOMES, SETTLED_BY, add_outcome, settled_as, settled_by
from tracker.orders.resolution import (
    By,
    after_adopt,
    after_drop,
    after_never_sent,
    after_refused_again,
    after_release,
)
from tracker.orders.submission import after_add, after_crash, after_words_listed
from tracker.reconciliation.asked_again import after_asked_again
from tracker.reconciliation.evidence import Ruling, Verdict
from tracker.reconciliation.outcome import after_verdict

SENT, LOST = an_order(state=State.SUBMITTING), an_order(state=State.UNKNOWN, expected_charge=Decimal(1))
REPORT = Report("In progress", State.ACTIVE)
REFUSED = Refused(Reason.INPUT, "Incorrect link")
AT_THE_PAGE = f"{By.OPERATOR} at the page (127.0.0.1)"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Accepted("7"), "accepted"),
        (REFUSED, "rejected"),
        (Refused(Reason.FUNDS, "Not enough funds"), "postponed"),
        (Refused(Reason.LINK_BUSY, "not sent: says the panel"), "postponed"),
        (NotSent("no connection"), "not_sent"),
        (Unanswered("no answer"), "lost"),
    ],
)
def test_each_answer_to_an_add_has_an_outcome(answer: AddAnswer, outcome: str) -> None:
    change = after_add(SENT, answer, an_intent(), NOW, 1)

    assert add_outcome(change.after.state, change.why) == outcome
    assert outcome in ADD_OUTCOMES


def test_an_add_of_a_dead_daemon_is_lost() -> None:
    change = after_crash(SENT, an_intent())

    assert add_outcome(change.after.state, change.why) == "lost"


def absent() -> OrderChange:
    twice = Verdict(LOST.id, Ruling.ABSENT, ("absent",), is_proven_twice=True)
    return after_verdict(LOST, twice, None, Decimal(5), NOW, NOW)


def settlings() -> Iterator[tuple[OrderChange, str]]:
    by = {
        "person": By.OPERATOR,
        "evidence": By.EVIDENCE,
        "list": By.LISTED,
        "late_answer": By.LATE_ANSWER,
        "asked_again": By.ASKED_AGAIN,
    }
    for word, who in by.items():
        yield after_adopt(LOST, "7", REPORT, who, NOW), f"adopted {word}"
    for person in (By.OPERATOR, AT_THE_PAGE):
        yield after_adopt(LOST, "7", REPORT, person, NOW), "adopted person"
        yield after_release(LOST, person, NOW), "released person"
        yield after_drop(LOST, person, NOW), "dropped person"
    yield after_never_sent(LOST, "it was dropped"), "released never_sent"
    yield after_refused_again(LOST, "Incorrect link", NOW)[0], "released asked_again"
    yield after_words_listed(LOST, REFUSED, NOW)[0], "released words_listed"
    yield absent(), "released evidence"
    settled = after_asked_again(LOST, Accepted("7"), by_key=True, now=NOW, poll_in=1)
    yield settled.changes[0], "adopted asked_again"


@pytest.mark.parametrize(("change", "label"), list(settlings()))
def test_each_way_in_which_a_lost_answer_ends_is_told_from_the_others(
    change: OrderChange, label: str
) -> None:
    assert f"{settled_as(change.after.state)} {settled_by(change.why, change.evidence)}" == label
    assert label in SETTLED_BY


def test_every_way_that_is_shown_can_happen_and_every_state_has_a_word() -> None:
    assert {label for _, label in settlings()} == set(SETTLED_BY)
    assert {settled_as(state) for state in TRANSITIONS[State.UNKNOWN]} == {"adopted", "released", "dropped"}
