from __future__ import annotations

import json
import sys
from urllib.parse import quote, quote_plus, urlencode

import pytest

from tracker.lib.redaction import MASK, Redactor

SECRET = 'pa/ss "wörd"&<1+2>'


@pytest.mark.parametrize(
    "text",
    [
        f"it is {SECRET}!",
        quote(SECRET),
        quote_plus(SECRET),
        urlencode({"a": SECRET}),
        json.dumps({"a": SECRET}),
        json.dumps({"a": SECRET}, ensure_ascii=False),
        json.dumps({"a": SECRET}).replace("/", "\\/"),
        repr(SECRET),
    ],
)
def test_a_registered_secret_is_hidden_in_every_spelling(text: str) -> None:
    hidden = Redactor([SECRET]).scrub(text)
    assert MASK in hidden
    assert "rd" not in hidden


def test_of_two_secrets_the_longer_is_hidden_first() -> None:
    assert Redactor(["abcdef", "abcdef-ghi"]).scrub("abcdef-ghi abcdef") == f"{MASK} {MASK}"


def test_a_secret_too_short_to_tell_from_other_text_is_ignored() -> None:
    redactor = Redactor(["key", "", "   "])
    assert redactor.scrub("the key is under the mat") == "the key is under the mat"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("see https://user:pw@host/x", f"see https://{MASK}@host/x"),
        ("see mailtos://u:p%40ss@smtp.test?from=a@b.c", f"see mailtos://{MASK}@smtp.test?from=a@b.c"),
        ("https://x.test/?action=add&key=abc&x=1", f"https://x.test/?action=add&key={MASK}&x=1"),
        ("https://x.test/?api_key=abc#f", f"https://x.test/?api_key={MASK}#f"),
        ("/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1/send", f"/bot{MASK}/send"),
        ("Authorization: Bearer abc.def", f"Authorization: {MASK}"),
        ("{'X-Api-Key': 'abc'}", f"{{'X-Api-Key': '{MASK}'}}"),
        ("nothing to hide, 12:30, a=b", "nothing to hide, 12:30, a=b"),
        ("mail to a@b.c about https://x.test/p", "mail to a@b.c about https://x.test/p"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, hidden: str) -> None:
    assert Redactor().scrub(text) == hidden


def test_its_repr_shows_no_secret() -> None:
    assert repr(Redactor([SECRET])) == "<Redactor of 1 secrets>"


def test_long_text_is_scrubbed_in_linear_time() -> None:
    sys.setrecursionlimit(sys.getrecursionlimit())
    Redactor([SECRET]).scrub("://" + "a@" * 50_000 + "/" + "?key=" * 50_000)
