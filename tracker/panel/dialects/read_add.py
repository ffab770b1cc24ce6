"""What the answer to an `add` proves. Pure, and the heart of the product: a wrong cell here pays twice.

Only two things prove that the panel took the order or not: its own words, in a whole JSON answer, and a
proxy's statement that nothing went through. All else, however much it looks like a failure, proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tracker.orders.answers import Accepted, AddAnswer, NotSent, Reason, Refused, Unanswered
from tracker.panel.dialects.envelope import (
    ANSWER_STATUSES,
    PROXY_DOWN_STATUSES,
    REFUSAL_STATUSES,
    PanelError,
    error_in,
    is_challenge,
    no_answer_reason,
    says_something,
)
from tracker.panel.dialects.fields import Fields
from tracker.panel.dialects.json_values import NotJson, amount, opaque_id, quoted, read_json, shortened
from tracker.panel.dialects.refusals import Refusals
from tracker.panel.exchange import Exchange


class StatusClass(Enum):
    """What the HTTP status line says."""

    ANSWER = "200 201"
    REFUSAL = "400 401 402 404 422"
    FORBIDDEN = "403"
    TOO_OFTEN = "429"
    PROXY_DOWN = "521 523 525 526"
    OTHER = "any other, or none"
    """Redirects, 500, 502, 503, 504, 520, 522, 524 and all else: it may have booked the order before that."""


class BodyClass(Enum):
    """What the body holds."""

    ID = "an order id and no error"
    BOTH = "an error, and an order id or a trace of one"
    REFUSAL = "an error in known words of refusal"
    ERROR = "an error in other words"
    JSON = "other JSON"
    CHALLENGE = "the page of a proxy that let nothing through"
    NO_JSON = "other HTML, nothing, or what is not JSON"
    CUT = "only a part of the answer, or too much to read"


class Proof(Enum):
    """What the answer proves."""

    TAKEN = "accepted"
    REFUSED = "refused, for the reason that its words give"
    RATE = "refused: asked too often"
    PASSING = "refused: nothing went through"
    NOTHING = "nothing: it may have been taken"


# fmt: off
_T, _R, _L, _P, __ = Proof.TAKEN, Proof.REFUSED, Proof.RATE, Proof.PASSING, Proof.NOTHING

_ROWS = {
    #                 ID  BOTH REFUSAL ERROR JSON CHALLENGE NO_JSON CUT
    StatusClass.ANSWER:       (_T, __,  _R,     __,   __,  __,       __,     __),
    StatusClass.REFUSAL: (__, __,  _R,     __,   __,  __,       __,     __),
    StatusClass.FORBIDDEN:  (__, __,  _R,     __,   __,  _P,       __,     __),
    StatusClass.TOO_OFTEN:  (__, __,  _L,     _L,   _L,  _L,       _L,     __),
    StatusClass.PROXY_DOWN:       (__, __,  _P,     _P,   _P,  _P,       _P,     __),
    StatusClass.OTHER:      (__, __,  __,     __,   __,  __,       __,     __),
}
# fmt: on

PROVES: Mapping[tuple[StatusClass, BodyClass], Proof] = {
    (line, body): proof for line, row in _ROWS.items() for body, proof in zip(BodyClass, row, strict=True)
}
"""Status line and body -> what they prove together.

402 with unknown words proves nothing: a panel may answer so when its own supplier wants money for an order that it
has booked already, and an order refused for funds is sent again by itself.
"""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One answer, taken apart."""

    body: BodyClass
    #: What it was, for a sentence.
    told: str
    order_id: str | None = None
    complaint: PanelError | None = None


def read_add(
    exchange: Exchange,
    newest_id: str | None,
    fields: Fields,
    refusals: Refusals,
    proves: Mapping[tuple[StatusClass, BodyClass], Proof] = PROVES,
) -> AddAnswer:
    """Say what became of an order that was sent; `newest_id` is the panel's highest own id before it."""
    if not exchange.sent and exchange.status is None:
        return NotSent(shortened(exchange.error) if exchange.error else "nothing was sent")
    if exchange.status is None:
        return Unanswered(no_answer_reason(exchange))
    value = None if _cut(exchange) else read_json(exchange.body, exchange.headers)
    seen = _inspect(exchange, value, fields, refusals)
    match proves[status_class(exchange.status), seen.body]:
        case Proof.TAKEN:
            return _taken(value, seen, newest_id, fields)
        case Proof.REFUSED:
            return _refused(exchange, seen, refusals)
        case Proof.RATE:
            return Refused(Reason.RATE, _words(exchange, seen), exchange.retry_after)
        case Proof.PASSING:
            return Refused(Reason.PASSING, _words(exchange, seen), exchange.retry_after)
        case Proof.NOTHING:
            return Unanswered(f"the panel answered {exchange.status} with {seen.told}")


