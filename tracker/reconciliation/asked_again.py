"""Whether a lost `add` may be asked again now, and what the answer settles. Pure.

At most panels sending an `add` twice pays twice. It does not where the panel answers the same request the same: one
with the same idempotency key, or an equal order within a window. That is the statement of whoever wrote the dialect,
and it holds only for the very same request, for as long as the panel surely remembers the first one, and, in a window,
while no other equal order is about. Everything here errs on the side of not asking.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tracker.events import Event
from tracker.lib.counts import counted
from tracker.lib.times import SECOND, about
from tracker.orders.answers import Accepted, AddAnswer, NotSent, Reason, Refused, Unanswered
from tracker.orders.change import OrderChange, about_order
from tracker.orders.order import Order, State
from tracker.orders.resolution import By, after_refused_again

MARGIN = 20 * SECOND
"""What a window must last beyond the time limit of the request: 5 s until it leaves, and 15 s for what is on its way
when the time is over and for clocks that do not run alike."""

SHORTEST = 10 * SECOND
"""A request with less time than this is not worth sending: panels take seconds for an `add`."""

MOST_ASKED = 4
"""How often one attempt is asked again: what four requests did not answer, a fifth hardly will."""


class Outcome(StrEnum):
    """What the answer to an `add` that was asked again made of its order."""

    ADOPTED = "adopted"
    REFUSED = "refused"
    UNFIT = "the id cannot be its own"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the dialect says of a request that comes twice. Microseconds; None where the panel does no such thing."""

    key_window: int | None = None
    dedupe_window: int | None = None


@dataclass(frozen=True, slots=True)
class FirstSending:
    """What is known of the attempt whose answer was lost. Times are microseconds."""

    #: The least that has passed since it was sent, by clocks that nobody has set since; None when it is not known.
    age: int | None
    #: The same, by a clock of this very process; None when another one sent it.
    own_age: int | None
    has_key: bool
    #: Whether it would be written today as it was then, letter by letter, with the same API key to the same address.
    is_same_request: bool
    #: What it cost by the prices then, and by those of today.
    expected_then: Decimal | None = None
    expected_now: Decimal | None = None
    #: What the catalogue has against the order today.
    fault: str | None = None
    #: How often it was asked again, whether that gave an id that cannot be its own, and whether the last time is over.
    asked: int = 0
    was_unfit: bool = False
    is_over: bool = True
    #: Another order that asks for the same, sent so shortly before or after that the panel may take one for the other.
    equal: int | None = None


@dataclass(frozen=True, slots=True)
class AskAgain:
    """It may be asked again, in at most so many microseconds."""

    within: int
    #: What the panel goes by.
    how: str


@dataclass(frozen=True, slots=True)
class DoNotAsk:
    """It may not, and why."""

    why: str


def may_ask(terms: Terms, first: FirstSending, longest: int) -> AskAgain | DoNotAsk:
    """Say whether a lost order may be asked again; `longest` is the time limit of an `add`."""
    why = _objection(first)
    if why is not None:
        return DoNotAsk(why)
    by_key = _by_key(terms, first, longest)
    return by_key if isinstance(by_key, AskAgain) else _by_window(terms, first, longest, by_key)


def _objection(first: FirstSending) -> str | None:
    """Say what rules it out whatever the panel goes by."""
    if not first.is_same_request:
        return "the same request cannot be written any more"
    if first.was_unfit:
        return "it was asked again already, and the id in the answer cannot be its own"
    if not first.is_over:
        return "it was asked again already, and that may still be on its way"
    if first.asked >= MOST_ASKED:
        return f"it was asked again {counted(first.asked, 'time')} already"
    if first.fault is not None:
        return f"the catalogue rules it out now: {first.fault}"
    if first.expected_now != first.expected_then:
        return f"its price has changed, from {first.expected_then} to {first.expected_now}"
    return None


