"""What an answer to `add` proves: every cell of the table, and every shape that panels are known to answer with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tracker.orders.answers import Accepted, AddAnswer, NotSent, Reason, Refused, Unanswered, Unlisted
from tracker.orders.order import Order, State
from tracker.panel.dialects.built_in import named
from tracker.panel.dialects.custom import custom
from tracker.panel.dialects.dialect import Dialect
from tracker.panel.dialects.read_add import PROVES, BodyClass, Proof, StatusClass, read_add, status_class
from tracker.panel.exchange import Exchange, Request

TAGRANI = named("tagrani")
ASKED = Request("add", {"action": "add"})
FUNDS = {"error": "Not enough funds on balance"}
BUSY = "You have active order with this link. Please wait until order being completed."
CHALLENGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>"
HTML = b"<html><h1>Forbidden</h1></html>"


def answered(
    body: Any, status: int | None = 200, headers: Mapping[str, str] | None = None, **how: Any
) -> Exchange:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(ASKED, True, status, headers or {}, sent, **how)


def read(
    body: Any, status: int | None = 200, headers: Mapping[str, str] | None = None, **how: Any
) -> AddAnswer:
    return TAGRANI.read_add(answered(body, status, headers, **how))


# At least one example of each body in the columns, and all statuses in the rows.
BODIES: dict[BodyClass, tuple[Any, ...]] = {
    BodyClass.ID: ({"order": 104}, {"order": "ord_01HG"}, {"status": "success", "order": 7, "charge": "1.5"}),
    BodyClass.BOTH: (
        {"order": 104, **FUNDS},
        {"order": 104, "error": "odd"},
        {"order": "1,2", **FUNDS},
        {"data": {"order_id": 5}, **FUNDS},
        {"status": "error", "order": 9},
        {"success": False, "order": 9},
    ),
    BodyClass.REFUSAL: (FUNDS, {"error": BUSY, "order": None}, {"error": "Bad link", "order": 0}),
    BodyClass.ERROR: (
        {"error": "There was an error processing your request. Please try again later"},
        {"error": True},
    ),
    BodyClass.JSON: (
        {},
        [],
        {"order": ""},
        {"order": True},
        "Bad link",
        5,
        None,
        {"status": "success"},
        [FUNDS],
    ),
    BodyClass.CHALLENGE: (CHALLENGE, b"error code: 1020"),
    BodyClass.NOT_JSON: (
        HTML,
        b"",
        b"error=Invalid+API+key",
        b'{"order": 104',
        b'Warning: x\n{"order": 104}',
    ),
}
STATUSES: dict[StatusClass, tuple[int, ...]] = {
    StatusClass.ANSWER: (200, 201),
    StatusClass.REFUSAL: (400, 401, 402, 404, 422),
    StatusClass.FORBIDDEN: (403,),
    StatusClass.TOO_OFTEN: (429,),
    StatusClass.PROXY_DOWN: (521, 523, 525, 526),
    StatusClass.OTHER: (
        *(100, 202, 204, 206, 301, 302, 307, 308, 405, 408, 409, 410, 413, 499),
        *(500, 501, 502, 503, 504, 520, 522, 524, 527, 530, 599),
    ),
}
TAKEN, REFUSED, RATE, PASSING, NOTHING = Proof.TAKEN, Proof.REFUSED, Proof.RATE, Proof.PASSING, Proof.NOTHING
EXPECTED: dict[StatusClass, dict[BodyClass, Proof]] = {
    StatusClass.ANSWER: {BodyClass.ID: TAKEN, BodyClass.REFUSAL: REFUSED},
    StatusClass.REFUSAL: {BodyClass.REFUSAL: REFUSED},
    StatusClass.FORBIDDEN: {BodyClass.REFUSAL: REFUSED, BodyClass.CHALLENGE: PASSING},
    StatusClass.TOO_OFTEN: {
        body: RATE for body in BodyClass if body not in (BodyClass.ID, BodyClass.BOTH, BodyClass.CUT)
    },
    StatusClass.PROXY_DOWN: {
        body: PASSING for body in BodyClass if body not in (BodyClass.ID, BodyClass.BOTH, BodyClass.CUT)
    },
    StatusClass.OTHER: {},
}
CELLS = [(line, body) for line in StatusClass for body in BodyClass]


def proof_in(answer: AddAnswer) -> Proof:
    match answer:
        case Accepted():
            return TAKEN
        case Refused(reason=Reason.RATE):
            return RATE
        case Refused(reason=Reason.PASSING):
            return PASSING
        case Refused():
            return REFUSED
    return NOTHING


def exchanges(line: StatusClass, body: BodyClass) -> list[Exchange]:
    if body is BodyClass.CUT:
        fit = [one for examples in BODIES.values() for one in examples]
        ways: tuple[dict[str, Any], ...] = ({"whole": False}, {"error": "ReadError: reset"})
        return [answered(one, status, **way) for status in STATUSES[line] for one in fit for way in ways]
    return [answered(one, status) for status in STATUSES[line] for one in BODIES[body]]


def wrong(
    line: StatusClass, body: BodyClass, proves: Mapping[tuple[StatusClass, BodyClass], Proof]
) -> list[Exchange]:
    """The examples of a cell that the given table reads otherwise than expected."""
    expected = EXPECTED[line].get(body, NOTHING)
    return [
        one
        for one in exchanges(line, body)
        if proof_in(read_add(one, None, TAGRANI.fields, TAGRANI.refusals, proves)) is not expected
    ]


@pytest.mark.parametrize(("line", "body"), CELLS)
def test_every_cell_of_the_table_proves_what_it_should(line: StatusClass, body: BodyClass) -> None:
    assert wrong(line, body, PROVES) == []


@pytest.mark.parametrize(("line", "body"), CELLS)
def test_a_change_of_any_cell_is_noticed(line: StatusClass, body: BodyClass) -> None:
    for other in set(Proof) - {PROVES[line, body]}:
        changed = {**PROVES, (line, body): other}
        # A cell that claims what its body cannot support, like an id that is not there, stays unproven.
        unsupported = (other is TAKEN and body is not BodyClass.ID) or (
            other is REFUSED and body not in (BodyClass.REFUSAL, BodyClass.BOTH)
        )
        if unsupported and EXPECTED[line].get(body, NOTHING) is NOTHING:
            assert wrong(line, body, changed) == []
        else:
            assert wrong(line, body, changed)


def test_every_status_belongs_to_its_row() -> None:
    for line, statuses in STATUSES.items():
        assert {status_class(status) for status in statuses} == {line}


def test_only_the_transport_proves_that_nothing_was_sent() -> None:
    exchange = Exchange(ASKED, False, error="ConnectError: refused")
    assert TAGRANI.read_add(exchange) == NotSent("ConnectError: refused")
    assert TAGRANI.read_add(Exchange(ASKED, False)) == NotSent("nothing was sent")


def test_an_answer_to_a_request_that_was_never_sent_is_read_as_an_answer() -> None:
    assert TAGRANI.read_add(Exchange(ASKED, False, 500, {}, b"")) == Unanswered(
        "the panel answered 500 with an empty body"
    )


@pytest.mark.parametrize("error", [None, "ReadTimeout", "RemoteProtocolError: disconnected"])
def test_a_lost_answer_is_never_a_refusal(error: str | None) -> None:
    answer = read(b"", None, error=error)
    assert isinstance(answer, Unanswered)
    assert answer.why.startswith("the panel did not answer")


@pytest.mark.parametrize(
    ("value", "order_id"),
    [
        (23501, "23501"),
        ("23501", "23501"),
        ("5f1a2b3c4d5e6f7a8b9c0d1e", "5f1a2b3c4d5e6f7a8b9c0d1e"),
        ("ord_01HG-x.y:z", "ord_01HG-x.y:z"),
        ("x" * 100, "x" * 100),
        *[
            (bad, None)
            for bad in (True, False, None, 0, -5, 1.5, 10**120, "", "0", "00", "-5", [1], {"id": 1})
        ],
        *[
            (bad, None)
            for bad in ("1,2", " 12", "1 2", "1\n2", "a\x00b", "\ud800", "x" * 101, "null", "<b>5</b>")
        ],
    ],
)
def test_an_order_id_is_opaque_text_or_missing(value: object, order_id: str | None) -> None:
    answer = read({"order": value})
    assert answer == Accepted(order_id) if order_id else isinstance(answer, Unanswered)


@pytest.mark.parametrize("status", [200, 201])
def test_an_acceptance_may_carry_a_status_and_a_charge(status: int) -> None:
    body = {"order": 7, "status": "Success", "charge": 1.25, "remaining_balance": 3, "error": None}
    assert read(body, status) == Accepted("7", Decimal("1.25"))
    assert read({"order": 7, "charge": "-1"}) == Accepted("7", None)


def test_a_byte_order_mark_hides_no_acceptance() -> None:
    assert read(b'\xef\xbb\xbf{"order": 5}') == Accepted("5")


def test_an_acceptance_without_an_id_proves_nothing() -> None:
    assert isinstance(read({"status": "success", "msg": "Scheduled"}), Unanswered)


@pytest.mark.parametrize(
    ("given", "newest", "believed"),
    [
        ("105", "104", True),
        ("104", "104", False),
        ("103", "104", False),
        ("99", "104", False),
        ("1000", "999", True),
        ("105", None, True),
        ("ord_1", "104", True),
        ("105", "ord_9", True),
        ("00105", "104", True),
        ("00104", "104", False),
        (str(2**63), "104", True),
    ],
)
def test_an_id_that_is_not_above_the_newest_is_not_believed(
    given: str, newest: str | None, believed: bool
) -> None:
    answer = TAGRANI.read_add(answered({"order": given}), newest)
    assert isinstance(answer, Accepted) is believed
    if isinstance(answer, Unanswered):
        assert given in answer.why
        assert str(newest) in answer.why


MESSAGES = {
    Reason.ACCOUNT: (
        *("Invalid API key", "Incorrect API key", "API key is incorrect", "invalid API key", "bad api key"),
        *("API Key salah", "API is Disable for this user or User Not Found! Contact the Support"),
        *(
            "Your account is inactive",
            "neworder.error.account_banned",
            "account suspended",
            "Account suspended",
        ),
        "Your account has been suspended by an administrator",
    ),
    Reason.FUNDS: (
        *(
            "Not enough funds on balance",
            "neworder.error.not_enough_funds",
            "neworder.error.insufficient_balance",
        ),
        *(
            "You have insufficient balance",
            "Insufficient balance",
            "Saldo tidak cukup",
            "NOT  ENOUGH\nFUNDS!",
        ),
        *("Error: Not enough funds on balance. Your balance: 0.5 USD", "insufficient_funds"),
    ),
    Reason.LINK_BUSY: (
        *(BUSY, "neworder.error.link_duplicate", "Processing another transaction", "task is already exist"),
        *("Similar order already exists", "Duplicate link", "An order with this link is already in progress"),
    ),
    Reason.SERVICE: (
        *("Incorrect service ID", "Service ID does not exists", "Disabled service ID"),
        *("Service is inactive or not found", "error.incorrect_service_id", "Layanan tidak tersedia"),
    ),
    Reason.PASSING: (
        *("Service temporarily disabled", "maintenance", "Maintenance", "Hệ thống đang bảo trì!"),
        *("System is under maintenance, come back later", "Website maintenance"),
    ),
    Reason.INPUT: (
        *("Bad link", "Comments field is required", "Interval time is required", "Runs is required"),
        *("Incorrect link", "neworder.error.link", "Link is required", "Quantity less than minimal 10"),
        *("Quantity more than maximum 5000", "Quantity less than maximum", "The link field is required."),
        "Quantity must to be greater than or equal to minimum amount 100",
        "Quantity must be between {min} and {max}",
        *("neworder.error.min_quantity", "neworder.error.max_quantity", "neworder.error.comment"),
        *("neworder.error.schedule_time", "There are missing required parameters: link"),
        *("You must fill in the required fields.", "This services does not support Dripfeed feature!"),
    ),
    Reason.RATE: ("Rate limit exceeded. Max 60 requests per minute.", "Too many requests"),
}


@pytest.mark.parametrize(
    ("reason", "message"), [(reason, text) for reason, texts in MESSAGES.items() for text in texts]
)
@pytest.mark.parametrize("status", [200, 400, 401, 402, 403, 404, 422])
def test_a_known_message_of_refusal_is_a_refusal(reason: Reason, message: str, status: int) -> None:
    answer = read({"error": message}, status)
    assert isinstance(answer, Refused)
    assert answer.reason is reason
    assert answer.message == " ".join(message.split())


@pytest.mark.parametrize(
    "message",
    [
        "There was an error processing your request. Please try again later",
        "Internal server error",
        "Incorrect request",
        "This action is Invalid",
        "Incorrect order ID",
        "Order not found.",
        "Duplicate order",
        "Service temporarily unavailable",
        "Your administrator counts the links",
        "An unexpected insufficient balance",
        "Bad linkage",
        "Not enough fundsx",
        "neworder.error.link_forbidden",
        "neworder.error.unheard_of",
        "Not enough funds on balance, but your order was placed",
        "Insufficient balance at our provider",
        "Refill is disabled for this service",
        "x" * 5000,
        "0",
    ],
)
@pytest.mark.parametrize("status", [200, 400, 402, 403, 422])
def test_an_unknown_message_is_never_a_refusal(message: str, status: int) -> None:
    assert isinstance(read({"error": message}, status), Unanswered)


@pytest.mark.parametrize(
    ("body", "reason", "message"),
    [
        ({"error": "API key is incorrect", "status": "102"}, Reason.ACCOUNT, "API key is incorrect"),
        (
            {"status": "error", "msg": "Quá ít", "error": "neworder.error.min_quantity"},
            Reason.INPUT,
            "neworder.error.min_quantity / Quá ít",
        ),
        ({"status": "error", "msg": "Hệ thống đang bảo trì!"}, Reason.PASSING, "Hệ thống đang bảo trì!"),
        ({"status": False, "data": {"msg": "Saldo tidak cukup"}}, Reason.FUNDS, "Saldo tidak cukup"),
        ({"success": False, "message": "Bad link"}, Reason.INPUT, "Bad link"),
        ({"errors": ["Incorrect service ID"]}, Reason.SERVICE, "Incorrect service ID"),
        ({"errors": {"link": ["The link field is required."]}}, Reason.INPUT, "The link field is required."),
        ({"status": "fail", "message": "Bad link"}, Reason.INPUT, "Bad link"),
        ({"error": {"message": "Bad link"}}, Reason.INPUT, "Bad link"),
    ],
)
def test_every_known_shape_of_an_error_is_read(body: Any, reason: Reason, message: str) -> None:
    assert read(body) == Refused(reason, message)


def test_a_message_alone_is_an_error_only_if_the_status_is_one() -> None:
    assert read({"message": "Unauthenticated."}, 401) == Refused(Reason.ACCOUNT, "Unauthenticated.")
    assert isinstance(read({"message": "Unauthenticated."}, 200), Unanswered)


def test_a_second_text_can_make_a_refusal_uncertain() -> None:
    assert isinstance(read({"error": "Not enough funds", "message": "The order was created"}), Unanswered)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "120"}, 120_000_000),
        ({"retry-after": "1.5"}, 1_500_000),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "999999999"}, 86_400_000_000),
        (
            {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT", "Date": "Fri, 31 Dec 1999 23:59:29 GMT"},
            30_000_000,
        ),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT", "Date": "Sat, 01 Jan 2000 00:00:29 GMT"}, 0),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, None),
        ({"Retry-After": "Fri, 99 Dec 1999 23:59:59 GMT", "Date": "Fri, 31 Dec 1999 23:59:59 GMT"}, None),
        ({"Retry-After": "Fri, 31 Foo 1999 23:59:59 GMT", "Date": "Fri, 31 Dec 1999 23:59:59 GMT"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "١٢"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_a_panel_asks_for_is_read(headers: dict[str, str], wait: int | None) -> None:
    for body in (b"", HTML, {"error": "slow down"}):
        answer = read(body, 429, headers)
        assert isinstance(answer, Refused)
        assert (answer.reason, answer.retry_after) == (Reason.RATE, wait)
    assert answered(b"", 429, headers).retry_after == wait


def test_a_challenge_is_recognized_by_its_header_too() -> None:
    answer = read(HTML, 403, {"CF-Mitigated": "challenge"})
    assert isinstance(answer, Refused)
    assert answer.reason is Reason.PASSING
    assert isinstance(read(HTML, 403), Unanswered)


def test_messages_are_quoted_short_and_without_control_characters() -> None:
    answer = read({"error": "Bad link \x1b[31m\x00\ud800" + "y" * 1000})
    assert isinstance(answer, Refused)
    assert len(answer.message) == 200
    assert answer.message.startswith("Bad link [31m y")
    assert answer.message.isprintable()
    unknown = read(b"<html>\x07" + b"z" * 5000)
    assert isinstance(unknown, Unanswered)
    assert len(unknown.why) < 300
    assert unknown.why.isprintable()


def test_the_sentence_about_an_unknown_answer_says_what_the_answer_was() -> None:
    assert read({"error": "odd"}) == Unanswered(
        'the panel answered 200 with the error "odd", which is not among the dialect\'s refusals',
        words=Unlisted("odd", "", "tagrani"),
    )
    assert read({"order": 5}, 202) == Unanswered(
        "the panel answered 202 with order id 5, which only 200 or 201 would prove"
    )
    assert read(FUNDS, 500) == Unanswered(
        'the panel answered 500 with the refusal "Not enough funds on balance", but with a status that proves nothing'
    )


def order(**changes: Any) -> Order:
    values: dict[str, Any] = {
        **{"id": 1, "panel": "p", "service": "4", "link": "https://x.example/a?b=c&d=é", "quantity": 1000},
        **{"comments": None, "fields": {}, "ref": None, "state": State.SUBMITTING, "created_at": 0},
    }
    return Order(**{**values, **changes})


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (
            {"order": 7, "error": "odd"},
            200,
            'the panel answered 200 with the error "odd" and what may be an order id',
        ),
        ([], 200, "the panel answered 200 with JSON that is neither an order id nor an error"),
        ({}, 200, "the panel answered 200 with JSON that holds no order id that can be read"),
        ({"order": 7}, 500, "the panel answered 500 with order id 7, which only 200 or 201 would prove"),
    ],
)
def test_what_proves_nothing_is_named(body: Any, status: int, why: str) -> None:
    assert read(body, status) == Unanswered(why)


def test_a_part_of_an_answer_proves_nothing_and_says_what_failed() -> None:
    cut = "the panel answered 200 with a body that was cut short or too long"

    assert read({"order": 7}, whole=False) == Unanswered(cut)
    assert read({"order": 7}, error="reset") == Unanswered(f"{cut}: reset")


def test_a_refusal_keeps_the_panels_words_and_the_wait_that_it_asks_for() -> None:
    wait = {"retry-after": "90"}

    assert read(FUNDS, 200, wait) == Refused(Reason.FUNDS, FUNDS["error"], 90_000_000)
    assert read({"error": "odd"}, 429, wait) == Refused(Reason.RATE, "odd", 90_000_000)
    assert read({"error": "odd"}, 521, wait) == Refused(Reason.PASSING, "odd", 90_000_000)
    assert read(b"", 429) == Refused(Reason.RATE, "the panel answered 429 with an empty body")


def test_an_id_that_is_too_low_is_kept_as_the_one_that_was_claimed() -> None:
    found = TAGRANI.read_add(answered({"order": 7}), "8")

    why = "the panel answered with order id 7, which is not above 8, the newest id before: it may be another order's"
    assert found == Unanswered(why, claimed_id="7")


def test_an_answer_is_read_in_the_encoding_that_the_panel_names() -> None:
    headers = {"content-type": "application/json; charset=windows-1251"}

    assert read('{"error": "плохо"}'.encode("cp1251"), 200, headers) == Unanswered(
        'the panel answered 200 with the error "плохо", which is not among the dialect\'s refusals',
        words=Unlisted("плохо", "плохо", "tagrani"),
    )


def test_only_tagrani_expects_the_number_of_comments_as_the_quantity() -> None:
    with_comments = order(quantity=None, comments="one\ntwo\nthree")

    assert TAGRANI.add(with_comments).form["quantity"] == "3"
    assert "quantity" not in named("perfectpanel").add(with_comments).form


def test_a_request_to_tagrani_has_the_action_in_the_query_and_all_else_in_the_form() -> None:
    request = TAGRANI.add(order())
    assert request.action == "add"
    assert request.query == {"action": "add"}
    assert request.form == {
        **{"action": "add", "service": "4", "link": "https://x.example/a?b=c&d=é", "quantity": "1000"}
    }


def test_a_request_to_perfectpanel_has_all_in_the_form() -> None:
    request = named("perfectpanel").add(order(quantity=None, comments="one\r\ntwo", fields={"runs": "2"}))
    assert request.query == {}
    assert request.form == {
        **{"action": "add", "service": "4", "link": "https://x.example/a?b=c&d=é"},
        **{"comments": "one\ntwo", "runs": "2"},
    }


def test_further_fields_never_replace_the_dialects_own_and_never_hold_a_key() -> None:
    ours = {"key": "k", "action": "cancel", "service": "9", "quantity": "9", "order": "1", "orders": "1,2"}
    request = TAGRANI.add(order(quantity=None, fields={**ours, "username": "u"}))
    assert request.form == {
        **{"action": "add", "service": "4", "link": "https://x.example/a?b=c&d=é", "username": "u"}
    }
    assert set(ours) <= TAGRANI.reserved


@pytest.mark.parametrize("dialect", [custom("perfectpanel", {"fields": {"order": "id", "key": "api_key"}})])
def test_an_adapted_dialect_reads_its_own_id_field(dialect: Dialect) -> None:
    assert dialect.read_add(answered({"id": 5})) == Accepted("5")
    assert isinstance(dialect.read_add(answered({"order": 5})), Unanswered)
    assert dialect.key_field == "api_key"
