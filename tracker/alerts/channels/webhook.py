"""Posts one signed message to one web address, once, and says in plain words why it was not taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from tracker import __version__
from tracker.alerts.channels.refusals import LARGEST, refusal
from tracker.alerts.channels.tries import HARD_LIMIT_S, Delivered, Outcome, Tries, Undelivered
from tracker.lib.http import Connection, HttpResult, Limits, shared_tls
from tracker.lib.http_endpoint import Endpoint
from tracker.lib.http_headers import retry_after
from tracker.lib.redaction import Redactor, scrub
from tracker.lib.times import HOUR, SECOND
from tracker.lib.trust import TrustFault
from tracker.lib.webhook_signature import PREFIX, headers, key_of

LIMITS = Limits(seconds=14.0, bytes=LARGEST)
"""For one try. Opening the connection may take as long again, and both together less than the hard limit, so that a
try that ended by that is one that could not even look up a name."""

GONE, TOO_LONG = 410, 413
"""The statuses of RFC 9110 that say more than that the message was not taken."""

LONGEST_WAIT = HOUR
"""How long a target is left alone at most because it asks for it, in microseconds."""


class Webhook:
    """Posts to one address, one message at a time; a try returns within `limit` seconds and never raises.

    ValueError when the secret cannot be used.
    """

    def __init__(self, url: str, secret: str, limit: float = HARD_LIMIT_S) -> None:
        self._url = url
        self._key = key_of(secret)
        self._private = Redactor(_private_parts(url, secret))
        self._tries = Tries(limit)

    def send(self, message_id: str, body: bytes, now: int) -> Outcome:
        """Post a body of JSON; `message_id` stays the same when the same message is sent again."""
        signed = headers(self._key, message_id, now // SECOND, body)
        return self._tries.run(lambda: self._attempt(body, signed))

    def _attempt(self, body: bytes, signed: dict[str, str]) -> Outcome:
        try:
            endpoint = Endpoint(self._url)
            outcome = _outcome(_post(endpoint, body, signed), endpoint.host)
        except (TrustFault, ValueError) as fault:
            outcome = Undelivered(str(fault))
        except Exception as error:  # noqa: BLE001 - one target may not stop the alerts of the others
            outcome = Undelivered(f"what sends to it has a fault ({type(error).__name__}); report it")
        if isinstance(outcome, Undelivered):
            return replace(outcome, why=scrub(self._private.hide(outcome.why)))
        return outcome


def _post(endpoint: Endpoint, body: bytes, signed: dict[str, str]) -> HttpResult:
    sent = {"User-Agent": f"tracker/{__version__}", "Accept-Encoding": "identity", **signed}
    connection = Connection(shared_tls() if endpoint.secure else None, keep_alive=False)
    try:
        return connection.send(endpoint.post_json(body, sent), LIMITS)
    finally:
        connection.close()


def _outcome(result: HttpResult, host: str) -> Outcome:
    """Judge an answer by its status alone: a receiver that says 2xx has taken the message, whatever follows."""
    status = result.status
    if status is None:
        return Undelivered(result.fault or f"{host} did not answer")
    if 200 <= status < 300:
        return Delivered()
    asked = retry_after(result.headers)
    wait = None if asked is None else min(asked, LONGEST_WAIT)
    if status == GONE:
        return Undelivered(
            f"its address is gone for good ({status}); correct it, or remove the target", LONGEST_WAIT
        )
    if 300 <= status < 400:
        return Undelivered(
            f"it redirects to another address ({status}), which is not followed; put its current address into the "
            "config",
            wait,
        )
    why = refusal(status, result.body) or f"it answered {status}"
    return Undelivered(why, wait, is_too_long=status == TOO_LONG)


def _private_parts(url: str, secret: str) -> Iterator[str]:
    """Yield what nobody may read: the secret, and all of the address after its host, whole and in parts."""
    _, _, path, query, _ = urlsplit(url)
    for part in (path, query, *re.split(r"[/?&=,;:]+", f"{path}?{query}")):
        yield from (part, unquote(part))
    yield from (secret, secret.removeprefix(PREFIX))
