"""Links as a reader can take them in. Pure."""

from __future__ import annotations

CUT = "…"


def cut_link(link: str, longest: int) -> str:
    """Return a link of at most so many characters: what is cut is its middle, so that host and end stay."""
    if len(link) <= longest:
        return link
    head = (longest - len(CUT)) * 2 // 3
    return f"{link[:head]}{CUT}{link[len(link) - (longest - len(CUT) - head) :]}"
