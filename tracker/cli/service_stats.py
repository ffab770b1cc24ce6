"""The table of `services --stats`: what the orders of each service were worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from tracker.cli.output import print_json, print_table
from tracker.cli.session import Refused, Session
from tracker.cli.terminal import columns, screen
from tracker.cli.terminal.columns import Column, text_column
from tracker.lib import money
from tracker.lib.times import about, seconds
from tracker.orders.order import State
from tracker.orders.worth import Worth, worth
from tracker.store import accounts, catalogue, figures


class Row(NamedTuple):
    """One service of one panel that has orders which ended."""

    panel: str
    id: str
    #: None where the catalogue does not list it any more.
    name: str | None
    currency: str | None
    worth: Worth


_SHARES = {"partial": State.PARTIAL, "canceled": State.CANCELED, "failed": State.FAILED}

Key = Callable[[Row], object]

SORTS: Mapping[str, Callable[[Row], Decimal | float | None]] = {
    "orders": lambda row: -row.worth.orders,
    "start": lambda row: row.worth.start_median,
    "end": lambda row: row.worth.end_median,
    "price": lambda row: row.worth.unit_price,
    "refunded": lambda row: -row.worth.refunded,
    **{
        name: (lambda row, state=state: -row.worth.share(state))  # type: ignore[misc]
        for name, state in _SHARES.items()
    },
}
"""What the table may be sorted by: the best first, or where that is bad, the most; the unknown last."""

COLUMNS = (
    text_column("panel", least=6, from_width=100),
    Column("id", right=True),
    text_column("name", least=8),
    Column("orders", right=True),
    Column("start", "starts", right=True),
    Column("start_90", "90%", right=True, from_width=110),
    Column("end", "ends", right=True),
    Column("end_90", "90%", right=True),
    Column("partial", right=True),
    Column("canceled", right=True),
    Column("unit_price", "a unit", right=True),
    Column("failed", right=True),
    Column("refunded", "came back", right=True, from_width=100),
)


def print_stats(
    session: Session, panels: Sequence[str], search: str | None, sort: str, as_json: bool
) -> None:
    """Print what the services of these panels were worth."""
    rows = sorted(_rows(session, panels, search), key=_place(sort))
    if as_json:
        for row in rows:
            print_json(_json(row))
    elif screen.is_terminal():
        _print_for_people(rows, len(panels) == 1)
    else:
        header = [column.name for column in COLUMNS]
        print_table(header, (_cells(row, header, str) for row in rows), EMPTY)


EMPTY = "No order of any service has ended yet."


def _rows(session: Session, panels: Iterable[str], search: str | None) -> Iterable[Row]:
    for panel in panels:
        names, currency = catalogue.names(session.view, panel), accounts.read(session.view, panel).currency
        for service, found in figures.of_panel(session.view, panel).items():
            row = Row(panel, service, names.get(service), currency, worth(found))
            if row.worth.orders and (search is None or _holds(row, search)):
                yield row


def _holds(row: Row, text: str) -> bool:
    return text.casefold() in f"{row.id} {row.name or ''}".casefold()


def _place(sort: str) -> Callable[[Row], tuple[bool, object, str, str]]:
    if sort not in SORTS:
        raise Refused(f"--sort {sort}: there are {', '.join(SORTS)}")
    key = SORTS[sort]

    def place(row: Row) -> tuple[bool, object, str, str]:
        value = key(row)
        return value is None, 0 if value is None else value, row.panel, row.id

    return place


def _print_for_people(rows: Sequence[Row], one_panel: bool) -> None:
    width = screen.width()
    shown = [one for one in columns.shown(COLUMNS, width) if not (one_panel and one.name == "panel")]
    names = [column.name for column in shown]
    if not columns.print_columns(shown, (_cells(row, names, money.shown) for row in rows), width):
        screen.say(EMPTY, err=True)
        return
    screen.say(
        "Times are from sent to seen, right to 5 %: the median, and what 90% keep to. A unit: what one that was "
        "delivered cost.",
        err=True,
    )


def _cells(row: Row, names: Sequence[str], written: Callable[[Decimal], str]) -> list[object]:
    of = row.worth
    cells: dict[str, object] = {
        "panel": row.panel, "id": row.id, "name": row.name, "orders": f"{of.orders:,}",
        "start": _time(of.start_median), "start_90": _time(of.start_90),
        "end": _time(of.end_median), "end_90": _time(of.end_90),
        **{name: f"{100 * of.share(state):.1f}%" for name, state in _SHARES.items()},
        "unit_price": None if of.unit_price is None else written(of.unit_price),
        "refunded": written(of.refunded),
    }  # fmt: skip
    return [cells[name] for name in names]


def _time(span: int | None) -> str | None:
    return None if span is None else about(span)


def _json(row: Row) -> dict[str, object]:
    of = row.worth
    return {
        "panel": row.panel, "id": row.id, "name": row.name, "orders": of.orders, "completed": of.completed,
        "partial": of.partial, "canceled": of.canceled, "failed": of.failed,
        **{f"{name}_share": round(of.share(state), 6) for name, state in _SHARES.items()},
        "start_median_s": _seconds(of.start_median), "start_90_s": _seconds(of.start_90),
        "end_median_s": _seconds(of.end_median), "end_90_s": _seconds(of.end_90),
        "paid": money.text(of.paid), "refunded": money.text(of.refunded), "delivered": of.delivered,
        "unit_price": money.text(of.unit_price), "currency": row.currency,
    }  # fmt: skip


def _seconds(span: int | None) -> int | None:
    return None if span is None else round(seconds(span))
