"""The dialects that are built in: a new one gets a file of its own and a line here. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.panel.dialects.dialect import Dialect, DialectError
from tracker.panel.dialects.perfectpanel import PERFECTPANEL
from tracker.panel.dialects.tagrani import TAGRANI

BASES: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (TAGRANI, PERFECTPANEL)}
"""The built-in dialects, by name."""


def named(name: str) -> Dialect:
    """Return a built-in dialect; DialectError when none has this name."""
    if name not in BASES:
        raise DialectError([((), f"there is no dialect {name!r}: choose {' or '.join(BASES)}")])
    return BASES[name]
