"""One order, with its history and its evidence, as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from decimal import Decimal
from typing import Any

import click

from tracker.cli.terminal import screen
from tracker.cli.terminal.cells import cells, cut_link, wrapped
from tracker.lib import moments, money
from tracker.lib.clock import now
from tracker.lib.lines import lines_of
from tracker.lib.times import read_rfc3339, rfc3339
from tracker.lib.visible import one_line
from tracker.orders.order import Order, State
from tracker.orders.why_held import why_held
from tracker.store.clients import ClientOrder

_LABEL = 13
"""Cells of a label and the space after it."""

_LINES = 3
"""Lines of a terminal that a value may take; a longer link is cut."""


def print_order(
    order: Order, zone: tzinfo | None, service: str | None = None, whole: bool = False,
    made: ClientOrder | None = None,
) -> None:  # fmt: skip
    """Print one order; `service` is what its service is called, `made` who queued it through the gateway.

    `whole` prints also the longest link in full. Points in time are of `zone` where people read them.
    """
    for label, value in _values(order, service, made, zone).items():
        if value is not None:
            _print_value(label, one_line(str(value)), whole)


def _values(
    order: Order, service: str | None, made: ClientOrder | None, zone: tzinfo | None
) -> Mapping[str, object]:
    def moment(at: int | None) -> str | None:
        return None if at is None else _exact(at, zone)

    fields = " ".join(f"{name}={value}" for name, value in order.fields.items())
    return {
        "order": order.id, "ref": order.ref, "client": made and made.client, "client ref": made and made.ref,
        "state": order.state, "panel": order.panel,
        "service": f"{order.service}  {service}" if service else order.service,
        "link": order.link, "quantity": _count(order.quantity), "comments": _first_line(order.comments),
        "fields": fields or None, "tags": " ".join(order.tags) or None, "priority": order.priority or None,
        "not before": moment(order.not_before), "expires": moment(order.expires_at),
        "units": _count(order.units) if order.series and order.units else None,
        f"{order.series or 'parts'} made": order.parts,
        "charge": _charge(order),
        "panel id": order.panel_order_id, "panel status": order.panel_status,
        "start count": _count(order.start_count), "remains": _count(order.remains),
        "held": why_held(order, lambda at: _exact(at, zone)), "attempts": order.attempts or None,
        "last error": order.last_error,
        "queued": moment(order.created_at), "sent": moment(order.submitted_at),
        "checked": moment(order.checked_at), "finished": moment(order.finished_at),
    }  # fmt: skip


def _print_value(label: str, value: str, whole: bool) -> None:
    if not screen.is_terminal():
        click.echo(f"{label:<{_LABEL - 1}} {value}")
        return
    room = screen.width()
    most = _LINES * room - _LABEL
    if not whole and cells(value) > most and " " not in value:
        value = cut_link(value, most)
    for line in wrapped(value, room, f"{label:<{_LABEL}}", " " * _LABEL):
        click.echo(line.rstrip())


def _count(value: int | None) -> str | None:
    """Write a count: with commas where people read it."""
    if value is None:
        return None
    return f"{value:,}" if screen.is_terminal() else str(value)


def amount(value: Decimal | None, currency: str | None = None) -> str:
    """Write an amount with its currency: with commas where people read it."""
    if value is None:
        return "unknown"
    if screen.is_terminal():
        return money.shown(value, currency)
    return f"{money.text(value)} {currency or ''}".rstrip()


def _exact(at: int, zone: tzinfo | None) -> str:
    """Write a point in time: in a zone on a terminal, else as RFC 3339."""
    return moments.exact(at, now(), zone) if screen.is_terminal() else rfc3339(at)


def _charge(order: Order) -> str | None:
    """Return the charge with its currency, and with what the catalogue said where that differs."""
    if order.charge is None and order.expected_charge is None:
        return None
    if order.charge is None:
        return f"{amount(order.expected_charge, order.currency)} expected"
    if order.expected_charge in (None, order.charge) or order.state is State.PARTIAL:
        return amount(order.charge, order.currency)
    said = amount(order.expected_charge, order.currency)
    return f"{amount(order.charge, order.currency)} (the catalogue said {said})"


def _first_line(comments: str | None) -> str | None:
    if comments is None:
        return None
    lines = lines_of(comments) or [""]
    return lines[0] if len(lines) == 1 else f"{lines[0]} … ({len(lines)} lines)"


def print_history(history: Iterable[Mapping[str, Any]], zone: tzinfo | None) -> None:
    """Print each change of an order's state with the facts that were kept with it."""
    click.echo("\nhistory")
    for row in history:
        _print_entry(row["at"], zone, f"{row['from'] or '-'} -> {row['to']}: {row['why']}")
        facts = row["evidence"]
        for name, value in facts.items() if isinstance(facts, dict) else ():
            if value is not None:
                _print_fact(f"{name.replace('_', ' ')}: {_fact(name, value, zone)}")


_MOMENTS = frozenset({"submitted_at", "balance_at"})
_AMOUNTS = frozenset({"expected_charge", "balance_before", "charge"})


def _fact(name: str, value: object, zone: tzinfo | None) -> object:
    """Write a fact of an order's history; what is stored as RFC 3339 or as an exact amount as people read it."""
    if isinstance(value, list):
        return "; ".join(value)
    if isinstance(value, str) and name in _MOMENTS:
        return _stored(value, zone)
    return amount(money.read(value)) if isinstance(value, str) and name in _AMOUNTS else value


def _stored(at: str, zone: tzinfo | None) -> str:
    """Write a point in time that is stored as RFC 3339: in a zone on a terminal."""
    return moments.exact(read_rfc3339(at), now(), zone) if screen.is_terminal() else at


def print_checks(checks: Sequence[Mapping[str, Any]], zone: tzinfo | None, err: bool = False) -> None:
    """Print what each evidence check of an unknown order found."""
    if checks:
        click.echo("\nevidence", err=err)
    for check in checks:
        _print_entry(check["at"], zone, f"{check['ruling']}: {'; '.join(check['reasons'])}", err)
        for panel_order_id, facts in check["facts"].get("own_ids_found", {}).items():
            known = ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)
            _print_fact(f"order {panel_order_id} is yours and no order here has it: {known}", err)


def print_requests(asked: Sequence[Mapping[str, Any]], zone: tzinfo | None) -> None:
    """Print what was asked of the panel about an order, and what it said."""
    if asked:
        click.echo("\nrequests")
    for one in asked:
        said = f": {one['why']}" if one["why"] else ""
        _print_entry(one["at"], zone, f"{one['kind']} {one['state']}{said}")
        facts = {"by": "by", "sent": "sent_at", "refill": "refill_id", "the panel says": "panel_status"}
        for label, value in ((label, one[key]) for label, key in facts.items()):
            if value is not None:
                _print_fact(f"{label}: {_stored(value, zone) if label == 'sent' else value}")


def _print_entry(at: str, zone: tzinfo | None, text: str, err: bool = False) -> None:
    """Print a line with its time, which is stored as RFC 3339."""
    _print_lines(f"  {_stored(at, zone)}  ", one_line(text), err)


def _print_fact(text: str, err: bool = False) -> None:
    _print_lines(" " * 6, one_line(text), err)


def _print_lines(begin: str, text: str, err: bool) -> None:
    if screen.is_terminal():
        for line in wrapped(text, screen.width(), begin, " " * len(begin)):
            click.echo(line.rstrip(), err=err)
    else:
        click.echo(f"{begin}{text}", err=err)
