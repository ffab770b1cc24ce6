"""What an answer to `status` says of each order, in every shape that panels are known to answer with."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tracker.orders.answers import Failure, Missing, Reason, Report, Unanswered, Unlisted
from tracker.orders.order import Series, State
from tracker.panel.dialects import read_status
from tracker.panel.dialects.built_in import named
from tracker.panel.dialects.custom import custom
from tracker.panel.exchange import Exchange, Request

TAGRANI = named("tagrani")
ITEM = {
    "charge": "0.27819",
    "start_count": "3572",
    "status": "Processing",
    "remains": "157",
    "currency": "USD",
}
REPORT = Report("Processing", State.ACTIVE, Decimal("0.27819"), "USD", 3572, 157)
UNKNOWN_ID = {"error": "Incorrect order ID"}
MISSING = Missing("Incorrect order ID")


def unlisted(words: str, text: str | None = None) -> Unlisted:
    return Unlisted(words, words if text is None else text, "tagrani")


def answered(body: Any, status: int | None = 200, **how: Any) -> Exchange:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(Request("status", {}), True, status, how.pop("headers", {}), sent, **how)


def read(body: Any, ids: tuple[str, ...] = ("1", "10", "100"), status: int | None = 200, **how: Any) -> Any:
    return TAGRANI.read_status(answered(body, status, **how), ids)


def test_the_example_of_the_api_page_is_read() -> None:
    done = {**ITEM, "status": "Done", "remains": "10", "charge": "1.44219", "start_count": "234"}
    assert read({"1": ITEM, "10": UNKNOWN_ID, "100": done}) == {
        "1": REPORT,
        "10": MISSING,
        "100": Report("Done", State.COMPLETED, Decimal("1.44219"), "USD", 234, 10),
    }
    assert read(ITEM, ("1",)) == {"1": REPORT}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (ITEM, REPORT),
        (
            {"charge": 0.5, "start_count": 3, "status": "processing", "remains": 1},
            Report("processing", State.ACTIVE, Decimal("0.5"), None, 3, 1),
        ),
        ({"status": "Completed", "remains": "Unknown", "charge": None}, Report("Completed", State.COMPLETED)),
        (
            {"status": "Partial", "remains": -5, "start_count": ""},
            Report("Partial", State.PARTIAL, remains=-5),
        ),
        (
            {"status": "Partial", "remains": "-5", "charge": "-3", "start_count": "-1"},
            Report("Partial", State.PARTIAL, remains=-5),
        ),
        (
            {"status": "Completed", "charge": "1,234.50", "remains": "12.0", "start_count": "1,000,000"},
            Report("Completed", State.COMPLETED, Decimal("1234.50"), None, 1_000_000, 12),
        ),
        ({"status": "Partial", "remains": "+5"}, Report("Partial", State.PARTIAL)),
        (
            {
                "charge": "0.27",
                "start_count": "12.500",
                "status": "Partial",
                "remains": "1.000",
                "currency": "USD",
            },
            Report("Partial", State.PARTIAL, Decimal("0.27"), "USD", 12500),
        ),
        (
            {"status": "Partial", "charge": "$1.234,50", "remains": "1 000"},
            Report("Partial", State.PARTIAL, Decimal("1234.50"), None, None, 1000),
        ),
        ({"status": "Teleported", "charge": "1"}, Report("Teleported", None, Decimal("1"))),
        ({"status": "Paused"}, Report("Paused", None)),
        (
            {"status": "Inprogress", "runs": 3, "orders": [5, 6, "5"]},
            Report("Inprogress", State.ACTIVE, series=Series.RUNS, length=3, parts=("5", "6")),
        ),
        (
            {"status": "Active", "expiry": None, "posts": 3},
            Report("Active", State.ACTIVE, series=Series.POSTS, length=3),
        ),
        (
            {"status": "Expired", "expiry": "01/02/2026", "posts": "0", "orders": "7, 8"},
            Report("Expired", State.COMPLETED, series=Series.POSTS, parts=("7", "8")),
        ),
        (
            {"status": "Paused", "expiry": False, "posts": 0, "orders": {"7": {"charge": "1"}}},
            Report("Paused", State.ACTIVE, series=Series.POSTS, parts=("7",)),
        ),
        (
            {"status": "Completed", "runs": "2", "charge": "5", "orders": [{"order": 7}, {"id": "8"}, None]},
            Report("Completed", State.COMPLETED, Decimal(5), series=Series.RUNS, length=2, parts=("7", "8")),
        ),
        (
            {"status": "Active", "posts": "12.500", "orders": []},
            Report("Active", State.ACTIVE, series=Series.POSTS, length=12500, parts=()),
        ),
        (
            {"status": "Active", "posts": "1.000", "orders": []},
            Report("Active", State.ACTIVE, series=Series.POSTS, parts=()),
        ),
        ({**ITEM, "runs": 0, "posts": 0, "expiry": "", "orders": []}, REPORT),
        ({**ITEM, "runs": None, "orders": None}, REPORT),
        *[
            ({"status": "Pending", name: nothing, "orders": " "}, Report("Pending", State.ACTIVE))
            for name in ("posts", "expiry")
            for nothing in (None, "")
        ],
        (
            {"status": "Error", "runs": 2, "orders": []},
            Report("Error", State.FAILED, None, series=Series.RUNS, length=2, parts=()),
        ),
        ({"status": "Success", "error": None}, Report("Success", State.COMPLETED)),
        ({"status": "Error", "charge": "0"}, Report("Error", State.FAILED, Decimal(0))),
        ({"status": 2}, Report("2", None)),
        (UNKNOWN_ID, MISSING),
        ("Incorrect order ID", MISSING),
        ({"error": "Order not found.", "status": "104"}, Missing("Order not found.")),
        ({"error": {"message": "Incorrect order ID"}}, MISSING),
        ({"error": "Order is not ready yet"}, unlisted("Order is not ready yet")),
        ({"error": "Order 10 is archived"}, unlisted("Order 10 is archived", "Order {number} is archived")),
        ({"status": "error", "msg": "Order is archived"}, unlisted("Order is archived")),
        ({"success": False, "message": "Order is archived"}, unlisted("Order is archived")),
        ({"msg": "Order is archived"}, unlisted("Order is archived")),
        ({"msg": "Order 10 archived"}, unlisted("Order 10 archived", "Order {number} archived")),
        *[(nothing, None) for nothing in ({"msg": 5}, {"msg": "late", "charge": "1"}, {"data": "late"})],
        ("Order 10 archived", unlisted("Order 10 archived", "Order {number} archived")),
        ({"status": "error", "msg": "Sipariş bulunamadı"}, Missing("Sipariş bulunamadı")),
        ({"error": True}, None),
        ({"error": "Invalid API key"}, None),
        ({"error": True, "status": "Completed"}, None),
        ("Something else", unlisted("Something else")),
        ("", None),
        *[(nothing, None) for nothing in (None, [], {}, 5, True, [ITEM], {"status": None}, {"status": ""})],
        *[(nothing, None) for nothing in ({"status": {"error": "x"}}, {"status": True}, {"charge": "1"})],
    ],
)
def test_each_item_of_a_batch_is_read_alone(item: object, expected: object) -> None:
    items = {"1": REPORT} if expected is None else {"1": REPORT, "10": expected}
    assert read({"1": ITEM, "10": item}) == items


WORDS = {
    State.ACTIVE: "Pending Awaiting Queued New Created Creating Waiting cronpending новый In_progress Inprogress "
    "IN-PROGRESS Progress Processing Running Active Started In_process запускается выполняется AWAITING",
    State.COMPLETED: "Completed Complete Done done Finished Success Successful completed_successfully Compeleted "
    "выполнен COMPLETED",
    State.PARTIAL: "Partial Partially Partially-Completed Partial_Complete частично PARTIAL",
    State.CANCELED: "Canceled Cancelled Cancel canceled_by_user Rejected Declined отменен Refunded Refund refunds "
    "cancelled/refunded",
    State.FAILED: "Fail Failed Error FAIL",
    None: "Paused Expired Refill Unknown Incomplete NotCompleted",
}


@pytest.mark.parametrize(
    ("state", "word"), [(state, word) for state, words in WORDS.items() for word in words.split()]
)
def test_status_words_are_compared_without_case_spaces_and_hyphens(state: State | None, word: str) -> None:
    for written in (word, word.upper(), word.lower(), word.replace("_", " "), f" {word} "):
        report = read({"1": {"status": written}})["1"]
        assert report == Report(written.strip(), state)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], {}),
        ({}, {}),
        ({"999": ITEM}, {}),
        ({"999": "Incorrect order ID"}, {}),
        ({"1": ITEM, "999": ITEM}, {"1": REPORT}),
        ({"1": ITEM, "error": "some ids were wrong"}, {"1": REPORT}),
        ({"status": "success", "1": ITEM}, {"1": REPORT}),
        ([{"order": 10, **ITEM}, {"order": "1", **ITEM}], {"1": REPORT, "10": REPORT}),
        ([{"id": 10, **ITEM}, {"order": 1, "id": 100, **ITEM}], {"1": REPORT, "10": REPORT}),
        ([{"order": 10, **UNKNOWN_ID}, ITEM], {"10": MISSING}),
        ([{"order": 1, **ITEM}, {"order": 1, **UNKNOWN_ID}, {"order": 10, **ITEM}], {"10": REPORT}),
        ([{"order": 999, **ITEM}], {}),
    ],
)
def test_items_are_matched_by_id_and_by_nothing_else(body: Any, expected: Any) -> None:
    assert read(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        [ITEM, ITEM, ITEM],
        [[{"order": 1, **ITEM}]],
        ["Incorrect order ID"],
        ITEM,
        {"data": {"1": ITEM}},
        {"status": "success"},
        {"message": 5},
        5,
        None,
        True,
        "Completed",
        UNKNOWN_ID,
        {"status": "error", "msg": "Hệ thống đang bảo trì!"},
        b"",
        b"<html>All is well</html>",
        b"error=Invalid+API+key",
        b'{"1": {"status": "Completed"}',
        b'<br />Warning: oops {"1": {"status": "Completed"}}',
        b'{"1": {"status": "Completed"}, "1": {"status": "Partial"}}',
        b'{"1": {"status": "Completed", "charge": NaN}}',
        b'{"1": {"status": "Completed", "charge": -Infinity}}',
        b'{"1": {"status": "Completed", "remains": ' + b"9" * 5000 + b"}}",
        b'{"1": {"status": "Completed", "charge": 1e99999999999999999999}}',
        b'{"1":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_a_bad_answer_is_a_failure_and_never_data(body: Any) -> None:
    found = read(body)
    assert isinstance(found, Failure)
    assert found.why.isprintable()


@pytest.mark.parametrize(
    "charge", [b"1e999999", b"1e-999999", b'"NaN"', b'"1e400"', b'"' + b"9" * 40 + b'"', b"1" * 200]
)
def test_an_absurd_number_is_left_out_and_the_status_is_kept(charge: bytes) -> None:
    found = read(b'{"1": {"status": "Completed", "charge": ' + charge + b', "remains": ' + charge + b"}}")
    assert found == {"1": Report("Completed", State.COMPLETED)}


@pytest.mark.parametrize("status", [400, 404, 500, 502, 202, 301])
def test_items_in_an_answer_with_a_failure_status_are_not_believed(status: int) -> None:
    assert isinstance(read({"1": ITEM}, status=status), Failure)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"error": "Invalid API key"}, 200, Reason.ACCOUNT),
        ({"error": "Invalid API key"}, 401, Reason.ACCOUNT),
        ({"error": "API key is incorrect", "status": "102"}, 403, Reason.ACCOUNT),
        ({"error": "Rate limit exceeded. Max 60 requests per minute."}, 200, Reason.RATE),
        ({"error": "Order not found.", "status": "104"}, 200, Reason.ORDER_UNKNOWN),
        ({"error": "a malformed id"}, 400, None),
        ({"error": "Invalid API key"}, 500, None),
        ({"error": "Internal server error", "code": "INTERNAL_ERROR"}, 500, None),
        (b"", 429, Reason.RATE),
        (b"<title>Just a moment...</title>", 403, Reason.PASSING),
        (b"<html>", 521, Reason.PASSING),
        (b"<html>", 502, None),
        (b"<html>", 403, None),
        ({}, 401, None),
    ],
)
def test_an_error_for_the_whole_call_has_the_reason_that_its_message_gives(
    body: Any, status: int, reason: Any
) -> None:
    found = read(body, status=status, headers={"Retry-After": "7"})
    assert isinstance(found, Failure)
    assert (found.reason, found.retry_after) == (reason, 7_000_000)


@pytest.mark.parametrize("how", [{"whole": False}, {"error": "ReadTimeout"}])
def test_an_answer_that_was_cut_short_says_nothing_about_any_order(how: dict[str, Any]) -> None:
    assert isinstance(read({"1": ITEM}, **how), Failure)
    assert isinstance(read({"1": ITEM}, status=None, **how), Failure)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (UNKNOWN_ID, 200),
        (UNKNOWN_ID, 404),
        (UNKNOWN_ID, 400),
        ("Incorrect order ID", 200),
        ({"1": UNKNOWN_ID}, 200),
        ({"status": "error", "msg": "Incorrect order ID"}, 200),
        ({"status": False, "data": {"msg": "Incorrect order ID"}}, 200),
        ({"errors": ["Incorrect order ID"]}, 200),
    ],
)
def test_a_single_order_that_the_panel_does_not_know_is_missing(body: Any, status: int) -> None:
    assert read(body, ("1",), status) == {"1": MISSING}


@pytest.mark.parametrize(
    "body",
    [ITEM, {"order": 1, **ITEM}, {"order": "1", **ITEM}, {"1": ITEM}, [{"order": 1, **ITEM}]],
)
def test_the_answer_about_a_single_order_may_be_flat_or_by_its_id(body: Any) -> None:
    assert read(body, ("1",)) == {"1": REPORT}


@pytest.mark.parametrize(
    "body",
    [
        {"order": 2, **ITEM},
        {"status": "success"},
        {"status": "success", "data": {"x": 1}},
        {"status": "error"},
        {"status": "fail"},
        {"error": "There was an error processing your request. Please try again later"},
        {"error": "Bir hata oluştu, tekrar deneyin"},
        {"error": "Invalid API key"},
        [ITEM],
        b"",
    ],
)
def test_an_answer_that_may_be_about_something_else_is_a_failure(body: Any) -> None:
    assert isinstance(read(body, ("1",)), Failure)


@pytest.mark.parametrize("status", [200, 400, 404, 422])
@pytest.mark.parametrize(
    "body", [{"error": "Order is archived"}, {"status": "error", "msg": "Order is archived"}]
)
def test_an_error_about_a_single_order_in_unlisted_words_is_about_that_order(body: Any, status: int) -> None:
    assert read(body, ("1",), status) == {"1": unlisted("Order is archived")}
    assert isinstance(read(body, status=status), Failure)


def test_the_asked_id_is_left_out_of_the_words_that_can_be_listed() -> None:
    assert read({"error": "ord_1 is old"}, ("ord_1",)) == {
        "ord_1": unlisted("ord_1 is old", "{number} is old")
    }


def test_no_more_parts_of_an_order_are_read_than_the_limit_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_status, "MOST_PARTS", 2)
    assert read({"1": {"status": "Active", "posts": 9, "orders": [5, 6, 7]}})["1"].parts == ("5", "6")


@pytest.mark.parametrize("status", [401, 402, 403, 500, 503])
def test_an_error_with_any_other_status_is_the_panels(status: int) -> None:
    assert isinstance(read({"error": "Order is archived"}, ("1",), status), Failure)


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"status": "Success", "charge": "1"}, State.COMPLETED),
        ({"status": "Error", "charge": "0", "remains": "5"}, State.FAILED),
        ({"status": "Completed"}, State.COMPLETED),
    ],
)
def test_a_status_that_could_be_the_calls_own_is_the_orders_beside_numbers(body: Any, state: State) -> None:
    found = read(body, ("1",))
    assert found["1"].state is state


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (
            '{"1": {"status": "выполнен"}}'.encode("cp1251"),
            {"Content-Type": "application/json; charset=windows-1251"},
        ),
        ('{"1": {"status": "выполнен"}}'.encode("utf-16"), {"content-type": 'text/html; charset="UTF-16"'}),
        ('{"1": {"status": "выполнен"}}'.encode(), {"content-type": "text/html; charset=iso-8859-1"}),
        ('{"1": {"status": "выполнен"}}'.encode("utf-8-sig"), {}),
    ],
)
def test_a_body_in_another_charset_is_read(body: bytes, headers: dict[str, str]) -> None:
    assert read(body, headers=headers) == {"1": Report("выполнен", State.COMPLETED)}


@pytest.mark.parametrize(
    "charset", ["base64", "unicode_escape", "idna", "nonsense", "utf-16", "rot13", "\x00"]
)
def test_a_wrong_or_harmful_charset_breaks_nothing(charset: str) -> None:
    body = '{"1": {"status": "Done", "currency": "€"}}'.encode("cp1252")
    found = read(body, headers={"content-type": f"text/html; charset={charset}"})
    if charset != "utf-16":
        assert found["1"].state is State.COMPLETED


def test_a_status_with_control_characters_is_cleaned() -> None:
    found = read({"1": {"status": "Odd\x00\ud800\nword", "currency": "\x07"}})
    assert found == {"1": Report("Odd word", None)}


def test_one_order_is_requested_by_order_and_several_by_orders() -> None:
    one, several = TAGRANI.status(["7"]), TAGRANI.status(["7", "ord_8"])
    assert (one.form, one.query) == ({"action": "status", "order": "7"}, {"action": "status"})
    assert (several.form, several.query) == ({"action": "status", "orders": "7,ord_8"}, {"action": "status"})
    assert named("perfectpanel").status(["7"]).query == {}


@pytest.mark.parametrize("ids", [[], [""], ["1,2"], ["1", "2,3"]])
def test_ids_that_would_be_read_as_other_ids_are_not_sent(ids: list[str]) -> None:
    with pytest.raises(ValueError, match="without a comma"):
        TAGRANI.status(ids)


def test_a_panel_without_multi_status_is_asked_about_one_order_per_call() -> None:
    dialect = custom("perfectpanel", {"multi_status": False})
    assert dialect.ids_per_call == 1
    assert dialect.status(["7"]).form == {"action": "status", "order": "7"}
    with pytest.raises(ValueError, match="one order a call"):
        dialect.status(["7", "8"])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            b'{"1": {"status": "Comp\nleted"}}',
            'control character (U+000A) in a text, after "{"1": {"status": "Comp"',
        ),
        (
            b'{"1": {"status": \x0b "Completed"}}',
            'control character (U+000B) between its values, after "{"1": {"status":"',
        ),
        (b'{"1": {"status": "Completed", "status": "x"}}', 'the key "status" stands twice'),
        (b'{"1": {"status": "Completed"}, "1": {}}', 'the key "1" stands twice'),
    ],
)
def test_json_with_one_fault_is_a_failure_that_names_it(body: bytes, why: str) -> None:
    found = read(body)
    assert isinstance(found, Failure)
    assert why in found.why
    assert "not JSON" not in found.why
    added = TAGRANI.read_add(answered(body))
    assert isinstance(added, Unanswered)
    assert why in added.why


@pytest.mark.parametrize(
    ("body", "ids", "why"),
    [
        (
            [{"status": "Pending"}],
            ("1", "2"),
            "the panel answered with a list whose rows hold no order id: they cannot be told apart",
        ),
        (5, ("1",), "the panel answered with JSON that holds no orders"),
        ({"a": 5}, ("1",), "the panel answered with JSON that holds no order and no status"),
        (
            ITEM,
            ("1", "2"),
            "the panel was asked about several orders and answered with the status of one, without its id",
        ),
        ({**ITEM, "order": "2"}, ("1",), "the panel was asked about order 1 and answered about order 2"),
    ],
)
def test_an_answer_that_is_about_no_asked_order_is_named(body: Any, ids: tuple[str, ...], why: str) -> None:
    assert read(body, ids) == Failure(why)


@pytest.mark.parametrize("word", ["success", "Successful", "OK", "true"])
def test_a_word_of_success_alone_is_no_status_of_an_order(word: str) -> None:
    assert isinstance(read({"status": word}, ("1",)), Failure)
    assert isinstance(read({"status": word, "remains": 0}, ("1",)), dict)


def test_a_panel_that_says_why_beside_the_error_of_an_item_still_denies_the_order() -> None:
    assert read({"1": {**UNKNOWN_ID, "message": "Please check"}}, ("1", "2")) == {"1": MISSING}
    assert read({"1": {"error": {"text": "Incorrect order ID"}}}, ("1", "2")) == {"1": MISSING}


def test_an_adapted_dialect_reads_its_own_fields_words_and_refusals() -> None:
    adapted = custom(
        "perfectpanel", {"fields": {"charge": "price", "status": "state"}, "words": {"active": ["resting"]}}
    )
    item = {"state": "resting", "price": "1.5", "currency": "x" * 21, "remains": "3"}

    found = adapted.read_status(answered({"1": item, "2": UNKNOWN_ID}), ("1", "2"))

    assert found == {"1": Report("resting", State.ACTIVE, Decimal("1.5"), "x" * 20, None, 3), "2": MISSING}
    # A status of success beside a number of its own is the order's.
    assert adapted.read_status(answered({"state": "ok", "price": "1"}), ("1",)) == {
        "1": Report("ok", None, Decimal(1))
    }
    assert adapted.read_status(answered({"error": "Incorrect order ID"}), ("1",)) == {"1": MISSING}
    assert adapted.read_status(answered({"error": "Order is archived"}), ("1",)) == {
        "1": Unlisted("Order is archived", "Order is archived", "perfectpanel")
    }
