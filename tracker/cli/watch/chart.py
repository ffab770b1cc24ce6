"""Bars and curves made of characters. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_LOW = "┄"


def bar(share: float, width: int) -> str:
    """Draw a progress bar: full cells for what is done."""
    full = round(min(1.0, max(0.0, share)) * width)
    return "█" * full + "░" * (width - full)


def curve(readings: Sequence[tuple[int, Decimal]], low: Decimal | None, width: int, height: int) -> list[str]:
    """Draw readings over time as columns, with a dotted line across them at `low`; the top row first.

    Each column shows the last reading until its time; nothing is drawn before the first one.
    """
    values = _resampled(readings, width)
    known = [value for value in values if value is not None]
    if not known:
        return []
    bottom = min([*known, low] if low is not None else known)
    top = max([*known, low] if low is not None else known)
    bottom -= (top - bottom) / 8  # so that the lowest reading is a column too
    span = float(top - bottom) or 1.0
    steps = [None if value is None else float(value - bottom) / span * height * 8 for value in values]
    low_row = None if low is None else min(height - 1, int(float(low - bottom) / span * height))
    return [_row(steps, row, row == low_row) for row in reversed(range(height))]


def _row(steps: Sequence[float | None], row: int, is_low: bool) -> str:
    cells = []
    for step in steps:
        eighths = 0 if step is None else min(8, max(0, round(step - row * 8)))
        if row == 0 and step is not None:
            eighths = max(1, eighths)
        cells.append(_LOW if is_low and eighths in (0, 8) else _EIGHTHS[eighths])
    return "".join(cells)


def _resampled(readings: Sequence[tuple[int, Decimal]], width: int) -> list[Decimal | None]:
    """Return the reading of each of `width` equal spans of time; None where none was made yet."""
    if not readings or width < 1:
        return []
    first, last = readings[0][0], readings[-1][0]
    if first == last:
        return [readings[-1][1]] * width
    found: list[Decimal | None] = []
    at = 0
    for column in range(width):
        until = first + (last - first) * (column + 1) // width
        while at + 1 < len(readings) and readings[at + 1][0] <= until:
            at += 1
        found.append(readings[at][1])
    return found
