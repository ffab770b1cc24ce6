"""Reads rows of orders, as CSV or JSON Lines, into drafts; says of each bad row what is wrong with it.

Streams: memory does not grow with the file, but for 16 bytes and a count for each row without a ref.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tracker.orders import Draft
from tracker.store.queue import Entry

COLUMNS = ("service", "link", "quantity", "comments", "ref", "panel", "panel_order_id")
REQUIRED = ("service", "link")
LONGEST = {
    "service": 200,
    "link": 4000,
    "ref": 200,
    "panel": 100,
    "panel_order_id": 100,
    "comments": 1_000_000,
}
"""Characters at the most."""

Reserved = Mapping[str, frozenset[str]]
"""Each panel's name -> the form fields that tracker fills in itself there."""

MOST = 10**12
"""The largest quantity that is taken for meant."""


class BadFile(Exception):
    """The file as a whole cannot be read: no header, or an unknown column."""


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot be queued, and why."""

    line: int
    why: str


def csv_rows(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any] | Bad]]:
    """Read CSV with a header row; yields (line, row). BadFile when the header is wrong."""
    reader = csv.reader(lines, strict=True)
    try:
        heads = [head.strip().lower().lstrip("\ufeff") for head in next(reader)]
    except StopIteration:
        raise BadFile("the file is empty; its first line must name the columns") from None
    except csv.Error as error:
        raise BadFile(f"line 1 is not CSV: {error}") from None
    _check_heads(heads)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, Bad(line, f"this is not CSV: {error}")
            continue
        if any(cells):
            yield line, _csv_row(line, heads, cells)


def _check_heads(heads: list[str]) -> None:
    for head in heads:
        if head not in COLUMNS:
            near = difflib.get_close_matches(head, COLUMNS, 1)
            hint = f", did you mean {near[0]!r}?" if near else ""
            raise BadFile(f"unknown column {head!r}{hint} The columns are: {', '.join(COLUMNS)}")
    missing = [name for name in REQUIRED if name not in heads]
    if missing:
        raise BadFile(f"the column {missing[0]!r} is missing; the first line must name the columns")
    if len(set(heads)) < len(heads):
        raise BadFile("a column is named twice in the first line")


def _csv_row(line: int, heads: list[str], cells: list[str]) -> Mapping[str, Any] | Bad:
    if len(cells) != len(heads):
        return Bad(line, f"{len(cells)} cells where the header has {len(heads)}")
    return {head: cell for head, cell in zip(heads, cells, strict=True) if cell.strip()}


def jsonl_rows(lines: Iterable[str]) -> Iterator[tuple[int, Mapping[str, Any] | Bad]]:
    """Read one JSON object a line; yields (line, row)."""
    for line, text in enumerate(lines, 1):
        if text.strip():
            yield line, _json_row(line, text)


def _json_row(line: int, text: str) -> Mapping[str, Any] | Bad:
    try:
        row = json.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        return Bad(line, f"this is not JSON: {error}")
    if not isinstance(row, dict):
        return Bad(line, 'this is no JSON object: write {"service": …, "link": …}')
    return {name: value for name, value in row.items() if value is not None}


def entry_of(
    row: Mapping[str, Any], default_panel: str | None, panels: Reserved, seen: dict[bytes, int]
) -> Entry:
    """Make a queue entry of one row; ValueError says what is wrong with it.

    `seen` counts equal rows without a ref, so that each keeps an identity of its own in every import.
    """
    draft = draft_of(row, default_panel, panels)
    if draft.ref is not None or draft.panel_order_id is not None:
        return Entry(draft)
    content = json.dumps(
        [draft.panel, draft.service, draft.link, draft.quantity, draft.comments, dict(draft.fields)]
    )
    digest = hashlib.sha256(content.encode()).digest()[:16]
    seen[digest] = seen.get(digest, 0) + 1
    return Entry(draft, key=f"{digest.hex()}:{seen[digest]}")


def draft_of(row: Mapping[str, Any], default_panel: str | None, panels: Reserved) -> Draft:
    """Make a draft of one row; ValueError says what is wrong with it."""
    for name in row:
        if name not in COLUMNS and name != "fields":
            raise ValueError(f"unknown field {name!r}; known are: {', '.join(COLUMNS)}, fields")
    panel = _text(row, "panel") or default_panel
    if panel is None:
        raise ValueError("the panel is missing: the config has more than one")
    if panel not in panels:
        raise ValueError(f"the config has no panel {panel!r}")
    return Draft(
        panel=panel,
        service=_needed(row, "service"),
        link=_needed(row, "link"),
        quantity=_quantity(row.get("quantity")),
        comments=_comments(row),
        ref=_text(row, "ref"),
        fields=_fields(row.get("fields", {}), panels[panel]),
        panel_order_id=_text(row, "panel_order_id"),
    )


def _needed(row: Mapping[str, Any], name: str) -> str:
    found = _text(row, name)
    if found is None:
        raise ValueError(f"the {name} is missing")
    return found


def _text(row: Mapping[str, Any], name: str) -> str | None:
    value = row.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"the {name} must be text")  # noqa: TRY004  it is the user's value, not a bug
    text = str(value).strip()
    if len(text) > LONGEST[name]:
        raise ValueError(f"the {name} is longer than {LONGEST[name]} characters")
    if not text.isprintable():
        raise ValueError(f"the {name} holds a line break or a control character")
    return text or None


def _comments(row: Mapping[str, Any]) -> str | None:
    value = row.get("comments")
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("the comments must be text, one comment a line")  # noqa: TRY004
    if len(value) > LONGEST["comments"] or "\0" in value:
        raise ValueError("the comments are too long, or hold a NUL")
    return "\n".join(line.strip() for line in value.splitlines() if line.strip()) or None


def _quantity(value: Any) -> int | None:
    if value is None:
        return None
    digits = str(value).strip()
    if (
        isinstance(value, bool)
        or not (digits.isascii() and digits.isdecimal())
        or not 0 < int(digits) <= MOST
    ):
        raise ValueError(f"the quantity {str(value)[:40]!r} is not a whole number above 0")
    return int(digits)


def _fields(value: Any, reserved: frozenset[str]) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str | int) for v in value.values()):
        raise ValueError("the fields must be a JSON object of texts")
    fields = {str(name): str(text) for name, text in value.items()}
    for name, text in fields.items():
        if name in reserved:
            raise ValueError(f"the field {name!r} is tracker's own; use the argument or column of that name")
        if not name.isidentifier() or "\0" in text:
            raise ValueError(f"{name!r} is not a field name")
    return fields
