"""Many notices as one message: how many of which kind, what they cost, and the first few by name. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from tracker.alerts.messages import Message, Tone, message, text_name, tone
from tracker.alerts.phrases import COUNTED
from tracker.alerts.placeholders import LONGEST_LINK, text
from tracker.alerts.refunds import paid, refund, shown_amount
from tracker.alerts.subscriptions import tags_of
from tracker.alerts.wording import ENGLISH, Wording
from tracker.events import Event, Notice
from tracker.lib.links import cut_link

TAGS = 8
"""How many tags a digest counts one by one, those with the most notices."""

NAMED = 8
"""How many notices a digest names before it only counts them."""

IN_TITLE = 4
"""How many kinds of notices its headline counts one by one."""

_WORST_FIRST: tuple[Tone, ...] = ("failure", "warning", "info", "success")

_ENDS = frozenset({Event.ORDER_COMPLETED, Event.ORDER_PARTIAL, Event.ORDER_CANCELED})
"""Ends of orders that say what was paid for good."""


def digest(items: Iterable[tuple[Notice, int]], target: str = "", wording: Wording = ENGLISH) -> Message:
    """Write one message about many notices, each with its time; for a single notice, the message of that notice.

    The notices are read once and not kept: there may be a hundred thousand.
    """
    tally = _Tally()
    for notice, at in items:
        tally.add(notice, at)
    if len(tally.first) == tally.total == 1:
        return message(*tally.first[0], wording)
    return Message(tally.title(wording), "\n".join(tally.lines(target, wording)), None, tally.worst())


class _Tally:
    """The counts, sums and first notices of a digest."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.of_tags: dict[str, Counter[str]] = {}
        self.tones: dict[str, Tone] = {}
        self.spent: dict[str, Decimal] = {}
        self.refunded: dict[str, Decimal] = {}
        #: What was paid for orders that failed: panels do not say what becomes of it.
        self.at_stake: dict[str, Decimal] = {}
        #: Ends of orders whose cost is not known.
        self.unpriced = 0
        self.first: list[tuple[Notice, int]] = []
        self.begin: int | None = None
        self.end = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def add(self, notice: Notice, at: int) -> None:
        """Count one more."""
        kind = _kind(notice)
        self.counts[kind] += 1
        self.tones.setdefault(kind, tone(notice))
        for tag in sorted(tags_of(notice)):
            self.of_tags.setdefault(tag, Counter())[kind] += 1
        self.begin, self.end = min(at, self.begin or at), max(at, self.end)
        self._keep(notice, at)
        if notice.event in _ENDS:
            self._sum(notice)
        elif notice.event is Event.ORDER_FAILED:
            self._sum_failed(notice)

    def _keep(self, notice: Notice, at: int) -> None:
        """Keep the first few to name them, the worst first."""
        if len(self.first) < NAMED or _rank(tone(notice)) < _rank(tone(self.first[-1][0])):
            self.first.append((notice, at))
            self.first.sort(key=lambda one: _rank(tone(one[0])))
            del self.first[NAMED:]

    def _sum(self, notice: Notice) -> None:
        order = _order(notice)
        cost, back = paid(notice.event, order), refund(notice.event, order)
        if cost is None or back is None:
            self.unpriced += 1
            return
        currency = text(order.get("currency")) or ""
        self.spent[currency] = self.spent.get(currency, Decimal(0)) + cost - back
        self.refunded[currency] = self.refunded.get(currency, Decimal(0)) + back

    def _sum_failed(self, notice: Notice) -> None:
        order = _order(notice)
        cost = paid(notice.event, order)
        if cost is None:
            self.unpriced += 1
            return
        currency = text(order.get("currency")) or ""
        self.at_stake[currency] = self.at_stake.get(currency, Decimal(0)) + cost

    def title(self, wording: Wording) -> str:
        """Return the headline: the worst first, and its counts add up to the total."""
        kinds = self._kinds()
        shown = kinds if len(kinds) <= IN_TITLE else kinds[: IN_TITLE - 1]
        said = [_counted(kind, self.counts[kind], wording) for kind in shown]
        if rest := sum(self.counts[kind] for kind in kinds[len(shown) :]):
            said.append(wording.say("{count} more", count=f"{rest:,}"))
        return wording.say("{count} notices: {what}", count=f"{self.total:,}", what=wording.listed(said))

    def lines(self, target: str, wording: Wording) -> list[str]:
        """Return the lines of the body."""
        lines = [_counted(kind, self.counts[kind], wording) for kind in self._kinds()]
        lines += [
            *_sum_line("Spent: {amounts}", self.spent, wording),
            *_sum_line("To come back from the panel: {amounts}", self.refunded, wording),
            *_sum_line(
                "Failed orders, whose money the panel may have kept: {amounts}", self.at_stake, wording
            ),
        ]
        if self.unpriced:
            lines.append(
                wording.say("What {count} of these orders cost is not known.", count=f"{self.unpriced:,}")
            )
        lines += self._tag_lines(wording)
        lines += [f"• {_named(notice, at, wording)}" for notice, at in self.first]
        if rest := self.total - len(self.first):
            which = f" --target {target}" if target else ""
            command = f"tracker alerts list{which} --limit {self.total}"
            lines.append(wording.say("… and {count} more: {command}", count=f"{rest:,}", command=command))
        return [*lines, self._period(wording)]

    def _tag_lines(self, wording: Wording) -> list[str]:
        """Return a line for each tag: what of all this is about its orders."""
        first = sorted(self.of_tags, key=lambda tag: (-self.of_tags[tag].total(), tag))[:TAGS]
        return [
            wording.say("{tag}: {what}", tag=tag, what=wording.listed(self._said(self.of_tags[tag], wording)))
            for tag in first
        ]

    def _said(self, counts: Mapping[str, int], wording: Wording) -> list[str]:
        return [_counted(kind, counts[kind], wording) for kind in self._kinds() if counts[kind]]

    def _period(self, wording: Wording) -> str:
        begin, end = wording.time(self.begin or 0), wording.time(self.end)
        return begin if begin == end else wording.say("{begin} to {end}", begin=begin, end=end)

    def _kinds(self) -> list[str]:
        """Return the kinds of notices, the worst first, and of those the most frequent."""
        return sorted(self.counts, key=lambda kind: (_rank(self.tones[kind]), -self.counts[kind]))

    def worst(self) -> Tone:
        """Return the worst tone of all notices."""
        return min(self.tones.values(), key=_rank, default="info")


