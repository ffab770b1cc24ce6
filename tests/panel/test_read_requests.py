"""What panels answer to a refill or a cancel: an item that cannot be told to be about an order leaves it unknown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tracker.orders.answers import Failure, Reason
from tracker.orders.order import State
from tracker.orders.request_answers import Declined, RefillMissing, RefillReport, Taken
from tracker.orders.requests import Kind
from tracker.panel.dialects.custom import custom
from tracker.panel.dialects.perfectpanel import PERFECTPANEL
from tracker.panel.dialects.tagrani import TAGRANI
from tracker.panel.exchange import Exchange, Request


def answered(body: Any, status: int = 200) -> Exchange:
    text = body if isinstance(body, str) else json.dumps(body)
    return Exchange(Request("cancel", {}), sent=True, status=status, body=text.encode())


NOT_FOUND = {"error": "Incorrect order ID"}

CANCELS = [
    (
        [{"order": 9, "cancel": NOT_FOUND}, {"order": 2, "cancel": 1}],
        {"9": Declined("Incorrect order ID"), "2": Taken()},
    ),
    ([{"order": "2", "cancel": "1"}, {"order": "9", "cancel": True}], {"2": Taken(), "9": Taken()}),
    ({"9": {"cancel": NOT_FOUND}, "2": {"cancel": 1}}, {"9": Declined("Incorrect order ID"), "2": Taken()}),
    ({"2": NOT_FOUND, "9": 1}, {"2": Declined("Incorrect order ID"), "9": Taken()}),
    ({"canceled": [2]}, {"2": Taken()}),
    ({"status": "success", "data": [{"order": 2, "cancel": 1}]}, {"2": Taken()}),
    ([[{"order": 2, "cancel": 1}]], {"2": Taken()}),
    ([{"order": 2, "error": "Cannot cancel"}], {"2": Declined("Cannot cancel")}),
    ([{"order": 2, "status": "success"}, {"order": 9, "status": "fail", "msg": "Too late"}],
     {"2": Taken(), "9": Declined("Too late")}),
    # Hostile: what names no order, names it twice, contradicts itself or says nothing plain is not believed.
    ([{"order": 2, "cancel": 1}, {"order": 2, "cancel": NOT_FOUND}, {"order": 9, "cancel": 1}], {"9": Taken()}),
    ([{"order": 77, "cancel": 1}], {}),
    ([{"order": 2, "cancel": 0}, {"order": 9, "cancel": None}], {}),
    ([{"order": 2, "cancel": False}, {"order": 9, "cancel": [1]}], {}),
    ([{"order": 2, "cancel": "soon"}, {"order": 9, "cancel": {}}], {}),
    ([{"order": 2, "cancel": 1, "error": "Cannot cancel"}], {}),
    ([{"order": 2, "cancel": {"error": "There was an error processing your request. Please try again later"}}], {}),
    ([{"order": 2, "cancel": {"error": ""}}, None, 3, "x"], {}),
    ({"9": "Incorrect order ID", "2": "who knows"}, {"9": Declined("Incorrect order ID")}),
    ([], {}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "said"), CANCELS)
def test_a_cancel_of_two_orders_is_read_order_by_order(body: Any, said: dict[str, Any]) -> None:
    assert PERFECTPANEL.read_requests(answered(body), Kind.CANCEL, ["9", "2"]) == said


WHOLE_CALL = [
    {"cancel": 1},
    [{"cancel": 1}, {"cancel": NOT_FOUND}],
    {"cancel": NOT_FOUND},
    {"error": "Incorrect order ID"},
    {"error": "Something odd"},
    {"status": "error", "msg": "no"},
    "not JSON",
    "",
    7,
    None,
    '[{"order": 2, "cancel": 1}',
]


@pytest.mark.parametrize("body", WHOLE_CALL)
def test_an_answer_about_no_order_in_particular_says_nothing_of_any_of_several(body: Any) -> None:
    read = PERFECTPANEL.read_requests(answered(body), Kind.CANCEL, ["9", "2"])

    assert isinstance(read, Failure)
    assert read.reason is None


TURNED_AWAY = [
    ({"error": "Invalid API key"}, 200, Reason.ACCOUNT),
    ({"error": "Rate limit exceeded"}, 200, Reason.RATE),
    ({"error": "too many"}, 429, Reason.RATE),
    ({"error": "The panel is under maintenance"}, 200, Reason.PASSING),
]


@pytest.mark.parametrize("ids", [["9"], ["9", "2"]])
@pytest.mark.parametrize(("body", "status", "reason"), TURNED_AWAY)
def test_a_call_that_was_turned_away_unread_says_so(
    body: Any, status: int, reason: Reason, ids: list[str]
) -> None:
    read = PERFECTPANEL.read_requests(answered(body, status), Kind.REFILL, ids)

    assert isinstance(read, Failure)
    assert read.reason is reason


REFILLS = [
    ({"refill": "1"}, Taken("1")),
    ({"refill": 12345, "success": "Refill requested"}, Taken("12345")),
    ({"order": 9, "refill": "ab-12"}, Taken("ab-12")),
    ([{"order": 9, "refill": 4}], Taken("4")),
    ([{"refill": 4}], Taken("4")),
    ({"status": "success", "data": {"refill": 4}}, Taken("4")),
    ({"refill_id": 4}, Taken("4")),
    ({"refill": True}, Taken()),
    ({"success": "Refill requested"}, Taken()),
    ({"refill": {"error": "Refill is disabled for this service"}}, Declined("Refill is disabled for this service")),
    ({"error": "Order not eligible for refill."}, Declined("Order not eligible for refill.")),
    ({"error": "Incorrect order ID", "status": "104"}, Declined("Incorrect order ID")),
]  # fmt: skip


@pytest.mark.parametrize(("body", "said"), REFILLS)
def test_a_refill_of_one_order_is_read_with_the_panels_id_of_it(body: Any, said: Any) -> None:
    assert PERFECTPANEL.read_requests(answered(body), Kind.REFILL, ["9"]) == {"9": said}


UNPLAIN = [
    {"refill": 0}, {"refill": "0"}, {"refill": None}, {"refill": ""}, {}, {"refill": {}}, {"status": "error"},
    {"order": 8, "refill": 4}, {"error": "Internal server error"}, {"refill": "1", "error": "Not found"},
    {"refill": [[]]}, 3, [], [{"order": 8, "refill": 4}],
]  # fmt: skip


@pytest.mark.parametrize("body", UNPLAIN)
def test_what_is_not_plain_about_one_order_leaves_its_refill_unknown(body: Any) -> None:
    read = PERFECTPANEL.read_requests(answered(body), Kind.REFILL, ["9"])

    assert isinstance(read, Failure) or read == {}


def test_an_error_with_a_status_of_the_server_says_nothing() -> None:
    read = PERFECTPANEL.read_requests(answered({"error": "Incorrect order ID"}, 500), Kind.CANCEL, ["9"])

    assert isinstance(read, Failure)


LOOKS = [
    ([{"refill": 1, "status": "Completed"}, {"refill": 2, "status": {"error": "Refill not found"}}],
     {"1": RefillReport("Completed", State.COMPLETED), "2": RefillMissing("Refill not found")}),
    ({"1": {"status": "Rejected"}, "2": "In progress"},
     {"1": RefillReport("Rejected", State.CANCELED), "2": RefillReport("In progress", State.ACTIVE)}),
    ([{"refill": 1, "status": "Resting"}, {"refill": 3, "status": "Completed"}], {"1": RefillReport("Resting", None)}),
    ([{"refill": 1, "status": "Error"}], {"1": RefillReport("Error", State.FAILED)}),
    ([{"refill": 1, "status": "Completed"}, {"refill": "1", "status": "Rejected"}], {}),
    ([{"refill": 1}, {"refill": 2, "status": 7.5}, "x"], {}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "said"), LOOKS)
def test_what_is_said_of_refills_is_read_refill_by_refill(body: Any, said: dict[str, Any]) -> None:
    assert PERFECTPANEL.read_refills(answered(body), ["1", "2"]) == said


def test_one_refill_is_read_without_its_id() -> None:
    alone = PERFECTPANEL.read_refills(answered({"status": "Completed"}), ["1"])
    missing = PERFECTPANEL.read_refills(answered({"error": "Refill not found"}), ["1"])

    assert alone == {"1": RefillReport("Completed", State.COMPLETED)}
    assert missing == {"1": RefillMissing("Refill not found")}


@pytest.mark.parametrize("body", [{"error": "Refill not found"}, {"status": "Completed"}, 1, "x", {}])
def test_what_names_no_refill_says_nothing_of_several(body: Any) -> None:
    assert isinstance(PERFECTPANEL.read_refills(answered(body), ["1", "2"]), Failure)


def test_requests_are_written_as_the_family_has_them() -> None:
    one = custom("perfectpanel", {"requests": "one"})

    assert PERFECTPANEL.asks(Kind.REFILL, ["9"]).form == {"action": "refill", "order": "9"}
    assert PERFECTPANEL.asks(Kind.REFILL, ["9", "2"]).form == {"action": "refill", "orders": "9,2"}
    assert PERFECTPANEL.asks(Kind.CANCEL, ["9"]).form == {"action": "cancel", "orders": "9"}
    assert one.asks(Kind.CANCEL, ["9"]).form == {"action": "cancel", "order": "9"}
    assert PERFECTPANEL.refill_status(["1"]).form == {"action": "refill_status", "refill": "1"}
    assert PERFECTPANEL.refill_status(["1", "2"]).form == {"action": "refill_status", "refills": "1,2"}
    for dialect, ids in ((TAGRANI, ["9"]), (one, ["9", "2"])):
        with pytest.raises(ValueError, match="does not take"):
            dialect.asks(Kind.CANCEL, ids)
