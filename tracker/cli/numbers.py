"""Numbers as options: what is none, or out of bounds, is told with what to write."""

from __future__ import annotations

import math
from typing import Any

import click

LARGEST = 10**9
"""The largest number of lines or copies that anybody asks for; a database takes no number of any length."""


class Whole(click.IntRange):
    """A whole number within bounds."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number; a usage error says what to write instead."""
        least, most = int(self.min or 0), LARGEST if self.max is None else int(self.max)
        try:
            number = int(super().convert(value, param, ctx))
        except click.BadParameter:
            number = least - 1
        if not least <= number <= most:
            self.fail(f"write a whole number from {least:,} to {most:,}", param, ctx)
        return number


class Number(click.FloatRange):
    """A number within bounds."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; a usage error says what to write instead."""
        try:
            number = float(super().convert(value, param, ctx))
        except click.BadParameter:
            number = math.nan
        if not math.isfinite(number):  # NaN is within every bound
            self.fail(f"write a number from {self.min or 0:g} on, like 2 or 0.5", param, ctx)
        return number
