"""However a client writes its fields, they are read exactly or refused, and the answer is always JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateways import KEY, Gateway, said

FORM = "application/x-www-form-urlencoded"
FIELDS = {"key": KEY, "action": "add", "service": "1", "link": "https://x.example/a", "quantity": "100"}
MULTIPART = "multipart/form-data; boundary=line"


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    made = Gateway(tmp_path)
    made.read_catalogue()
    return made


def part(name: str, value: bytes) -> bytes:
    return (
        b'--line\r\nContent-Disposition: form-data; name="' + name.encode() + b'"\r\n\r\n' + value + b"\r\n"
    )


def multipart(**fields: str | bytes) -> bytes:
    parts = [part(name, text.encode() if isinstance(text, str) else text) for name, text in fields.items()]
    return b"".join(parts) + b"--line--\r\n"


@pytest.mark.parametrize(
    "request_of",
    [
        {"data": FIELDS},
        {"data": multipart(**FIELDS), "content_type": MULTIPART},
        {"json": FIELDS},
        {"json": {**FIELDS, "service": 1, "quantity": 100, "comments": None}},
        {"data": json.dumps(FIELDS), "content_type": "text/plain"},
        {"data": FIELDS, "path": "/api/v2?action=add"},
        {
            "data": {name: text for name, text in FIELDS.items() if name != "action"},
            "path": "/api/v2?action=add",
        },
    ],
    ids=[
        "form",
        "parts",
        "json",
        "json with numbers",
        "unnamed json",
        "action twice",
        "action in the address",
    ],
)
def test_clients_send_forms_in_every_way(gateway: Gateway, request_of: dict[str, Any]) -> None:
    assert said(gateway.send(**request_of)) == {"order": 1}
    (order,) = gateway.orders()
    assert (order.service, order.quantity, order.fields) == ("1", 100, {})


def test_text_of_every_script_arrives_in_parts(gateway: Gateway) -> None:
    fields = {**FIELDS, "service": "2", "quantity": "", "comments": "سلام\r\nÇok güzel 🎉 �"}

    assert said(gateway.send(data=multipart(**fields), content_type=MULTIPART)) == {"order": 1}
    assert gateway.orders()[0].comments == "سلام\nÇok güzel 🎉 �"


def form(text: str | bytes) -> dict[str, Any]:
    usual = f"key={KEY}&action=add&service=1&link=https://x.example/a&quantity=100&".encode()
    return {"data": usual + (text.encode() if isinstance(text, str) else text), "content_type": FORM}


BROKEN = {
    "a field twice": (form("quantity=200"), "the field 'quantity' is given twice"),
    "an action twice": ({**form(""), "path": "/api/v2?action=balance"}, "the field 'action' is given twice"),
    "bad UTF-8": (form("comments=%ff%fe"), "the request is not UTF-8 text"),
    "raw bad UTF-8": (form(b"comments=\xff"), "the request is not UTF-8 text"),
    "bad UTF-8 in parts": (
        {"data": multipart(**FIELDS, comments=b"\xff"), "content_type": MULTIPART},
        "the request is not UTF-8 text",
    ),
    "a NUL": (form("comments=a%00b"), "the field 'comments' holds a NUL character"),
    "10,000 fields": (form("&".join(f"f{n}=1" for n in range(10_000))), "the request has more than 100 fields"),
    "10,000 parts": (
        {"data": multipart(**FIELDS, **{f"f{n}": "1" for n in range(10_000)}), "content_type": MULTIPART},
        "the request is too large",
    ),
    "parts without end": ({"data": b"--line\r\n", "content_type": MULTIPART}, "the request cannot be read"),
    "parts without a boundary": (
        {"data": multipart(**FIELDS), "content_type": "multipart/form-data"},
        "the request cannot be read",
    ),
    "5 MiB": (form("comments=" + "x" * 5 * 1024 * 1024), "the request is too large"),
    "half a JSON": ({"data": '{"key": ', "content_type": "application/json"}, "the request is not JSON"),
    "deep JSON": ({"data": '{"a":' * 100_000, "content_type": "application/json"}, "the request is not JSON"),
    "a list": ({"data": "[]", "content_type": "application/json"}, "the request is not a JSON object"),
    "a JSON field twice": (
        {"data": '{"key": "a", "key": "b"}', "content_type": "application/json"},
        "the field 'key' is given twice",
    ),
    "a fraction": ({"json": {**FIELDS, "quantity": 100.0}}, "the field 'quantity' must be text or a whole number"),
    "true": ({"json": {**FIELDS, "quantity": True}}, "the field 'quantity' must be text or a whole number"),
    "an object": ({"json": {**FIELDS, "quantity": {}}}, "the field 'quantity' must be text or a whole number"),
    "a huge number": (
        {"data": '{"quantity": ' + "9" * 5000 + "}", "content_type": "application/json"},
        "the request is not JSON",
    ),
    "half a character": ({"json": {**FIELDS, "comments": "\ud800"}}, "the comments are not UTF-8 text"),
    "half a link": ({"json": {**FIELDS, "link": "https://x.example/\ud800"}}, "the link contains a character that cannot be seen, U+D800"),
    "half a key": ({"json": {**FIELDS, "key": "\ud800"}}, "Invalid API key"),
    "nothing": ({"data": b""}, "Invalid API key"),
    "no action": ({"data": {"key": KEY}}, "Incorrect request"),
    "an action of no panel": ({"data": {"key": KEY, "action": "<b>"}}, "Incorrect request"),
}  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_request_is_answered_in_json_and_orders_nothing(gateway: Gateway, broken: str) -> None:
    request, error = BROKEN[broken]
    response = gateway.send(**request)

    assert said(response).keys() == {"error"}
    assert said(response)["error"].startswith(error)
    assert gateway.orders() == []


def test_a_file_is_no_field(gateway: Gateway) -> None:
    file = b'--line\r\nContent-Disposition: form-data; name="comments"; filename="c.txt"\r\n\r\nNice\r\n'

    response = gateway.send(data=file + multipart(**FIELDS), content_type=MULTIPART)

    assert said(response) == {"error": "the request holds a file: send plain fields"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_a_post_is_taken(gateway: Gateway, method: str) -> None:
    response = gateway.send(method=method, query_string={"key": KEY, "action": "balance"})

    assert (response.status_code, *said(response)) == (405, "error")


def test_a_key_in_the_address_counts_for_nothing(gateway: Gateway) -> None:
    response = gateway.send(query_string={"key": KEY}, data={"action": "balance"})

    assert said(response) == {"error": "Invalid API key"}


@pytest.mark.parametrize("action", ["massorder", "", "Add"])
def test_what_is_not_offered_is_said_in_a_panels_words(gateway: Gateway, action: str) -> None:
    assert gateway.ask(action, order="1") == {"error": "Incorrect request: this action is not offered here"}
