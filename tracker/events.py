"""The events that an alert can be about, and the notice of one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Event(StrEnum):
    """Every event that an alert can be about; config, JSON and templates use these names."""

    ORDER_COMPLETED = "order.completed"
    ORDER_PARTIAL = "order.partial"
    ORDER_CANCELED = "order.canceled"
    ORDER_FAILED = "order.failed"
    ORDER_REJECTED = "order.rejected"
    ORDER_UNKNOWN = "order.unknown"
    ORDER_ADOPTED = "order.adopted"
    ORDER_STUCK = "order.stuck"
    ORDER_CHANGED = "order.changed"
    ORDER_REFILLED = "order.refilled"
    ORDER_REFILL_REFUSED = "order.refill_refused"
    ORDER_CANCEL_REFUSED = "order.cancel_refused"
    ORDER_EXPIRED = "order.expired"
    TAG_ENDED = "tag.ended"
    BALANCE_LOW = "balance.low"
    BALANCE_OK = "balance.ok"
    BALANCE_SHORT = "balance.short"
    SPEND_UNEXPLAINED = "spend.unexplained"
    PANEL_DOWN = "panel.down"
    PANEL_UP = "panel.up"
    PANEL_REFUSED = "panel.refused"
    SERVICE_CHANGED = "service.changed"
    LIMIT_MAX_PRICE = "limit.max_price"
    LIMIT_PRICE_JUMP = "limit.price_jump"
    LIMIT_APPROVAL = "limit.approval"
    LIMIT_SPEND = "limit.spend"
    SERVICE_SLOWER = "service.slower"
    REPORT_MONTHLY = "report.monthly"
    DAEMON_STARTED = "daemon.started"
    DAEMON_STOPPED = "daemon.stopped"
    CONFIG_REFUSED = "config.refused"
    BACKUP_FAILED = "backup.failed"
    ALERT_DEAD = "alert.dead"
    ALERT_TEST = "alert.test"
    """Only `tracker alerts test` raises it; it goes to every target, whatever the target subscribes to."""


URGENT = frozenset(
    {
        Event.ORDER_UNKNOWN,
        Event.BALANCE_LOW,
        Event.BALANCE_SHORT,
        Event.SPEND_UNEXPLAINED,
        Event.PANEL_DOWN,
        Event.PANEL_REFUSED,
        Event.LIMIT_APPROVAL,
        Event.CONFIG_REFUSED,
        Event.BACKUP_FAILED,
        Event.ALERT_DEAD,
        Event.ALERT_TEST,
    }
)
"""Events that never wait for a digest: each may need the operator now."""

URGENT_KINDS = frozenset({f"{Event.DAEMON_STOPPED}.replaced"})
"""Kinds of other events that do not wait either."""

CONDITIONS = frozenset(
    {
        Event.BALANCE_LOW,
        Event.BALANCE_SHORT,
        Event.PANEL_DOWN,
        Event.PANEL_REFUSED,
        Event.LIMIT_MAX_PRICE,
        Event.LIMIT_PRICE_JUMP,
        Event.LIMIT_APPROVAL,
        Event.LIMIT_SPEND,
        Event.ORDER_UNKNOWN,
        Event.ORDER_STUCK,
        Event.BACKUP_FAILED,
    }
)
"""Events that open an incident: reported once, followed by reminders while it lasts, and by a notice of its end."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened, for the targets that subscribe to it.

    `facts` holds all that a message needs, as JSON values: the message is written when it is sent,
    so that a digest, a single message and another language can be made from the same notice.
    """

    event: Event
    panel: str | None = None
    order_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    #: When set, at most one alert with this key is ever recorded.
    once: str | None = None
    #: The condition of the same panel and order that this ends: targets subscribed to that get its end too.
    ends: Event | None = None

    @property
    def is_urgent(self) -> bool:
        """Tell whether it may need the operator now."""
        return self.event in URGENT or f"{self.event}.{self.facts.get('kind')}" in URGENT_KINDS
