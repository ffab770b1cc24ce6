"""An order's history and its evidence checks, as the contract's JSON objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tracker.lib.times import rfc3339
from tracker.store.evidence import Check
from tracker.store.orders import StateChange


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


def checks_json(checks: Iterable[Check]) -> list[dict[str, Any]]:
    """Return evidence checks, each as `{at, ruling, reasons, facts}`."""
    return [{**check._asdict(), "at": rfc3339(check.at)} for check in checks]
