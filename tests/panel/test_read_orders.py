"""The list of recent orders, in every shape that clients expect of it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tracker.lib.times import SECOND
from tracker.orders.answers import Failure, ListedOrder, Listing, Reason, Report
from tracker.orders.order import State
from tracker.panel.dialects.custom import custom
from tracker.panel.dialects.read_orders import time_of
from tracker.panel.exchange import Exchange

DIALECT = custom("perfectpanel", {"orders_action": "orders"})
ROW = {
    "order": 5, "service": "4", "link": "https://x.io/a", "quantity": "100", "status": "Completed", "charge": "0.5",
    "date": "2026-09-21 14:13:20",
}  # fmt: skip
READ = ListedOrder("5", "4", "https://x.io/a", 100, Report("Completed", State.COMPLETED, Decimal("0.5")))


def read(payload: Any, status: int = 200) -> Listing | Failure:
    return DIALECT.read_orders(Exchange(DIALECT.orders(50), True, status, body=json.dumps(payload).encode()))


def test_the_request_names_the_action_and_how_many() -> None:
    assert DIALECT.orders(50).form == {"action": "orders", "limit": "50"}
    with pytest.raises(ValueError, match="does not list orders"):
        custom("perfectpanel", {}).orders(50)


@pytest.mark.parametrize(
    "payload",
    [[ROW], {"orders": [ROW]}, {"status": "success", "data": [ROW]}, {"5": {**ROW, "order": "5"}},
     {"orders": {"5": {name: value for name, value in ROW.items() if name != "order"}}},
     [{**ROW, "id": 6}], [{"id" if name == "order" else name: value for name, value in ROW.items()}]],
)  # fmt: skip
def test_a_list_is_read_in_each_shape(payload: Any) -> None:
    assert read(payload) == Listing((READ,))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"date": 1_790_000_000}, READ._replace(at=1_790_000_000 * SECOND)), ({"link": None}, READ._replace(link=None)),
        ({"link": "x" * 4001}, READ._replace(link="x" * 4000)), ({"error": "Incorrect order ID"}, READ._replace(report=None)),
        ({"quantity": "-1"}, READ._replace(quantity=None)),
    ],
)  # fmt: skip
def test_what_a_row_does_not_say_is_left_out(values: dict[str, Any], expected: ListedOrder) -> None:
    assert read([{**ROW, **values}]) == Listing((expected,))


def test_rows_without_an_id_and_ids_that_come_twice_are_counted() -> None:
    found = read([ROW, {**ROW, "order": 6}, {**ROW, "order": 6}, {"link": "x"}, None])

    assert isinstance(found, Listing)
    assert ([row.panel_order_id for row in found.rows], found.unread) == (["5"], 4)


@pytest.mark.parametrize("payload", [{"error": "Incorrect request"}, {}, "x", 5, None, {"balance": "5"}])
def test_what_is_no_list_is_a_failure(payload: Any) -> None:
    assert isinstance(read(payload), Failure)


@pytest.mark.parametrize("status", [200, 401])
def test_the_failure_says_why(status: int) -> None:
    found = read({"error": "Invalid API key"}, status)

    assert isinstance(found, Failure)
    assert found.reason is Reason.ACCOUNT
    assert read({"balance": "5"}) == Failure("the answer is no list of orders")


def test_an_empty_list_is_a_list() -> None:
    assert read([]) == read({"orders": []}) == Listing(())


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-09-21T14:13:20Z", 1_790_000_000), ("2026-09-21 17:13:20+03:00", 1_790_000_000),
        (1_790_000_000, 1_790_000_000), ("1790000000123", 1_790_000_000.123),
        ("2026-09-21 14:13:20", None), ("yesterday", None), (None, None), (True, None), (Decimal(1_790_000_000), None), ("2026-13-41T14:13:20Z", None),
    ],
)  # fmt: skip
def test_only_a_plain_moment_counts(text: object, at: float | None) -> None:
    found = time_of(text)
    assert found == (None if at is None else round(at * SECOND))
    assert not isinstance(found, float)
