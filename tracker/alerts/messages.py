"""The message of one notice. To tell of a new event, write one function in `orders` or `others`. Pure.

A fact that is missing leaves out its sentence: a message that cannot be written would never be delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tracker.alerts import orders, others
from tracker.alerts.told import Message, Told, Tone, Written
from tracker.events import Event, Notice
from tracker.times import rfc3339


def message(notice: Notice, at: int) -> Message:
    """Write the message of one notice; `at` is when it happened."""
    headline, lines = WRITERS[notice.event](Told(notice))
    body = "\n".join([*(line for line in lines if line), rfc3339(at)])
    return Message(headline, body, notice.event, tone(notice.event))


def tone(event: Event) -> Tone:
    """Say how bad news is."""
    return TONES.get(event, "info")


WRITERS: Mapping[Event, Callable[[Told], Written]] = {**orders.WRITERS, **others.WRITERS}

TONES: Mapping[Event, Tone] = {
    Event.ORDER_COMPLETED: "success",
    Event.ORDER_ADOPTED: "success",
    Event.BALANCE_OK: "success",
    Event.PANEL_UP: "success",
    Event.ORDER_PARTIAL: "warning",
    Event.ORDER_CANCELED: "warning",
    Event.ORDER_STUCK: "warning",
    Event.ORDER_CHANGED: "warning",
    Event.BALANCE_LOW: "warning",
    Event.SERVICE_CHANGED: "warning",
    Event.ORDER_FAILED: "failure",
    Event.ORDER_REJECTED: "failure",
    Event.ORDER_UNKNOWN: "failure",
    Event.BALANCE_SHORT: "failure",
    Event.SPEND_UNEXPLAINED: "failure",
    Event.PANEL_DOWN: "failure",
    Event.PANEL_REFUSED: "failure",
    Event.ALERT_DEAD: "failure",
}
"""How bad each event is, where it is more than information; targets colour a message by it."""
