"""What the answer to an `add` proves. Pure, and the heart of the product: a wrong cell here pays twice.

Only two things prove whether the panel took the order: its own statement in a whole JSON answer, and a proxy's
statement that nothing went through. Anything else, however much it looks like a failure, proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tracker.orders.answers import Accepted, AddAnswer, NotSent, Reason, Refused, Unanswered, Unlisted
from tracker.orders.ids import is_above
from tracker.panel.dialects.envelope import (
    ANSWER_STATUSES,
    NO_MESSAGE,
    PROXY_DOWN_STATUSES,
    REFUSAL_STATUSES,
    PanelError,
    error_in,
    is_challenge,
    no_answer_reason,
    says_something,
)
from tracker.panel.dialects.fields import Fields
from tracker.panel.dialects.figures import Figures
from tracker.panel.dialects.json_values import NotJson, cleaned, opaque_id, read_json, shortened
from tracker.panel.dialects.numbers import FAMILY, Numbers
from tracker.panel.dialects.redirects import moved
from tracker.panel.dialects.refusals import Refusals
from tracker.panel.dialects.spelling import letters, to_list
from tracker.panel.exchange import Exchange


class StatusClass(Enum):
    """What the HTTP status line says."""

    ANSWER = "200 201"
    REFUSAL = "400 401 402 404 422"
    FORBIDDEN = "403"
    TOO_OFTEN = "429"
    PROXY_DOWN = "521 523 525 526"
    OTHER = "any other, or none"
    """Redirects, 500, 502, 503, 504, 520, 522, 524 and all others: the panel may have taken the order before it."""


class BodyClass(Enum):
    """What the body holds."""

    ID = "an order id and no error"
    BOTH = "an error, and an order id or a trace of one"
    REFUSAL = "an error that is a known refusal"
    ERROR = "any other error"
    JSON = "other JSON"
    CHALLENGE = "the page of a proxy that let nothing through"
    NOT_JSON = "other HTML, nothing, or anything else that is not JSON"
    CUT = "only a part of the answer, or too much to read"


class Proof(Enum):
    """What the answer proves."""

    TAKEN = "accepted"
    REFUSED = "refused, for the reason that its message gives"
    RATE = "refused: asked too often"
    PASSING = "refused: nothing went through"
    NOTHING = "nothing: it may have been taken"


# fmt: off
_T, _R, _L, _P, __ = Proof.TAKEN, Proof.REFUSED, Proof.RATE, Proof.PASSING, Proof.NOTHING

_ROWS = {
    #                        ID  BOTH REFUSAL ERROR JSON CHALLENGE NOT_JSON CUT
    StatusClass.ANSWER:     (_T, __,  _R,     __,   __,  __,       __,      __),
    StatusClass.REFUSAL:    (__, __,  _R,     __,   __,  __,       __,      __),
    StatusClass.FORBIDDEN:  (__, __,  _R,     __,   __,  _P,       __,      __),
    StatusClass.TOO_OFTEN:  (__, __,  _L,     _L,   _L,  _L,       _L,      __),
    StatusClass.PROXY_DOWN: (__, __,  _P,     _P,   _P,  _P,       _P,      __),
    StatusClass.OTHER:      (__, __,  __,     __,   __,  __,       __,      __),
}
# fmt: on

PROVES: Mapping[tuple[StatusClass, BodyClass], Proof] = {
    (status, body): proof for status, row in _ROWS.items() for body, proof in zip(BodyClass, row, strict=True)
}
"""Status line and body -> what they prove together.

