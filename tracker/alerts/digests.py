"""Many notices as one message: how many of which kind, what they cost, and the first few by name. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from tracker.alerts.messages import message, tone
from tracker.alerts.told import Message, Tone, text
from tracker.events import Event, Notice
from tracker.times import rfc3339

NAMED = 8
"""How many notices a digest names before it only counts them."""

_WORST_FIRST: tuple[Tone, ...] = ("failure", "warning", "info", "success")


def digest(items: Sequence[tuple[Notice, int]]) -> Message:
    """Write one message of many notices, each with its time; of a single one, its own message."""
    if len(items) == 1:
        return message(*items[0])
    counts = Counter(notice.event for notice, _ in items)
    lines = [_counted(event, count) for event, count in counts.most_common()]
    lines += _sums([notice for notice, _ in items])
    lines += [f"• {_named(notice, at)}" for notice, at in items[:NAMED]]
    if len(items) > NAMED:
        lines.append(f"… and {len(items) - NAMED:,} more: tracker alerts list --limit {len(items)}")
    if items:
        times = [at for _, at in items]
        lines.append(f"{rfc3339(min(times))} to {rfc3339(max(times))}")
    return Message(_title(counts), "\n".join(lines), None, _worst(counts))


def _title(counts: Mapping[Event, int]) -> str:
    return f"{sum(counts.values()):,} notices: " + ", ".join(
        f"{count:,} {event.partition('.')[2]}" for event, count in Counter(counts).most_common(4)
    )


def _counted(event: Event, count: int) -> str:
    family, _, what = event.partition(".")
    return f"{count:,} {family}{'' if count == 1 else 's'} {what}"


def _worst(counts: Mapping[Event, int]) -> Tone:
    tones = {tone(event) for event in counts}
    return next((word for word in _WORST_FIRST if word in tones), "info")


def _named(notice: Notice, at: int) -> str:
    """Return one notice in a line: its headline, and the link or first words that tell it from others."""
    order = notice.facts.get("order")
    link = text(order.get("link")) if isinstance(order, Mapping) else None
    return message(notice, at).title + (f": {link}" if link else "")


def _sums(notices: Sequence[Notice]) -> list[str]:
    """Return what the orders that ended cost and what should have come back, for each currency."""
    spent: dict[str, Decimal] = {}
    refunded: dict[str, Decimal] = {}
    for notice in notices:
        order = notice.facts.get("order")
        if not isinstance(order, Mapping) or (paid := _paid(notice.event, order)) is None:
            continue
        currency = text(order.get("currency")) or ""
        back = _refund(notice.event, order, paid)
        if back is not None:
            spent[currency] = spent.get(currency, Decimal(0)) + paid - back
            refunded[currency] = refunded.get(currency, Decimal(0)) + back
    return [*_sum_line("Spent", spent), *_sum_line("To be refunded by the panel", refunded)]


def _sum_line(label: str, sums: Mapping[str, Decimal]) -> list[str]:
    told = [f"{_plain(amount)} {currency}".rstrip() for currency, amount in sorted(sums.items()) if amount]
    return [f"{label}: {', '.join(told)}"] if told else []


def _plain(amount: Decimal) -> str:
    """Write an amount without an exponent, and without the digits that a share of it left behind."""
    shown = f"{amount:,.4f}".rstrip("0").rstrip(".")
    return shown if amount == 0 or Decimal(shown.replace(",", "")) != 0 else f"{amount:f}"


def _paid(event: Event, order: Mapping[str, Any]) -> Decimal | None:
    """Return what the order took before anything came back; a panel may show a refunded charge as less, or as 0."""
    told, expected = _amount(order.get("charge")), _amount(order.get("expected_charge"))
    if event is Event.ORDER_COMPLETED and told is not None:
        return told
    return max((amount for amount in (told, expected) if amount is not None), default=None)


def _refund(event: Event, order: Mapping[str, Any], paid: Decimal) -> Decimal | None:
    """Return what should have come back of `paid`; None when the order did not end so that one can tell."""
    if event is Event.ORDER_COMPLETED:
        return Decimal(0)
    if event is Event.ORDER_CANCELED:
        return paid
    if event is not Event.ORDER_PARTIAL:
        return None
    remains, quantity = _amount(order.get("remains")), _amount(order.get("quantity"))
    if remains is None or not quantity or not 0 <= remains <= quantity:
        return None
    return paid * remains / quantity


def _amount(value: object) -> Decimal | None:
    """Read a figure that is a JSON value; None when it is none that can be summed."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount.adjusted()) < 30 else None