def _order(notice: Notice) -> Mapping[str, Any]:
    """Return the order that a notice is about; an empty one where it names none."""
    order = notice.facts.get("order")
    return order if isinstance(order, Mapping) else {}


def _kind(notice: Notice) -> str:
    """Return what a notice is counted as: its text where that has a count of its own, else its event."""
    name = text_name(notice)
    return name if name in COUNTED else str(notice.event)


def _rank(tone: Tone) -> int:
    return _WORST_FIRST.index(tone)


def _counted(kind: str, count: int, wording: Wording) -> str:
    one, several = COUNTED[kind]
    return wording.say(one if count == 1 else several, count=f"{count:,}")


def _named(notice: Notice, at: int, wording: Wording) -> str:
    """Return one notice as a line: its headline, and the link of its order."""
    order = notice.facts.get("order")
    link = text(order.get("link")) if isinstance(order, Mapping) else None
    return message(notice, at, wording).title + (f": {cut_link(link, LONGEST_LINK)}" if link else "")


def _sum_line(phrase: str, sums: Mapping[str, Decimal], wording: Wording) -> list[str]:
    amounts = [
        f"{shown_amount(sums[currency])} {currency}".rstrip() for currency in sorted(sums) if sums[currency]
    ]
    return [wording.say(phrase, amounts=wording.listed(amounts))] if amounts else []
