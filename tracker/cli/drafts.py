"""Makes drafts from rows of orders, and says what is wrong with each bad row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from tracker.cli.files.cells import may_be_mangled
from tracker.cli.files.rows import COLUMNS, Row
from tracker.lib.lines import lines_of
from tracker.orders.ids import id_fault
from tracker.orders.order import Draft
from tracker.orders.quantity import LARGEST_QUANTITY, read_quantity
from tracker.store.queue import Entry, SimpleRow

LONGEST = {
    "service": 200,
    "link": 4000,
    "ref": 200,
    "panel": 100,
    "panel_order_id": 100,
    "comments": 1_000_000,
    "fields": 1_000_000,
}
"""The most characters that each may have; all fields of an order together."""

Reserved = Mapping[str, frozenset[str]]
"""Each panel's name -> the form fields that tracker fills in itself for it."""


def entry_of(
    row: Row,
    default_panel: str | None,
    panels: Reserved,
    seen: dict[bytes, int],
    former: Callable[[str], Iterable[str]] = lambda _panel: (),
) -> Entry:
    """Make a queue entry from one row; ValueError says what is wrong with it.

    `seen` counts equal rows without a ref, so that each gets the same key in every import: 16 bytes and a count for
    each. `former` returns the names that a panel may have had: the key of a row holds the panel's name.
    """
    draft = draft_of(row, default_panel, panels)
    names = former(draft.panel)
    if draft.ref is not None or draft.panel_order_id is not None:
        return Entry(draft, former=dict.fromkeys(names))
    digest = _digest(draft, draft.panel)
    seen[digest] = seen.get(digest, 0) + 1
    count = seen[digest]
    keys = {name: f"{_digest(draft, name).hex()}:{count}" for name in names}
    return Entry(draft, f"{digest.hex()}:{count}", keys)


def _digest(draft: Draft, panel: str) -> bytes:
    """Return what identifies the content of a draft, were its panel called so."""
    content = json.dumps(
        [panel, draft.service, draft.link, draft.quantity, draft.comments, dict(draft.fields)]
    )
    return hashlib.sha256(content.encode()).digest()[:16]


def draft_of(row: Row, default_panel: str | None, panels: Reserved) -> Draft:
    """Make a draft from one row; ValueError says what is wrong with it."""
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
        service=_required(row, "service"),
        link=_required(row, "link"),
        quantity=_quantity(row.get("quantity")),
        comments=_comments(row),
        ref=_text(row, "ref"),
        fields=_fields(row.get("fields", {}), panels[panel]),
        panel_order_id=_panel_order_id(row),
    )


def _panel_order_id(row: Row) -> str | None:
    text = _text(row, "panel_order_id")
    fault = None if text is None else id_fault(text)
    if fault is not None:
        raise ValueError(f"the panel_order_id {text!r} is not a panel's order id: {fault}")
    return text


def _required(row: Row, name: str) -> str:
    text = _text(row, name)
    if text is None:
        raise ValueError(f"the {name} is missing")
    return text


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
        raise ValueError(f"the {name} contains a line break or a control character")
    return text or None


def _is_unicode(text: str) -> bool:
    """Tell whether a text has no halves of characters, which come from bytes that are not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _comments(row: Row) -> str | None:
    value = row.get("comments")
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("the comments must be text, one comment a line")  # noqa: TRY004
    if len(value) > LONGEST["comments"]:
        raise ValueError(f"the comments are longer than {LONGEST['comments']:,} characters")
    if "\0" in value:
        raise ValueError("the comments contain a NUL character")
    if not _is_unicode(value):
        raise ValueError("the comments are not UTF-8 text")
    return "\n".join(line.strip() for line in lines_of(value) if line.strip()) or None


def _quantity(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"the quantity {str(value)[:40]!r} is not a whole number above 0")  # noqa: TRY004
    return read_quantity(str(value))


def _fields(value: object, reserved: frozenset[str]) -> dict[str, str]:
    if not isinstance(value, dict) or not all(
        isinstance(v, str | int) and not isinstance(v, bool) for v in value.values()
    ):
        raise ValueError("the fields must be a JSON object of texts and whole numbers, without true or false")
    fields = {str(name): str(text) for name, text in value.items()}
    if sum(len(name) + len(text) for name, text in fields.items()) > LONGEST["fields"]:
        raise ValueError(f"the fields are longer than {LONGEST['fields']:,} characters together")
    for name, text in fields.items():
        if name in reserved:
            raise ValueError(
                f"tracker fills in the field {name!r} itself; use the argument or column of that name"
            )
        if not name.isidentifier() or "\0" in text:
            raise ValueError(f"{name!r} is not a field name")
        if not _is_unicode(text):
            raise ValueError(f"the field {name!r} is not UTF-8 text")
    return fields


# -- many rows at once ----------------------------------------------------------------------------------

SIMPLE = ("service", "link", "quantity", "ref", "panel")


def simple_rows(
    header: Sequence[str] | None, rows: Sequence[object], default_panel: str | None, panels: Reserved
) -> list[SimpleRow] | None:
    """Read many rows at once, column by column; None where one of them must be read by itself.

    It reads what `draft_of` reads, of rows with a ref and only SIMPLE columns, at a tenth of the cost.
    """
    cells: list[list[str]] = [row for row in rows if isinstance(row, list)]
    if header is None or "ref" not in header or len(cells) != len(rows):
        return None
    if set(map(len, cells)) != {len(header)}:
        return None
    columns = dict(
        zip(header, (list(map(str.strip, column)) for column in zip(*cells, strict=True)), strict=True)
    )
    if any(any(column) for name, column in columns.items() if name not in SIMPLE):
        return None
    if any(may_be_mangled(name, column) for name, column in columns.items()):
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
    """Return a column whose texts are all present, short enough and printable; None for any other."""
    good = all(column) and max(map(len, column)) <= longest and "".join(column).isprintable()
    return column if good else None


def _quantities(column: Sequence[str] | None, count: int) -> Sequence[int | None] | None:
    """Return a column whose quantities are all present or all left out; None for any other."""
    if column is None or not any(column):
        return [None] * count
    digits = "".join(column)
    if not all(column) or not (digits.isascii() and digits.isdecimal()) or max(map(len, column)) > 13:
        return None
    numbers = list(map(int, column))
    return numbers if min(numbers) > 0 and max(numbers) <= LARGEST_QUANTITY else None
