"""Money is written exactly and read back the same."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tracker.lib import money


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0.27819", "0.27819"), ("1E+3", "1000"), ("1E-8", "0.00000001"), ("-0.10", "-0.10"), ("0E-3", "0.000")],
)
def test_an_amount_is_written_without_an_exponent_and_with_each_digit(amount: str, text: str) -> None:
    assert money.text(Decimal(amount)) == text
    assert money.read(text) == Decimal(amount)


def test_what_is_not_known_stays_unknown() -> None:
    assert money.text(None) is None
    assert money.read(None) is None
