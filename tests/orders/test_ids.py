"""What an order's id is, and when it is a number, by table."""

from __future__ import annotations

import pytest

from tracker.orders.ids import counter_of, highest, id_fault, is_above, number_of


@pytest.mark.parametrize(
    "text",
    [
        "5001",
        "00104",
        "ord_1",
        "a-b:c/d",
        "9" * 100,
        str(2**63),
        "1e5",
        "5.0",
        "+5",
        "заказ-7",
        "5001a",
        "0x10",
        "XX-1",
    ],
)
def test_what_can_be_an_id(text: str) -> None:
    assert id_fault(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "0", "000", "-5", "null", "None", "undefined", "true", "9" * 101, "9" * 10_000, "50 01", " 5001", "5001\n",
        "5001,5002", "<b>", "50\u00a001", "50\u200b01", "۵۰۰۱", "٥٠٠١", "5001²", "①", "５００１", "ord-۷", "\x00",
    ],
)  # fmt: skip
def test_what_cannot_be_an_id(text: str) -> None:
    assert id_fault(text) is not None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "an id has 1 to 100 characters"),
        ("50 01", "an id holds no space, comma, angle bracket or control character"),
        ("٥٠٠١", "an id is written with the digits 0 to 9"),
        ("null", "it is what panels write where there is no order"),
    ],
)
def test_why_a_text_is_no_id_is_said_in_a_sentence(text: str, why: str) -> None:
    assert id_fault(text) == why


@pytest.mark.parametrize(
    ("text", "number", "counter"),
    [
        ("5001", 5001, 5001), ("0", 0, None), ("00104", 104, None), ("9" * 18, 10**18 - 1, 10**18 - 1),
        ("1" + "0" * 18, 10**18, None), (str(2**63), 2**63, None), ("9" * 100, 10**100 - 1, None), ("9" * 101, None, None),
        ("", None, None), ("-5", None, None), ("+5", None, None), ("5.0", None, None), ("5_0", None, None),
        (" 5", None, None), ("5\n", None, None), ("۵", None, None), ("²", None, None), ("٥", None, None),
    ],
)  # fmt: skip
def test_an_id_is_a_number_or_a_counter_only_in_plain_digits(
    text: str, number: int | None, counter: int | None
) -> None:
    assert number_of(text) == number
    assert counter_of(text) == counter


@pytest.mark.parametrize(
    ("panel_order_id", "other", "above"),
    [
        ("5002", "5001", True), ("5001", "5001", False), ("05001", "5001", False), ("05002", "5001", True),
        ("999", "1000", False), (str(2**63), "5001", True), ("5001", str(2**63), False), ("ord_1", "5001", True),
        ("1", "ord_1", True),
    ],
)  # fmt: skip
def test_ids_are_compared_as_numbers_where_both_are(panel_order_id: str, other: str, above: bool) -> None:
    assert is_above(panel_order_id, other) is above


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        (["7", "100", "99"], "100"),
        (["ord_1", None, "5"], "5"),
        (["ord_1", None], None),
        ([], None),
        (["05", "4"], "05"),
    ],
)
def test_the_highest_of_several_ids_is_the_highest_number(ids: list[str | None], found: str | None) -> None:
    assert highest(ids) == found
