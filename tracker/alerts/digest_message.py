"""Many notices as one message: how many of which kind, what they cost, and the first few by name. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from tracker.alerts.messages import Message, Tone, message, tone
from tracker.alerts.placeholders import text
from tracker.events import Event, Notice
from tracker.lib.times import rfc3339

NAMED = 8
"""How many notices a digest names before it only counts them."""

_WORST_FIRST: tuple[Tone, ...] = ("failure", "warning", "info", "success")


def digest(items: Iterable[tuple[Notice, int]], target: str = "", own: Mapping[str, str] = {}) -> Message:
    """Write one message about many notices, each with its time; for a single notice, the message of that notice.

    The notices are read once and not kept: there may be a hundred thousand.
    """
    tally = _Tally()
    for notice, at in items:
        tally.add(notice, at)
    if len(tally.first) == tally.total == 1:
        return message(*tally.first[0], own)
    return Message(tally.title(), "\n".join(tally.lines(target, own)), None, tally.worst())


class _Tally:
    """The counts, sums and first notices of a digest."""

    def __init__(self) -> None:
        self.counts: Counter[Event] = Counter()
        self.tones: set[Tone] = set()
        self.spent: dict[str, Decimal] = {}
        self.refunded: dict[str, Decimal] = {}
        self.first: list[tuple[Notice, int]] = []
        self.begin: int | None = None
        self.end = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def add(self, notice: Notice, at: int) -> None:
        """Count one more."""
        self.counts[notice.event] += 1
        self.tones.add(tone(notice))
        self.begin, self.end = min(at, self.begin or at), max(at, self.end)
        self._keep(notice, at)
        order = notice.facts.get("order")
        if isinstance(order, Mapping) and (paid := _paid(notice.event, order)) is not None:
            self._sum(notice.event, order, paid)

    def _keep(self, notice: Notice, at: int) -> None:
        """Keep the first few to name them; what is urgent goes before what is not."""
        if len(self.first) < NAMED or notice.is_urgent:
            self.first.append((notice, at))
            self.first.sort(key=lambda one: not one[0].is_urgent)
            del self.first[NAMED:]

    def _sum(self, event: Event, order: Mapping[str, Any], paid: Decimal) -> None:
        back = _refund(event, order, paid)
        if back is not None:
            currency = text(order.get("currency")) or ""
            self.spent[currency] = self.spent.get(currency, Decimal(0)) + paid - back
            self.refunded[currency] = self.refunded.get(currency, Decimal(0)) + back

    def title(self) -> str:
        """Return the headline."""
        return f"{self.total:,} notices: " + ", ".join(
            f"{count:,} {event.partition('.')[2]}" for event, count in self.counts.most_common(4)
        )

    def lines(self, target: str, own: Mapping[str, str]) -> list[str]:
        """Return the lines of the body."""
        lines = [_counted(event, count) for event, count in self.counts.most_common()]
        lines += [*_sum_line("Spent", self.spent), *_sum_line("To be refunded by the panel", self.refunded)]
        lines += [f"• {_named(notice, at, own)}" for notice, at in self.first]
        if self.total > len(self.first):
            which = f" --target {target}" if target else ""
            lines.append(
                f"… and {self.total - len(self.first):,} more: tracker alerts list{which} --limit {self.total}"
            )
        return [*lines, f"{rfc3339(self.begin or 0)} to {rfc3339(self.end)}"]

    def worst(self) -> Tone:
        """Return the worst tone of all notices."""
        return next((word for word in _WORST_FIRST if word in self.tones), "info")


def _counted(event: Event, count: int) -> str:
    family, _, what = event.partition(".")
    return f"{count:,} {family}{'' if count == 1 else 's'} {what}"


def _named(notice: Notice, at: int, own: Mapping[str, str]) -> str:
    """Return one notice as a line: its headline, and the link of its order."""
    order = notice.facts.get("order")
    link = text(order.get("link")) if isinstance(order, Mapping) else None
    return message(notice, at, own).title + (f": {link}" if link else "")


def _sum_line(label: str, sums: Mapping[str, Decimal]) -> list[str]:
    amounts = [f"{_plain(amount)} {currency}".rstrip() for currency, amount in sorted(sums.items()) if amount]
    return [f"{label}: {', '.join(amounts)}"] if amounts else []


def _plain(amount: Decimal) -> str:
    """Write an amount without an exponent, to four decimals: a partial refund is a fraction with many more."""
    shown = f"{amount:,.4f}".rstrip("0").rstrip(".")
    return shown if amount == 0 or Decimal(shown.replace(",", "")) != 0 else f"{amount:f}"


def _paid(event: Event, order: Mapping[str, Any]) -> Decimal | None:
    """Return what the order cost before any refund; a panel may show a refunded charge as less, or as 0."""
    charge, expected = _amount(order.get("charge")), _amount(order.get("expected_charge"))
    if event is Event.ORDER_COMPLETED and charge is not None:
        return charge
    return max((amount for amount in (charge, expected) if amount is not None), default=None)


def _refund(event: Event, order: Mapping[str, Any], paid: Decimal) -> Decimal | None:
    """Return what part of `paid` should be refunded; None when the end of the order does not say."""
    if event is Event.ORDER_COMPLETED:
        return Decimal(0)
    if event is Event.ORDER_CANCELED:
        return paid
    if event is not Event.ORDER_PARTIAL:
        return None
    remains, quantity = _amount(order.get("remains")), _amount(order.get("units", order.get("quantity")))
    if remains is None or not quantity or not 0 <= remains <= quantity:
        return None
    return paid * remains / quantity


def _amount(value: object) -> Decimal | None:
    """Read an amount from a JSON value; None when it cannot be summed."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount.adjusted()) < 30 else None
