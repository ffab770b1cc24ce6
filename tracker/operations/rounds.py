"""How the passes of a daemon stand at one moment."""

from __future__ import annotations

from typing import NamedTuple


class Round(NamedTuple):
    """One pass, by its name and what it works on, as in `submit:PANEL`. Times are microseconds."""

    name: str
    #: For how long its round has been running, or has made no progress; None between two rounds.
    running_for: int | None
    #: How long ago its last round ended; None before the first has.
    ended_ago: int | None
