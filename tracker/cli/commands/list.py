"""`list`: orders, for people and for programs."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, nullcontext
from functools import partial
from typing import TypedDict

import click

from tracker.cli.completers import complete_panels
from tracker.cli.files.cells import csv_line
from tracker.cli.numbers import Whole
from tracker.cli.orders.columns import DEFAULT, NAMES, WIDE, Cells, Clients, Services
from tracker.cli.orders.lines import csv_lines, json_lines
from tracker.cli.output import json_option, print_long_table
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.streams import exact
from tracker.cli.terminal import columns, screen
from tracker.cli.terminal.columns import Column, link_column, text_column
from tracker.lib import collector, moments, money
from tracker.lib.clock import now
from tracker.lib.times import rfc3339
from tracker.orders.order import Order, State
from tracker.orders.order_json import ORDER_KEYS
from tracker.orders.strays import stray_sentences
from tracker.orders.tags import tag_of
from tracker.orders.why_held import why_held
from tracker.store import counters, orders
from tracker.store.order_pages import pages

HEADER = (
    "id",
    "ref",
    "state",
    "panel",
    "service",
    "quantity",
    "remains",
    "charge",
    "panel id",
    "link",
)
"""What is printed where no terminal is: whole, and the longest last, as it would push all others away."""

MORE = ("held", "last error")
"""What holds an order and what is wrong with one, which come behind it where there is any."""

SHAPED = (
    Column("id", right=True),
    text_column("ref", least=10),
    text_column("name", "service", least=12),
    Column("done", right=True),
    Column("age", right=True),
    link_column("link", least=28, from_width=100),
    Column("charge", right=True, from_width=120),
    text_column("panel", from_width=120),
    text_column("held", least=8),
    text_column("held_why", "why it is held", least=20, from_width=150),
    text_column("last_error", "what is wrong", least=20, from_width=150),
    text_column("comments"),
    text_column("client"),
    text_column("client_ref", "client ref"),
    Column("service", "no.", right=True),
    Column("panel_order_id", "panel id"),
    *(Column(name, right=True) for name in ("quantity", "remains", "start_count", "attempts")),
)
COLUMNS = {name: Column(name) for name in NAMES} | {column.name: column for column in SHAPED}
"""Every column as a terminal shows it."""


@click.command(name="list")
@click.option(
    "--state",
    "states",
    multiple=True,
    metavar="STATE",
    type=click.Choice([str(state) for state in State]),
    help=f"Show only orders in this state ({', '.join(State)}). It can be given more than once.",
)
@click.option("--panel", shell_complete=complete_panels, help="Show only orders of this panel.")
@click.option("--tag", help="Show only orders with this tag.")
@click.option(
    "--since",
    metavar="WHEN",
    help="Show only orders queued since then: yesterday, monday, 14:05, 2h, a date or a time.",
)
@click.option(
    "--limit",
    type=Whole(0),
    default=100,
    show_default=True,
    help="Show no more than this many; 0 shows all.",
)
@click.option("--wide", is_flag=True, help="Show more columns, and nothing cut.")
@click.option(
    "--columns", "names", metavar="A,B,C", help="Show these columns: id, ref, state, name, link and others."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
@pass_session
def list_(
    session: Session, /, states: tuple[str, ...], panel: str | None, tag: str | None, since: str | None,
    limit: int, wide: bool, names: str | None, as_csv: bool, as_json: bool,
) -> None:  # fmt: skip
    """List orders, the newest first.

    On a terminal it shows what fits: `done` is what was delivered of what was ordered.
    """
    chosen = _chosen(names, as_csv or as_json)
    counts = counters.counts(session.view)
    for sentence in stray_sentences(counts, session.config.panels):
        screen.say(f"Warning: {sentence}", err=True)
    wanted: Wanted = {
        "states": states, "panel": panel, "since": _since(session, since), "limit": limit, "tag": _tag(tag),
    }  # fmt: skip
    if as_json or as_csv:
        _print_lines(session, wanted, as_csv and not as_json)
    elif screen.is_terminal():
        with closing(orders.listed(session.view, **wanted)) as found:
            count = _print_for_people(session, found, chosen, wide)
        _note_rest(count, limit)
    else:
        _print_table(session, wanted, [column.name for column in chosen])


class Wanted(TypedDict):
    """Which orders are listed; see `order_pages.pages`."""

    states: tuple[str, ...]
    panel: str | None
    since: int | None
    limit: int
    tag: str | None


def _chosen(names: str | None, is_for_programs: bool) -> list[Column]:
    """Return the columns that `--columns` names; none where it is not given."""
    if names is None:
        return []
    if is_for_programs:
        raise Refused("--columns is for the table; JSON and CSV hold every column")
    try:
        return columns.chosen(names, COLUMNS)
    except ValueError as error:
        raise Refused(f"--columns: {error}") from None


def _tag(text: str | None) -> str | None:
    try:
        return None if text is None else tag_of(text)
    except ValueError as error:
        raise Refused(str(error)) from None


def _since(session: Session, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return moments.read_since(text, now(), session.config.timezone)
    except ValueError:
        raise Refused(
            f"--since {text}: write yesterday, a weekday, a date like 2026-11-24, a time like 14:05, or a length of "
            "time like 2h or 3d"
        ) from None


def _print_for_people(
    session: Session, found: Generator[Order, None, None], chosen: Sequence[Column], wide: bool
) -> int:
    """Print a table that fits the terminal; return the count of its rows."""
    at, zone = now(), session.config.timezone
    cells = Cells(Services(session), Clients(session), at, lambda moment: moments.short(moment, at, zone))
    listed = list(found)
    shown = list(chosen) or _shown(session, listed, wide)
    rows = cells.rows([column.name for column in shown], iter(listed))
    count = columns.print_columns(shown, rows, None if wide else screen.width())
    if not count:
        click.echo("No orders.", err=True)
    return count


def _shown(session: Session, listed: Sequence[Order], wide: bool) -> list[Column]:
    """Return the columns for which there is room, without those that would say nothing."""
    useless = set()
    if len(session.config.panels) == 1:
        useless.add("panel")
    useless |= {
        name
        for name in ("held", "held_why", "last_error")
        if all(getattr(order, "held" if name == "held_why" else name) is None for order in listed)
    }
    if wide:
        return [COLUMNS[name] for name in WIDE if name not in useless]
    return columns.shown([COLUMNS[name] for name in DEFAULT if name not in useless], screen.width())


def _note_rest(count: int, limit: int) -> None:
    if limit and count == limit:
        screen.say(
            f"{'This is the newest one' if count == 1 else f'These are the newest {count:,}'}; --limit 0 shows all.",
            err=True,
        )


def _print_table(session: Session, wanted: Wanted, names: Sequence[str]) -> None:
    """Print a table for programs: of these columns, or of the usual ones with what is wrong where anything is."""
    rows = partial(_rows, session, wanted, names) if names else partial(_usual_rows, session, wanted)
    with session.view.snapshot():
        print_long_table(names or (*HEADER, *MORE), rows, "No orders.", () if names else MORE)


def _rows(session: Session, wanted: Wanted, names: Sequence[str]) -> Iterator[Sequence[object]]:
    """Yield the cells of some columns for each order."""
    cells = Cells(Services(session), Clients(session), now(), rfc3339, for_people=False)
    with closing(orders.listed(session.view, **wanted)) as found:
        yield from cells.rows(names, found)


def _usual_rows(session: Session, wanted: Wanted) -> Iterator[Sequence[object]]:
    """Yield the cells of HEADER and MORE for each order."""
    with closing(orders.listed(session.view, **wanted)) as found:
        yield from map(_row, found)


def _row(order: Order) -> tuple[object, ...]:
    charge = money.text(order.charge) or (
        f"~{money.text(order.expected_charge)}" if order.expected_charge else None
    )
    return (
        order.id, order.ref, order.state, order.panel, order.service, order.quantity, order.remains, charge,
        order.panel_order_id, order.link, why_held(order, rfc3339), order.last_error,
    )  # fmt: skip


def _print_lines(session: Session, wanted: Wanted, as_csv: bool) -> None:
    """Print what other programs read; CSV is exact, but on a terminal, and JSON has nothing to be made visible."""
    is_exact = not as_csv or not sys.stdout.isatty()
    write = csv_lines if as_csv else json_lines
    with (
        collector.seldom(),
        closing(pages(session.view, ORDER_KEYS, **wanted)) as found,
        exact(sys.stdout) if is_exact else nullcontext(sys.stdout) as output,
    ):
        output.write(csv_line(ORDER_KEYS) if as_csv else "")
        for page in found:
            output.write(write(page))
            output.flush()  # whoever reads it may have read enough
