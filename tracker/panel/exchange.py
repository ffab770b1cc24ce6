"""One request to a panel and its raw answer, before anyone judges what it means. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Action = Literal["services", "add", "status", "balance"]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be asked: the form fields without the key, and what goes into the query string."""

    action: Action
    form: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict)
    #: Whether it looks for an order whose answer was lost: it goes before all others.
    is_evidence: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked and what came back.

    `begun` is whether the request was handed to the wire: False proves that the panel never got it.
    `status` is None when no HTTP status line was read. `whole` is False when the body is known to be
    cut short or over the limit. `error` is the transport's fault in words, None when there was none.
    """

    request: Request
    sent: bool
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    whole: bool = True
    error: str | None = None
