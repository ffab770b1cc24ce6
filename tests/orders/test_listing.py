"""The lines to paste: the config reads them, and then the panel's words are known."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.config.loader import parse
from tracker.orders.answers import Reason, Unlisted
from tracker.orders.listing import REFUSAL, listing
from tracker.panel.dialects.json_values import shortened
from tracker.panel.dialects.spelling import to_list

WORDS = st.sampled_from(
    [
        "Kontostand",
        "zu",
        "niedrig",
        "№",
        "100",
        "1.500",
        "Auftrag",
        "weg:",
        '"so"',
        "${X}",
        "#5",
        "l&#039;or",
        "&amp;#38;",
    ]
)
messages = st.one_of(
    st.text(max_size=60),
    st.text("aä$ {}\"'\\:#-&*!|>%@`[],\u200b", max_size=40),
    st.lists(WORDS, max_size=40).map(" ".join),
)


@settings(max_examples=60, deadline=None)
@given(messages)
def test_what_is_pasted_makes_the_message_known(message: str) -> None:
    lines = listing("p", Unlisted(shortened(message), to_list(message), "tagrani"), *REFUSAL)
    if not lines:
        return
    text = "\n".join([*lines[:2], "    url: http://localhost/api", "    key: k", *lines[2:]])
    refusals = parse(text, Path("config.yaml"), {}).panels["p"].dialect.refusals
    assert refusals.reason([message]) is not None
    assert refusals.rows[0][0] is Reason.INPUT


@pytest.mark.parametrize(
    ("message", "order_id", "text"),
    [
        ("Kontostand zu niedrig", None, "Kontostand zu niedrig"),
        ("Error 102", None, "Error 102"),
        ("Order 5001 archived", "5001", "Order {number} archived"),
        ("Order 5001 archived", None, "Order 5001 archived"),
        ("Order ord_7 archived", "ord_7", "Order {number} archived"),
        ("At least 1.500 pieces are needed", None, "At least {number} pieces are needed"),
        ("This link is private: https://x.example/a", None, "This link is private:"),
        ("https://x.example/a is private", None, "https://x.example/a is private"),
        ("L&#039;argent manque pour 5 pieces", None, "L'argent manque pour {number} pieces"),
        ("This link is private: https://x.example/a, not https://x.example/b", None, "This link is private:"),
        ("no", None, ""),
        ("low", None, ""),
        ("slow", None, "slow"),
        ("zu\u200b wenig\x07Geld", None, "zu wenig Geld"),
        ("x" * 120, None, "x" * 120),
        ("word " * 23 + "words", None, "word " * 23 + "words"),
        ("word " * 50, None, ("word " * 24).strip()),
    ],
)
def test_what_differs_from_order_to_order_is_left_out(message: str, order_id: str | None, text: str) -> None:
    assert to_list(message, order_id) == text
