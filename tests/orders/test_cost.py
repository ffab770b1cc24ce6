"""What an order comes to, for each type of service: the expected charge is what the practice panel takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.samples import an_order
from tracker.orders.answers import Report, Service
from tracker.orders.catalogue import fault_in
from tracker.orders.cost import (
    FAMILY,
    CostRules,
    Estimate,
    Scope,
    estimate,
    is_other_series,
    is_same_series,
    may_be_part,
)
from tracker.orders.ledger import Range
from tracker.orders.order import Order, Series, State
from tracker.panel.dialects.custom import custom
from tracker.panel.dialects.dialect import Dialect
from tracker.panel.exchange import Exchange, Request
from tracker.practice.api import SHAPES, add_form
from tracker.practice.offerings import Offering, typed_catalogue
from tracker.practice.state import PanelState
from tracker.practice.validation import DripFeedRule, Refusal

TOTAL = CostRules(quantity=Scope.TOTAL)
EACH = CostRules(limits=Scope.RUN)


def service(type_: str | None = "Default", price: str = "3", **values: Any) -> Service:
    return Service("7", "Seven", Decimal(price), **{"minimum": 50, "maximum": 1000, "type": type_, **values})


DRIP = {"quantity": 100, "fields": {"runs": "5", "interval": "30"}}
MIN_MAX = {"username": "u", "min": "60", "max": "90", "posts": "3"}
POSTS = {"quantity": None, "fields": MIN_MAX}
NAMES = {"quantity": None, "fields": {"usernames": "a\r\nb\n\n c"}}
LINES = {"quantity": None, "comments": "one\ntwo"}


@pytest.mark.parametrize(
    ("type_", "values", "rules", "expected"),
    [
        ("Default", {"quantity": 100}, FAMILY, Estimate(100, Decimal(300))),
        ("Default", DRIP, FAMILY, Estimate(500, Decimal(1500), Series.RUNS)),
        ("Default", DRIP, TOTAL, Estimate(100, Decimal(300), Series.RUNS)),
        (None, DRIP, FAMILY, Estimate(500, Decimal(1500), Series.RUNS)),
        ("Default", {**DRIP, "fields": {"runs": "many"}}, FAMILY, Estimate(None, None, Series.RUNS)),
        ("Default", {**DRIP, "fields": {"rounds": "5"}}, CostRules(runs="rounds"), Estimate(500, Decimal(1500), Series.RUNS)),
        ("Poll", {"quantity": 60, "fields": {"answer_number": "2"}}, FAMILY, Estimate(60, Decimal(180))),
        ("Package", {"quantity": None}, FAMILY, Estimate(0, Decimal(3))),
        ("PACKAGE", {"quantity": 1000}, FAMILY, Estimate(0, Decimal(3))),
        ("Gold Package", {"quantity": None}, FAMILY, Estimate(0, Decimal(3))),
        ("Custom Comments", LINES, FAMILY, Estimate(2, Decimal(6))),
        ("custom_comments", {**LINES, "quantity": 2}, FAMILY, Estimate(2, Decimal(6))),
        ("Custom Comments Package", LINES, FAMILY, Estimate(0, Decimal(3))),
        ("Comment Replies", LINES, FAMILY, Estimate(2, Decimal(6))),
        ("Mentions Custom List", NAMES, FAMILY, Estimate(3, Decimal(9))),
        ("mentions_custom_list", NAMES, FAMILY, Estimate(3, Decimal(9))),
        (None, NAMES, FAMILY, Estimate(3, Decimal(9))),
        ("Mentions with Hashtags", {**NAMES, "quantity": 60}, FAMILY, Estimate(60, Decimal(180))),
        ("Subscriptions", POSTS, FAMILY, Estimate(0, None, Series.POSTS, Range(Decimal(180), Decimal(270)))),
        (None, POSTS, FAMILY, Estimate(0, None, Series.POSTS, Range(Decimal(180), Decimal(270)))),
        ("Subscriptions", {"quantity": None}, FAMILY, Estimate(0, None, Series.POSTS)),
    ],
)  # fmt: skip
def test_what_an_order_comes_to(
    type_: str | None, values: dict[str, Any], rules: CostRules, expected: Estimate
) -> None:
    assert estimate(an_order(**values), service(type_), rules) == expected


def test_without_a_price_only_the_units_are_known() -> None:
    assert estimate(an_order(**DRIP), None) == Estimate(500, None, Series.RUNS)
    assert estimate(an_order(**DRIP), replace(service(), price=None)).charge is None


def test_a_charge_of_many_digits_is_exact() -> None:
    price = "0.12345678901234567890123456789012345678"
    charge = estimate(an_order(quantity=999_999_999_999), service(price=price)).charge

    assert Fraction(charge or 0) == Fraction(price) * 999_999_999_999


@pytest.mark.parametrize(
    ("listed", "values", "rules", "words"),
    [
        (service(), {**DRIP, "quantity": 10}, FAMILY, None),
        (service(), {**DRIP, "quantity": 9}, FAMILY, "45 is below"),
        (service(), {**DRIP, "quantity": 200}, FAMILY, None),
        (service(), {**DRIP, "quantity": 201}, FAMILY, "1005 is above"),
        (service(), {**DRIP, "quantity": 50}, EACH, None),
        (service(), {**DRIP, "quantity": 49}, EACH, "49 is below"),
        (service(), {**DRIP, "quantity": 1000}, EACH, None),
        (service(), {**DRIP, "quantity": 1001}, EACH, "1001 is above"),
        (service(), DRIP, TOTAL, None),
        (service(), {**DRIP, "quantity": 249}, replace(TOTAL, limits=Scope.RUN), "49 is below"),
        (service(), {**DRIP, "quantity": None}, FAMILY, "the quantity is missing"),
        (service(), {**DRIP, "fields": {"runs": "0"}}, FAMILY, "runs is not a whole number above 0"),
        (service(), {**DRIP, "fields": {"runs": "2.5"}}, FAMILY, "'2.5'"),
        (service(dripfeed=False), DRIP, FAMILY, "has no drip-feed"),
        (service(dripfeed=True), DRIP, FAMILY, None),
        (service("Package"), {**DRIP, "quantity": None}, FAMILY, "has no drip-feed"),
        (service("Package"), {"quantity": None}, FAMILY, None),
        (service("Package", minimum=1, maximum=1), {"quantity": 3}, FAMILY, "above"),
        (service("Custom Comments Package"), LINES, FAMILY, None),
        (service("Custom Comments Package"), {"quantity": None}, FAMILY, "needs comments"),
        (service("Custom Comments", minimum=1), LINES, FAMILY, None),
        (service("Custom Comments"), LINES, FAMILY, "2 is below"),
        (service("Mentions Custom List", minimum=3), NAMES, FAMILY, None),
        (service("Mentions Custom List", minimum=4), NAMES, FAMILY, "3 is below"),
        (service("Mentions Custom List"), {"quantity": 100}, FAMILY, "needs the field usernames"),
        (service("Poll"), {"quantity": 100}, FAMILY, "--field answer_number="),
        (service("Poll"), {"quantity": 100, "fields": {"answer_number": "2"}}, FAMILY, None),
        (service("Subscriptions"), POSTS, FAMILY, None),
        (service("Subscriptions"), {**POSTS, "quantity": 100}, FAMILY, "a subscription has no quantity"),
        (service("Subscriptions"), {**POSTS, "fields": {**MIN_MAX, "min": "91"}}, FAMILY, "min not above max"),
        (service("Subscriptions"), {**POSTS, "fields": {**MIN_MAX, "min": "9"}}, FAMILY, "9 is below"),
        (service("Subscriptions"), {**POSTS, "fields": {**MIN_MAX, "posts": "x"}}, FAMILY, "posts"),
        (service("Subscriptions"), {**POSTS, "fields": {**MIN_MAX, "posts": "0"}}, FAMILY, None),
        (service("Subscriptions"), {"quantity": None}, FAMILY, "needs the field username"),
    ],
)  # fmt: skip
def test_what_cannot_be_placed_is_said(
    listed: Service, values: dict[str, Any], rules: CostRules, words: str | None
) -> None:
    fault = fault_in(an_order(**values), listed, rules)

    assert fault is None if words is None else words in (fault or ""), fault


# -- the parts of a series ------------------------------------------------------------------------------

WHOLE = an_order(**DRIP, series=Series.RUNS, expected_charge=Decimal(1500))


@pytest.mark.parametrize(
    ("whole", "charge", "expected"),
    [
        (WHOLE, "300", True),
        (WHOLE, "300.00", True),
        (WHOLE, "301", False),
        (WHOLE, None, True),
        (WHOLE._replace(expected_charge=None), "301", True),
        (WHOLE._replace(series=Series.POSTS), "301", True),
        (WHOLE._replace(fields={"runs": "x"}), "301", True),
    ],
)
def test_what_may_be_a_part_is_told_by_its_charge_alone(
    whole: Order, charge: str | None, expected: bool
) -> None:
    said = Report("Pending", State.ACTIVE, None if charge is None else Decimal(charge))

    assert may_be_part(said, whole, FAMILY) is expected


@pytest.mark.parametrize(
    ("series", "length", "same", "other"),
    [
        (Series.RUNS, 5, True, False),
        (Series.RUNS, 4, False, False),
        (Series.RUNS, None, False, False),
        (Series.POSTS, 5, False, True),
        (None, None, False, False),
    ],
)
def test_a_series_is_known_by_its_length(
    series: Series | None, length: int | None, same: bool, other: bool
) -> None:
    said = Report("Pending", State.ACTIVE, series=series, length=length)

    assert (is_same_series(said, WHOLE), is_other_series(said, WHOLE)) == (same, other)
    plain = an_order()
    assert (is_same_series(said, plain), is_other_series(said, plain)) == (False, series is not None)


# -- against the panel ----------------------------------------------------------------------------------

PRICES = st.decimals("0.00001", "5000", places=5)
COUNTS = st.integers(1, 400)
WORDS = st.lists(st.sampled_from(["ab", "c d", ""]), min_size=1, max_size=30).map("\n".join)
OTHER_FIELDS = dict.fromkeys(("username", "hashtag", "hashtags", "media", "keywords", "groups"), "x")


@st.composite
def orders(draw: st.DrawFn, type_: str) -> Order:
    """An order with all that its type may need, and a drip-feed now and then."""
    fields = {**OTHER_FIELDS, "answer_number": "1", "usernames": draw(WORDS)}
    comments = draw(WORDS) if "Comment" in type_ and "Likes" not in type_ else None
    if type_ == "Default" and draw(st.booleans()):
        fields |= {"runs": str(draw(st.integers(1, 12))), "interval": "5"}
    counted = comments is None and type_ not in ("Package", "Mentions Custom List")
    quantity = draw(COUNTS) if counted else None
    return an_order(service="11", quantity=quantity, comments=comments, fields=fields)


def listed_by(panel: PanelState, dialect: Dialect) -> Service:
    """The service 11, as tracker reads it from the panel's catalogue."""
    rows = [SHAPES["perfectpanel"].service(panel.services[11])]
    found = dialect.read_services(
        Exchange(Request("services", {}), True, 200, body=json.dumps(rows).encode())
    )
    assert isinstance(found, list)
    return found[0]


