"""How results are printed: JSON Lines for programs, tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import click

from tracker.lib import money
from tracker.lib.times import rfc3339
from tracker.orders.order import Order, State

ORDER_KEYS = (
    "id", "ref", "panel", "service", "link", "quantity", "comments", "fields", "state", "panel_order_id",
    "panel_status", "charge", "currency", "start_count", "remains", "attempts", "last_error", "created_at",
    "submitted_at", "checked_at", "finished_at",
)  # fmt: skip
"""The keys of an order as JSON, in the contract's order."""

_TIMES = frozenset({"created_at", "submitted_at", "checked_at", "finished_at"})

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def order_json(order: Order) -> dict[str, Any]:
    """Return an order as the contract's JSON object."""
    return {key: _plain(key, getattr(order, key)) for key in ORDER_KEYS}


def _plain(key: str, value: Any) -> Any:
    if key in _TIMES:
        return None if value is None else rfc3339(value)
    if key == "fields":
        return dict(value)
    return money.text(value) if isinstance(value, Decimal) else value


def time_or_none(at: int | None) -> str | None:
    """Write a point in time as RFC 3339, or None."""
    return None if at is None else rfc3339(at)


def print_json(value: Any) -> None:
    """Print one JSON object on a line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_table(heads: Sequence[str], rows: Iterable[Sequence[Any]], empty: str) -> None:
    """Print a table for a person; `empty` is what to say when there is no row."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not cells:
        click.echo(empty, err=True)
    elif sys.stdout.isatty():
        _print_rich(heads, cells)
    else:
        _print_plain(heads, cells)


def _print_rich(heads: Sequence[str], cells: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def _print_plain(heads: Sequence[str], cells: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in [list(heads), *cells]) for column in range(len(heads))]
    for row in [list(heads), *cells]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_order(order: Order, expected: bool = True) -> None:
    """Print one order for a person."""
    charge = f"{money.text(order.charge)}" if order.charge is not None else None
    if (
        charge is not None
        and order.expected_charge not in (None, order.charge)
        and order.state is not State.PARTIAL
    ):
        charge += f" (the catalogue said {money.text(order.expected_charge)})"
    if charge is None and order.expected_charge is not None and expected:
        charge = f"{money.text(order.expected_charge)} expected"
    lines = {
        "order": order.id, "ref": order.ref, "state": order.state, "panel": order.panel, "service": order.service,
        "link": order.link, "quantity": order.quantity, "comments": _first_line(order.comments),
        "fields": " ".join(f"{name}={value}" for name, value in order.fields.items()) or None,
        "charge": " ".join(filter(None, (charge, order.currency if charge else None))) or None,
        "panel id": order.panel_order_id, "panel says": order.panel_status, "start count": order.start_count,
        "remains": order.remains, "attempts": order.attempts or None, "last error": order.last_error,
        "queued": time_or_none(order.created_at), "sent": time_or_none(order.submitted_at),
        "looked at": time_or_none(order.checked_at), "finished": time_or_none(order.finished_at),
    }  # fmt: skip
    for name, value in lines.items():
        if value is not None:
            click.echo(f"{name:<12} {value}")


def print_checks(looks: Sequence[Mapping[str, Any]], err: bool = False) -> None:
    """Print what each look at a lost order found, for a person."""
    if looks:
        click.echo("\nevidence", err=err)
    for look in looks:
        click.echo(f"  {look['at']}  {look['ruling']}: {'; '.join(look['reasons'])}", err=err)
        for panel_order_id, told in look["facts"].get("own_ids_found", {}).items():
            said = ", ".join(f"{name} {value}" for name, value in told.items() if value is not None)
            click.echo(f"      order {panel_order_id} is ours and stands in no order here: {said}", err=err)


def _first_line(comments: str | None) -> str | None:
    if comments is None:
        return None
    lines = comments.splitlines() or [""]
    return lines[0] if len(lines) == 1 else f"{lines[0]} … ({len(lines)} lines)"
