"""Values that panels write, at the bounds of what is read, and the sentences about what is not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tracker.orders.answers import Balance, Failure, Reason
from tracker.panel.dialects import json_values
from tracker.panel.dialects.built_in import named
from tracker.panel.dialects.envelope import PanelError, error_in, is_challenge, no_answer_reason
from tracker.panel.dialects.json_values import (
    NotJson,
    opaque_id,
    plain_text,
    quoted,
    read_json,
    short_text,
    written,
)
from tracker.panel.exchange import Exchange, Request

LIMIT = 10**15
ASKED = Request("balance", {})


@pytest.fixture(autouse=True)
def _read_anew() -> None:
    """Readings are remembered: none of an earlier test may stand in for one of these."""
    json_values._short_text_of.cache_clear()


@pytest.mark.parametrize(
    ("value", "longest", "read"),
    [
        ("Pending", 100, "Pending"), ("  Pending\n now\t", 100, "Pending now"), ("a\x00b", 100, "a b"), ("\n", 100, None),
        ("", 100, None), ("x" * 101, 100, "x" * 100), ("x" * 21, 20, "x" * 20), ("y" * 501, 500, "y" * 500), (5, 100, "5"),
        (LIMIT - 1, 100, str(LIMIT - 1)), (LIMIT, 100, None), (1 - LIMIT, 100, str(1 - LIMIT)), (-LIMIT, 100, None),
        ("\ud800x", 100, "x"), (True, 100, None), (None, 100, None), (["x"], 100, None),
        (" " * 399 + "x", 100, "x"), (" " * 400 + "x", 100, None),
    ],
)  # fmt: skip
def test_a_short_text_is_one_clean_line(value: object, longest: int, read: str | None) -> None:
    assert short_text(value, longest) == read


def test_only_short_texts_that_may_come_often_are_remembered() -> None:
    assert short_text("x" * 101) == "x" * 100
    assert short_text("y" * 100, 101) == "y" * 100
    assert json_values._short_text_of.cache_info().currsize == 0
    assert short_text("x" * 100) == "x" * 100
    assert json_values._short_text_of.cache_info().currsize == 1


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (1, "1"), (0, None), (-1, None), (10**100 - 1, "9" * 100), (10**100, None), (True, None), ("ord_1", "ord_1"), ("", None),
        (None, None), (Decimal(5), None),
    ],
)  # fmt: skip
def test_an_id_is_a_number_above_zero_or_a_text_that_can_be_one(value: object, read: str | None) -> None:
    assert opaque_id(value) == read


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 200, f'"{"x" * 200}"'), ("x" * 201, f'"{"x" * 199}…"'), (" a\n\nb\x1b ", '"a b"'),
        (" " * 799 + "x", '"x"'), (" " * 800 + "x", '""'),
    ],
)  # fmt: skip
def test_what_is_quoted_is_one_line_of_200_characters(text: str, shown: str) -> None:
    assert quoted(text) == shown


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "an empty body"), (b" \n", "an empty body"), (b"  <html> ", 'a page of HTML: "<html>"'),
        (b" error=1", 'something that is not JSON: "error=1"'), (b'{"a":1,"a":2}', 'JSON in which the key "a" stands twice in one object'),
        (b"[NaN]", "JSON with NaN, which is not a number"), (b"[" * 100_000, "JSON that is nested too deep"),
        (b"[" + b"9" * 5000 + b"]", "JSON with a number that is too long"), (b'{"a":1e9999999999999999999}', "JSON with a number that is too long"),
        (b'{\n "a": USD\n}', 'JSON that is broken in line 2, column 7: a value is missing, or is none of JSON, at "{ "a": USD }"'),
        (b'{"a":1}{"b":2}', 'JSON that is broken in line 1, column 8: something follows behind its end, at "{"a":1}{"b":2}"'),
        (b'{"a":"12', 'JSON that is broken in line 1, column 6: a text that begins there never ends, at "{"a":"12"'),
        (b'{"a":1,', 'JSON that is cut short: it ends in line 1, column 8, at "{"a":1,"'),
        ('{"a":1}'.encode("utf-16"), "a text in UTF-16, where JSON must be in UTF-8"), ('{"a":1}'.encode("utf-16-be"), "a text in UTF-16, where JSON must be in UTF-8"),
        (b"<html><head><title>Sign &amp; in\n</title>", 'a page of HTML with the title "Sign & in"'),
    ],
)  # fmt: skip
def test_what_is_not_json_is_named(body: bytes, why: str) -> None:
    found = read_json(body, {})

    assert isinstance(found, NotJson)
    assert found.why == why
    assert NotJson("[", "too long a list").why == "too long a list"


@pytest.mark.parametrize(
    ("body", "charset", "read"),
    [
        ('"я"'.encode(), None, "я"), ('"я"'.encode("cp1251"), "windows-1251", "я"), (b'\xef\xbb\xbf"x"', None, "x"),
        (b'"\xff"', None, "ÿ"), (b'"\xff"', "rot13", "ÿ"), (b'"\xff"', "utf-8", "ÿ"), (b'"\xff"', "utf-7", "ÿ"),
    ],
)  # fmt: skip
def test_a_body_is_read_in_the_first_encoding_that_fits(body: bytes, charset: str | None, read: str) -> None:
    headers = {} if charset is None else {"content-type": f"application/json; charset={charset}"}

    assert read_json(body, headers) == read


def test_a_text_for_people_has_characters_for_its_entities_and_is_cut_before_they_are_read() -> None:
    assert plain_text("Caf&eacute; &amp;lt; a=1&copy=2", 100) == "Café &lt; a=1&copy=2"
    assert plain_text("&#0000036;" * 20, 10) == "$" * 8


def test_a_value_is_quoted_in_the_letters_in_which_it_is_written() -> None:
    assert written("a\nb") == "a b"
    assert written({"é": [1, Decimal("0.5"), None]}) == '{"é": [1, "0.5", null]}'


# -- the envelope ---------------------------------------------------------------------------------------


def answer(body: bytes = b"", status: int | None = 200, **how: Any) -> Exchange:
    return Exchange(ASKED, True, status, how.pop("headers", {}), body, **how)


def said(exchange: Exchange) -> Balance | Failure:
    """What a failed call says, read by an action that takes nothing but an object."""
    return named("perfectpanel").read_balance(exchange)


@pytest.mark.parametrize(
    ("exchange", "failure"),
    [
        (answer(status=None), Failure("the panel did not answer")),
        (answer(status=None, error="ReadTimeout"), Failure("the panel did not answer: ReadTimeout")),
        (answer(whole=False), Failure("the panel's answer (200) was cut short or too long")),
        (answer(error="reset"), Failure("the panel's answer (200) was cut short or too long: reset")),
        (answer(b'{"a": 1}', 500), Failure("the panel answered 500 with a JSON value that holds no error; its server has a fault, which only its operator can mend")),
        (answer(b"<html>", 502), Failure('the panel answered 502 with a page of HTML: "<html>"; its server is down or overloaded')),
        (answer(b"", 204), Failure("the panel answered 204 with an empty body; check the address under `url:`: it must be that of the API, which often ends in /api/v2")),
        (answer(b"{}", 429), Failure("the panel says that it was asked too often (429)", Reason.RATE)),
        (answer(b"x", 521), Failure('the panel answered 521 with something that is not JSON: "x"; its server is down or overloaded', Reason.PASSING)),
        (answer(b"error code: 1020", 403), Failure('the panel answered 403 with something that is not JSON: "error code: 1020"; a guard against robots stands before the panel: ask its operator to let the API through', Reason.PASSING)),
        (answer(b"error code: 2020", 403), Failure('the panel answered 403 with something that is not JSON: "error code: 2020"; check the key, and the address under `url:`')),
        (answer(b'{"msg": "odd"}', 404), Failure('the panel answered with the error "odd"')),
        (answer(b'{"error": ["a", {"b": "c"}], "message": "d"}'), Failure('the panel answered with the error "a / c / d"', heard=True)),
        (answer(b'{"error": "odd"}', 400), Failure('the panel answered with the error "odd"', heard=True)),
        (answer(b'{"error": "odd"}', 401), Failure('the panel answered with the error "odd"')),
    ],
)  # fmt: skip
def test_the_failure_of_a_call_says_what_was_answered(exchange: Exchange, failure: Failure) -> None:
    assert said(exchange) == failure


def test_every_failure_keeps_the_wait_that_the_panel_asked_for() -> None:
    wait: dict[str, Any] = {"headers": {"retry-after": "90"}}

    for failure in (
        said(answer(status=None, **wait)),
        said(answer(b"", 429, **wait)),
        said(answer(b"x", 500, **wait)),
        said(answer(b'{"error": "odd"}', **wait)),
    ):
        assert isinstance(failure, Failure)
        assert failure.retry_after == 90_000_000


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("odd", ("odd",)), ("  ", None), ({"error": ""}, None), ({"error": " False "}, None), ({"error": None}, None),
        ({"error": 0}, None), ({"error": True}, ("no message",)), ({"error": 5}, ("no message",)), ({"errors": ["a", "a"]}, ("a",)),
        ({"success": False, "msg": "m"}, ("m",)), ({"success": True, "msg": "m"}, None), ({"msg": "m"}, None),
        ({"status": " FAIL ", "message": "m", "detail": "d", "data": "x"}, ("m", "d", "x")), ({"status": False}, ("no message",)),
        ({"status": "Pending"}, None), ({"status": "error", "charge": 1}, None), ({"error": "e", "charge": 1}, ("e",)),
        ({"error": [[["deep"]]]}, ("deep",)), ({"error": [[[["deeper"]]]]}, ("no message",)),
        ({"error": ["1", "2", "3", "4", "5", "6", "7"]}, tuple("123456")),
        ({"error": ["1", "2", "3"], "msg": ["4", "5", "6", "7"]}, tuple("123456")),
        (["error"], None), (5, None), (None, None),
    ],
)  # fmt: skip
def test_an_error_is_found_in_each_shape_of_the_family(value: object, texts: tuple[str, ...] | None) -> None:
    assert error_in(value, order_fields=("charge",)) == (None if texts is None else PanelError(texts))


def test_with_a_failed_status_a_message_alone_is_an_error_and_nothing_else_is() -> None:
    assert error_in({"msg": "m"}, failed=True) == PanelError(("m",))
    assert error_in({"order": 5}, failed=True) is None
    assert error_in({"error": True}, failed=True) is None


@pytest.mark.parametrize(
    ("text", "headers", "is_one"),
    [
        ("<html>Just a moment...", {}, True), ("Just a moment...", {}, False), ("<html>Hello", {}, False),
        (" error code: 1015\n", {}, True), ("error code: 10155", {}, False), ("x", {"cf-mitigated": "challenge"}, True),
        (" \n<HTML>DDoS-Guard", {}, True), ("<" + "x" * 19_986 + "just a moment", {}, True), ("<" + "x" * 19_987 + "just a moment", {}, False),
    ],
)  # fmt: skip
def test_the_page_of_a_proxy_is_known_by_its_words(text: str, headers: dict[str, str], is_one: bool) -> None:
    exchange = Exchange(ASKED, True, 403, headers, b"")

    assert is_challenge(exchange, NotJson(text)) is is_one
    assert not is_challenge(exchange, {"error": text})


def test_no_answer_is_told_from_a_part_of_one() -> None:
    assert no_answer_reason(Exchange(ASKED, True, None, {}, b"", error="")) == "the panel did not answer"
