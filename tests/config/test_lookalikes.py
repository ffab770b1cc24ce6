"""What is wrong with a config that is not YAML, or only looks right: each has its place, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.test_faults import GOOD, faults
from tracker.config.faults import ConfigError
from tracker.config.loader import load

LIBRARY = ("did not find", "could not find", "cannot start any token", "not allowed in this context", "scanning", "mapping values", "simple key", "stream", "bytearray", "Errno", "codec")  # fmt: skip
"""Words of libraries that no person should read."""

CONFIG = """panels:
  p:
    url: https://p.example/api
    key: abcdefghijkl
alerts:
  - name: ops
    url: json://127.0.0.1:1/
    events: [order.*]
"""


def changed(before: str, after: str) -> list[str]:
    assert before in CONFIG
    return faults(CONFIG.replace(before, after, 1))


@pytest.mark.parametrize("start", ["*", "*.completed", "@x", "%x", "`x", "!x", "|x", "&x"])
def test_a_text_that_begins_with_what_yaml_reserves_needs_quotes(start: str) -> None:
    cure = f"put quotes around a text that begins with {start[0]}"

    (in_a_list, *_), (as_value, *_) = changed("order.*", start), changed("abcdefghijkl", start)

    assert in_a_list.startswith("c.yaml:8:14: ")
    assert as_value.startswith("c.yaml:4:10: ")
    assert cure in in_a_list
    assert cure in as_value


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("    url: h", "\u00a0\u00a0\u00a0 url: h", "3:1: a space that is not an ordinary one (U+00A0): delete it, and write an ordinary space"),
        ("  p:", "\u00a0 p:", "2:1: \\xa0 p: a space that is not an ordinary one (U+00A0): delete it, and write an ordinary space"),
        ("url: h", "url:\u202fh", "3:9: a space that is not an ordinary one (U+202F): delete it, and write an ordinary space"),
        ("panels:", "panels\u00a0:", "1:1: panels\\xa0: a space that is not an ordinary one (U+00A0): delete it, and write an ordinary space"),
        ("panels", "\u200bpanels", "1:1: \\u200bpanels: a character that nobody sees (U+200B): delete it"),
        ("panels:", "panels\uff1a", "1:7: write : in the place of \uff1a (U+FF1A), which only looks like it"),
        ("https://p.example/api", "“https://p.example/api”", '3:10: panels.p.url: write " in the place of “ (U+201C), which only looks like it'),
        ("abcdefghijkl", "‘abcdefghijkl’", "4:10: panels.p.key: this has the quotes ‘ and ’ around it: write \" instead, or none in a file"),
        ("abcdefghijkl", "abc\u200bdef", "4:10: panels.p.key: this contains a character that nobody sees (U+200B): delete it"),
        ("url: h", "url:h", None), ("url: https://p.example/api", "url:x", "3:9: write a space behind the colon of url"),
        ("key: a", "key a", "4:5: write a colon and a space behind this key"),
        ("key: a", "key = a", "4:5: write a colon and a space behind this key"),
        ("abcdefghijkl", '"abc', "4:10: the quote that opens here is never closed"),
        ("[order.*]", "[order.*", "8:13: the bracket [ that opens here is never closed, or a comma is missing behind one of its values"),
        ("abcdefghijkl", '"C:\\Users\\me"', "4:15: inside double quotes write \\\\ for a backslash, or use single quotes"),
        ("    key", "   key", "4:4: the indentation is not that of the lines before, or a quote there is not closed"),
        ("abcdefghijkl", "- abc", "4:10: put quotes around a text that begins with -"),
        ("panels:", "panels: [", None), (CONFIG, '{"panels": {', "2:1: a value is missing here, or a bracket before it is never closed"),
        (CONFIG, "[panels]\nurl = 'x'\n", "1:1: this looks like an INI or TOML file, and no config of tracker: `tracker init` writes one"),
        (CONFIG, "KEY=abc\n", "1:1: this looks like a file of settings with =, and no config of tracker: `tracker init` writes one"),
        (CONFIG, "<html>", "1:1: this is a page of HTML or a file of XML, and no config of tracker: `tracker init` writes one"),
    ],
)  # fmt: skip
def test_each_slip_has_its_place_and_its_cure(before: str, after: str, said: str | None) -> None:
    first = changed(before, after)[0]

    assert said is None or first == f"c.yaml:{said}"
    assert not [word for word in LIBRARY if word in first]


@pytest.mark.parametrize(("written", "meant"), [("yes", "true"), ("On", "true"), ("no", "false"), ("off", "false"), ("maybe", "true or false")])  # fmt: skip
def test_what_other_programs_take_for_true_and_false_is_told(written: str, meant: str) -> None:
    assert faults(GOOD + f"unknown: {{probe: {written}}}\n") == [
        f"c.yaml:2:18: unknown.probe: '{written}': write {meant}"
    ]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (GOOD.encode("utf-16"), "this is UTF-16: save the file as UTF-8"),
        (GOOD.encode("utf-16-le"), "this is no text, or one that is not in UTF-8: save the file as UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0", "this is not UTF-8: save the file as UTF-8"),
    ],
)
def test_a_file_in_another_encoding_is_to_be_saved_as_utf_8(tmp_path: Path, raw: bytes, said: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(raw)

    with pytest.raises(ConfigError) as caught:
        load(file, {})

    assert [fault.what for fault in caught.value.faults] == [said]
