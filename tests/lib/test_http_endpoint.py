from __future__ import annotations

import random
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from tracker.lib.http_endpoint import Endpoint, form_text

HEADERS = {"User-Agent": "tracker/1", "Accept": "*/*"}


def test_a_form_is_written_as_the_standard_library_writes_it() -> None:
    chance = random.Random(1)
    letters = "aZ09 _.~,-+&=%/?#:;é\u20ac\U0001f600\n\0\"'*()!"
    for _ in range(2000):
        form = {
            "".join(chance.choices(letters, k=3)): "".join(
                chance.choices(letters[: chance.choice((9, 40))], k=9)
            )
            for _ in range(chance.randint(0, 4))
        }
        assert form_text(form) == urlencode(form)


def test_ids_are_written_as_the_standard_library_writes_them() -> None:
    form = {"action": "status", "orders": ",".join(map(str, range(100))), "key": "k-3.y_~"}
    assert form_text(form) == urlencode(form)


def test_a_text_that_no_form_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        form_text({"link": "\ud800"})


def test_the_head_of_a_form_says_how_long_its_body_is() -> None:
    endpoint = Endpoint("https://x.test:8443/api?v=11&w=1")
    for length in (0, 1, 11, 1000):
        head, _, body = endpoint.post({"a": "1" * length}, {"action": "1"}, HEADERS).written.partition(
            b"\r\n\r\n"
        )
        assert body == b"a=" + b"1" * length
        assert head.split(b"\r\n") == [
            b"POST /api?v=11&w=1&action=1 HTTP/1.1", b"Host: x.test:8443", b"User-Agent: tracker/1", b"Accept: */*",
            b"Content-Type: application/x-www-form-urlencoded", b"Content-Length: %d" % len(body),
        ]  # fmt: skip


@pytest.mark.parametrize("value", ["a\r\nInjected: 1", "a\nb", "a\0b", " \r\n\r\nPOST /"])
def test_a_header_that_would_end_its_line_is_refused(value: str) -> None:
    endpoint, headers = Endpoint("http://x.test/"), {"X-Odd": value}
    writes: list[Callable[[], object]] = [
        lambda: endpoint.post({}, {}, headers),
        lambda: endpoint.post_json(b"{}", headers),
        lambda: endpoint.get(headers),
    ]
    for write in writes:
        with pytest.raises(ValueError, match="a header of the request"):
            write()


def test_an_address_is_where_it_says() -> None:
    assert Endpoint("http://[::1]:81/x").origin == (False, "::1", 81)
    assert Endpoint("https://bücher.example/").origin == (True, "xn--bcher-kva.example", 443)
