"""The raw answer to an `add`, as it is kept with the attempt, or with the time that it was asked again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from tracker.panel.exchange import Exchange, Request

KEPT_BODY = 65536
"""Bytes of the answer to an `add` that are kept; a longer answer is cut and marked as not whole."""

KEPT = "begun = ?, status = ?, headers = ?, body = ?, whole = ?, error = ?"
"""The columns of an answer, with the values of `values_of`."""


class Kept(Protocol):
    """A row that may hold an answer; each value as it is stored."""

    @property
    def answered_at(self) -> int | None:
        """When the answer was kept; None while there is none."""

    @property
    def begun(self) -> bool | None:
        """Whether the request was sent."""

    @property
    def status(self) -> int | None:
        """The HTTP status."""

    @property
    def headers(self) -> str | None:
        """The headers, as JSON."""

    @property
    def body(self) -> bytes | None:
        """The body, as far as it is kept."""

    @property
    def whole(self) -> bool | None:
        """Whether that is all of it."""

    @property
    def error(self) -> str | None:
        """What went wrong with the request."""


def cut_to_keep(exchange: Exchange) -> Exchange:
    """Return an answer as it is kept: what is too long is cut, and marked as not whole."""
    if len(exchange.body) <= KEPT_BODY:
        return exchange
    return replace(exchange, body=exchange.body[:KEPT_BODY], whole=False)


def values_of(exchange: Exchange) -> Sequence[Any]:
    """Return the values of KEPT."""
    headers = json.dumps(dict(exchange.headers))
    return exchange.sent, exchange.status, headers, exchange.body, exchange.whole, exchange.error


def exchange_of(row: Kept, request: Request) -> Exchange | None:
    """Read the raw answer that was kept; None when none was."""
    if row.answered_at is None:
        return None
    return Exchange(
        request,
        sent=bool(row.begun),
        status=row.status,
        headers=json.loads(row.headers or "{}"),
        body=bytes(row.body or b""),
        whole=bool(row.whole),
        error=row.error,
    )
