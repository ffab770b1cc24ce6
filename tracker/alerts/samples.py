"""A sample notice for each text, to read the messages before they are needed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker import __version__
from tracker.alerts.texts import TEXTS
from tracker.events import Event, Notice

_ORDER: Mapping[str, Any] = {
    "id": 4711, "ref": "campaign-17", "panel": "shop", "service": "104", "link": "https://example.com/p/a_b?x=1&y=<2>",
    "quantity": 1000, "charge": "12.50", "expected_charge": "12.50", "currency": "USD", "remains": 240,
    "panel_order_id": "990017", "panel_status": "In progress", "state": "active", "last_error": None,
    "fields": {}, "start_count": 318, "attempts": 1, "created_at": "2026-01-31T22:39:40.007Z",
    "submitted_at": "2026-01-31T22:39:58.120Z", "checked_at": "2026-02-01T02:59:59.804Z", "finished_at": None,
}  # fmt: skip
_STATES = {
    Event.ORDER_COMPLETED: "completed", Event.ORDER_PARTIAL: "partial", Event.ORDER_CANCELED: "canceled",
    Event.ORDER_FAILED: "failed", Event.ORDER_REJECTED: "rejected", Event.ORDER_UNKNOWN: "unknown",
    Event.ORDER_CHANGED: "canceled", Event.ORDER_REFILLED: "completed", Event.ORDER_REFILL_REFUSED: "completed",
    Event.ORDER_EXPIRED: "dropped",
}  # fmt: skip
_WALLET = {"balance": "38.20", "currency": "USD", "runway": "7 h"}
_LASTED = {"since": "2026-01-31T22:40:00.000Z", "lasted": "4 h"}

_FACTS: Mapping[str, Mapping[str, Any]] = {
    "order.rejected": {"words": "Service not found"},
    "order.unknown": {
        "words": "Kontostand zu niedrig",
        "listing": [
            "panels:", "  shop:", "    dialect:", "      base: perfectpanel", "      refusals:",
            '        input: ["Kontostand zu niedrig"]  # or funds, rate, link_busy, account, service, passing',
        ],
        "why": "the panel did not answer: panel.example did not answer within 120 s",
        "reasons": ["the wallet sank by its charge", "it may still arrive"],
        "submitted_at": "2026-01-31T22:39:58.120Z", "balance_before": "50.70", "currency": "USD", "newest_id": "990016",
    },
    "order.unknown.paired": {
        "kind": "paired",
        "reasons": [
            "orders 4711, 4712 have all arrived, as 990017, 990018; which is which cannot be known: "
            "`tracker resolve --adopt-in-order` pairs them in the order in which they were sent"
        ],
    },
    "order.unknown.settled": {"kind": "settled", "how": "it is queued again", **_LASTED},
    "order.adopted": {"by": "the evidence", **_LASTED},
    "order.stuck": {"kind": "still", "still_since": "2026-01-29T18:02:11.000Z", "usual": "5 h"},
    "order.stuck.word": {"kind": "word", "word": "Awaiting moderation"},
    "order.stuck.words": {
        "kind": "words", "words": "Bestellung 990017 liegt im Archiv",
        "listing": [
            "panels:", "  shop:", "    dialect:", "      base: perfectpanel", "      refusals:",
            '        order_unknown: ["Bestellung {number} liegt im Archiv"]',
        ],
    },
    "order.stuck.missing": {"kind": "missing", "words": "Incorrect order ID"},
    "order.stuck.moves": {"kind": "moves", **_LASTED},
    "order.expired": {"expired_at": "2026-02-01T02:40:00.000Z"},
    "tag.ended": {
        "tag": "july", "orders": {"completed": 120, "partial": 3},
        "spent": {"Toman": "45000", "USD": "12.5"}, "unpriced": 1,
    },
    "order.changed": {"from": "completed", "to": "canceled"},
    "order.refilled": {"word": "Completed"},
    "order.refill_refused": {"words": "Refill is disabled for this service"},
    "order.refill_refused.unknown": {
        "kind": "unknown", "why": "the panel did not answer: panel.example did not answer within 120 s"
    },
    "order.refill_refused.word": {"kind": "word", "word": "Awaiting moderation"},
    "order.cancel_refused": {"words": "The order cannot be canceled"},
    "order.cancel_refused.unknown": {"kind": "unknown", "why": "the panel's answer does not say what became of it"},
    "balance.low": {**_WALLET, "low": "50"},
    "balance.ok": {**_WALLET, "balance": "438.20", "runway": "3 d", **_LASTED},
    "balance.ok.funded": {**_WALLET, "kind": "funded", "balance": "438.20", "runway": "3 d", **_LASTED},
    "balance.short": {**_WALLET, "needed": "120.00", "missing": "81.80"},
    "balance.short.refused": {**_WALLET, "kind": "refused", "words": "Not enough funds on balance"},
    "balance.short.suspected": {**_WALLET, "kind": "suspected", "needed": "50.00"},
    "spend.unexplained": {"why": "the wallet sank by 20.00 USD more than the orders here cost"},
    "spend.unexplained.ids": {
        "kind": "ids", "why": (
            "the panel answered with order id 99999999999, which is far above 990017, the newest id before: it may be "
            "no order's"
        ),
    },
    "spend.unexplained.check": {"kind": "check", "why": "the check failed here: OverflowError"},
    "panel.down": {
        "why": "the panel answered 503 with an empty body; its server is down or overloaded"
    },
    "panel.up": {**_LASTED, "returns": 12},
    "panel.up.resumed": {"kind": "resumed", **_LASTED},
    "panel.refused": {"words": "Invalid API key"},
    "service.changed": {
        "count": 11, "changes": ["104 (Page likes): price 0.0125 is now 0.02", "221 (Views): is gone"], "more": 9,
        "stranded_count": 1,
        "stranded": ["order 4712: the panel has no service 221; `tracker services` lists what it has"],
    },
    "limit.max_price": {"why": "a unit costs 0.02 USD, and `max_price` of panel shop is 0.015 USD"},
    "limit.max_price.over": {"kind": "over", **_LASTED},
    "limit.price_jump": {
        "why": "a unit costs 0.02 USD, and cost 0.0125 USD when it was queued: `price_jump` of panel shop is 20%",
    },
    "limit.price_jump.over": {"kind": "over", **_LASTED},
    "limit.approval": {"why": "it costs 12.50 USD, and `approve_above` of tag july is 10 USD"},
    "limit.approval.over": {"kind": "over", **_LASTED},
    "limit.spend": {
        "why": "it costs 12.50 USD: with it, panel shop would spend more than 100 USD today",
    },
    "limit.spend.over": {"kind": "over", **_LASTED},
    "service.slower": {"which": "104 (Page likes)", "count": 20, "newest": "5 h", "usual": "40 min"},
    "service.slower.over": {
        "kind": "over", "which": "104 (Page likes)", "count": 20, "newest": "42 min", "usual": "40 min",
    },
    "report.monthly": {
        "month": "2026-01", "figures": [
            "shop: 45,000 Tomans (orders: 1,204)", "to come back: 3,100 Tomans", "net: 41,900 Tomans",
            "spent, as the wallet says: 42,400 Tomans", "refunds to claim: 500 Tomans",
        ],
    },
    "daemon.started": {"version": __version__, "host": "desk", "orders": {"active": 120, "queued": 3}},
    "daemon.stopped": {"version": __version__, "host": "desk", "orders": {"active": 120, "queued": 3}},
    "daemon.stopped.died": {"kind": "died", "host": "desk", "why": "it ended with an error"},
    "daemon.stopped.replaced": {
        "kind": "replaced", "host": "desk", "why": "/var/lib/tracker/tracker.db was deleted or moved.",
        "kept": "/var/lib/tracker/tracker.db.replaced-20260201T024000Z", "sent": ["order 4711: 990017 at shop"],
    },
    "config.refused": {"host": "desk", "faults": ["config.yaml:12:5: panels.shop.timeout: write it like 30s"]},
    "backup.failed": {
        "host": "desk",
        "why": "/var/lib/tracker/backups/copy.db could not be written: the disk is full: free some space",
    },
    "backup.failed.made": {"kind": "made", "host": "desk", **_LASTED},
    "alert.dead": {"target": "desk", "error": "the connection was refused", "count": 31},
    "alert.test": {"target": "ops"},
}  # fmt: skip

_CONDITIONS = (
    "order.unknown",
    "order.stuck",
    "balance.low",
    "balance.short",
    "panel.down",
    "panel.refused",
    "backup.failed",
    "limit.max_price",
    "limit.price_jump",
    "limit.approval",
    "limit.spend",
)
REMINDER = {"since": "2026-01-31T22:40:00.000Z", "lasting": "4 h"}


def samples() -> dict[str, Notice]:
    """Return a notice for each text, by the text's name, and a reminder of each condition."""
    found = {name: _sample(name) for name in TEXTS}
    for name in _CONDITIONS:
        notice = found[name]
        facts = {**notice.facts, **REMINDER}
        found[f"{name} (reminder)"] = Notice(notice.event, notice.panel, notice.order_id, facts)
    return found


def _sample(name: str) -> Notice:
    event = Event(".".join(name.split(".")[:2]))
    facts = dict(_FACTS.get(name, {}))
    if event.startswith("order.") or (event.startswith("limit.") and not facts.get("kind")):
        facts = {"order": _order(event), **facts}
    return Notice(
        event,
        "shop"
        if not event.startswith(("daemon.", "config.", "backup.", "alert.", "tag.", "report."))
        else None,
        facts=facts,
    )


def _order(event: Event) -> dict[str, Any]:
    order = {**_ORDER, "state": _STATES.get(event, "queued" if event.startswith("limit.") else "active")}
    if event in (Event.ORDER_UNKNOWN, Event.ORDER_REJECTED, Event.ORDER_EXPIRED) or event.startswith(
        "limit."
    ):
        order |= dict.fromkeys(("charge", "panel_order_id", "panel_status", "remains", "start_count"))
    return order
