"""How much memory large answers take, in a process of its own, and what is said of those that are too large."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from tracker.orders.answers import Failure
from tracker.panel.dialects.built_in import named
from tracker.panel.dialects.json_rows import LONGEST_ROW, MOST_ROWS, PIECE, BrokenRow, read_rows
from tracker.panel.dialects.json_values import NotJson
from tracker.panel.exchange import Exchange, Request

READER = """
import json, sys
from tracker.panel.dialects.built_in import named
from tracker.panel.exchange import Exchange, Request

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024

row = {"id": 0, "name": "Followers | \\u0633\\u0631", "category": "c", "min": "5", "max": "90", "price": "1.5"}
row["description"] = "\\u062a" * 150
unit = json.dumps(row).encode()
ACTIONS = {
    "dicts": lambda: b"[" + b"{}," * 8_000_000 + b"{}]",
    "a catalogue": lambda: b"[" + b",".join(unit.replace(b"0", b"%d" % n, 1) for n in range(1, 20_001)) + b"]",
}
dialect = named("tagrani")
dialect.read_services(Exchange(Request("services", {}), True, 200, {}, b"[]"))
body = ACTIONS[sys.argv[1]]()
open("/proc/self/clear_refs", "w").write("5")  # the peak counts from now
before = peak()
read = dialect.read_services(Exchange(Request("services", {}), True, 200, {}, body))
print(json.dumps([len(body), peak() - before, len(read) if isinstance(read, list) else read.why]))
"""
TOO_MANY = f"a list of more than {MOST_ROWS:,} rows, which is the limit"
TOO_LONG = f"a row of more than {LONGEST_ROW:,} characters, which is the limit"


def rows_of(body: bytes, **headers: str) -> Any:
    """What is read of a body: its value, and the rows of its list."""
    rows: list[Any] = []
    value = read_rows(body, headers, "services", rows.append)
    return value if isinstance(value, NotJson) else (value, rows)


@pytest.mark.parametrize(
    ("kind", "told", "most"),
    [
        ("dicts", f"the panel answered 200 with {TOO_MANY}; only its operator can mend that", 30),
        ("a catalogue", 20_000, 40),
    ],
)
def test_a_list_of_24_megabytes_takes_little_memory(kind: str, told: object, most: float) -> None:
    done = subprocess.run([sys.executable, "-c", READER, kind], capture_output=True, text=True, timeout=60)
    length, grown, found = json.loads(done.stdout)

    assert length > 20_000_000
    assert (found, grown < most) == (told, True), (grown, done.stderr)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[]", ([], [])),
        (b' \n[ 1 , "a" ,[ ], {"b":[1]}]\t', ([], [1, "a", [], {"b": [1]}])),
        (b'{"services":[1,2],"error":""}', ({"services": [], "error": ""}, [1, 2])),
        (b'{"a":[1],"services":"none"}', ({"a": [1], "services": "none"}, [])),
        (b"{}", ({}, [])),
        (b'"words"', ("words", [])),
        (b"12", (12, [])),
        (b"\xef\xbb\xbf[1]", ([], [1])),
        # A row, a number or a character that goes on in the next piece.
        (b"[" + b" " * (PIECE - 3) + b"12345, 6]", ([], [12345, 6])),
        (b"[" + b" " * (PIECE - 3) + '"ж", 6]'.encode(), ([], ["ж", 6])),
        (b"[" + b" " * (5 * PIECE) + b"1]", ([], [1])),
        (b" " * PIECE + b"123", (123, [])),
    ],
)
def test_rows_are_read_one_by_one_as_the_whole_would_be(body: bytes, expected: object) -> None:
    assert rows_of(body) == expected


@pytest.mark.parametrize("body", [
    *(b"", b"[", b"[1", b"[1,", b"[1,]", b"[,1]", b"[1 2]", b"[1]]", b"[1] x", b"[NaN]", b"[tru]", b"<html>"),
    *(b"{", b'{"a"}', b'{"a":}', b'{"a":1,}', b'{"a":1,"a":2}', b"{1:2}", b'{"services":[1}', b'{"a":1 "b":2}'),
    b"[" * 100_000, b'[{"a":1,"a":2},]', b'[{"a":"\n"}', b'[{"a":1,"a":NaN}]', b"[" + b"[" * 90_000 + b"]" * 90_000 + b"]",
])  # fmt: skip
def test_what_is_not_json_as_a_whole_is_not_json_in_rows(body: bytes) -> None:
    assert isinstance(rows_of(body), NotJson)


TWICE = 'JSON in which the key "a" stands twice in one object'
NEW_LINE = "JSON with a control character (U+000A) in a text, after "


@pytest.mark.parametrize(
    ("row", "value", "why"),
    [
        (b'{"a":1,"a":2}', {"a": 2}, TWICE),
        (b'{"b":{"a":1,"a":2}}', {"b": {"a": 2}}, TWICE),
        (b'{"a":"x\n"}', {"a": "x\n"}, NEW_LINE),
        (b'{"a":"x\n","a":1}', {"a": 1}, NEW_LINE),
        (b'{"a":"x\n","b":"' + b"y" * 2 * PIECE + b'"}', {"a": "x\n", "b": "y" * 2 * PIECE}, NEW_LINE),
    ],
)
@pytest.mark.parametrize("form", [b"[%s]", b'{"services":[%s]}', b" " * (PIECE - 8) + b"[%s]"])
def test_a_fault_that_ends_with_its_row_costs_only_that_row(
    form: bytes, row: bytes, value: Any, why: str
) -> None:
    found = rows_of(form % b",".join((b'{"c":1}', row, b'{"c":2}')))

    first, broken, last = found[1]
    assert (first, broken.value, last) == ({"c": 1}, value, {"c": 2})
    assert isinstance(broken, BrokenRow)
    assert broken.why.startswith(why)


@pytest.mark.parametrize("body", [b'{"a":1,"a":2}', b'{"services":[],"a":"x\n"}', b'"a\x00"'])
def test_a_fault_outside_of_the_rows_costs_the_whole(body: bytes) -> None:
    found = rows_of(body)

    assert isinstance(found, NotJson)
    assert "not JSON" not in found.why


def test_a_long_catalogue_of_broken_rows_is_passed_quickly() -> None:
    began = time.process_time()
    rows = rows_of(b"[" + b",".join([b'{"id":1,"a":"x\n","b":"y"}'] * 20_000) + b"]")[1]

    assert len(rows) == 20_000
    assert time.process_time() - began < 5


def test_rows_are_read_in_the_encoding_that_the_panel_names() -> None:
    body = json.dumps(["жук" * PIECE, "я"], ensure_ascii=False).encode("cp1251")

    assert rows_of(body, **{"content-type": "application/json; charset=windows-1251"}) == (
        [],
        ["жук" * PIECE, "я"],
    )
    assert rows_of(b'["\xff"]') == ([], ["ÿ"])
    assert rows_of(b'["\xff"]', **{"content-type": "text/html; charset=rot13"}) == ([], ["ÿ"])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[" + b"1," * MOST_ROWS + b"1]", TOO_MANY),
        (b'["' + b"x" * 2 * LONGEST_ROW + b'"]', TOO_LONG),
    ],
)
def test_what_is_too_large_is_told_with_the_limit(body: bytes, why: str) -> None:
    found = named("tagrani").read_services(Exchange(Request("services", {}), True, 200, {}, body))

    assert found == Failure(f"the panel answered 200 with {why}; only its operator can mend that")
