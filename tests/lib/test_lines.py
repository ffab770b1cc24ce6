"""Only CR, LF and CRLF part lines: whatever else a comment holds, it is one comment."""

from __future__ import annotations

import pytest

from tracker.lib.lines import lines_of
from tracker.operations.drafts import draft_of
from tracker.orders.kinds import lines_in
from tracker.practice.validation import comment_lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("a", ["a"]),
        ("a\nb\r\nc\rd", ["a", "b", "c", "d"]),
        ("a\n", ["a"]),
        ("a\r\n\r\nb", ["a", "", "b"]),
        ("a\u2028b\u2029c\u0085d\ve\ff\x1cg\x1dh\x1ei", ["a\u2028b\u2029c\u0085d\ve\ff\x1cg\x1dh\x1ei"]),
    ],
)
def test_a_text_is_parted_at_line_ends_only(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines


@pytest.mark.parametrize("inside", ["\u2028", "\u2029", "\u0085", "\v", "\f", "\x1c", "\x1e"])
def test_one_comment_is_counted_stored_and_charged_as_one(inside: str) -> None:
    comment = f"nice{inside}one"
    draft = draft_of(
        {"service": "4", "link": "https://x.example/a", "comments": comment}, "p", {"p": frozenset()}
    )

    assert draft.comments == comment
    assert lines_in(draft.comments) == comment_lines(comment) == 1
