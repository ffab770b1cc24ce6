"""Every phrase that messages are made of, beside their texts: what another language has to say too. Pure.

What other rooms write into the facts of a notice is in `sentences`.
"""

from __future__ import annotations

COUNTED: dict[str, tuple[str, str]] = {
    "order.failed": ("{count} order failed", "{count} orders failed"),
    "order.rejected": ("{count} order refused", "{count} orders refused"),
    "order.unknown": ("{count} order whose answer was lost", "{count} orders whose answer was lost"),
    "order.canceled": ("{count} order canceled", "{count} orders canceled"),
    "order.partial": ("{count} order delivered in part", "{count} orders delivered in part"),
    "order.stuck": ("{count} order without progress", "{count} orders without progress"),
    "order.changed": ("{count} order changed afterwards", "{count} orders changed afterwards"),
    "order.cancel_refused": ("{count} refused cancel", "{count} refused cancels"),
    "order.refill_refused": ("{count} refused refill", "{count} refused refills"),
    "order.refilled": ("{count} order refilled", "{count} orders refilled"),
    "order.completed": ("{count} order completed", "{count} orders completed"),
    "order.adopted": ("{count} order found again", "{count} orders found again"),
    "order.unknown.settled": ("{count} order cleared up", "{count} orders cleared up"),
    "order.stuck.moves": ("{count} order in progress again", "{count} orders in progress again"),
    "balance.low": ("{count} low balance", "{count} times a low balance"),
    "balance.ok": ("{count} balance that recovered", "{count} times a balance that recovered"),
    "balance.short": ("{count} lack of funds", "{count} times a lack of funds"),
    "spend.unexplained": ("{count} unexplained change of the wallet", "{count} unexplained changes of the wallet"),
    "panel.down": ("{count} panel did not answer", "{count} times a panel did not answer"),
    "panel.up": ("{count} panel answers again", "{count} times a panel answered again"),
    "panel.refused": ("{count} key or account refused", "{count} times a key or account was refused"),
    "service.changed": ("{count} change of services", "{count} changes of services"),
    "config.refused": ("{count} wrong config", "{count} times a wrong config"),
    "backup.failed": ("{count} backup failed", "{count} backups failed"),
    "backup.failed.made": ("{count} backup made again", "{count} backups made again"),
    "daemon.started": ("{count} start of tracker", "{count} starts of tracker"),
    "daemon.stopped": ("{count} stop of tracker", "{count} stops of tracker"),
    "alert.dead": ("{count} target that could not be reached", "{count} targets that could not be reached"),
    "alert.test": ("{count} test message", "{count} test messages"),
}  # fmt: skip
"""How a digest counts the messages of each text, or of all texts of an event: one, and several."""

SPANS: tuple[str, ...] = ("{number} s", "{number} min", "{number} h", "{number} d")
"""How long something takes: `about` writes so."""

PHRASES: tuple[str, ...] = (
    "Order {number}",
    "Order {number} ({ref})",
    "An order",
    "{quantity} × {name} (service {service})",
    "{quantity} of service {service}",
    "{name} (service {service})",
    "Service {service}",
    "at {panel}",
    "at {panel}, as order {number} there",
    "its order {number}",
    "it",
    "Charge: {amount}",
    "Expected charge: {amount}",
    "the panel",
    "a target",
    "unknown",
    "none",
    " on {host}",
    "once",
    "{count} times",
    "{count} {state}",
    "Still, after {span}: {headline}",
    "This has lasted since {time}.",
    "{count} notices: {what}",
    "{count} more",
    "Spent: {amounts}",
    "To come back from the panel: {amounts}",
    "What {count} of these orders cost is not known.",
    "… and {count} more: {command}",
    "{begin} to {end}",
    "… (shortened)",
    *(form for forms in COUNTED.values() for form in forms),
    "queued",
    "submitting",
    "active",
    "completed",
    "partial",
    "canceled",
    "failed",
    "rejected",
    "dropped",
    "{one}, {two}",
    *SPANS,
)
"""What this room puts together."""