def _by_key(terms: Terms, first: FirstSending, longest: int) -> AskAgain | DoNotAsk:
    if terms.key_window is None:
        return DoNotAsk("the panel knows no idempotency key")
    if not first.has_key:
        return DoNotAsk("it was sent without an idempotency key")
    return _within(terms.key_window, first.age, longest, "with the same idempotency key")


def _by_window(terms: Terms, first: FirstSending, longest: int, otherwise: DoNotAsk) -> AskAgain | DoNotAsk:
    if terms.dedupe_window is None:
        return otherwise
    if first.equal is not None:
        return DoNotAsk(f"the answer might be about order {first.equal}, which asks for the same")
    how = f"within {about(terms.dedupe_window)}, in which an equal order is taken for the same one"
    return _within(terms.dedupe_window, first.own_age, longest, how)


def _within(window: int, age: int | None, longest: int, how: str) -> AskAgain | DoNotAsk:
    """Allow as much time as surely ends before the window that began with the first request."""
    if age is None or age < 0:
        return DoNotAsk("how long ago it was sent is not known for sure")
    limit = min(longest, window - age - MARGIN)
    if limit < min(SHORTEST, longest):
        return DoNotAsk(f"the panel may have forgotten it: it was sent {about(age)} ago")
    return AskAgain(limit, how)


@dataclass(frozen=True, slots=True)
class Settled:
    """What an answer makes of a lost order: each change in turn, all in one transaction; none leaves it lost."""

    outcome: Outcome
    why: str
    changes: tuple[OrderChange, ...] = ()


def after_asked_again(order: Order, answer: AddAnswer, *, by_key: bool, now: int, poll_in: int) -> Settled:
    """Settle a lost order by the answer to the same `add`, asked again."""
    match answer:
        case Accepted():
            return Settled(
                Outcome.ADOPTED,
                f"the panel has it as {answer.panel_order_id}",
                (_adopted(order, answer, now, poll_in),),
            )
        case Refused() if by_key and proves_refused(answer):
            why = f"the panel refused it: {answer.message}"
            return Settled(Outcome.REFUSED, why, after_refused_again(order, answer.message, now))
        case Refused():
            return Settled(
                Outcome.NOTHING, f'refused with "{answer.message}", which says nothing of the first request'
            )
        case Unanswered(claimed_id=str()):
            return Settled(Outcome.UNFIT, answer.why)
        case NotSent() | Unanswered():
            return Settled(Outcome.NOTHING, answer.why)


_ABOUT_THE_KEY = re.compile(r"idempot|request|duplicat|\bkeys?\b|already", re.IGNORECASE)


def proves_refused(answer: Refused) -> bool:
    """Tell whether a refusal is the answer to the first request as well.

    Only one that rests on nothing but the order's own content. A wallet without funds may be so because the first
    request took them, a busy link because it is busy with that very order; a service may have been closed since; and
    a limit, a wrong key or a proxy stands before whatever remembers keys. Words about the key itself prove nothing.
    """
    return answer.reason is Reason.INPUT and not _ABOUT_THE_KEY.search(answer.message)


def _adopted(order: Order, answer: Accepted, now: int, poll_in: int) -> OrderChange:
    after = order._replace(
        state=State.ACTIVE,
        panel_order_id=answer.panel_order_id,
        charge=answer.charge if answer.charge is not None else order.charge,
        last_error=None,
        checked_at=now,
        due_at=now + poll_in,
        progressed_at=order.submitted_at,
    )
    evidence = {"panel_order_id": answer.panel_order_id, "by": str(By.ASKED_AGAIN)}
    notice = about_order(Event.ORDER_ADOPTED, after, ends=Event.ORDER_UNKNOWN, by=str(By.ASKED_AGAIN))
    why = f"adopted as {answer.panel_order_id} by {By.ASKED_AGAIN}"
    return OrderChange(order, after, why, evidence, (notice,))
