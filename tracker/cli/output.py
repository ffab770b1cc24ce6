"""Prints results: JSON Lines for programs, tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import click

from tracker.lib import money
from tracker.lib.times import rfc3339
from tracker.lib.visible import one_line
from tracker.orders.order import Order, State

ORDER_KEYS = (
    "id", "ref", "panel", "service", "link", "quantity", "comments", "fields", "state", "panel_order_id",
    "panel_status", "charge", "currency", "start_count", "remains", "attempts", "last_error", "created_at",
    "submitted_at", "checked_at", "finished_at",
)  # fmt: skip
"""The keys of an order as JSON, in the contract's order."""

_TIMES = frozenset({"created_at", "submitted_at", "checked_at", "finished_at"})

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def order_json(order: Order) -> dict[str, object]:
    """Return an order as the contract's JSON object."""
    return {key: _plain(key, getattr(order, key)) for key in ORDER_KEYS}


def _plain(key: str, value: object) -> object:
    match value:
        case Decimal():
            return money.text(value)
        case Mapping():
            return dict(value)
        case int() if key in _TIMES:
            return rfc3339(value)
        case _:
            return value


def time_or_none(at: int | None) -> str | None:
    """Write a point in time as RFC 3339, or None."""
    return None if at is None else rfc3339(at)


def print_json(value: Mapping[str, object]) -> None:
    """Print one JSON object on a line."""
    click.echo(json.dumps(value, ensure_ascii=False))


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """Print a table for people; `empty` is printed when there is no row."""
    cells = [["" if cell is None else one_line(str(cell)) for cell in row] for row in rows]
    if not cells:
        click.echo(empty, err=True)
    elif sys.stdout.isatty():
        # Here, because rich takes 20 ms to import, and most calls print no table on a terminal.
        from tracker.cli.rich_table import print_rich

        print_rich(header, cells)
    else:
        _print_plain(header, cells)


def _print_plain(header: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    lines = [header, *cells]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for row in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_order(order: Order) -> None:
    """Print one order for people."""
    lines = {
        "order": order.id, "ref": order.ref, "state": order.state, "panel": order.panel, "service": order.service,
        "link": order.link, "quantity": order.quantity, "comments": _first_line(order.comments),
        "fields": " ".join(f"{name}={value}" for name, value in order.fields.items()) or None,
        "units": order.units if order.series and order.units else None,
        f"{order.series or 'parts'} made": order.parts,
        "charge": _charge(order),
        "panel id": order.panel_order_id, "panel status": order.panel_status, "start count": order.start_count,
        "remains": order.remains, "attempts": order.attempts or None, "last error": order.last_error,
        "queued": time_or_none(order.created_at), "sent": time_or_none(order.submitted_at),
        "checked": time_or_none(order.checked_at), "finished": time_or_none(order.finished_at),
    }  # fmt: skip
    for name, value in lines.items():
        if value is not None:
            click.echo(f"{name:<12} {one_line(str(value))}")


def _charge(order: Order) -> str | None:
    """Return the charge with its currency, and with what the catalogue said where that differs."""
    charge, expected = money.text(order.charge), money.text(order.expected_charge)
    if charge is None and expected is None:
        return None
    if charge is None:
        charge = f"{expected} expected"
    elif order.expected_charge not in (None, order.charge) and order.state is not State.PARTIAL:
        charge += f" (the catalogue said {expected})"
    return " ".join(filter(None, (charge, order.currency)))


def print_checks(checks: Sequence[Mapping[str, Any]], err: bool = False) -> None:
    """Print for people what each evidence check of an unknown order found."""
    if checks:
        click.echo("\nevidence", err=err)
    for check in checks:
        click.echo(f"  {check['at']}  {check['ruling']}: {one_line('; '.join(check['reasons']))}", err=err)
        for panel_order_id, facts in check["facts"].get("own_ids_found", {}).items():
            known = ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)
            known = one_line(known)
            click.echo(f"      order {panel_order_id} is yours and no order here has it: {known}", err=err)


def _first_line(comments: str | None) -> str | None:
    if comments is None:
        return None
    lines = comments.splitlines() or [""]
    return lines[0] if len(lines) == 1 else f"{lines[0]} … ({len(lines)} lines)"
