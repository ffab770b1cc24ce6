"""Makes a draft from the values of one order, and says what is wrong with them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from tracker.lib import clock, moments
from tracker.lib.lines import lines_of
from tracker.lib.times import about
from tracker.lib.visible import unseen
from tracker.orders import tags
from tracker.orders.ids import id_fault
from tracker.orders.order import Draft
from tracker.orders.quantity import read_quantity

COLUMNS = (
    "service", "link", "quantity", "comments", "ref", "panel", "panel_order_id", "tags", "priority", "not_before",
    "expires",
)  # fmt: skip
MOMENTS = frozenset({"not_before", "expires"})
"""Columns that hold a point in time."""

REQUIRED = ("service", "link")

Row = Mapping[str, object]
"""The values of an order by their column; empty values are left out."""

LONGEST = {
    "service": 200,
    "link": 4000,
    "ref": 200,
    "panel": 100,
    "panel_order_id": 100,
    "comments": 1_000_000,
    "fields": 1_000_000,
    "tags": 2000,
    "priority": 20,
    "not_before": 100,
    "expires": 100,
}
"""The most characters that each may have; all fields of an order together."""

Reserved = Mapping[str, frozenset[str]]
"""Each panel's name -> the form fields that tracker fills in itself for it."""


PRIORITIES = range(-100, 101)

When = Callable[[str], int]
"""Reads a point in time that a person has written; ValueError when it is none."""

WHEN = "write tomorrow 9:00, monday, 18:00, 2026-12-24 09:00 or a length of time like 2h"


def local_time(text: str) -> int:
    """Read a point in time in the zone of this machine."""
    return moments.read_coming(text, clock.now())


def draft_of(row: Row, default_panel: str | None, panels: Reserved, when: When = local_time) -> Draft:
    """Make a draft from one row; ValueError says what is wrong with it."""
    for name in row:
        if name not in COLUMNS and name != "fields":
            raise ValueError(f"unknown field {name!r}; known are: {', '.join(COLUMNS)}, fields")
    panel = _text(row, "panel") or default_panel
    if panel is None:
        raise ValueError("the panel is missing: the config has more than one")
    if panel not in panels:
        raise ValueError(f"the config has no panel {panel!r}")
    not_before, expires_at = _time(row, "not_before", when), _time(row, "expires", when)
    if not_before is not None and expires_at is not None and expires_at <= not_before:
        raise ValueError("it expires before it may be sent: `expires` must be later than `not_before`")
    return Draft(
        panel=panel,
        service=_required(row, "service"),
        link=_required(row, "link"),
        quantity=_quantity(row.get("quantity")),
        comments=_comments(row),
        ref=_text(row, "ref"),
        fields=_fields(row.get("fields", {}), panels[panel]),
        panel_order_id=_panel_order_id(row),
        tags=_tags(row.get("tags")),
        priority=_priority(row),
        not_before=not_before,
        expires_at=expires_at,
    )


def past_fault(draft: Draft, now: int) -> str | None:
    """Say that a time of a new order has passed already; None when none has."""
    for name, at in (("not_before", draft.not_before), ("expires", draft.expires_at)):
        if at is not None and at <= now:
            return f"`{name}` is in the past: that was {about(now - at)} ago"
    return None


def _time(row: Row, name: str, when: When) -> int | None:
    text = _text(row, name)
    if text is None:
        return None
    try:
        return when(text)
    except ValueError:
        raise ValueError(f"the {name} {text[:40]!r} is no point in time: {WHEN}") from None


def _tags(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    texts = tags.split(value) if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(one, str) for one in texts):
        raise ValueError("the tags must be text, or a list of texts")
    return tags.tags_of(texts)


def _priority(row: Row) -> int:
    text = _text(row, "priority")
    if text is None:
        return 0
    try:
        number = int(text)
    except ValueError:
        number = PRIORITIES.stop
    if number not in PRIORITIES:
        raise ValueError(f"the priority {text!r} is not a whole number from -100 to 100")
    return number


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
    if hidden := unseen(text):
        raise ValueError(f"the {name} contains {_called(hidden)}")
    return text or None


def _called(hidden: str) -> str:
    if unicodedata.category(hidden) in ("Cc", "Zl", "Zp"):
        return "a line break or a control character"
    return f"a character that cannot be seen, U+{ord(hidden):04X}: remove it"


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
