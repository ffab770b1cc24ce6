"""An order's history and its evidence checks, as the contract's JSON objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tracker.lib.times import rfc3339
from tracker.orders.request_json import request_json
from tracker.orders.requests import OrderRequest
from tracker.store.evidence import Check
from tracker.store.order_history import StateChange
from tracker.store.requests import Call


def history_json(history: Iterable[StateChange]) -> list[dict[str, Any]]:
    """Return a history, each entry as `{at, from, to, why, evidence}`."""
    return [
        {
            "at": rfc3339(change.at),
            "from": change.before,
            "to": change.after,
            "why": change.why or _why_first(change),
            "evidence": change.evidence,
        }
        for change in history
    ]


def _why_first(change: StateChange) -> str:
    return "queued" if change.after == "queued" else "placed elsewhere, followed from here on"


def requests_json(found: Iterable[OrderRequest], calls: Mapping[int, Call]) -> list[dict[str, Any]]:
    """Return what was asked about an order, each with the panel's raw answer to the call that it was sent in."""
    return [request_json(one, _answer(calls.get(one.call_id or 0))) for one in found]


def _answer(call: Call | None) -> str | None:
    return None if call is None or call.body is None else bytes(call.body).decode("utf-8", "replace")


def checks_json(checks: Iterable[Check]) -> list[dict[str, Any]]:
    """Return evidence checks, each as `{at, ruling, reasons, facts}`."""
    return [{**check._asdict(), "at": rfc3339(check.at)} for check in checks]
