"""What any answer holds, whatever the action: a JSON value, a panel's error, or neither. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.lib.http_headers import header
from tracker.orders.answers import Failure, Reason
from tracker.panel.dialects.json_values import NotJson, cleaned, read_json, shortened
from tracker.panel.dialects.redirects import moved
from tracker.panel.dialects.refusals import Refusals
from tracker.panel.dialects.spelling import letters
from tracker.panel.exchange import Exchange

ANSWER_STATUSES = frozenset({200, 201})
"""Statuses with which panels answer, also when the answer is an error."""

REFUSAL_STATUSES = frozenset({400, 401, 402, 403, 404, 422})
"""Statuses with which panels refuse a request; the message still decides what that means."""

HEARD_STATUSES = ANSWER_STATUSES | {400, 402, 422}
"""Statuses with which an error is the panel's own; others say that the address or the key is wrong (RFC 9110, 15.5)."""

PROXY_DOWN_STATUSES = frozenset({521, 523, 525, 526})
"""Statuses of a proxy that could not reach the panel at all."""

_FAILED = frozenset({"error", "fail", "failed", "false", "failure"})
_TEXT_KEYS = ("error", "errors", "msg", "message", "detail", "data")
NO_MESSAGE = ("no message",)
"""The texts of an error that has none."""

_NOTHING = frozenset({"", "false", "null", "none"})


_CALL_FAILED = re.compile(
    r"internal (?:server )?error|something went wrong|error processing|database|timeout|timed out|"
    r"try again|tekrar dene|"
    r"tente novamente|intent(?:e|a|elo) de nuevo|попробуйте|повторите|دوباره|حاول|thu lai|coba lagi"
)
"""Said of a whole call that failed, also where it asked about one order only: it says nothing of that order."""


@dataclass(frozen=True, slots=True)
class PanelError:
    """An error that a panel gave in JSON; `texts` is never empty."""

    texts: tuple[str, ...]

    @property
    def message(self) -> str:
        """All its texts, shortened to what people read."""
        return shortened(" / ".join(self.texts))

    @property
    def is_trouble(self) -> bool:
        """Tell whether it is about the call, which failed in the middle, and not about what was asked."""
        return any(_CALL_FAILED.search(letters(text)) for text in self.texts)

    def failure(self, exchange: Exchange, refusals: Refusals) -> Failure:
        """Return the failure of the call that it was the answer to."""
        why = f'the panel answered with the error "{self.message}"'
        heard = exchange.status in HEARD_STATUSES
        return Failure(why, refusals.reason(self.texts), exchange.retry_after, heard)


ReadBody = Callable[[bytes, Mapping[str, str]], Any]
"""Reads a body with its headers as JSON; what cannot be read becomes `NotJson`."""


def unwrap(exchange: Exchange, read: ReadBody = read_json) -> Any | PanelError | Failure:
    """Return the JSON value of a good answer, the panel's error in its place, or why there is neither.

    A value that came with 200 may still hold an error: only the reader of the action can tell an error from an item.
    """
    if exchange.status is None or exchange.error is not None or not exchange.whole:
        return Failure(no_answer_reason(exchange), None, exchange.retry_after)
    if exchange.status == 429:
        return Failure("the panel says that it was asked too often (429)", Reason.RATE, exchange.retry_after)
    value = read(exchange.body, exchange.headers)
    if exchange.status in ANSWER_STATUSES and not isinstance(value, NotJson):
        return value
    if exchange.status in REFUSAL_STATUSES and (error := error_in(value, failed=True)) is not None:
        return error
    return _no_answer(exchange, value)


def no_answer_reason(exchange: Exchange) -> str:
    """Say why there is no whole answer."""
    fault = cleaned(exchange.error) if exchange.error else None
    if exchange.status is None:
        return f"the panel did not answer: {fault}" if fault else "the panel did not answer"
    cut = f"the panel's answer ({exchange.status}) was cut short or too long"
    return f"{cut}: {fault}" if fault else cut


