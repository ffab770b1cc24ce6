"""The facts of a notice as values for the placeholders of a text; a missing or malformed fact is left out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker.alerts.refunds import amount_of, refund, shown_amount
from tracker.alerts.wording import ENGLISH, Wording
from tracker.events import Event, Notice
from tracker.lib.links import cut_link

Values = Mapping[str, str | tuple[str, ...]]
"""The value of each `$name` in a text; a list becomes several lines."""

_PLAIN = (
    "from", "to", "runway", "usual", "words", "newest_id", "version", "host", "target", "error",
    "kept", "tag", "which", "month",
)  # fmt: skip
_SENTENCES = (
    "unsaved",
    "why",
    "how",
    "by",
    "held",
    "error",
    "lasted",
    "lasting",
    "runway",
    "usual",
    "newest",
    "from",
    "to",
)
"""Facts that are written by the rooms that decide, in English."""

_TIMES = ("since", "still_since", "submitted_at", "expired_at")
_COUNTS = ("count", "more", "stranded_count", "unpriced")
_MONEY = ("balance", "low", "needed", "missing", "balance_before")
_LISTS = ("reasons", "changes", "stranded", "sent", "faults", "figures")
_LINES = ("listing",)
_OF_ORDER = ("service", "quantity", "remains", "ref")
NAMES = frozenset({
    *_PLAIN, *_SENTENCES, *_TIMES, *_COUNTS, *_MONEY, *_LISTS, *_LINES, *_OF_ORDER, "at", "id", "panel", "name",
    "handle", "panel_order", "about", "charge", "refund", "returns", "word", "orders", "on_host", "event", "link",
    "state", "outcome",
})  # fmt: skip
"""Every name that a text may use."""

NO_ANSWER = "the panel did not answer: "
"""How a reason begins whose message has said that already."""

LONGEST_LINK = 72
"""Characters of a link that a message shows: two lines of a phone."""


def values_of(notice: Notice, at: int, wording: Wording = ENGLISH) -> Values:
    """Return the values for a notice that happened at a time (microseconds)."""
    facts = notice.facts
    order = facts.get("order")
    order = order if isinstance(order, Mapping) else {}
    panel = text(notice.panel or order.get("panel")) or wording.say("the panel")
    currency = facts.get("currency") or order.get("currency")
    found: dict[str, Any] = {name: text(facts.get(name)) for name in _PLAIN}
    found |= {name: _sentence(facts.get(name), wording) for name in _SENTENCES}
    found |= {name: _time(facts.get(name), wording) for name in _TIMES}
    found |= {name: _count(facts.get(name)) for name in _COUNTS}
    found |= {name: _money(facts.get(name), currency) for name in _MONEY}
    found |= {name: tuple(map(wording.translated, _texts(facts.get(name)))) for name in _LISTS}
    found |= {name: _lines(facts.get(name)) for name in _LINES}
    found |= _of_order(notice, order, panel, wording) if order or notice.order_id is not None else {}
    found |= {
        "at": wording.time(at), "event": str(notice.event), "panel": panel,
        "why": found["why"] or _sentence(facts.get("words"), wording) or _sentence(order.get("last_error"), wording),
        "word": text(facts.get("word")) or text(order.get("panel_status")),
        "orders": _orders(facts.get("orders"), wording),
        "outcome": _outcome(facts, wording),
        "unpriced": found["unpriced"] if found["unpriced"] != "0" else None,
        "returns": _times(facts.get("returns"), wording),
        "on_host": wording.say(" on {host}", host=found["host"]) if found["host"] else " ",
        "balance": found["balance"] or (wording.say("unknown") if notice.event in _WALLET else None),
        "target": found["target"] or (wording.say("a target") if notice.event in _TARGET else None),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


_WALLET = frozenset({Event.BALANCE_LOW, Event.BALANCE_OK, Event.BALANCE_SHORT})
_TARGET = frozenset({Event.ALERT_DEAD, Event.ALERT_TEST})


def _of_order(notice: Notice, order: Mapping[str, Any], panel: str, wording: Wording) -> dict[str, Any]:
    number = text(order.get("id")) or text(notice.order_id)
    ref, there = text(order.get("ref")), text(order.get("panel_order_id"))
    link, state = text(order.get("link")), text(order.get("state"))
    back = refund(notice.event, order)
    return {
        **{name: _count(order.get(name)) for name in _OF_ORDER},
        "id": number,
        "name": order_name(number, ref, wording),
        "handle": number or ref or "ORDER",
        "panel_order": wording.say("its order {number}", number=there) if there else wording.say("it"),
        "charge": _charge(order, wording),
        "refund": _money(back, order.get("currency")) if back else None,
        "link": None if link is None else cut_link(link, LONGEST_LINK),
        "state": None if state is None else wording.say(state),
        "about": _about(order, panel, there, wording),
    }


def order_name(number: str | None, ref: str | None, wording: Wording) -> str:
    """Return what to call an order in a headline."""
    if number is None:
        return wording.say("An order")
    if ref is None:
        return wording.say("Order {number}", number=number)
    return wording.say("Order {number} ({ref})", number=number, ref=ref)


def _about(order: Mapping[str, Any], panel: str, there: str | None, wording: Wording) -> tuple[str, ...]:
    """Return the lines that identify the order."""
    where = (
        wording.say("at {panel}, as order {number} there", panel=panel, number=there)
        if there
        else wording.say("at {panel}", panel=panel)
    )
    link = text(order.get("link"))
    shown = None if link is None else cut_link(link, LONGEST_LINK)
    lines = _what(order, panel, wording), where, shown, _charge(order, wording)
    return tuple(line for line in lines if line)


def _what(order: Mapping[str, Any], panel: str, wording: Wording) -> str | None:
    """Return how much of which service was ordered."""
    service, quantity = text(order.get("service")), _count(order.get("quantity"))
    if service is None:
        return None
    name = wording.service_name(panel, service)
    if name and quantity:
        return wording.say(
            "{quantity} × {name} (service {service})", quantity=quantity, name=name, service=service
        )
    if name:
        return wording.say("{name} (service {service})", name=name, service=service)
    if quantity:
        return wording.say("{quantity} of service {service}", quantity=quantity, service=service)
    return wording.say("Service {service}", service=service)


def _charge(order: Mapping[str, Any], wording: Wording) -> str | None:
    for phrase, name in (("Charge: {amount}", "charge"), ("Expected charge: {amount}", "expected_charge")):
        if (amount := _money(order.get(name), order.get("currency"))) is not None:
            return wording.say(phrase, amount=amount)
    return None


def _orders(counts: object, wording: Wording) -> str | None:
    if not isinstance(counts, Mapping):
        return None
    shown = [
        wording.say("{count} {state}", count=_count(count) or count, state=wording.say(str(state)))
        for state, count in counts.items()
        if count
    ]
    return wording.listed(shown) or wording.say("none")


def _outcome(facts: Mapping[str, Any], wording: Wording) -> str | None:
    """Say how many orders ended how, and what they cost."""
    spent = facts.get("spent")
    if not isinstance(spent, Mapping):
        return None
    amounts = [_money(amount, currency) for currency, amount in spent.items()]
    return wording.listed([one for one in (_orders(facts.get("orders"), wording), *amounts) if one])


def _times(value: object, wording: Wording) -> str | None:
    count = text(value)
    if count is None:
        return None
    return wording.say("once") if count == "1" else wording.say("{count} times", count=count)


def _sentence(value: object, wording: Wording) -> str | None:
    found = text(value)
    return None if found is None else wording.translated(found.removeprefix(NO_ANSWER))


def _time(value: object, wording: Wording) -> str | None:
    found = text(value)
    return None if found is None else wording.time_of(found)


def _count(value: object) -> str | None:
    """Write a number with its thousands apart; anything else as it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return text(value)


def _money(value: object, currency: object) -> str | None:
    amount = amount_of(value)
    shown = text(value) if amount is None else shown_amount(amount)
    return None if shown is None else f"{shown} {text(currency) or ''}".rstrip()


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in map(text, value) if one) if isinstance(value, list | tuple) else ()


def _lines(value: object) -> tuple[str, ...]:
    """Read lines that are to be pasted: their indentation counts."""
    lines = value if isinstance(value, list | tuple) else ()
    return tuple(one for one in lines if isinstance(one, str) and one.strip())


def text(value: object) -> str | None:
    """Write a plain JSON value in one line; None for what is missing, empty or not a plain value."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return " ".join(str(value).split()) or None
