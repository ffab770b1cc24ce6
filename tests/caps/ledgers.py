"""What two practice panels have charged, as they wrote it down themselves, and the most that it ever was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

from tracker.practice.panel import PracticePanel


def links_of(panel: PracticePanel) -> dict[int, str]:
    """The link of each order that a panel took."""
    return {one.order_id: one.link for one in panel.state.ledger}


def highest(panels: Mapping[str, PracticePanel], links: Iterable[str]) -> tuple[Decimal, Decimal]:
    """Return the most that the orders with these links ever had cost, refunds given back, and what they cost now."""
    wanted, moves = set(links), []
    for panel in panels.values():
        known = links_of(panel)
        moves += [
            (move.at, move.amount) for move in panel.state.moves if known.get(move.order_id or 0) in wanted
        ]
    cost = most = Decimal(0)
    for _, amount in sorted(moves):
        cost -= amount
        most = max(most, cost)
    return most, cost


def doubles(panels: Mapping[str, PracticePanel]) -> int:
    """Count the orders that were placed more than once."""
    placed = Counter(one.link for panel in panels.values() for one in panel.state.ledger)
    return sum(count - 1 for count in placed.values())
