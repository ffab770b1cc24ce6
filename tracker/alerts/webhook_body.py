"""What a webhook says: the JSON of one alert, or of a digest with all its alerts. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.alerts.delivery import Delivery
from tracker.alerts.digest_message import digest
from tracker.alerts.messages import message
from tracker.alerts.wording import ENGLISH, Wording
from tracker.lib.times import rfc3339

VERSION = 1
"""Of the format: it grows when a key is taken away or means something else, and not when one is added."""

DIGEST = "digest"
"""What stands in the place of the event of a message about several alerts."""

MOST = 50
"""Alerts in one message, at most: with about a kilobyte each, it stays below the 100 KB that many receivers take."""

Orders = Mapping[int, Mapping[str, Any]]
"""The orders that alerts are about, by id, as JSON values; one that is deleted is not among them."""


@dataclass(frozen=True, slots=True)
class WebhookBody:
    """One message. `id` is the same for the same alerts, so that a receiver can drop what it has already."""

    id: str
    json: Mapping[str, Any]

    def encoded(self) -> bytes:
        """Return the JSON as bytes."""
        # Half a character may have come in with a panel's JSON, and has no UTF-8.
        return json.dumps(self.json, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def webhook_body(
    alerts: Sequence[Delivery], orders: Orders, target: str = "", wording: Wording = ENGLISH
) -> WebhookBody:
    """Write one message about alerts, the oldest first."""
    each = [_alert(one, orders, wording) for one in alerts]
    if len(each) == 1:
        return WebhookBody(each[0]["id"], {"version": VERSION, **each[0], "alerts": None})
    words = digest(((one.notice, one.at) for one in alerts), target, wording)
    digest_id = _digest_id(alerts)
    found: dict[str, Any] = {
        "version": VERSION,
        "id": digest_id,
        "event": DIGEST,
        "at": max((one["at"] for one in each), default=None),
        "urgent": any(one["urgent"] for one in each),
        "tone": words.tone,
        "panel": None,
        "order": None,
        "facts": {},
        "title": words.title,
        "text": words.body,
        "alerts": each,
    }
    return WebhookBody(digest_id, found)


def _alert(alert: Delivery, orders: Orders, wording: Wording) -> dict[str, Any]:
    notice, words = alert.notice, message(alert.notice, alert.at, wording)
    return {
        "id": _alert_id(alert),
        "event": str(notice.event),
        "at": rfc3339(alert.at),
        "urgent": notice.is_urgent,
        "tone": words.tone,
        "panel": notice.panel,
        "order": _order(alert, orders),
        "facts": {name: value for name, value in notice.facts.items() if name != "order"},
        "title": words.title,
        "text": words.body,
    }


def _order(alert: Delivery, orders: Orders) -> dict[str, Any] | None:
    """Return the order as it was when the alert was made, and as it is now where the alert does not say."""
    then = alert.notice.facts.get("order")
    if not isinstance(then, Mapping):
        return None
    now = orders.get(alert.notice.order_id or 0, {})
    return {key: then.get(key, now.get(key)) for key in ORDER_KEYS}


ORDER_KEYS = (
    "id", "ref", "panel", "service", "link", "quantity", "fields", "state", "panel_order_id", "panel_status", "charge",
    "currency", "start_count", "remains", "attempts", "last_error", "created_at", "submitted_at", "checked_at",
    "finished_at", "tags", "priority", "not_before", "expires_at", "held",
    "held_why", "price", "approved_at",
)  # fmt: skip
"""The keys of an order as commands print it, but for `comments`: they may be a megabyte."""


def _alert_id(alert: Delivery) -> str:
    """Return an id that no other database has given: a receiver may have known the one before."""
    return f"alert_{alert.id}_{alert.at}"


def _digest_id(alerts: Sequence[Delivery]) -> str:
    ids = ",".join(_alert_id(one) for one in alerts)
    return f"digest_{hashlib.sha256(ids.encode()).hexdigest()[:32]}"
