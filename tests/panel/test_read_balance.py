"""Reading the answer to `balance`."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tracker.orders.answers import Balance, Failure, Reason
from tracker.panel.dialects.built_in import named
from tracker.panel.exchange import Exchange, Request


def read(body: Any, status: int = 200, **how: Any) -> Balance | Failure:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return named("tagrani").read_balance(Exchange(Request("balance", {}), True, status, {}, sent, **how))


@pytest.mark.parametrize(
    ("body", "amount", "currency"),
    [
        ({"balance": "100.84292", "currency": "Tomans"}, "100.84292", "Tomans"),
        ({"status": "success", "balance": "5", "currency": "USD"}, "5", "USD"),
        ({"balance": 12.3}, "12.3", None),
        ({"balance": 0}, "0", None),
        ({"balance": "1,234,567.5", "currency": ""}, "1234567.5", None),
        ({"balance": " 7 ", "currency": 5}, "7", "5"),
        ({"balance": "-3.5"}, "-3.5", None),
        ({"balance": "1.0E-5"}, "0.000010", None),
        ({"balance": "$1,234.50"}, "1234.50", None),
        ({"balance": "12,34"}, "12.34", None),
        ({"balance": "0,123"}, "0.123", None),
        ({"balance": "٣"}, "3", None),
        ({"balance": "-1.234,50 TL"}, "-1234.50", None),
        ({"balance": "100.842"}, "100.842", None),
    ],
)
def test_the_balance_is_read_exactly(body: Any, amount: str, currency: str | None) -> None:
    assert read(body) == Balance(Decimal(amount), currency)


@pytest.mark.parametrize(
    "amount",
    [None, "", "Unknown", True, [], {}, "1,2,3", "1.2.3", "5k", "Rp 1.500", "1e99", "nan", "inf"],
)
def test_an_amount_that_cannot_be_read_is_a_failure_and_never_zero(amount: Any) -> None:
    assert isinstance(read({"balance": amount}), Failure)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"error": "Invalid API key"}, 200, Reason.ACCOUNT),
        ({"error": "Invalid API key"}, 403, Reason.ACCOUNT),
        ({"status": False, "data": {"msg": "API Key salah"}}, 200, Reason.ACCOUNT),
        ({"error": "odd", "balance": "5"}, 200, None),
        ({}, 200, None),
        ([], 200, None),
        (5, 200, None),
        (None, 200, None),
        (b"", 200, None),
        (b"<html>", 200, None),
        (b"error=Invalid+API+key", 200, None),
        ({"Balance": 5}, 200, None),
        ({"balance": "5"}, 500, None),
        ({"balance": "5"}, 401, None),
        (b"", 429, Reason.RATE),
    ],
)
def test_an_answer_without_a_balance_is_a_failure(body: Any, status: int, reason: Reason | None) -> None:
    answer = read(body, status)
    assert isinstance(answer, Failure)
    assert answer.reason is reason


def test_a_balance_that_is_cut_short_or_lost_is_a_failure() -> None:
    assert isinstance(read({"balance": "5"}, whole=False), Failure)
    assert read(b"", status=200, error="ReadTimeout") == Failure(
        "the panel's answer (200) was cut short or too long: ReadTimeout"
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1.2.3", '"1.2.3"'),
        (None, '"null"'),
        ({"a": 1}, '"{"a": 1}"'),
        ("5\x00k", '"5 k"'),
        ("x" * 999, f'"{"x" * 199}…"'),
    ],
)
def test_a_balance_that_cannot_be_read_is_shown(written: Any, said: str) -> None:
    assert read({"balance": written}) == Failure(
        f"the panel answered with a balance that cannot be read as an amount: {said}", heard=True
    )


def test_a_balance_that_may_be_two_amounts_names_the_key_that_decides() -> None:
    answer = read({"balance": "Rp 1.500"})
    assert isinstance(answer, Failure)
    assert answer.why.endswith(
        'an amount: "Rp 1.500"; if the mark in it stands between thousands, say '
        '`numbers: {decimal: ",", thousands: "."}` in the panel\'s dialect'
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "JSON that holds no balance"),
        ([], "JSON that holds no balance"),
    ],
)
def test_a_wallet_that_cannot_be_read_is_named(body: Any, why: str) -> None:
    assert read(body) == Failure(f"the panel answered with {why}")


def test_a_currency_has_at_most_20_characters() -> None:
    assert read({"balance": 1, "currency": "x" * 21}) == Balance(Decimal(1), "x" * 20)
