"""Figures as panels write them, by table, and as any format writes them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.panel.dialects.figures import Figures, point_in
from tracker.panel.dialects.numbers import FAMILY, Numbers

US, EUROPE, FRANCE = (Numbers(point, mark, is_told=True) for point, mark in (".,", ",.", ", "))
ASSUMED, TOLD_US, TOLD_EUROPE, TOLD_FRANCE = (Figures(one) for one in (FAMILY, US, EUROPE, FRANCE))


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        *[("$0.90", "0.90"), ("0,90", "0.90"), ("1.234,50", "1234.50"), (".5", "0.5"), ("0.90 USD", "0.90")],
        *[
            ("۰٫۹", "0.9"),
            ("٠٫٩٠", "0.90"),
            ("۱۲۳", "123"),
            ("१२.५", "12.5"),
            ("１２.５", "12.5"),
            (",5", "0.5"),
        ],
        *[
            ("1,234.50", "1234.50"),
            ("1 234,50", "1234.50"),
            ("1\u00a0234,50", "1234.50"),
            ("1'234.5", "1234.5"),
        ],
        *[
            ("1\u202f234,5", "1234.5"),
            ("1’234.50", "1234.50"),
            ("1.000.000", "1000000"),
            ("1,000,000", "1000000"),
        ],
        *[("1,234.567", "1234.567"), ("1.234,567", "1234.567"), ("1 234", "1234"), ("١٬٢٣٤٫٥", "1234.5")],
        *[("12,34,567.50", "1234567.50"), ("1,00,000", "100000"), ("1,5", "1.5"), ("12,34", "12.34")],
        *[("0,123", "0.123"), ("0.900", "0.900"), ("1234.567", "1234.567"), ("1234,567", "1234.567")],
        *[
            ("USD 0.90", "0.90"),
            ("US$5", "5"),
            ("€ 0,90", "0.90"),
            ("0.90€", "0.90"),
            ("R$ 1.234,56", "1234.56"),
        ],
        *[
            ("Rs.90", "90"),
            ("₹90", "90"),
            ("0,5 تومان", "0.5"),
            ("90 ₽", "90"),
            ("90 руб.", "90"),
            ("5 USDT", "5"),
        ],
        *[
            ("US$ 5 USD", "5"),
            ("&#36;0.90", "0.90"),
            ("0.90&nbsp;USD", "0.90"),
            ("&euro;1", "1"),
            ("usd 1", "1"),
        ],
        *[
            (" 7 ", "7"),
            ("\u200e5\u200e", "5"),
            ("1.0E-5", "0.000010"),
            ("0e0", "0"),
            ("0", "0"),
            ("0,00", "0.00"),
        ],
        ("5" + " " * 62, "5"),
        *[
            (5, "5"),
            (10**15 - 1, "999999999999999"),
            (Decimal("0.5"), "0.5"),
            (Decimal("150.000"), "150.000"),
        ],
    ],
)
def test_an_amount_with_one_reading_is_read_whatever_the_dialect_says(written: Any, amount: str) -> None:
    for figures in (ASSUMED, TOLD_US, TOLD_FRANCE, TOLD_EUROPE):
        assert figures.amount(written) == Decimal(amount)


@pytest.mark.parametrize("sign", ["-", "\u2212", "- "])
@pytest.mark.parametrize("written", ["{}5", "{}$5", "${}5", "{}5 USD", "USD {}5"])
def test_an_amount_below_zero_has_its_sign_before_or_behind_the_currency(written: str, sign: str) -> None:
    assert ASSUMED.signed_amount(written.format(sign)) == -5
    assert ASSUMED.amount(written.format(sign)) is None


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "free", "USD", "5k", "5K", "1.5M", "5 mil", "5 bin", "5 rb", "5 тыс.", "5 هزار", "90¢", "90 cents", "10%"),
        *("1.2.3", "1.2,3", "1,2,3", "1,23,45", "12.34.567", "1.234.56", "0,001.5", "1 23", "1  234", "5.", "1-5", "5-"),
        *("-$-5", "--5", "+5", "(5)", "1/2", "5 / 1000", "1e99", "nan", "inf", "1_000", "$", "5 5", "USD 5 EUR 6", "0x10"),
        *("9" * 40, "5" * 70, "5" + " " * 63, None, True, [], {}, Decimal("NaN"), Decimal("1e30"), 10**15, -(10**15), 0.5),
    ],
)  # fmt: skip
def test_what_is_no_certain_amount_is_unknown(written: Any) -> None:
    for figures in (ASSUMED, TOLD_US, TOLD_EUROPE, TOLD_FRANCE):
        assert figures.signed_amount(written) is None


@pytest.mark.parametrize(
    ("written", "assumed", "us", "europe", "france"),
    [
        ("150.000", "150.000", "150.000", "150000", None),
        ("1.500", "1.500", "1.500", "1500", None),
        ("150,000", "150000", "150000", "150.000", "150.000"),
        ("۱۵۰.۰۰۰", "150.000", "150.000", "150000", None),
        # With a currency it is written for people: nothing is assumed that would make it small.
        ("Rp 1.500", None, "1.500", "1500", None),
        ("$1.500", None, "1.500", "1500", None),
        ("15.000đ", None, "15.000", "15000", None),
        ("$1,500", "1500", "1500", "1.500", "1.500"),
    ],
)  # fmt: skip
def test_an_amount_with_two_readings_is_what_the_dialect_says(
    written: str, assumed: str | None, us: str | None, europe: str | None, france: str | None
) -> None:
    found = [one.amount(written) for one in (ASSUMED, TOLD_US, TOLD_EUROPE, TOLD_FRANCE)]
    assert found == [None if one is None else Decimal(one) for one in (assumed, us, europe, france)]
    assert (ASSUMED.is_assumed(written), TOLD_EUROPE.is_assumed(written)) == (True, False)
    assert point_in(written) == ""
    mark = "," if "," in written else "."
    other = {".": ",", ",": "."}[mark]
    assert ASSUMED.cure(written) == (
        f'if the mark in it stands between thousands, say `numbers: {{decimal: "{other}", thousands: "{mark}"}}` '
        "in the panel's dialect"
    )


NO_COUNTS: list[Any] = [
    *("1.5", "1,5", "+5", "5+", "5k", "$5", "5 USD", "Unknown", "", "9" * 70, "1e-1", "1_000"),
    *(None, True, [], {}, Decimal("1.5"), Decimal("NaN"), 10**15, -(10**15), "5" + " " * 63, "1" * 16),
]


@pytest.mark.parametrize(
    ("written", "assumed", "us", "europe", "france"),
    [
        # Three digits behind a mark: thousands, or unknown where both readings are whole numbers.
        ("1.000", None, None, 1000, None),
        ("10.000", None, None, 10000, None),
        ("12.500", 12500, None, 12500, None),
        ("12,500", 12500, 12500, None, None),
        ("1,000", 1000, 1000, None, None),
        *[(one, 1000, 1000, 1000, 1000) for one in ("1 000", "1\u00a0000", "1'000", "1٬000", "۱۰۰۰", "1000", 1000)],
        *[(one, 1_000_000, *[1_000_000] * 3) for one in ("1.000.000", "1,000,000", "1 000 000", "1.000.000,00")],
        *[(one, None, None, None, None) for one in ("1234.000", "1,000.000", "1.000,000", "1,0000", "1٫000", ".000")],
        *[(one, 1000, 1000, 1000, 1000) for one in ("1,000.00", "1.000,00", "1000.0", "1000.0000", Decimal("1000.0"))],
        *[(one, 12, 12, 12, 12) for one in ("12.0", "12.00", "12,00", "12", Decimal("12.00"))],
        # Without quotes too: some panels write what PHP's number_format made of it.
        *[(one, *[None] * 4) for one in (Decimal("1.000"), Decimal("12.000"), Decimal("12.500"))],
        (Decimal("0.000"), 0, 0, 0, 0),
        *[(one, 0, 0, 0, 0) for one in ("0", "0.000", "0,00", "00")],
        *[(one, -5, -5, -5, -5) for one in ("-5", "−5", -5)],
        ("-1.500", -1500, None, -1500, None),
        ("1,00,000", 100_000, 100_000, 100_000, 100_000),
        *[(one, 1000, 1000, 1000, 1000) for one in ("1E3", " 1E3 ", "1000" + " " * 59)],
        *[(one, *[one] * 4) for one in (10**15 - 1, 1 - 10**15)],
        *[("9" * n, *[int("9" * n)] * 4) for n in (14, 15)],
        *[(one, *[None] * 4) for one in NO_COUNTS],
    ],
)  # fmt: skip
def test_a_count_is_never_a_fraction(
    written: Any, assumed: int | None, us: int | None, europe: int | None, france: int | None
) -> None:
    found = [one.count(written) for one in (ASSUMED, TOLD_US, TOLD_EUROPE, TOLD_FRANCE)]
    assert found == [assumed, us, europe, france]


@pytest.mark.parametrize(
    ("written", "point"),
    [
        *[
            ("0,90", ","),
            ("1.234,50", ","),
            ("1.000.000", ","),
            ("$0,90", ","),
            ("0.90", "."),
            ("1,234.5", "."),
        ],
        *[("1,000,000", "."), ("150.000", ""), ("150,000", ""), ("5", ""), (5, ""), ("free", "")],
    ],
)
def test_some_amounts_prove_which_mark_stands_before_fractions(written: Any, point: str) -> None:
    assert point_in(written) == point


@pytest.mark.parametrize(
    ("written", "number"),
    [
        *[
            ("0", 0),
            (0, 0),
            ("1", 1),
            (1, 1),
            ("-1", None),
            (-1, None),
            ("9" * 15, 10**15 - 1),
            ("9" * 16, None),
        ],
        *[("1,000", 1000), ("0.000", 0), ("-1,000", None), ("١", 1), ("free", None), (None, None)],
    ],
)
def test_a_number_of_units_is_never_below_zero(written: Any, number: int | None) -> None:
    assert ASSUMED.non_negative_int(written) == number


# -- whatever a format writes -------------------------------------------------------------------------------

DIGITS = ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९")
MARKS = st.sampled_from(
    [
        (point, mark)
        for point in ".,٫"
        for mark in (".", ",", " ", "\u00a0", "\u202f", "'", "٬", "")
        if point != mark
    ]
)
FRAMES = st.sampled_from(["{}", "${}", "{} USD", "USD {}", "{}\u00a0€", "R$ {}", "{} تومان", " {} "])
AMOUNTS = st.decimals(0, Decimal(10**12), places=None, allow_nan=False).map(
    lambda one: round(one, 6)
) | st.builds(
    lambda whole, places: round(Decimal(whole) / 1000, places), st.integers(0, 10**7), st.integers(0, 6)
)


def write(value: Decimal, point: str, mark: str, digits: str = DIGITS[0]) -> str:
    """Write an amount as a panel with these marks and digits would."""
    text = f"{value:,f}".replace(",", "\0").replace(".", point).replace("\0", mark)
    return text.translate(str.maketrans(DIGITS[0], digits))


@settings(max_examples=300, deadline=None)
@given(AMOUNTS, MARKS, FRAMES, st.sampled_from(DIGITS))
def test_what_a_format_writes_is_read_by_the_same_format(
    value: Decimal, marks: tuple[str, str], frame: str, digits: str
) -> None:
    written = frame.format(write(value, *marks, digits))
    point, mark = marks
    told = Figures(Numbers(point, {"\u00a0": " ", "\u202f": " ", "٬": "'"}.get(mark, mark), is_told=True))
    assert told.amount(written) == value


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 10**12),
    MARKS,
    st.integers(0, 4),
    st.sampled_from(DIGITS),
    st.sampled_from([FAMILY, US, EUROPE, FRANCE]),
)
def test_no_count_is_read_smaller_than_any_format_writes_it(
    value: int, marks: tuple[str, str], places: int, digits: str, numbers: Numbers
) -> None:
    written = write(Decimal(value).quantize(Decimal(1).scaleb(-places)), *marks, digits)
    read = Figures(numbers).count(written)
    assert read is None or read >= value
    assert read == value or places == 3 or read is None


@settings(max_examples=300, deadline=None)
@given(AMOUNTS, MARKS, st.sampled_from(DIGITS), st.sampled_from([FAMILY, US, EUROPE, FRANCE]))
def test_an_amount_that_no_mark_leaves_open_is_read_by_every_format_or_by_none(
    value: Decimal, marks: tuple[str, str], digits: str, numbers: Numbers
) -> None:
    written = write(value, *marks, digits)
    figures = Figures(numbers)
    if not Figures(FAMILY).is_assumed(written):
        assert figures.amount(written) in (None, value)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=70) | st.text("0123456789.,' ٫٬-+$eE%k۱", max_size=12))
def test_any_text_is_read_as_a_sane_amount_or_not_at_all(text: str) -> None:
    for figures in (ASSUMED, TOLD_US, TOLD_EUROPE, TOLD_FRANCE):
        amount, count = figures.signed_amount(text), figures.count(text)
        assert amount is None or abs(amount) < 10**15
        assert count is None or abs(count) < 10**15
        assert json.dumps(figures.cure(text))