def status_class(status: int) -> StatusClass:
    """Return the row of the table to which an HTTP status belongs."""
    if status in ANSWER_STATUSES:
        return StatusClass.ANSWER
    if status in PROXY_DOWN_STATUSES:
        return StatusClass.PROXY_DOWN
    if status == 403:
        return StatusClass.FORBIDDEN
    if status == 429:
        return StatusClass.TOO_OFTEN
    return StatusClass.REFUSAL if status in REFUSAL_STATUSES else StatusClass.OTHER


def _cut(exchange: Exchange) -> bool:
    return exchange.error is not None or not exchange.whole


def _inspect(exchange: Exchange, value: Any, fields: Fields, refusals: Refusals) -> _Seen:
    if _cut(exchange):
        fault = f": {quoted(exchange.error)}" if exchange.error is not None else ""
        return _Seen(BodyClass.CUT, f"a body that was cut short or too long{fault}")
    if isinstance(value, NotJson):
        return _Seen(BodyClass.CHALLENGE if is_challenge(exchange, value) else BodyClass.NO_JSON, value.why)
    if type(value) is not dict:
        return _Seen(BodyClass.JSON, "JSON that is neither an order id nor an error")
    complaint = error_in(value, failed=exchange.status not in ANSWER_STATUSES)
    if complaint is not None:
        return _complained(complaint, value, refusals)
    order_id = opaque_id(value.get(fields.order))
    if order_id is None:
        return _Seen(BodyClass.JSON, "JSON that holds no order id that can be read")
    return _Seen(BodyClass.ID, f"order id {order_id}, which only 200 or 201 would prove", order_id)


def _complained(complaint: PanelError, value: Mapping[str, Any], refusals: Refusals) -> _Seen:
    if any("order" in key.casefold() and says_something(inner) for key, inner in _inner(value)):
        return _Seen(
            BodyClass.BOTH, f'the error "{complaint.words}" and what may be an order id', None, complaint
        )
    if refusals.proven(complaint.texts) is not None:
        told = f'the refusal "{complaint.words}", but with a status that proves nothing'
        return _Seen(BodyClass.REFUSAL, told, None, complaint)
    told = f'the error "{complaint.words}", which is not among the dialect\'s refusals'
    return _Seen(BodyClass.ERROR, told, None, complaint)


def _inner(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the pairs of an object and of the objects right below it."""
    below = [pair for inner in value.values() if type(inner) is dict for pair in inner.items()]
    return [*value.items(), *below]


def _taken(value: Any, seen: _Seen, newest_id: str | None, fields: Fields) -> Accepted | Unanswered:
    if seen.order_id is None:
        return Unanswered(f"the panel answered with {seen.told}")
    if newest_id is not None and _not_above(seen.order_id, newest_id):
        return Unanswered(
            f"the panel answered with order id {seen.order_id}, which is not above {newest_id}, the newest "
            "id before: it may be another order's",
            claimed_id=seen.order_id,
        )
    return Accepted(seen.order_id, amount(value.get(fields.charge)))


def _not_above(order_id: str, newest_id: str) -> bool:
    """Tell whether an id cannot be a new one; ids that are not numbers cannot be compared."""
    both = (order_id, newest_id)
    if not all(text.isascii() and text.isdigit() and len(text) <= 100 for text in both):
        return False
    return int(order_id) <= int(newest_id)


def _refused(exchange: Exchange, seen: _Seen, refusals: Refusals) -> Refused | Unanswered:
    reason = refusals.proven(seen.complaint.texts) if seen.complaint else None
    if reason is None:
        return Unanswered(f"the panel answered {exchange.status} with {seen.told}")
    return Refused(reason, _words(exchange, seen), exchange.retry_after)


def _words(exchange: Exchange, seen: _Seen) -> str:
    """Return what a refusal said, or how it showed where it said nothing of its own."""
    if seen.complaint is not None:
        return seen.complaint.words
    return f"the panel answered {exchange.status} with {seen.told}"
