"""The facts of a notice as values for the placeholders of a text; a missing or malformed fact is left out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker.events import Event, Notice
from tracker.lib.times import rfc3339

Values = Mapping[str, str | tuple[str, ...]]
"""The value of each `$name` in a text; a list becomes several lines."""

_PLAIN = (
    "why", "words", "how", "by", "from", "to", "since", "lasted", "lasting", "runway", "still_since", "usual",
    "submitted_at", "newest_id", "returns", "version", "host", "held", "target", "error", "count", "more",
    "stranded_count", "kept", "unsaved",
)  # fmt: skip
_MONEY = ("balance", "low", "needed", "missing", "balance_before")
_LISTS = ("reasons", "changes", "stranded", "sent", "faults")
_LINES = ("listing",)
_OF_ORDER = ("service", "link", "quantity", "remains", "state", "ref")
NAMES = frozenset({
    *_PLAIN, *_MONEY, *_LISTS, *_LINES, *_OF_ORDER, "at", "id", "panel", "name", "handle", "panel_order", "about",
    "charge",
    "word", "orders", "on_host", "event",
})  # fmt: skip
"""Every name that a text may use."""


def values_of(notice: Notice, at: int) -> Values:
    """Return the values for a notice that happened at a time (microseconds)."""
    facts = notice.facts
    order = facts.get("order")
    order = order if isinstance(order, Mapping) else {}
    panel = text(notice.panel or order.get("panel")) or "the panel"
    currency = facts.get("currency") or order.get("currency")
    found: dict[str, Any] = {name: text(facts.get(name)) for name in _PLAIN}
    found |= {name: _money(facts.get(name), currency) for name in _MONEY}
    found |= {name: _texts(facts.get(name)) for name in _LISTS}
    found |= {name: _lines(facts.get(name)) for name in _LINES}
    found |= _of_order(notice, order, panel) if order or notice.order_id is not None else {}
    found |= {
        "at": rfc3339(at), "event": str(notice.event), "panel": panel,
        "why": found["why"] or found["words"] or text(order.get("last_error")),
        "word": text(facts.get("word")) or text(order.get("panel_status")),
        "orders": _orders(facts.get("orders")),
        "on_host": f" on {found['host']}" if found["host"] else " ",
        "balance": found["balance"] or ("unknown" if notice.event in _WALLET else None),
        "target": found["target"] or ("a target" if notice.event in _TARGET else None),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


_WALLET = frozenset({Event.BALANCE_LOW, Event.BALANCE_OK, Event.BALANCE_SHORT})
_TARGET = frozenset({Event.ALERT_DEAD, Event.ALERT_TEST})


def _of_order(notice: Notice, order: Mapping[str, Any], panel: str) -> dict[str, Any]:
    number = text(order.get("id")) or text(notice.order_id)
    ref, at_panel = text(order.get("ref")), text(order.get("panel_order_id"))
    known = f"Order {number}" if number is not None else "An order"
    return {
        **{name: text(order.get(name)) for name in _OF_ORDER},
        "id": number,
        "name": f"{known} ({ref})" if ref else known,
        "handle": number or ref or "ORDER",
        "panel_order": f"its order {at_panel}" if at_panel else "it",
        "charge": _charge(order),
        "about": _about(order, panel, at_panel),
    }


def _about(order: Mapping[str, Any], panel: str, at_panel: str | None) -> tuple[str, ...]:
    """Return the lines that identify the order."""
    service, quantity = text(order.get("service")), text(order.get("quantity"))
    what = [f"{quantity} of service {service}" if quantity else f"Service {service}"] if service else []
    where = f"at {panel}" + (f", its order {at_panel}" if at_panel else "")
    lines = ", ".join([*what, where]), text(order.get("link")), _charge(order)
    return tuple(line for line in lines if line)


def _charge(order: Mapping[str, Any]) -> str | None:
    for label, name in (("Charge", "charge"), ("Expected charge", "expected_charge")):
        if (amount := _money(order.get(name), order.get("currency"))) is not None:
            return f"{label}: {amount}"
    return None


def _orders(counts: object) -> str | None:
    if not isinstance(counts, Mapping):
        return None
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "none"


def _money(value: object, currency: object) -> str | None:
    amount = text(value)
    return None if amount is None else f"{amount} {text(currency) or ''}".rstrip()


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
