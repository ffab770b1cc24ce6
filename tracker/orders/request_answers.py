"""What a panel's answer makes of a request about an order, and what it says of a refill under way. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from tracker.events import Event, Notice
from tracker.lib.times import DAY
from tracker.orders.answers import Failure, Reason
from tracker.orders.change import about_order
from tracker.orders.order import Order, State
from tracker.orders.requests import Kind, OrderRequest, RequestState

LONGEST_REFILL = 30 * DAY
"""A refill whose end no panel tells for so long is followed no more."""

BELIEVED_MISSING = 5
"""Looks in a row at which the panel must deny a refill before that is believed."""

NOT_PROCESSED = frozenset({Reason.RATE, Reason.ACCOUNT, Reason.PASSING})
"""Reasons for which a whole call was turned away unread: it may be sent later."""


class Taken(NamedTuple):
    """The panel took the request; a refill may have an id."""

    refill_id: str | None = None


class Declined(NamedTuple):
    """The panel refused the request about this order, in words."""

    words: str


RequestAnswer = Taken | Declined


class RefillReport(NamedTuple):
    """What the panel says of a refill; `state` is None for a word that the dialect does not know."""

    word: str
    state: State | None


class RefillMissing(NamedTuple):
    """The panel answers with an error when it is asked about this refill."""

    words: str


RefillSaid = RefillReport | RefillMissing


@dataclass(frozen=True, slots=True)
class RequestChange:
    """One decision about a request."""

    before: OrderRequest
    after: OrderRequest
    notices: tuple[Notice, ...] = ()


def after_answer(
    request: OrderRequest, order: Order, answer: RequestAnswer | None, now: int, look_in: int
) -> RequestChange:
    """Take what the panel said of one request; None: its answer says nothing of this one."""
    match answer:
        case Taken(refill_id=refill_id):
            is_followed = request.kind is Kind.REFILL and refill_id is not None
            after = request._replace(
                state=RequestState.ACCEPTED, refill_id=refill_id, why=None, answered_at=now,
                due_at=now + look_in if is_followed else None, ended_at=None if is_followed else now,
            )  # fmt: skip
            return RequestChange(request, after)
        case Declined(words=words):
            return _refused(request, order, words, now)
        case None:
            return after_loss(request, order, "the panel's answer does not say what became of it", now)


def after_loss(request: OrderRequest, order: Order, why: str, now: int) -> RequestChange:
    """Hold a request whose answer was lost: the panel may have taken it, so nothing sends it again."""
    after = request._replace(state=RequestState.UNKNOWN, why=why, due_at=None, answered_at=now, ended_at=now)
    return RequestChange(request, after, (_notice(after, order, kind="unknown", why=why),))


def after_failed_call(request: OrderRequest, order: Order, failure: Failure, now: int) -> RequestChange:
    """Take a call without a usable answer: it waits again where that proves that nobody read it, else it is lost."""
    if failure.reason in NOT_PROCESSED:
        return after_not_sent(request, failure.why, now)
    return after_loss(request, order, failure.why, now)


def after_not_sent(request: OrderRequest, why: str, now: int) -> RequestChange:
    """Queue a request again that the panel never got, or turned away unread."""
    after = request._replace(state=RequestState.QUEUED, why=why, due_at=now, sent_at=None, call_id=None)
    return RequestChange(request, after)


def after_no_longer(request: OrderRequest, why: str, now: int) -> RequestChange:
    """Give up a request before it is sent: the order is no longer one to ask it for."""
    return RequestChange(
        request, request._replace(state=RequestState.DROPPED, why=why, due_at=None, ended_at=now)
    )


def _refused(request: OrderRequest, order: Order, words: str, now: int) -> RequestChange:
    after = request._replace(
        state=RequestState.REFUSED,
        why=words,
        due_at=None,
        ended_at=now,
        answered_at=request.answered_at or now,
    )
    return RequestChange(request, after, (_notice(after, order, words=words),))


def _notice(request: OrderRequest, order: Order, **facts: Any) -> Notice:
    event = Event.ORDER_REFILL_REFUSED if request.kind is Kind.REFILL else Event.ORDER_CANCEL_REFUSED
    return about_order(event, order, **facts)


# -- a refill under way -----------------------------------------------------------------------------------


def after_refill_look(
    request: OrderRequest, order: Order, said: RefillSaid | None, now: int, paces: tuple[int, int]
) -> RequestChange:
    """Follow what the panel says of a refill; None: it says nothing of it. `paces`: the shortest and longest wait."""
    looked = request._replace(checked_at=now, due_at=_next_look(request, now, paces))
    match said:
        case RefillReport(word=word, state=state):
            return _after_word(request, order, looked._replace(panel_status=word, missing=0), state, now)
        case RefillMissing(words=words):
            return _after_missing(request, order, looked._replace(missing=request.missing + 1), words, now)
        case None:
            return RequestChange(request, _unless_old(looked, now))


def _after_word(
    request: OrderRequest, order: Order, looked: OrderRequest, state: State | None, now: int
) -> RequestChange:
    word = looked.panel_status or ""
    if state in (State.COMPLETED, State.PARTIAL):
        after = looked._replace(state=RequestState.COMPLETED, due_at=None, ended_at=now, why=None)
        return RequestChange(request, after, (about_order(Event.ORDER_REFILLED, order, word=word),))
    if state in (State.CANCELED, State.FAILED):
        change = _refused(looked, order, word, now)
        return RequestChange(request, change.after, change.notices)
    after = _unless_old(looked, now)
    if state is not None:
        return RequestChange(request, after)
    once = f"refill word:{order.panel}:{word.casefold()}"
    return RequestChange(
        request, after, (about_order(Event.ORDER_REFILL_REFUSED, order, once=once, kind="word", word=word),)
    )


def _after_missing(
    request: OrderRequest, order: Order, looked: OrderRequest, words: str, now: int
) -> RequestChange:
    if looked.missing < BELIEVED_MISSING:
        return RequestChange(request, looked)
    change = after_loss(looked, order, f"the panel says of this refill: {words}", now)
    return RequestChange(request, change.after._replace(answered_at=request.answered_at), change.notices)


def _next_look(request: OrderRequest, now: int, paces: tuple[int, int]) -> int:
    """Return when to look at a refill again: the longer it takes, the less often."""
    shortest, longest = paces
    return now + min(max(shortest, (now - (request.sent_at or now)) // 8), max(shortest, longest))


def _unless_old(request: OrderRequest, now: int) -> OrderRequest:
    """Follow no more what the panel has not ended for very long."""
    if now - (request.sent_at or now) < LONGEST_REFILL:
        return request
    return request._replace(due_at=None, ended_at=now, why="the panel never said how it ended")