402 with an unknown message proves nothing: a panel may answer so when its own supplier wants money for an order that
it has booked already, and an order that was refused for funds is sent again automatically.
"""


@dataclass(frozen=True, slots=True)
class _Body:
    """What the body of an answer was found to hold."""

    kind: BodyClass
    #: What it is, for a sentence.
    description: str
    order_id: str | None = None
    error: PanelError | None = None


def read_add(
    exchange: Exchange,
    newest_id: str | None,
    fields: Fields,
    refusals: Refusals,
    proves: Mapping[tuple[StatusClass, BodyClass], Proof] = PROVES,
    numbers: Numbers = FAMILY,
    base: str = "",
) -> AddAnswer:
    """Read the outcome of an order that was sent; `newest_id` is the highest id of our orders before it.

    `base` is the built-in dialect that the panel's is based on.
    """
    if not exchange.sent and exchange.status is None:
        return NotSent(cleaned(exchange.error) if exchange.error else "nothing was sent")
    if exchange.status is None:
        return Unanswered(no_answer_reason(exchange))
    value = None if _is_cut(exchange) else read_json(exchange.body, exchange.headers)
    body = _inspect(exchange, value, fields, refusals)
    status = status_class(exchange.status)
    match proves[status, body.kind]:
        case Proof.TAKEN:
            return _taken(value, body, newest_id, fields, numbers)
        case Proof.REFUSED:
            return _refused(exchange, body, refusals)
        case Proof.RATE:
            return Refused(Reason.RATE, _message(exchange, body), exchange.retry_after)
        case Proof.PASSING:
            return Refused(Reason.PASSING, _message(exchange, body), exchange.retry_after)
        case Proof.NOTHING:
            would_prove = proves[status, BodyClass.REFUSAL] is Proof.REFUSED
            words = _unlisted(body, refusals, base) if would_prove else None
            found = moved(exchange) or f"the panel answered {exchange.status} with {body.description}"
            return Unanswered(found, words=words)


def status_class(status: int) -> StatusClass:
    """Return the row of the table that an HTTP status belongs to."""
    if status in ANSWER_STATUSES:
        return StatusClass.ANSWER
    if status in PROXY_DOWN_STATUSES:
        return StatusClass.PROXY_DOWN
    if status == 403:
        return StatusClass.FORBIDDEN
    if status == 429:
        return StatusClass.TOO_OFTEN
    return StatusClass.REFUSAL if status in REFUSAL_STATUSES else StatusClass.OTHER


def _is_cut(exchange: Exchange) -> bool:
    return exchange.error is not None or not exchange.whole


def _inspect(exchange: Exchange, value: Any, fields: Fields, refusals: Refusals) -> _Body:
    if _is_cut(exchange):
        fault = f": {cleaned(exchange.error)}" if exchange.error is not None else ""
        return _Body(BodyClass.CUT, f"a body that was cut short or too long{fault}")
    if isinstance(value, NotJson):
        kind = BodyClass.CHALLENGE if is_challenge(exchange, value) else BodyClass.NOT_JSON
        return _Body(kind, value.why)
    if type(value) is not dict:
        return _Body(BodyClass.JSON, "JSON that is neither an order id nor an error")
    error = error_in(value, failed=exchange.status not in ANSWER_STATUSES)
    if error is not None:
        return _inspect_error(error, value, fields, refusals)
    order_id = opaque_id(value.get(fields.order))
    if order_id is None:
        return _Body(BodyClass.JSON, "JSON that holds no order id that can be read")
    return _Body(BodyClass.ID, f"order id {order_id}, which only 200 or 201 would prove", order_id)


def _inspect_error(error: PanelError, value: Mapping[str, Any], fields: Fields, refusals: Refusals) -> _Body:
    if any(_names_order(key, fields) and says_something(inner) for key, inner in _pairs(value)):
        description = f'the error "{error.message}" and what may be an order id'
        return _Body(BodyClass.BOTH, description, None, error)
    if refusals.proven(error.texts) is not None:
        description = f'the refusal "{error.message}", but with a status that proves nothing'
        return _Body(BodyClass.REFUSAL, description, None, error)
    description = f'the error "{error.message}", which is not among the dialect\'s refusals'
    return _Body(BodyClass.ERROR, description, None, error)


def _unlisted(body: _Body, refusals: Refusals, base: str) -> Unlisted | None:
    """Return the words of an error that would be a refusal if they were listed."""
    error = body.error if body.kind is BodyClass.ERROR else None
    if error is None or error.texts == NO_MESSAGE or not refusals.is_unlisted(error.texts):
        return None
    words = shortened(error.texts[0])
    return Unlisted(words, to_list(error.texts[0]), base)


def _names_order(key: str, fields: Fields) -> bool:
    """Tell whether a field may hold an order's id, in whatever language it is named."""
    return key in (fields.order, "id") or _ORDER_NAME.search(letters(key)) is not None


_ORDER_NAME = re.compile("order|pedido|siparis|pesanan|zakaz|don_?hang")


def _pairs(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the pairs of an object and of the objects directly inside it."""
    inside = [pair for inner in value.values() if type(inner) is dict for pair in inner.items()]
    return [*value.items(), *inside]


def _taken(
    value: Any, body: _Body, newest_id: str | None, fields: Fields, numbers: Numbers
) -> Accepted | Unanswered:
    if body.order_id is None:
        return Unanswered(f"the panel answered with {body.description}")
    if newest_id is not None and not is_above(body.order_id, newest_id):
        return Unanswered(
            f"the panel answered with order id {body.order_id}, which is not above {newest_id}, the newest "
            "id before: it may be another order's",
            claimed_id=body.order_id,
        )
    charge = value.get(fields.charge)  # which few panels tell
    return Accepted(body.order_id, None if charge is None else Figures(numbers).amount(charge))


def _refused(exchange: Exchange, body: _Body, refusals: Refusals) -> Refused | Unanswered:
    reason = refusals.proven(body.error.texts) if body.error else None
    if reason is None:
        return Unanswered(f"the panel answered {exchange.status} with {body.description}")
    return Refused(reason, _message(exchange, body), exchange.retry_after)


def _message(exchange: Exchange, body: _Body) -> str:
    """Return the panel's message, or what it answered where it gave none."""
    if body.error is not None:
        return body.error.message
    return f"the panel answered {exchange.status} with {body.description}"
