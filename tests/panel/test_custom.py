"""Dialects that a config describes as a base and its differences."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import an_order
from tracker.lib.times import HOUR, SECOND
from tracker.orders.answers import Accepted, Balance, Reason, Refused, Report, Unanswered
from tracker.orders.order import State
from tracker.panel.dialects.built_in import BASES, named
from tracker.panel.dialects.custom import KEYS, custom
from tracker.panel.dialects.dialect import DialectError
from tracker.panel.dialects.numbers import Numbers
from tracker.panel.exchange import Exchange, Request


def answered(body: Any) -> Exchange:
    return Exchange(Request("add", {}), True, 200, {}, json.dumps(body).encode())


def test_the_bases_differ_only_where_their_panels_do() -> None:
    assert set(BASES) == {"tagrani", "perfectpanel"}
    assert named("tagrani").price_unit == 1
    assert named("perfectpanel").price_unit == 1000
    for dialect in BASES.values():
        assert (dialect.ids_per_call, dialect.multi_status, dialect.key_field) == (100, True, "key")


def test_no_differences_leave_the_base_as_it_is() -> None:
    adapted, base = custom("tagrani", {}), named("tagrani")
    assert (adapted.fields, adapted.refusals, adapted.words) == (base.fields, base.refusals, base.words)


def test_where_ids_do_not_grow_a_lower_one_is_as_good_as_any() -> None:
    dialect = custom("tagrani", {"ids_grow": False})
    assert dialect.read_add(answered({"order": 103}), "104") == Accepted("103")
    assert isinstance(named("tagrani").read_add(answered({"order": 103}), "104"), Unanswered)


def test_status_words_of_the_config_are_added_and_come_first() -> None:
    words = {
        "completed": ["Delivered", 5],
        "processing": ["On its way"],
        "refunded": ["Money back"],
        "failed": ["Done"],
    }
    dialect = custom("tagrani", {"words": words})
    ids = tuple("123456")
    said = ("delivered", 5, "ON-ITS-WAY", "money_back", "Done", "Partial")
    body = {one: {"status": word} for one, word in zip(ids, said, strict=True)}
    reports = dialect.read_status(answered(body), ids)
    assert isinstance(reports, dict)
    states = [report.state for report in reports.values() if isinstance(report, Report)]
    ended = [State.COMPLETED, State.COMPLETED, State.ACTIVE, State.CANCELED, State.FAILED, State.PARTIAL]
    assert states == ended


def test_refusals_of_the_config_come_first_and_the_longest_of_them_decides() -> None:
    texts = {"funds": ["Kein Geld (mehr)"], "input": ["Bad link"], "rate": ["not enough funds"]}
    dialect = custom("perfectpanel", {"refusals": {**texts, "service": ["Bad link for this service"]}})
    for message, reason in (
        ("KEIN GELD (mehr)!", Reason.FUNDS),
        ("Bad link for this service.", Reason.SERVICE),
        ("Bad link: x", Reason.INPUT),
        ("Not enough funds on balance", Reason.RATE),
        ("Incorrect service ID", Reason.SERVICE),
    ):
        assert dialect.read_add(answered({"error": message})) == Refused(reason, message)
    assert isinstance(dialect.read_add(answered({"error": "Oh, kein Geld (mehr)"})), Unanswered)
    assert isinstance(named("perfectpanel").read_add(answered({"error": "Kein Geld (mehr)"})), Unanswered)


def test_a_text_of_the_config_may_contain_words_that_make_other_refusals_uncertain() -> None:
    dialect = custom("tagrani", {"refusals": {"input": ["Order not created"]}})
    assert isinstance(dialect.read_add(answered({"error": "Order not created: link"})), Refused)


def test_fields_of_the_config_are_used_in_requests_and_answers() -> None:
    fields = {
        "key": "api",
        "action": "do",
        "order": "oid",
        "orders": "oid",
        "status": "state",
        "remains": "left",
    }
    dialect = custom("perfectpanel", {"fields": fields, "action_in_query": True, "ids_per_call": 50})
    assert dialect.key_field == "api"
    assert dialect.ids_per_call == 50
    request = dialect.status(["1", "2"])
    assert (request.form, request.query) == ({"do": "status", "oid": "1,2"}, {"do": "status"})
    reports = dialect.read_status(answered([{"oid": 1, "state": "Done", "left": 5}]), ["1", "2"])
    assert reports == {"1": Report("Done", State.COMPLETED, remains=5)}


def test_the_id_in_the_catalogue_may_have_another_name_than_the_service_in_a_request() -> None:
    assert custom("tagrani", {"fields": {"service": "package"}}).fields.service_id == "package"
    apart = custom("tagrani", {"fields": {"service": "package", "service_id": "id"}}).fields
    assert (apart.service, apart.service_id) == ("package", "id")


@pytest.mark.parametrize(
    ("differences", "paths"),
    [
        ({"feilds": {}}, [("feilds",)]),
        ({"fields": []}, [("fields",)]),
        ({"fields": {"prise": "x"}}, [("fields", "prise")]),
        ({"fields": {"price": 5}}, [("fields", "price")]),
        ({"fields": {"price": ""}}, [("fields", "price")]),
        ({"fields": {"price": "a b"}}, [("fields", "price")]),
        ({"fields": {"key": "link"}}, [("fields", "link")]),
        ({"fields": {"order": "service"}}, [("fields", "order")]),
        ({"price_unit": 100}, [("price_unit",)]),
        ({"price_unit": True}, [("price_unit",)]),
        ({"price_unit": "1000"}, [("price_unit",)]),
        ({"ids_per_call": 0}, [("ids_per_call",)]),
        ({"ids_per_call": 1001}, [("ids_per_call",)]),
        ({"ids_per_call": True}, [("ids_per_call",)]),
        ({"multi_status": False, "ids_per_call": 100}, [("ids_per_call",)]),
        ({"multi_status": "no"}, [("multi_status",)]),
        ({"action_in_query": 1}, [("action_in_query",)]),
        ({"ids_grow": "no"}, [("ids_grow",)]),
        ({"idempotency_field": "a b"}, [("idempotency_field",)]),
        ({"idempotency_field": 5}, [("idempotency_field",)]),
        ({"idempotency_field": "link"}, [("idempotency_field",)]),
        ({"idempotency_field": "url", "fields": {"link": "url"}}, [("idempotency_field",)]),
        ({"idempotency_window": "10m"}, [("idempotency_window",)]),
        ({"idempotency_field": "request_id", "idempotency_window": "40d"}, [("idempotency_window",)]),
        ({"dedupe_window": 120}, [("dedupe_window",)]),
        ({"dedupe_window": "0s"}, [("dedupe_window",)]),
        ({"orders_action": "add"}, [("orders_action",)]),
        ({"orders_action": ""}, [("orders_action",)]),
        ({"orders_action": "refill"}, [("orders_action",)]),
        ({"requests": True}, [("requests",)]),
        ({"requests": "some"}, [("requests",)]),
        ({"numbers": "."}, [("numbers",)]),
        ({"numbers": {}}, [("numbers",)]),
        ({"numbers": {"decimal": ";", "thousand": ","}}, [("numbers", "decimal"), ("numbers", "thousand")]),
        ({"numbers": {"decimal": None}}, [("numbers", "decimal")]),
        ({"numbers": {"decimal": ".", "thousands": "."}}, [("numbers", "thousands")]),
        ({"numbers": {"thousands": " "}}, [("numbers", "decimal")]),
        ({"words": ["Done"]}, [("words",)]),
        ({"words": {"finished": ["Done"]}}, [("words", "finished")]),
        ({"words": {"completed": "Done"}}, [("words", "completed")]),
        ({"words": {"completed": [True]}}, [("words", "completed")]),
        ({"words": {"completed": ["--"]}}, [("words", "completed")]),
        ({"words": {"completed": ["Ok"], "failed": ["o k"]}}, [("words", "failed")]),
        ({"refusals": "x"}, [("refusals",)]),
        ({"refusals": {"money": ["x"]}}, [("refusals", "money")]),
        ({"refusals": {"funds": ["   "]}}, [("refusals", "funds")]),
        ({"refusals": {"funds": ["no"]}}, [("refusals", "funds")]),
        ({"refusals": {"funds": ["No credit"], "rate": ["no  credit"]}}, [("refusals", "rate")]),
        ({"refusals": {"funds": [None]}}, [("refusals", "funds")]),
        ({"price_unit": 2, "words": {"x": []}, "nope": 1}, [("price_unit",), ("words", "x"), ("nope",)]),
    ],
)
def test_every_fault_of_a_description_is_reported_with_its_place(
    differences: dict[str, Any], paths: Any
) -> None:
    with pytest.raises(DialectError) as raised:
        custom("tagrani", differences)
    assert [path for path, _ in raised.value.faults] == paths
    assert all(sentence for _, sentence in raised.value.faults)


def test_what_a_panel_knows_of_a_lost_order_is_off_unless_it_is_written() -> None:
    for dialect in BASES.values():
        assert not dialect.may_ask_again
        assert dialect.orders_action is None
    keys = {
        "idempotency_field": "rid",
        "idempotency_window": "1h",
        "dedupe_window": "120s",
        "orders_action": "list",
    }
    dialect = custom("tagrani", keys)

    assert (dialect.idempotency_window, dialect.dedupe_window) == (HOUR, 120 * SECOND)
    assert "rid" in dialect.reserved
    order = an_order(fields={"rid": "mine"})
    assert dialect.add(order, "k").form["rid"] == "k"
    assert "rid" not in dialect.add(order).form
    assert dialect.orders(5).query == {"action": "list"}


def test_a_base_that_does_not_exist_is_reported_with_the_other_faults() -> None:
    with pytest.raises(DialectError) as raised:
        custom("tagrany", {"price_unit": 2})
    assert [path for path, _ in raised.value.faults] == [("base",), ("price_unit",)]
    with pytest.raises(DialectError, match="choose tagrani or perfectpanel"):
        named("v2")


def test_the_valid_keys_are_listed_so_that_the_nearest_can_be_suggested() -> None:
    assert "price_unit" in KEYS[()]
    assert {"key", "action", "service_id"} <= set(KEYS["fields",])
    assert {"active", "pending", "refunded"} <= set(KEYS["words",])
    assert set(KEYS["refusals",]) == {str(reason) for reason in Reason}


@pytest.mark.parametrize(
    ("numbers", "decimal", "thousands"),
    [
        ({"decimal": ".", "thousands": ","}, ".", ","),
        ({"decimal": ","}, ",", "."),
        ({"thousands": ","}, ".", ","),
        ({"decimal": ",", "thousands": "\u00a0"}, ",", " "),
        ({"decimal": ".", "thousands": ""}, ".", ""),
        ({"decimal": "٫"}, "٫", "'"),
    ],
)
def test_one_mark_of_numbers_tells_the_other(numbers: dict[str, str], decimal: str, thousands: str) -> None:
    assert custom("tagrani", {"numbers": numbers}).numbers == Numbers(decimal, thousands, is_told=True)


def test_numbers_decide_charges_remains_and_the_balance_too() -> None:
    dialect = custom("tagrani", {"numbers": {"decimal": ",", "thousands": "."}})
    reports = dialect.read_status(
        answered({"1": {"status": "Partial", "charge": "1.500", "remains": "1.000"}}), ["1"]
    )
    assert reports == {"1": Report("Partial", State.PARTIAL, Decimal(1500), remains=1000)}
    assert dialect.read_add(answered({"order": 5, "charge": "1.500"})) == Accepted("5", Decimal(1500))
    assert dialect.read_balance(answered({"balance": "150.000"})) == Balance(Decimal(150_000))
