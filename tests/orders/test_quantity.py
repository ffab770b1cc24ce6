"""Quantities as people write them: read where they are clear, refused where they fit two readings."""

from __future__ import annotations

import pytest

from tracker.orders.quantity import read_quantity


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("1000", 1000),
        (" 7 ", 7),
        ("007", 7),
        ("1,000", 1000),
        ("1 000", 1000),
        ("1\u00a0000", 1000),
        ("1\u202f000\u202f000", 1000000),
        ("1'000", 1000),
        ("1’000", 1000),
        ("12,345,678", 12345678),
        ("12,34,567", 1234567),
        ("1.000.000", 1000000),
        ("1.000.000,00", 1000000),
        ("1000.0", 1000),
        ("1000.00", 1000),
        ("1000,00", 1000),
        ("1,000.00", 1000),
        ("۱۰۰۰", 1000),
        ("١٠٠٠", 1000),
        ("۱٬۰۰۰", 1000),
        ("۱،۰۰۰", 1000),
        ("\u200f۱۰۰۰\u200f", 1000),
        ("१०००", 1000),
        ("１０００", 1000),
        ("1000000000000", 10**12),
    ],
)
def test_a_quantity_that_is_clear_is_read(text: str, quantity: int) -> None:
    assert read_quantity(text) == quantity


@pytest.mark.parametrize("text", ["1.000", "1.500", "12.345", "۱٫۰۰۰", "1000.000", "1.0000"])
def test_a_quantity_that_fits_two_readings_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not clear: .*; write 1[0-9]+, if that is meant"):
        read_quantity(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "0",
            "00",
            "0.00",
            "-5",
            "+5",
            "1e3",
            "1k",
            "1.5",
            "1,5",
            "1,00,0",
            "10,00",
            "1,0000",
            "1 00",
            "1, 000",
        ),
        *(
            "1,000 000",
            "0,100",
            "1.000,000",
            "x",
            "½",
            "²",
            "9" * 30,
            "9" * 5000,
            "1000000000001",
            "1_000",
            "1,",
        ),
    ],
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a whole number above 0"):
        read_quantity(text)
