"""Draws readings over time as lines of an SVG picture: coordinates only, the templates write the marks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH, HEIGHT = 600, 120
"""The picture's own units; the page stretches it to the width that there is."""

MARGIN = 6
"""Room above and below, so that a line at the edge is whole."""

POINTS = 300
"""Readings that are drawn; of more, the lowest of each stretch, because that is what matters of a wallet."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A picture of readings: the points of its line and of its filled area, and the height of the low line."""

    line: str
    area: str
    low: float | None
    bottom: Decimal
    top: Decimal


def curve(
    readings: Sequence[tuple[int, Decimal]], low: Decimal | None, since: int, until: int
) -> Curve | None:
    """Draw readings, oldest first, between two points in time (microseconds); None where nothing was read."""
    thinned = _thinned(readings)
    if not thinned:
        return None
    values = [value for _, value in thinned] + ([low] if low is not None else [])
    bottom, top = min(values), max(values)
    span = (top - bottom) or Decimal(1)
    time_span = max(1, until - since)

    def x(at: int) -> float:
        return round(min(1.0, max(0.0, (at - since) / time_span)) * WIDTH, 1)

    def y(value: Decimal) -> float:
        return round(HEIGHT - MARGIN - float((value - bottom) / span) * (HEIGHT - 2 * MARGIN), 1)

    corners: list[tuple[float, float]] = []
    for at, value in thinned:
        if corners:
            corners.append((x(at), corners[-1][1]))  # a wallet holds what it held until it is read again
        corners.append((x(at), y(value)))
    corners.append((x(until), corners[-1][1]))
    line = _points(corners)
    area = _points([(corners[0][0], HEIGHT), *corners, (corners[-1][0], HEIGHT)])
    return Curve(line, area, None if low is None else y(low), bottom, top)


def _thinned(readings: Sequence[tuple[int, Decimal]]) -> list[tuple[int, Decimal]]:
    """Leave the lowest reading of each stretch, and the last of all."""
    if len(readings) <= POINTS:
        return list(readings)
    size = -(-len(readings) // POINTS)
    stretches = [readings[begin : begin + size] for begin in range(0, len(readings), size)]
    return [min(stretch, key=lambda one: one[1]) for stretch in stretches[:-1]] + [readings[-1]]


def _points(corners: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in corners)
