"""Makes entries of the queue from the rows of a file, one by one or many at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from tracker.cli.files.cells import is_marked
from tracker.cli.files.rows import Cells
from tracker.operations.drafts import LONGEST, Reserved, Row, When, draft_of, local_time
from tracker.orders.order import Draft
from tracker.orders.quantity import LARGEST_QUANTITY
from tracker.store.queue import Entry, SimpleRow

T = TypeVar("T")


def entry_of(
    row: Row,
    default_panel: str | None,
    panels: Reserved,
    seen: dict[bytes, int],
    former: Callable[[str], Iterable[str]] = lambda _panel: (),
    when: When = local_time,
) -> Entry:
    """Make a queue entry from one row; ValueError says what is wrong with it.

    `seen` counts equal rows without a ref, so that each gets the same key in every import: 16 bytes and a count for
    each. `former` returns the names that a panel may have had: the key of a row holds the panel's name.
    """
    draft = draft_of(row, default_panel, panels, when)
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


SIMPLE = ("service", "link", "quantity", "ref", "panel")

_MARKS = frozenset("='#E+-0123456789")
"""How a ref begins that a spreadsheet may have mangled, or made harmless."""


def simple_rows(cells: Cells | None, default_panel: str | None, panels: Reserved) -> list[SimpleRow] | None:
    """Read many rows at once, column by column; None where one of them must be read by itself.

    It reads what `draft_of` reads, of rows with a ref and only SIMPLE columns, at a small part of the cost: what is the
    same in many rows is looked at once.
    """
    if cells is None or "ref" not in cells:
        return None
    if any("".join(column).strip() for name, column in cells.items() if name not in SIMPLE):
        return None
    count = len(cells["ref"])
    panel = _panels(cells.get("panel"), default_panel, panels, count)
    service, link, ref = _services(cells["service"]), _texts("link", cells["link"]), _refs(cells["ref"])
    quantity = _quantities(cells.get("quantity"), count)
    if panel is None or service is None or link is None or quantity is None or ref is None:
        return None
    return list(zip(panel, service, link, quantity, ref, strict=True))


def _panels(
    column: Sequence[str] | None, default: str | None, panels: Reserved, count: int
) -> Sequence[str] | None:
    if column is None or not "".join(column).strip():
        return None if default is None else [default] * count
    return _of_few("panel", column, lambda text: text if text in panels else None)


def _services(column: Sequence[str]) -> Sequence[str] | None:
    longest = LONGEST["service"]
    return _of_few(
        "service", column, lambda text: text if len(text) <= longest and text.isprintable() else None
    )


def _of_few(name: str, column: Sequence[str], read: Callable[[str], T | None]) -> Sequence[T] | None:
    """Return what is read of a column in which few values return again and again; None where one cannot be read."""
    found: dict[str, T] = {}
    for cell in set(column):
        text = cell.strip()
        value = read(text) if text and not is_marked(name, cell) else None
        if value is None:
            return None
        found[cell] = value
    return list(map(found.__getitem__, column))


def _texts(name: str, column: Sequence[str]) -> Sequence[str] | None:
    """Return a column whose texts are all present, short enough and printable; None for any other."""
    joined = "".join(column)
    if " " in joined or not joined.isprintable():
        column = list(map(str.strip, column))
        if not "".join(column).isprintable():
            return None
    return column if all(column) and max(map(len, column)) <= LONGEST[name] else None


def _refs(column: Sequence[str]) -> Sequence[str] | None:
    texts = _texts("ref", column)
    # Most refs begin with letters: what is none of these signs is no value that a spreadsheet has mangled.
    if texts is None or _MARKS.isdisjoint({cell[0] for cell in texts}):
        return texts
    return None if any(is_marked("ref", cell) for cell in column) else texts


def _quantities(column: Sequence[str] | None, count: int) -> Sequence[int | None] | None:
    """Return a column whose quantities are all present or all left out; None for any other."""
    if column is None or not "".join(column).strip():
        return [None] * count
    return _of_few("quantity", column, _quantity)


def _quantity(text: str) -> int | None:
    if not (text.isascii() and text.isdecimal()) or len(text) > 13:
        return None
    return number if 0 < (number := int(text)) <= LARGEST_QUANTITY else None
