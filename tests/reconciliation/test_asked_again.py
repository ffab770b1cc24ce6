"""When a lost `add` may be asked again, and what the answer settles, by table."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW, an_order
from tracker.events import Event, Notice
from tracker.lib.times import MINUTE, SECOND
from tracker.orders.answers import Accepted, AddAnswer, NotSent, Reason, Refused, Unanswered
from tracker.orders.change import OrderChange, order_facts
from tracker.orders.order import TRANSITIONS, State
from tracker.orders.resolution import By, after_refused_again
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
BY_KEY = "with the same idempotency key"
BY_WINDOW = "within 2 min, in which an equal order is taken for the same one"
SAYS_NOTHING = "which says nothing of the first request"
UNSURE = "how long ago it was sent is not known for sure"


def first(**values: Any) -> FirstSending:
    return FirstSending(
        **{"age": MINUTE, "own_age": MINUTE, "has_key": True, "is_same_request": True, **values}
    )


@pytest.mark.parametrize(
    ("terms", "sending", "within", "how"),
    [
        (KEY, first(), LONGEST, BY_KEY), (KEY, first(own_age=None), LONGEST, BY_KEY), (KEY, first(equal=5), LONGEST, BY_KEY),
        (WINDOW, first(), MINUTE - MARGIN, BY_WINDOW), (WINDOW, first(age=None), MINUTE - MARGIN, BY_WINDOW),
        (KEY, first(age=0), LONGEST, BY_KEY),
        (KEY, first(age=10 * MINUTE - MARGIN - SHORTEST), SHORTEST, BY_KEY),
        (Terms(MINUTE, 3 * MINUTE), first(), 2 * MINUTE - MARGIN, BY_WINDOW.replace("2", "3")),
        (Terms(10 * MINUTE, 3 * MINUTE), first(), LONGEST, BY_KEY),
        (Terms(10 * MINUTE, 3 * MINUTE), first(has_key=False), 2 * MINUTE - MARGIN, BY_WINDOW.replace("2", "3")),
        (KEY, first(asked=MOST_ASKED - 1, expected_now=Decimal("5.0"), expected_then=Decimal(5)), LONGEST, BY_KEY),
    ],
)  # fmt: skip
def test_it_is_asked_within_what_the_panel_surely_remembers(
    terms: Terms, sending: FirstSending, within: int, how: str
) -> None:
    assert may_ask(terms, sending, LONGEST) == AskAgain(within, how)


def test_where_an_add_has_little_time_anyway_it_is_asked_with_all_of_it() -> None:
    window = Terms(key_window=MINUTE)
    age = MINUTE - MARGIN - 5 * SECOND

    assert may_ask(window, first(age=age), 5 * SECOND) == AskAgain(5 * SECOND, BY_KEY)
    assert isinstance(may_ask(window, first(age=age + 1), 5 * SECOND), DoNotAsk)


@pytest.mark.parametrize(
    ("terms", "sending", "why"),
    [
        (Terms(), first(), "the panel knows no idempotency key"),
        (KEY, first(has_key=False), "it was sent without an idempotency key"),
        (KEY, first(age=None), UNSURE), (KEY, first(age=-1), UNSURE), (WINDOW, first(own_age=None), UNSURE),
        (KEY, first(age=10 * MINUTE - MARGIN - SHORTEST + 1), "the panel may have forgotten it: it was sent 10 min ago"),
        (WINDOW, first(own_age=2 * MINUTE - MARGIN), "the panel may have forgotten it: it was sent 100 s ago"),
        (WINDOW, first(equal=5), "the answer might be about order 5, which asks for the same"),
        (KEY, first(is_same_request=False), "the same request cannot be written any more"),
        (KEY, first(was_unfit=True), "it was asked again already, and the id in the answer cannot be its own"),
        (KEY, first(is_over=False), "it was asked again already, and that may still be on its way"),
        (KEY, first(asked=MOST_ASKED), "it was asked again 4 times already"),
        (KEY, first(fault="it is gone"), "the catalogue rules it out now: it is gone"),
        (KEY, first(expected_now=Decimal(5)), "its price has changed, from None to 5"),
        (KEY, first(expected_then=Decimal(5)), "its price has changed, from 5 to None"),
    ],
)  # fmt: skip
def test_in_doubt_it_is_not_asked(terms: Terms, sending: FirstSending, why: str) -> None:
    assert may_ask(terms, sending, LONGEST) == DoNotAsk(why)


@pytest.mark.parametrize(
    ("answer", "by_key", "outcome", "why"),
    [
        (Accepted("105"), True, Outcome.ADOPTED, "the panel has it as 105"),
        (Accepted("105"), False, Outcome.ADOPTED, "the panel has it as 105"),
        (Refused(Reason.INPUT, "Bad link"), True, Outcome.REFUSED, "the panel refused it: Bad link"),
        (Refused(Reason.INPUT, "Bad link"), False, Outcome.NOTHING, f'refused with "Bad link", {SAYS_NOTHING}'),
        *(
            (Refused(Reason.INPUT, text), True, Outcome.NOTHING, f'refused with "{text}", {SAYS_NOTHING}')
            for text in ("Invalid quantity: duplicate request_id", "Bad KEY", "idempotent", "Link used already")
        ),
        *((Refused(reason, "no"), True, Outcome.NOTHING, f'refused with "no", {SAYS_NOTHING}') for reason in Reason if reason is not Reason.INPUT),
        (Unanswered("silence"), True, Outcome.NOTHING, "silence"), (NotSent("no lease"), True, Outcome.NOTHING, "no lease"),
        (Unanswered("another's", claimed_id="7"), True, Outcome.UNFIT, "another's"),
    ],
)  # fmt: skip
def test_what_an_answer_settles(answer: AddAnswer, by_key: bool, outcome: Outcome, why: str) -> None:
    settled = after_asked_again(ORDER, answer, by_key=by_key, now=NOW, poll_in=SECOND)

    assert (settled.outcome, settled.why) == (outcome, why)
    before = ORDER
    for change in settled.changes:
        assert change.before == before
        assert change.after.state in TRANSITIONS[change.before.state]
        before = change.after
    ends = {Outcome.ADOPTED: State.ACTIVE, Outcome.REFUSED: State.REJECTED}
    assert before.state is ends.get(outcome, State.UNKNOWN)


@pytest.mark.parametrize(("charge", "expected"), [(None, Decimal(3)), (Decimal(5), Decimal(5))])
def test_an_order_that_the_panel_has_is_followed_from_now_on(
    charge: Decimal | None, expected: Decimal
) -> None:
    before = ORDER._replace(charge=Decimal(3), last_error="it broke")
    after = before._replace(
        state=State.ACTIVE, panel_order_id="105", charge=expected, last_error=None, checked_at=NOW,
        due_at=NOW + SECOND, progressed_at=NOW - MINUTE,
    )  # fmt: skip
    facts = {"order": order_facts(after), "by": str(By.ASKED_AGAIN)}
    notice = Notice(Event.ORDER_ADOPTED, "p", 7, facts, ends=Event.ORDER_UNKNOWN)

    settled = after_asked_again(before, Accepted("105", charge), by_key=True, now=NOW, poll_in=SECOND)

    assert settled.changes == (
        OrderChange(
            before,
            after,
            f"adopted as 105 by {By.ASKED_AGAIN}",
            {"panel_order_id": "105", "by": str(By.ASKED_AGAIN)},
            (notice,),
        ),
    )


def test_an_order_that_the_panel_refuses_is_rejected_with_its_words() -> None:
    settled = after_asked_again(
        ORDER, Refused(Reason.INPUT, "Bad link"), by_key=True, now=NOW, poll_in=SECOND
    )

    assert settled.changes == after_refused_again(ORDER, "Bad link", NOW)
