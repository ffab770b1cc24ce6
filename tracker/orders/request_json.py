"""A request about an order as the JSON object that commands print. Pure."""

from __future__ import annotations

from typing import Any

from tracker.lib.times import rfc3339
from tracker.orders.requests import OrderRequest


def request_json(request: OrderRequest, answer: str | None = None) -> dict[str, Any]:
    """Return a request as one JSON object; `answer` is the panel's raw answer to the call that it was sent in."""
    return {
        "kind": str(request.kind), "state": str(request.state), "by": request.by, "at": rfc3339(request.at),
        "sent_at": _time(request.sent_at), "answered_at": _time(request.answered_at),
        "ended_at": _time(request.ended_at), "refill_id": request.refill_id,
        "panel_status": request.panel_status, "why": request.why, "answer": answer,
    }  # fmt: skip


def _time(at: int | None) -> str | None:
    return None if at is None else rfc3339(at)
