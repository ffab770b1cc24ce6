"""One request to a panel and its raw answer, before anyone judges what it means. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tracker.lib import http_headers

Action = Literal["services", "add", "status", "balance", "orders", "refill", "refill_status", "cancel"]

SENT_ONCE: frozenset[Action] = frozenset({"add", "refill", "cancel"})
"""Actions that change something at the panel: none may be repeated by whoever did not see its answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """A call to make: its form fields without the key, and its query parameters."""

    action: Action
    form: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    #: Whether it looks for an order whose answer was lost: it goes before all others.
    is_evidence: bool = False

    def digest(self, url: str, key: str) -> str:
        """Return what tells whether another request is this one, letter by letter, to the same account of the panel.

        With another API key, what one account knows may be new to the other one. No key can be read from it.
        """
        written = json.dumps([url, key, sorted(self.form.items()), sorted(self.query.items())])
        return hashlib.sha256(written.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked and what came back.

    `body` is what came, decompressed and not decoded; which text it is, `charset` tells where the panel does.
    `sent` is whether the request was handed to the network: False proves that the panel never got it.
    `status` is None when no HTTP status line was read. `whole` is False when the body is known to be
    cut short or over the limit. `error` says what failed on the way, None when nothing did. `url` is the
    address that was asked; empty for what was read from the database. `took` is how long it took, from connecting
    to the last byte, in microseconds; None when nothing was tried.
    """

    request: Request
    sent: bool
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    whole: bool = True
    error: str | None = None
    url: str = ""
    took: int | None = field(default=None, compare=False)

    @property
    def charset(self) -> str | None:
        """The character set that the panel claims for the body, in lower case; None when it claims none."""
        return http_headers.charset(self.headers)

    @property
    def retry_after(self) -> int | None:
        """How long the panel asks us to wait, in microseconds; None when it does not say.

        Read from the headers, so that an answer kept in the database says the same as on the day it came.
        """
        return http_headers.retry_after(self.headers)
