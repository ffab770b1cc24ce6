"""What may be asked of a panel about an order that it has: to refill it, or to cancel it. Pure.

A request is recorded before it is sent, sent once, and `unknown` when its answer is lost. A cancel is a request and no
refund: the order goes on until the panel's status says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from tracker.lib.times import DAY, about
from tracker.orders.answers import Report, Service
from tracker.orders.order import Order, State


class Kind(StrEnum):
    """What is asked."""

    REFILL = "refill"
    CANCEL = "cancel"


class RequestState(StrEnum):
    """The state of a request; the words are part of the contract."""

    QUEUED = "queued"
    SENDING = "sending"
    """The intent to send it is recorded: it may be on the wire."""
    UNKNOWN = "unknown"
    """Whether the panel took it is not known. It is never sent again by itself."""
    ACCEPTED = "accepted"
    """The panel took it. A refill with an id of its own is followed from here."""
    REFUSED = "refused"
    COMPLETED = "completed"
    """Only of a refill: the panel says that it is done."""
    DROPPED = "dropped"
    """Never sent: the order was no longer one to ask it for."""


OPEN = frozenset({RequestState.QUEUED, RequestState.SENDING})
"""States in which an answer is yet to come."""

PAUSE = DAY
"""For how long nothing is asked twice: panels themselves refuse a second refill within it."""

AUTOMATIC = "tracker, as the count fell"
"""Who asks for a refill that nobody typed."""

AUTOMATIC_TRIES = 3
"""Refills in a row that are asked for by themselves, and come to nothing, before that is left to the operator."""

WATCHED_DAYS = 30
"""For how many days an order that is over is looked at, each day, for a count that fell."""

WATCHED_LOOKS = tuple(DAY * day for day in range(1, WATCHED_DAYS + 1))
"""When such an order is polled again, counted from its end."""


class OrderRequest(NamedTuple):
    """One request about an order, as it was read from the store. Times are microseconds since 1970 UTC."""

    id: int
    order_id: int
    panel: str
    kind: Kind
    state: RequestState
    by: str
    at: int
    #: Queued: when it may be sent. A refill under way: the next look at it. Else None.
    due_at: int | None = None
    #: How many times it was sent, or was to be.
    attempts: int = 0
    #: The call that it was sent in, which holds the raw answer.
    call_id: int | None = None
    sent_at: int | None = None
    answered_at: int | None = None
    #: The panel's id of the refill.
    refill_id: str | None = None
    #: What the panel says of the refill, as it writes it.
    panel_status: str | None = None
    #: The panel's words, or why nothing is known.
    why: str | None = None
    checked_at: int | None = None
    ended_at: int | None = None
    #: Looks in a row at which the panel said that it does not know the refill.
    missing: int = 0


# -- whether it may be asked ------------------------------------------------------------------------------


def order_fault(order: Order, kind: Kind) -> str | None:
    """Say why a panel cannot be asked this of the order as it is; None when it can."""
    if order.state in (State.QUEUED, State.REJECTED, State.DROPPED):
        cure = "; `tracker drop` gives it up" if order.state is State.QUEUED else ""
        return f"it is {order.state}: the panel has no such order{cure}"
    if order.state in (State.UNKNOWN, State.SUBMITTING) or order.panel_order_id is None:
        return "what became of it is not known; settle it with `tracker resolve` first"
    if kind is Kind.CANCEL and order.state is not State.ACTIVE:
        return f"it is {order.state}: there is nothing left to cancel"
    if kind is Kind.REFILL and order.state not in (State.COMPLETED, State.PARTIAL):
        return f"it is {order.state}; only completed and partial orders can be refilled"
    return None


def service_fault(kind: Kind, service: Service | None) -> str | None:
    """Say that the catalogue rules it out; None when it does not, or says nothing."""
    flag = None if service is None else service.refill if kind is Kind.REFILL else service.cancel
    if service is None or flag is not False:
        return None
    return f"the panel's catalogue says that service {service.id} ({service.name}) has no {kind}"


def again_fault(earlier: Iterable[OrderRequest], kind: Kind, now: int) -> str | None:
    """Say why the same may not be asked once more yet; None when it may. What the panel refused may be, at once."""
    for one in earlier:
        if one.kind is not kind or one.sent_at is None or one.state in (RequestState.REFUSED, *OPEN):
            continue
        if kind is Kind.REFILL and is_under_way(one):
            return f"a refill is under way{_said(one)}"
        left = one.sent_at + PAUSE - now
        if left > 0:
            return (
                f"a {kind} was asked for {about(max(0, now - one.sent_at))} ago{_said(one)}; "
                f"ask again in {about(min(left, PAUSE))}"
            )
    return None


def is_under_way(request: OrderRequest) -> bool:
    """Tell whether it is a refill whose end is still awaited."""
    return request.state is RequestState.ACCEPTED and request.due_at is not None


def _said(request: OrderRequest) -> str:
    match request.state:
        case RequestState.UNKNOWN:
            return ", and whether the panel took it is not known"
        case RequestState.ACCEPTED if request.panel_status:
            return f", and the panel says {request.panel_status}"
        case RequestState.COMPLETED:
            return ", and is done"
        case _:
            return ", and the panel took it"


# -- by itself --------------------------------------------------------------------------------------------


def has_fallen(order: Order, report: Report) -> bool:
    """Tell whether the count of an order that was completed fell, as far as a panel can tell that.

    A panel says no count of now: only how much remains. More of that than when the order ended means that what was
    delivered is gone, unless the panel gave money back for it, or counts from another start.
    """
    if order.state is not State.COMPLETED or report.state not in (State.COMPLETED, State.PARTIAL):
        return False
    if report.remains is None or report.remains <= (order.remains or 0):
        return False
    is_paid_back = order.charge is not None and report.charge is not None and report.charge < order.charge
    is_other_start = None not in (order.start_count, report.start_count) and (
        order.start_count != report.start_count
    )
    return not is_paid_back and not is_other_start


def may_ask_by_itself(earlier: Sequence[OrderRequest], now: int) -> bool:
    """Tell whether a refill may be asked for that nobody typed: not after a lost answer, and not for ever."""
    refills = [one for one in earlier if one.kind is Kind.REFILL]
    if any(one.state in OPEN for one in refills) or again_fault(refills, Kind.REFILL, now) is not None:
        return False
    asked_lately = any(0 <= now - one.at < PAUSE for one in refills)
    is_lost = bool(refills) and refills[-1].state is RequestState.UNKNOWN
    return not asked_lately and not is_lost and _in_vain(refills) < AUTOMATIC_TRIES


def _in_vain(refills: Sequence[OrderRequest]) -> int:
    """Count the last refills that were asked for by themselves and not completed."""
    count = 0
    for one in reversed(refills):
        if one.by != AUTOMATIC or one.state is RequestState.COMPLETED:
            break
        count += 1
    return count
