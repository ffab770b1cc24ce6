"""Makes drafts of rows of orders; says of each bad row what is wrong with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tracker.cli.order_files import COLUMNS, Row
from tracker.orders.order import Draft
from tracker.store.queue import Entry, SimpleRow

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


def entry_of(row: Row, default_panel: str | None, panels: Reserved, seen: dict[bytes, int]) -> Entry:
    """Make a queue entry of one row; ValueError says what is wrong with it.

    `seen` counts equal rows without a ref, so that each keeps an identity of its own in every import: 16 bytes and a
    count for each.
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


def draft_of(row: Row, default_panel: str | None, panels: Reserved) -> Draft:
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


def _needed(row: Row, name: str) -> str:
    found = _text(row, name)
    if found is None:
        raise ValueError(f"the {name} is missing")
    return found


def _text(row: Row, name: str) -> str | None:
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


def _comments(row: Row) -> str | None:
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


# -- many rows at once ----------------------------------------------------------------------------------

SIMPLE = ("service", "link", "quantity", "ref", "panel")


def simple_rows(
    heads: Sequence[str] | None, cells: Sequence[Any], default_panel: str | None, panels: Reserved
) -> list[SimpleRow] | None:
    """Read many rows of cells at once, column by column; None where one of them needs a closer look.

    It takes what `draft_of` takes, of rows with a ref and no more than PLAIN columns, at a tenth of the cost.
    """
    if heads is None or "ref" not in heads or any(type(row) is not list for row in cells):
        return None
    if set(map(len, cells)) != {len(heads)}:
        return None
    columns = dict(
        zip(heads, (list(map(str.strip, column)) for column in zip(*cells, strict=True)), strict=True)
    )
    if any(any(column) for head, column in columns.items() if head not in SIMPLE):
        return None
    panel = _panels(columns.get("panel"), default_panel, panels, len(cells))
    service, link, ref = (_texts(columns[name], LONGEST[name]) for name in ("service", "link", "ref"))
    quantity = _quantities(columns.get("quantity"), len(cells))
    if panel is None or service is None or link is None or quantity is None or ref is None:
        return None
    return list(zip(panel, service, link, quantity, ref, strict=True))


def _panels(
    column: Sequence[str] | None, default: str | None, panels: Reserved, count: int
) -> Sequence[str] | None:
    if column is None or not any(column):
        return None if default is None else [default] * count
    return column if set(column) <= panels.keys() else None


def _texts(column: Sequence[str], longest: int) -> Sequence[str] | None:
    """Return texts that are all there, short enough and printable."""
    good = all(column) and max(map(len, column)) <= longest and "".join(column).isprintable()
    return column if good else None


def _quantities(column: Sequence[str] | None, count: int) -> Sequence[int | None] | None:
    """Return quantities that are all there, or all left out."""
    if column is None or not any(column):
        return [None] * count
    digits = "".join(column)
    if not all(column) or not (digits.isascii() and digits.isdecimal()) or max(map(len, column)) > 13:
        return None
    numbers = list(map(int, column))
    return numbers if min(numbers) > 0 and max(numbers) <= MOST else None
