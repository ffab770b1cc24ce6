"""Amounts of money as text and back: exact decimals, never floats. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import overload


@overload
def text(amount: Decimal) -> str: ...
@overload
def text(amount: None) -> None: ...
@overload
def text(amount: Decimal | None) -> str | None: ...
def text(amount: Decimal | None) -> str | None:
    """Write an amount exactly and without an exponent; None stays None."""
    return None if amount is None else format(amount, "f")


@overload
def read(stored: str) -> Decimal: ...
@overload
def read(stored: None) -> None: ...
@overload
def read(stored: str | None) -> Decimal | None: ...
def read(stored: str | None) -> Decimal | None:
    """Read an amount that `text` wrote; None stays None."""
    return None if stored is None else Decimal(stored)


def shown(amount: Decimal, currency: str | None = None) -> str:
    """Write an amount for people, exactly: `1,234.50 USD`; a fraction has two digits at least, and none that is 0."""
    whole, _, fraction = format(amount, ",f").partition(".")
    fraction = fraction.rstrip("0")
    number = f"{whole}.{fraction:0<2}" if fraction else whole
    return f"{number} {currency}" if currency else number
