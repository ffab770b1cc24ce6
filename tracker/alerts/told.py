"""The words that all messages are made of: a message, and the facts of a notice, read with care. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tracker.events import Event, Notice

Tone = Literal["info", "success", "warning", "failure"]

Written = tuple[str, Sequence[str]]
"""A headline and its lines; empty lines are left out."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to people: plain text, not yet shortened for its target. `event` is None for a digest."""

    title: str
    body: str
    event: Event | None = None
    tone: Tone = "info"


class Told:
    """A notice's facts, read with care: whatever is missing or odd is None, and None is no sentence."""

    def __init__(self, notice: Notice) -> None:
        self.facts = notice.facts
        order = notice.facts.get("order")
        self.order: Mapping[str, Any] = order if isinstance(order, Mapping) else {}
        self.id = text(self.order.get("id")) or text(notice.order_id)
        self.panel = text(notice.panel or self.order.get("panel")) or "the panel"

    def fact(self, name: str) -> str | None:
        """Return a fact as text."""
        return text(self.facts.get(name))

    def say(self, sentence: str, *names: str) -> str:
        """Fill facts into a sentence; empty when one of them is missing."""
        found = [self.fact(name) for name in names]
        return "" if None in found else sentence.format(*found)

    @property
    def name(self) -> str:
        """The order by the names that people know, to begin a headline with."""
        ref = text(self.order.get("ref"))
        known = f"Order {self.id}" if self.id is not None else "An order"
        return f"{known} ({ref})" if ref else known

    @property
    def handle(self) -> str:
        """What commands call the order."""
        return self.id or text(self.order.get("ref")) or "ORDER"

    @property
    def panel_order(self) -> str:
        """The order by the panel's own number."""
        number = text(self.order.get("panel_order_id"))
        return f"its order {number}" if number else "it"

    def about(self) -> list[str]:
        """Return the lines that say which order it is."""
        order = self.order
        service, quantity = text(order.get("service")), text(order.get("quantity"))
        what = [f"{quantity} of service {service}" if quantity else f"Service {service}"] if service else []
        number = text(order.get("panel_order_id"))
        where = f"at {self.panel}" + (f", its order {number}" if number else "")
        return [", ".join([*what, where]), text(order.get("link")) or "", self._price()]

    def _price(self) -> str:
        for label, name in (("Charge", "charge"), ("Expected charge", "expected_charge")):
            if (amount := text(self.order.get(name))) is not None:
                return f"{label}: {money(amount, self.order.get('currency'))}"
        return ""


def text(value: object) -> str | None:
    """Write a plain JSON value; None for what is missing, empty or no plain value."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return " ".join(str(value).split()) or None


def money(amount: str, currency: object) -> str:
    """Write an amount with its currency, where that is known."""
    return f"{amount} {text(currency) or ''}".rstrip()
