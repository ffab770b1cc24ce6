"""How a dialect says that its panel writes numbers. Pure.

This is what every command makes of the config; `figures` reads by it.
"""

from __future__ import annotations

from dataclasses import dataclass

DECIMAL_MARKS = {".": ".", ",": ",", "٫": "٫"}
"""What can stand before a fraction -> how it is written here. The Arabic mark means nothing else."""

THOUSANDS_MARKS = {
    **{".": ".", ",": ",", "": "", "٬": "'"},
    **dict.fromkeys(" \u00a0\u2007\u2009\u202f", " "),
    **dict.fromkeys("'\u2018\u2019\u02bc\u2032`", "'"),
}
"""What can stand between groups of digits -> how it is written here. A space or an apostrophe means nothing else."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The marks that a panel writes before a fraction and between thousands: they decide where a figure fits both.

    `is_told` says that the config says so: what is only assumed decides less.
    """

    decimal: str = "."
    thousands: str = ","
    is_told: bool = False


FAMILY = Numbers()
"""What most panels of the family write: 1,234.50."""
