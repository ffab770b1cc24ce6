"""When a lost `add` may be asked again, and what the answer settles, by table."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW, an_order
from tracker.lib.times import MINUTE, SECOND
from tracker.orders.answers import Accepted, AddAnswer, NotSent, Reason, Refused, Unanswered
from tracker.orders.order import TRANSITIONS, State
from tracker.reconciliation.asked_again import (
    MARGIN,
    MOST_ASKED,
    SHORTEST,
    AskAgain,
    DoNotAsk,
    FirstSending,
    Outcome,
    Terms,
    after_asked_again,
    may_ask,
)

KEY, WINDOW = Terms(key_window=10 * MINUTE), Terms(dedupe_window=2 * MINUTE)
LONGEST = 2 * MINUTE
ORDER = an_order(state=State.UNKNOWN, attempts=1, submitted_at=NOW - MINUTE)


def first(**values: Any) -> FirstSending:
    return FirstSending(
        **{"age": MINUTE, "own_age": MINUTE, "has_key": True, "is_same_request": True, **values}
    )


@pytest.mark.parametrize(
    ("terms", "sending", "within"),
    [
        (KEY, first(), LONGEST), (KEY, first(own_age=None), LONGEST), (KEY, first(equal=5), LONGEST),
        (WINDOW, first(), MINUTE - MARGIN), (WINDOW, first(age=None), MINUTE - MARGIN),
        (KEY, first(age=10 * MINUTE - MARGIN - SHORTEST), SHORTEST),
        (Terms(MINUTE, 3 * MINUTE), first(), 2 * MINUTE - MARGIN),
        (Terms(10 * MINUTE, 3 * MINUTE), first(has_key=False), 2 * MINUTE - MARGIN),
    ],
)  # fmt: skip
def test_it_is_asked_within_what_the_panel_surely_remembers(
    terms: Terms, sending: FirstSending, within: int
) -> None:
    found = may_ask(terms, sending, LONGEST)

    assert isinstance(found, AskAgain)
    assert found.within == within


@pytest.mark.parametrize(
    ("terms", "sending"),
    [
        (Terms(), first()), (KEY, first(has_key=False)), (KEY, first(age=None)), (KEY, first(age=-1)),
        (KEY, first(age=10 * MINUTE - MARGIN - SHORTEST + 1)), (WINDOW, first(own_age=None)),
        (WINDOW, first(own_age=2 * MINUTE - MARGIN)), (WINDOW, first(equal=5)), (KEY, first(is_same_request=False)),
        (KEY, first(was_unfit=True)), (KEY, first(is_over=False)), (KEY, first(asked=MOST_ASKED)),
        (KEY, first(fault="it is gone")), (KEY, first(expected_now=Decimal(5))),
        (KEY, first(expected_then=Decimal(5))),
    ],
)  # fmt: skip
def test_in_doubt_it_is_not_asked(terms: Terms, sending: FirstSending) -> None:
    found = may_ask(terms, sending, LONGEST)

    assert isinstance(found, DoNotAsk)
    assert found.why


@pytest.mark.parametrize(
    ("answer", "by_key", "outcome"),
    [
        (Accepted("105"), True, Outcome.ADOPTED), (Accepted("105"), False, Outcome.ADOPTED),
        (Refused(Reason.INPUT, "Bad link"), True, Outcome.REFUSED),
        (Refused(Reason.INPUT, "Bad link"), False, Outcome.NOTHING),
        (Refused(Reason.INPUT, "Invalid quantity: duplicate request_id"), True, Outcome.NOTHING),
        *((Refused(reason, "no"), True, Outcome.NOTHING) for reason in Reason if reason is not Reason.INPUT),
        (Unanswered("silence"), True, Outcome.NOTHING), (NotSent("no lease"), True, Outcome.NOTHING),
        (Unanswered("another's", claimed_id="7"), True, Outcome.UNFIT),
    ],
)  # fmt: skip
def test_what_an_answer_settles(answer: AddAnswer, by_key: bool, outcome: Outcome) -> None:
    settled = after_asked_again(ORDER, answer, by_key=by_key, now=NOW, poll_in=SECOND)

    assert settled.outcome is outcome
    before = ORDER
    for change in settled.changes:
        assert change.before == before
        assert change.after.state in TRANSITIONS[change.before.state]
        before = change.after
    ends = {Outcome.ADOPTED: State.ACTIVE, Outcome.REFUSED: State.REJECTED}
    assert before.state is ends.get(outcome, State.UNKNOWN)