TYPES = sorted({one.type for one in typed_catalogue().values()} - {"Subscriptions"})


@pytest.mark.parametrize("type_", TYPES)
@settings(max_examples=25, deadline=None)
@given(data=st.data(), price=PRICES, quantity=st.sampled_from(Scope), limits=st.sampled_from(Scope))
def test_the_practice_panel_takes_the_expected_charge_to_the_last_digit(
    type_: str, data: st.DataObject, price: Decimal, quantity: Scope, limits: Scope
) -> None:
    rules: Mapping[str, object] = {"drip_feed_quantity": str(quantity), "drip_feed_limits": str(limits)}
    dialect = custom("perfectpanel", rules)
    panel = PanelState(Decimal(10) ** 12, lambda: 0.0)
    panel.drip_feed = DripFeedRule(str(quantity), str(limits))
    panel.services = {11: Offering(11, "Any", price, 3, 300, type=type_, dripfeed=True)}
    order, seen = data.draw(orders(type_)), listed_by(panel, dialect)
    form = add_form({**dialect.add(order).form, "key": "k"})

    fault = fault_in(order, seen, dialect.cost_rules)
    if fault is None:
        placed = panel.place(form)
        cost = estimate(order, seen, dialect.cost_rules)
        assert (cost.charge, panel.balance) == (placed.charge, panel.opening - placed.charge)
        assert cost.units in (placed.quantity, 0)
    else:  # what is refused here, the panel refuses too
        with pytest.raises(Refusal):
            panel.place(form)


@settings(max_examples=30, deadline=None)
@given(price=PRICES, low=st.integers(3, 100), more=st.integers(0, 100), seed=st.integers(0, 99))
def test_each_post_of_a_subscription_costs_what_is_said_of_a_post(
    price: Decimal, low: int, more: int, seed: int
) -> None:
    dialect = custom("perfectpanel", {})
    panel = PanelState(Decimal(10) ** 12, lambda: 0.0, pace=0, seed=seed)
    panel.services = {11: Offering(11, "Any", price, 3, 300, type="Subscriptions")}
    fields = {"username": "u", "min": str(low), "max": str(low + more)}
    order, seen = an_order(service="11", quantity=None, fields=fields), listed_by(panel, dialect)

    placed = panel.place(add_form(dialect.add(order).form))
    panel.make_part(placed.order_id)

    cost = estimate(order, seen, dialect.cost_rules)
    assert cost.charge is None
    assert cost.per_post is not None
    assert panel.opening - panel.balance in cost.per_post
