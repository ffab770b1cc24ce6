"""Reading the answer to `services`."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tracker.orders.answers import Catalogue, Failure, Reason, Service
from tracker.orders.unread import CURE, catalogue_warnings
from tracker.panel.dialects.built_in import named
from tracker.panel.dialects.custom import custom
from tracker.panel.exchange import Exchange, Request

TAGRANI, V2 = named("tagrani"), named("perfectpanel")
ROW = {"id": 4, "name": "Service 4", "category": "Instagram", "min": 500, "max": 5000, "price": "30"}
READ = Service("4", "Service 4", Decimal(30), 500, 5000, "Instagram")


def answered(body: Any, status: int = 200, **how: Any) -> Exchange:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(Request("services", {}), True, status, {}, sent, **how)


def read(body: Any, status: int = 200) -> list[Service] | Failure:
    return TAGRANI.read_services(answered(body, status))


def test_the_example_of_the_api_page_is_read_with_its_price_per_one() -> None:
    assert read([{**ROW, "description": "Description of Service4"}]) == [
        Service("4", "Service 4", Decimal(30), 500, 5000, "Instagram", None, "Description of Service4")
    ]


def test_a_package_and_its_flags_are_read_beside_figures_in_the_panels_own_form() -> None:
    rows = [
        {"service": 1, "type": "Package", "rate": "1.500", "refill": "true", "dripfeed": 0},
        {"service": 2, "type": "Default", "rate": "$1.500,50", "min": "1.000"},
    ]
    for is_whole, price in ((True, 1500), (False, Decimal("1.5"))):
        dialect = custom(
            "perfectpanel",
            {"numbers": {"decimal": ",", "thousands": "."}, "package_price_whole": is_whole},
        )
        assert dialect.read_services(answered(rows)) == [
            Service("1", "", Decimal(price), type="Package", refill=True, dripfeed=False),
            Service("2", "", Decimal("1.50050"), 1000, type="Default"),
        ]
    found = V2.read_services(answered(rows))
    assert isinstance(found, list)
    assert [(one.price, dict(one.unread)) for one in found] == [
        (None, {"price": "1.500"}),
        (Decimal("1.50050"), {"min": "1.000"}),
    ]


@pytest.mark.parametrize("proof", ["0,90", "1.000.000", "1.234,50"])
@pytest.mark.parametrize("written", ["1.500", " 1.500 "])
def test_a_price_that_proves_another_mark_makes_the_assumed_ones_unknown(proof: str, written: str) -> None:
    found = TAGRANI.read_services(answered([{**ROW, "price": written}, {**ROW, "id": 5, "price": proof}]))
    assert isinstance(found, list)
    assert [(one.price is None, dict(one.unread)) for one in found] == [
        (True, {"price": "1.500"}),
        (False, {}),
    ]


def test_a_rate_per_1000_becomes_a_price_per_one_exactly() -> None:
    row = {
        **{
            "service": 1,
            "name": "Followers",
            "type": "Default",
            "category": "First",
            "rate": "0.90",
            "min": "50",
        },
        **{"max": "10000", "refill": True, "cancel": "1", "desc": "Long\ntext"},
    }
    assert V2.read_services(answered([row])) == [
        Service(
            *("1", "Followers", Decimal("0.00090"), 50, 10000, "First", "Default", "Long text"),
            refill=True,
            cancel=True,
        )
    ]
    fine = V2.read_services(answered([{**row, "rate": "123456789012345.12345678901234567891"}]))
    assert isinstance(fine, list)
    assert fine[0].price == Decimal("123456789012.34512345678901234567891")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": "pk_4"}, {"id": "pk_4"}),
        ({"price": 0.5}, {"price": Decimal("0.5")}),
        ({"price": "1,250.5"}, {"price": Decimal("1250.5")}),
        ({"price": "-1"}, {"price": None}),
        ({"price": "free"}, {"price": None}),
        ({"price": "0,90"}, {"price": Decimal("0.90")}),
        ({"min": "1.000", "max": "12.500"}, {"minimum": None, "maximum": 12500}),
        ({"name": "Likes &amp; Views &#39;x&#39; &lt;b&gt;"}, {"name": "Likes & Views 'x' <b>"}),
        ({"name": "A &amp;amp; B", "category": "&copy;"}, {"name": "A &amp; B", "category": "©"}),
        (
            {"name": " می\u200cخواهم\n👨\u200d👩\u200d👧 x\u202e\u200d"},
            {"name": "می\u200cخواهم 👨\u200d👩\u200d👧 x"},
        ),
        ({"name": "\u200c\u200d"}, {"name": ""}),
        ({"description": "x?a=1&copy=2 &nosuch; &#0;&#10;"}, {"description": "x?a=1&copy=2 &nosuch; \ufffd"}),
        ({"price": None, "min": None, "max": ""}, {"price": None, "minimum": None, "maximum": None}),
        ({"min": "1,000", "max": "Unlimited"}, {"minimum": 1000, "maximum": None}),
        ({"min": -1, "max": 1.5}, {"minimum": None, "maximum": None}),
        ({"name": None, "category": {"a": 1}, "type": 3}, {"name": "", "category": None, "type": "3"}),
        ({"name": " A\x00B\ud800 "}, {"name": "A B"}),
    ],
)
def test_a_row_is_read_as_far_as_possible(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    values = {name: getattr(READ, name) for name in READ.__slots__}
    assert read([{**ROW, **changes}]) == [Service(**{**values, **expected})]


@pytest.mark.parametrize(
    "bad", [{"name": "no id"}, {**ROW, "id": None}, {**ROW, "id": 1.5}, "text", None, [], 5]
)
def test_a_row_without_an_id_is_left_out_and_spoils_no_other(bad: Any) -> None:
    assert read([bad, ROW, bad]) == [READ]
    assert isinstance(read([bad, bad]), Failure)


def test_a_service_that_is_listed_twice_is_read_once() -> None:
    assert read([ROW, {**ROW, "name": "again"}]) == [READ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], []),
        ({"status": "success", "data": "Empty Data"}, []),
        ({"services": [ROW], "count": 1}, [READ]),
        ({"services": []}, []),
    ],
)
def test_a_catalogue_may_be_wrapped_or_empty(body: Any, expected: list[Service]) -> None:
    assert read(body) == expected


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"error": "Invalid API key"}, 200, Reason.ACCOUNT),
        ({"error": "Invalid API key"}, 401, Reason.ACCOUNT),
        ({"status": "error", "msg": "Hệ thống đang bảo trì!"}, 200, Reason.PASSING),
        ("Invalid API key", 200, Reason.ACCOUNT),
        ({}, 200, None),
        ({"services": "none"}, 200, None),
        ({"data": []}, 200, None),
        (5, 200, None),
        (None, 200, None),
        (b"", 200, None),
        (b"<html>", 200, None),
        (b"[", 200, None),
        ([ROW], 500, None),
        ([ROW], 404, None),
    ],
)
def test_an_answer_without_a_catalogue_is_a_failure(body: Any, status: int, reason: Reason | None) -> None:
    answer = read(body, status)
    assert isinstance(answer, Failure)
    assert answer.reason is reason


def test_a_catalogue_that_is_cut_short_is_a_failure() -> None:
    assert isinstance(TAGRANI.read_services(answered([ROW], whole=False)), Failure)


def test_an_adapted_dialect_reads_its_own_names_and_price_unit() -> None:
    dialect = custom("tagrani", {"price_unit": 1000, "fields": {"service": "package", "price": "cost"}})
    row = {"package": 4, "name": "Service 4", "cost": "30", "min": 500, "max": 5000, "category": "Instagram"}
    services = dialect.read_services(answered([row]))
    assert services == [Service("4", "Service 4", Decimal("0.03"), 500, 5000, "Instagram")]


def test_requests_for_catalogue_and_balance_hold_the_action_alone() -> None:
    for action, request in (("services", TAGRANI.services()), ("balance", TAGRANI.balance())):
        assert (request.action, request.form, request.query) == (
            action,
            {"action": action},
            {"action": action},
        )
    assert V2.services().query == V2.balance().query == {}


ODD: list[dict[str, Any]] = [
    {"service": 1, "name": "Followers &amp; Likes", "rate": "$0.90", "min": "1.000", "max": "10.000"},
    {"service": 2, "name": "Views", "rate": "0,90", "min": "10", "max": "1,000"},
    {"service": 3, "name": "Saves", "rate": "1.234,50", "min": 10, "max": 10000.0},
    {"service": 4, "name": "Package", "type": "Package", "rate": ".5", "min": "1", "max": "1"},
    {"service": 5, "name": "Comments", "rate": "0.90 USD", "min": "5", "max": "200"},
    {"service": 6, "name": "Drip", "rate": "۰٫۹", "min": "۱۰", "max": "۱۰۰۰"},
]


def catalogue(rows: Any, **differences: Any) -> Catalogue:
    found = custom("perfectpanel", {"price_unit": 1, **differences}).read_services(answered(rows))
    assert isinstance(found, Catalogue)
    return found


def test_figures_are_read_as_panels_write_them() -> None:
    found = catalogue(ODD)

    prices = [Decimal(one) for one in ("0.90", "0.90", "1234.50", "0.5", "0.90", "0.9")]
    assert [one.price for one in found] == prices
    assert [one.minimum for one in found] == [None, 10, 10, 1, 5, 10]
    assert [one.maximum for one in found] == [None, 1000, 10000, 1, 200, 1000]
    assert found[0].name == "Followers & Likes"
    assert [dict(one.unread) for one in found] == [{"min": "1.000", "max": "10.000"}, *[{}] * 5]
    told = catalogue(ODD, numbers={"decimal": ",", "thousands": "."})
    assert (told[0].minimum, told[0].maximum, told[1].maximum) == (1000, 10000, None)


def test_what_cannot_be_read_is_counted_with_an_example() -> None:
    rows = [{**ODD[1], "service": n, "rate": "5k", "min": "1.000"} for n in range(1, 8)]

    assert catalogue_warnings(catalogue(rows)) == [
        '7 of 7 prices cannot be read, e.g. "5k" (service 1)',
        '7 of 7 minimums cannot be read, e.g. "1.000" (service 1)',
        CURE,
    ]
    assert catalogue_warnings(catalogue([*ODD[1:], rows[6]]))[0] == (
        '1 of 6 prices cannot be read, e.g. "5k" (service 7)'
    )
    assert catalogue_warnings(catalogue(ODD[1:])) == []
    for nothing in (None, "", "-", "Unlimited", " N/A "):
        assert catalogue_warnings(catalogue([{**ODD[1], "max": nothing}, ODD[2]])) == []


def test_a_catalogue_without_any_price_names_the_field() -> None:
    (warning,) = catalogue_warnings(catalogue([{"service": 1, "price": "5"}, {"service": 2}]))
    assert warning.startswith("none of the 2 services has a price: is `price` among the `fields`")


def test_a_catalogue_with_decimal_commas_leaves_no_price_to_what_is_only_assumed() -> None:
    rows = [{"service": 1, "rate": "150.000"}, {"service": 2, "rate": "12,5"}, {"service": 3, "rate": "150"}]

    assert [one.price for one in catalogue(rows)] == [None, Decimal("12.5"), Decimal(150)]
    assert catalogue(rows)[0].unread == {"price": "150.000"}
    assert [one.price for one in catalogue([rows[0], rows[2]])] == [Decimal(150), Decimal(150)]
    for point, mark, price in ((",", ".", 150_000), (".", ",", 150)):
        assert catalogue(rows, numbers={"decimal": point, "thousands": mark})[0].price == price


BAD_LINES = b"""[{"service":1,"name":"Likes","rate":"0.9","min":"10","max":"100"},
 {"service":2,"name":"Views","desc":"two
lines","rate":"0.1","min":"10","max":"100"},
 {"service":3,"name":"Saves","desc":"a","desc":"b","rate":"0.1","min":"10","max":"100"}]"""


def test_a_line_that_is_broken_costs_that_line_only() -> None:
    found = V2.read_services(answered(BAD_LINES))

    assert isinstance(found, Catalogue)
    assert [one.id for one in found] == ["1"]
    assert [(line.name, line.why) for line in found.broken] == [
        (
            "service 2",
            'JSON with a control character (U+000A) in a text, after "{"service":2,"name":"Views","desc":"two"',
        ),
        ("service 3", 'JSON in which the key "desc" stands twice in one object'),
    ]
    assert catalogue_warnings(found)[0].startswith("2 of 3 lines cannot be read, e.g. service 2: JSON with")


def test_a_control_character_outside_of_texts_costs_that_line_at_most() -> None:
    rows = b'[{"service":1,"rate":"1"\x0b},\x1f{"service":2,"rate":"1"},\x01{\x01"service":3}]\x1a'

    found = V2.read_services(answered(rows))

    assert isinstance(found, Catalogue)
    assert [one.id for one in found] == ["2"]
    assert [(line.name, line.why) for line in found.broken] == [
        (
            "service 1",
            'JSON with a control character (U+000B) between its values, after "[{"service":1,"rate":"1""',
        ),
        (
            "service 3",
            "JSON with a control character (U+0001) between its values, after "
            '"rate":"1" }, {"service":2,"rate":"1"}, {"',
        ),
    ]


def test_a_catalogue_of_broken_lines_only_is_a_failure() -> None:
    answer = V2.read_services(answered(b'[{"service":1,"rate":1,"rate":2}]'))
    assert answer == Failure(
        'its only service cannot be read, e.g. service 1: JSON in which the key "rate" stands twice in one object'
    )


def test_texts_of_a_service_are_cut_at_what_people_read() -> None:
    row = {**ROW, "name": "n" * 501, "category": "c" * 501, "type": "t" * 101, "description": "d" * 4001}

    found = read([row])

    assert isinstance(found, list)
    assert [
        len(one or "") for one in (found[0].name, found[0].category, found[0].type, found[0].description)
    ] == [*(500, 500, 100, 4000)]


def test_of_an_id_that_comes_twice_the_first_row_counts_and_each_other_id_is_kept() -> None:
    assert read([ROW, {**ROW, "price": "31"}, {**ROW, "id": 5}]) == [READ, replace(READ, id="5")]


def test_a_catalogue_of_which_nothing_can_be_read_says_how_many_rows_it_had() -> None:
    assert read([{"x": 1}, 5, None]) == Failure(
        "none of the 3 services can be read: are the dialect's field names the panel's?"
    )
    assert read({"a": 1}) == Failure("the panel answered with JSON that is not a list of services")


def test_a_service_without_a_price_has_none_whatever_the_price_unit() -> None:
    assert V2.read_services(answered([{"service": 1, "name": "Followers"}])) == [
        Service("1", "Followers", None)
    ]
