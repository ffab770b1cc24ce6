"""Makes entries of the queue from the rows of a file, one by one or many at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence

from tracker.cli.files.cells import may_be_mangled
from tracker.operations.drafts import LONGEST, Reserved, Row, When, draft_of, local_time
from tracker.orders.order import Draft
from tracker.orders.quantity import LARGEST_QUANTITY
from tracker.store.queue import Entry, SimpleRow


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
