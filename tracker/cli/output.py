"""Prints results: JSON Lines for programs, tables for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import click

from tracker.lib import money
from tracker.lib.times import rfc3339
from tracker.lib.visible import one_line
from tracker.orders.order import Order

ORDER_KEYS = (
    "id", "ref", "panel", "service", "link", "quantity", "comments", "fields", "state", "panel_order_id",
    "panel_status", "charge", "currency", "start_count", "remains", "attempts", "last_error", "created_at",
    "submitted_at", "checked_at", "finished_at",
)  # fmt: skip
"""The keys of an order as JSON, in the contract's order."""

TIMES = frozenset({"created_at", "submitted_at", "checked_at", "finished_at"})

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def order_json(order: Order) -> dict[str, object]:
    """Return an order as the contract's JSON object."""
    return {key: plain(key, order) for key in ORDER_KEYS}


def plain(key: str, order: Order) -> object:
    """Return the value of one of the keys as JSON holds it."""
    match getattr(order, key):
        case Decimal() as value:
            return money.text(value)
        case Mapping() as value:
            return dict(value)
        case int(value) if key in TIMES:
            return rfc3339(value)
        case value:
            return value


def time_or_none(at: int | None) -> str | None:
    """Write a point in time as RFC 3339, or None."""
    return None if at is None else rfc3339(at)


def print_json(value: Mapping[str, object]) -> None:
    """Print one JSON object on a line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Print a whole table for programs and files; `empty` is printed when there is no row."""
    cells = [["" if cell is None else one_line(str(cell)) for cell in row] for row in rows]
    if not cells:
        click.echo(empty, err=True)
        return
    lines = [header, *cells]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for row in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
