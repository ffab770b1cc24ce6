"""What people are told of one order: which it is, what happened to it and what to do. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tracker.alerts.told import Told, Written, money, text
from tracker.events import Event


def _completed(told: Told) -> Written:
    return f"{told.name} completed", told.about()


def _partial(told: Told) -> Written:
    remains, quantity = text(told.order.get("remains")), text(told.order.get("quantity"))
    missing = f"{remains} of {quantity} were not delivered. " if remains and quantity else ""
    end = f"{missing}Panels usually refund that part; `tracker balance` shows the wallet."
    return f"{told.name} was delivered only in part", [*told.about(), end]


def _canceled(told: Told) -> Written:
    return f"{told.name} was canceled by the panel", [
        *told.about(),
        "The panel should have refunded it: `tracker balance` shows the wallet.",
        "To place it again, queue it anew with `tracker add`.",
    ]


def _failed(told: Told) -> Written:
    return f"{told.name} failed, says the panel", [
        *told.about(),
        "Whether the money came back is not certain: compare `tracker balance`,",
        f"and ask {told.panel} about {told.panel_order}.",
    ]


def _rejected(told: Told) -> Written:
    why = told.fact("words") or text(told.order.get("last_error"))
    return f"{told.name} was refused", [
        f"Why: {why}" if why else "",
        *told.about(),
        f"Nothing was paid. Once the reason is gone, `tracker retry {told.handle}` queues it again;",
        "if the order itself was wrong, queue a right one with `tracker add`.",
    ]


def _unknown(told: Told) -> Written:
    currency = told.order.get("currency")
    before = told.fact("balance_before")
    since = told.fact("since")
    head = (
        f"{told.name} is still unknown, since {since}"
        if since
        else f"{told.name}: was it placed? Please look"
    )
    return head, [
        told.say("Its answer was lost: {}", "why"),
        *(f"Looked for: {reason}" for reason in _texts(told.facts.get("reasons"))),
        f"{told.panel} may have taken it, so it is held: sending it again could pay twice.",
        *told.about(),
        told.say("Sent at {}", "submitted_at"),
        f"Balance before: {money(before, currency)}" if before else "",
        told.say("Newest known order of the panel before: {}", "newest_id"),
        "Look for it on the panel's own page. If it is there:",
        f"  tracker resolve {told.handle} --adopt PANEL_ID",
        "If it is certainly not there, queue it again or give it up:",
        f"  tracker resolve {told.handle} --release",
        f"  tracker drop {told.handle}",
    ]


def _texts(value: object) -> list[str]:
    return [one for one in map(text, value) if one] if isinstance(value, list | tuple) else []


def _adopted(told: Told) -> Written:
    state = text(told.order.get("state"))
    now = f"It is followed again, and is now {state}." if state else "It is followed again."
    return f"{told.name} was placed after all", [told.say("Found by {}.", "by") + " " + now, *told.about()]


def _stuck(told: Told) -> Written:
    show = f"`tracker show {told.handle}` tells all that is known."
    if told.fact("kind") == "missing":
        why = told.say("The panel's words: {}", "words")
        ask = f"It is asked about further. Ask {told.panel} what became of {told.panel_order}; {show}"
        return f"{told.name} is no longer known to the panel", [why, *told.about(), ask]
    word = told.fact("word") or text(told.order.get("panel_status")) or "?"
    return f"{told.name} has a status that is not known: {word}", [
        *told.about(),
        "It keeps its state and is asked about further. You hear of this word only once.",
        "What it means can be set in the config, in the panel's dialect.",
        show,
    ]


def _changed(told: Told) -> Written:
    became = told.say("from {} to {}", "from", "to") or "its state"
    end = f"The panel now says otherwise of an order that had ended. `tracker show {told.handle}` has its history."
    return f"{told.name} changed {became}", [*told.about(), end]


WRITERS: Mapping[Event, Callable[[Told], Written]] = {
    Event.ORDER_COMPLETED: _completed,
    Event.ORDER_PARTIAL: _partial,
    Event.ORDER_CANCELED: _canceled,
    Event.ORDER_FAILED: _failed,
    Event.ORDER_REJECTED: _rejected,
    Event.ORDER_UNKNOWN: _unknown,
    Event.ORDER_ADOPTED: _adopted,
    Event.ORDER_STUCK: _stuck,
    Event.ORDER_CHANGED: _changed,
}