def _no_answer(exchange: Exchange, value: object) -> Failure:
    if (where := moved(exchange)) is not None:
        return Failure(where, None, exchange.retry_after)
    found = value.why if isinstance(value, NotJson) else "a JSON value that holds no error"
    is_guarded = is_challenge(exchange, value)
    cure = _GUARDED if is_guarded else _cure(exchange.status, value)
    passing = exchange.status in PROXY_DOWN_STATUSES or (exchange.status == 403 and is_guarded)
    why = f"the panel answered {exchange.status} with {found}{cure}"
    return Failure(why, Reason.PASSING if passing else None, exchange.retry_after)


_GUARDED = "; a guard against robots stands before the panel: ask its operator to let the API through"
_OTHER_ADDRESS = "; check the address under `url:`: it must be that of the API, which often ends in /api/v2"
_TROUBLE = "; its server has a fault, which only its operator can mend"
_OPERATOR = "; only its operator can mend that"
_PLAIN_TO_TLS = "; write https:// in the address under `url:`"

_CURES: Mapping[int, str] = {
    **dict.fromkeys((404, 405, 410), _OTHER_ADDRESS),
    **dict.fromkeys((401, 403, 407), "; check the key, and the address under `url:`"),
    **dict.fromkeys((500, 501), _TROUBLE),
    **dict.fromkeys((502, 503, 504, *range(520, 531)), "; its server is down or overloaded"),
}
"""What to do about an HTTP status that came with nothing to read."""


def _cure(status: int | None, value: object) -> str:
    if isinstance(value, NotJson) and "HTTP request was sent to HTTPS port" in value.text:
        return _PLAIN_TO_TLS
    is_other = isinstance(value, NotJson) and (value.is_page or value.is_empty)
    return _CURES.get(status or 0, _OTHER_ADDRESS if is_other else _OPERATOR)


def is_challenge(exchange: Exchange, value: object) -> bool:
    """Tell whether the body is the page of a proxy that let nothing through to the panel."""
    if not isinstance(value, NotJson):
        return False
    if header(exchange.headers, "cf-mitigated") is not None:
        return True
    text = value.text[:20_000].casefold().strip()
    if _EDGE_CODE.fullmatch(text):
        return True
    return text.startswith("<") and any(mark in text for mark in _CHALLENGES)


_EDGE_CODE = re.compile(r"error code: 1[0-9]{3}")

_CHALLENGES = (
    *(
        "just a moment",
        "challenge-platform",
        "cf-challenge",
        "cf-error-details",
        "attention required! | cloudflare",
    ),
    *(
        "checking your browser",
        "verify you are human",
        "ddos-guard",
        "_incapsula_resource",
        "sucuri website firewall",
    ),
)


def error_in(value: object, *, failed: bool = False, order_fields: Iterable[str] = ()) -> PanelError | None:
    """Return the error that a JSON value holds, in any of the family's shapes; None when it holds none.

    `failed` says that the HTTP status was one of failure: then a message alone is an error.
    A value with one of `order_fields` is about an order: a `status` of "error" beside them is that order's.
    """
    if type(value) is str:
        return PanelError((value,)) if value.strip() else None
    if type(value) is not dict or not (failed or _holds_error(value, order_fields)):
        return None
    texts = dict.fromkeys(text for key in _TEXT_KEYS for text in _texts(value.get(key), 3))
    if failed and not texts:
        return None
    return PanelError(tuple(texts)[:6] or NO_MESSAGE)


def _holds_error(value: Mapping[str, Any], order_fields: Iterable[str]) -> bool:
    if says_something(value.get("error")) or says_something(value.get("errors")):
        return True
    if _is_failure(value.get("success", True)):
        return True
    return _is_failure(value.get("status")) and not any(field in value for field in order_fields)


def _is_failure(status: object) -> bool:
    return status is False or (type(status) is str and status.strip().casefold() in _FAILED)


def says_something(value: object) -> bool:
    """Tell whether a value is more than one of the ways to write nothing."""
    if type(value) is str:
        return value.strip().casefold() not in _NOTHING
    return bool(value)


def _texts(value: object, depth: int) -> Iterator[str]:
    if type(value) is str:
        if value.strip():
            yield value
    elif depth and isinstance(value, list | dict):
        for inner in list(value.values() if isinstance(value, dict) else value)[:6]:
            yield from _texts(inner, depth - 1)
