"""Calls Telegram's Bot API, one call at a time, and says in plain words why one failed.

Source: https://core.telegram.org/bots/api. The token of the bot is in each address, so no text that leaves this file
holds an address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracker import __version__
from tracker.alerts.channels.refusals import refusal
from tracker.lib.http import Connection, HttpResult, Limits, shared_tls
from tracker.lib.http_endpoint import Endpoint
from tracker.lib.http_headers import retry_after
from tracker.lib.redaction import Redactor, scrub
from tracker.lib.times import HOUR, SECOND
from tracker.lib.trust import TrustFault

TELEGRAM = "https://api.telegram.org"

LARGEST = 4 * 1024 * 1024
"""Bytes of an answer: a hundred updates with long messages are below a megabyte."""

CALL_S = 14.0
"""Seconds for any call but the one that waits for updates."""

LONGEST_WAIT = HOUR
"""How long a server may ask to be left alone, in microseconds."""

CONFLICT = 409
"""Somebody else asks for this bot's updates, or a webhook is set."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the server answered to a call that it carried out."""

    result: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a call was not carried out, as far as is known; `status` is None where there was no answer."""

    why: str
    status: int | None = None
    #: Microseconds for which it asks to be left alone.
    retry_after: int | None = None


Answer = Said | Failed


class BotApi:
    """One bot at one server. Used by one thread at a time; it raises nothing."""

    def __init__(self, token: str, server: str = TELEGRAM) -> None:
        self._token = token
        self._server = server.rstrip("/")
        self._hidden = Redactor([token, *token.split(":")[1:]])
        self._connection: Connection | None = None

    def call(self, method: str, values: Mapping[str, Any], seconds: float = CALL_S) -> Answer:
        """Make one call, once."""
        try:
            answer = self._call(method, values, seconds)
        except (TrustFault, ValueError) as fault:
            answer = Failed(str(fault))
        except Exception as error:  # noqa: BLE001 - whatever it is, the daemon goes on without the chat
            answer = Failed(f"what asks it has a fault ({type(error).__name__}); report it")
        return self._without_token(answer) if isinstance(answer, Failed) else answer

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _call(self, method: str, values: Mapping[str, Any], seconds: float) -> Answer:
        endpoint = Endpoint(f"{self._server}/bot{self._token}/{method}")
        if self._connection is None:
            self._connection = Connection(shared_tls() if endpoint.secure else None, keep_alive=True)
        body = json.dumps(values, ensure_ascii=False).encode(errors="replace")
        headers = {"User-Agent": f"tracker/{__version__}", "Accept-Encoding": "identity"}
        result = self._connection.send(endpoint.post_json(body, headers), Limits(seconds, LARGEST))
        if result.status is None or result.fault is not None:
            self.close()
        return _answer(result, endpoint.host)

    def _without_token(self, failed: Failed) -> Failed:
        return Failed(scrub(self._hidden.hide(failed.why)), failed.status, failed.retry_after)


def _answer(result: HttpResult, host: str) -> Answer:
    if result.status is None:
        return Failed(result.fault or f"{host} did not answer")
    if result.fault is not None:
        return Failed(result.fault, result.status)
    try:
        found = json.loads(result.body)
    except (ValueError, RecursionError):  # it may be nested as deep as it is long
        found = None
    if isinstance(found, dict) and found.get("ok") is True and "result" in found and result.status < 400:
        return Said(found["result"])
    why = (
        refusal(max(result.status, 400), result.body)
        or f"it answered {result.status} with what is no answer of a bot"
    )
    return Failed(why, result.status, _asked_wait(found, result))


def _asked_wait(found: object, result: HttpResult) -> int | None:
    """Return how long to leave the server alone: it says so in its JSON, and a proxy before it in a header."""
    parameters = found.get("parameters") if isinstance(found, dict) else None
    asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if isinstance(asked, int) and not isinstance(asked, bool) and asked >= 0:
        return min(asked * SECOND, LONGEST_WAIT)
    waited = retry_after(result.headers)
    return None if waited is None else min(waited, LONGEST_WAIT)
