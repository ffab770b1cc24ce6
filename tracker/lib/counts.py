"""Counts of things in words, for people. Pure."""

from __future__ import annotations


def counted(count: int, one: str, many: str | None = None) -> str:
    """Write how many there are: `1 order`, `2 orders`, `1,200 orders`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
