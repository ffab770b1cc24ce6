"""Draws the live screen: rows of text for a terminal of a given size. Pure but for the names of local times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tracker.cli.status.page import COLORS, LABELS
from tracker.cli.terminal.cells import cells, cut, isolated, pad
from tracker.cli.watch.chart import bar, curve
from tracker.cli.watch.snapshot import Flight, Snapshot, Wallet
from tracker.lib import moments, money
from tracker.lib.counts import counted
from tracker.lib.times import about
from tracker.lib.visible import one_line
from tracker.operations.health import Health, headline
from tracker.operations.wallets import wallet
from tracker.orders.order import State

KEYS = "p pause   r resume   q quit"
PANEL_KEYS = "p pause   r resume   1-9 one panel   0 all panels   q quit"

_ENDS = len("in about 40 min")
_TALL = 30
"""Rows from which on the curves and the list of alerts are higher."""


class Span(NamedTuple):
    """A piece of a row, and how it is shown."""

    text: str
    color: str | None = None
    bold: bool = False


Row = tuple[Span, ...]


def render(
    snapshot: Snapshot, columns: int, rows: int, note: str = "", chosen: int | None = None
) -> list[Row]:
    """Return at most `rows` rows of at most `columns` cells. `note` answers the last key, `chosen` is a panel."""
    head = [*_head(snapshot, columns), *_findings(snapshot, columns, max(1, rows // 8))]
    foot = _foot(note or (PANEL_KEYS if len(snapshot.wallets) > 1 else KEYS), columns, bool(note))
    wallets = [row for one in _wallets(snapshot, columns, rows, chosen) for row in one]
    alerts = _alerts(snapshot, columns, rows)
    left = rows - len(head) - len(foot) - len(wallets) - len(alerts)
    flights = _flights(snapshot, columns, max(2, left))
    body = [*head, *flights, *wallets, *alerts][: rows - len(foot)]
    blank: list[Row] = [()] * (rows - len(foot) - len(body))
    return [_clamped(row, columns) for row in (*body, *blank, *foot)]


def _clamped(row: Row, columns: int) -> Row:
    """Cut a row that was laid out for more cells than there are."""
    kept: list[Span] = []
    left = columns
    for span in row:
        taken = cells(span.text)
        if taken > left:
            return (*kept, span._replace(text=cut(span.text, left)))
        kept.append(span)
        left -= taken
    return tuple(kept)


def _fit(text: str, columns: int, color: str | None = None, bold: bool = False) -> Row:
    return (Span(isolated(cut(one_line(text), columns)), color, bold),)


def _head(snapshot: Snapshot, columns: int) -> Iterator[Row]:
    health = max((level for level, _ in snapshot.findings), default=Health.OK)
    clock = moments.exact(snapshot.at, snapshot.at, snapshot.zone)
    state = cut(headline(snapshot.findings), max(0, columns - cells(clock) - 10))
    gap = " " * max(1, columns - len("tracker") - cells(state) - cells(clock) - 2)
    yield (
        Span("tracker", bold=True),
        Span("  "),
        Span(state, COLORS[health], True),
        Span(gap[:-1]),
        Span(clock),
    )
    for line in snapshot.daemons[:1]:
        yield _fit(f"daemon {line}", columns)


def _findings(snapshot: Snapshot, columns: int, most: int) -> Iterator[Row]:
    for level, text in snapshot.findings[:most]:
        label = f"{LABELS[level]}: "
        yield Span(label, COLORS[level], True), *_fit(text, columns - len(label))
    if len(snapshot.findings) > most:
        yield _fit(f"… and {len(snapshot.findings) - most} more; `tracker status` shows all", columns)


def _heading(text: str, columns: int) -> Row:
    return _fit(f"── {text} {'─' * columns}"[:columns].rstrip(), columns, bold=True)


# -- orders ---------------------------------------------------------------------------------------------


def _flights(snapshot: Snapshot, columns: int, room: int) -> Iterator[Row]:
    counts = dict(snapshot.counts)
    shown = [f"{counts[state]:,} {state}" for state in map(str, State) if state in counts]
    yield _heading(f"Orders: {', '.join(shown) or 'none yet'}", columns)
    flights = snapshot.flights
    in_flight = sum(counts.get(str(state), 0) for state in (State.SUBMITTING, State.UNKNOWN, State.ACTIVE))
    fits = len(flights) <= room - 1 and in_flight <= len(flights)
    some = flights[: max(0, room - 1 if fits else room - 2)]
    number = max((len(str(one.order.id)) for one in some), default=1)
    done = max((cells(_done(one)) for one in some), default=0)
    for flight in some:
        yield _flight(flight, columns, number, done)
    if not fits:
        yield _fit(f"… and {in_flight - len(some):,} more in flight", columns)
    elif not some:
        yield _fit("Nothing is in flight.", columns)


def _flight(flight: Flight, columns: int, number: int, done: int) -> Row:
    order = flight.order
    name = one_line(f"{order.ref}  {flight.service}" if order.ref else flight.service)
    label = max(10, columns // 3 - number)
    begin = f"{order.id:>{number}} {pad(cut(name, label), label)}  "
    end = f"  {_done(flight):>{done}}  {_ends(flight):<{_ENDS}}"
    width = columns - number - 1 - label - 2 - cells(end) - 5
    share = flight.progress.share
    if order.state is State.ACTIVE and share is not None and width >= 4:
        drawn = f"{bar(share, min(width, 40))} {share:>4.0%}"
        return Span(begin), Span(f"{drawn:<{min(width, 40) + 5}}", "green"), Span(cut(end.rstrip(), columns))
    words = {State.SUBMITTING: "being sent", State.UNKNOWN: "answer lost; looked for"}.get(order.state, "")
    said = pad(cut(words, max(0, width + 5)), max(0, min(width, 40) + 5))
    return Span(begin), Span(said, "yellow"), Span(end.rstrip())


def _done(flight: Flight) -> str:
    progress = flight.progress
    if progress.total is None:
        return ""
    return f"{'?' if progress.delivered is None else f'{progress.delivered:,}'}/{progress.total:,}"


def _ends(flight: Flight) -> str:
    ends_in = flight.progress.ends_in
    if flight.order.state is not State.ACTIVE or ends_in is None:
        return ""
    return "any moment" if ends_in == 0 else f"in about {about(ends_in)}"


# -- wallets --------------------------------------------------------------------------------------------


def _wallets(snapshot: Snapshot, columns: int, rows: int, chosen: int | None) -> Iterator[list[Row]]:
    many = len(snapshot.wallets)
    height = (5 if rows >= _TALL else 3) if many <= 2 else (3 if rows >= _TALL else 1)
    most = max(1, (rows // 2) // (height + 1))
    for number, one in enumerate(snapshot.wallets[:most], 1):
        yield _wallet(one, snapshot.at, columns, height, _mark(number, chosen) if many > 1 else "")
    if many > most:
        yield [_fit(f"… and {counted(many - most, 'more panel')}", columns)]


def _mark(number: int, chosen: int | None) -> str:
    return f"{'>' if number - 1 == chosen else ''}{number} "


def _wallet(one: Wallet, at: int, columns: int, height: int, mark: str) -> list[Row]:
    panel = one.panel
    paused = " (paused)" if panel.account.paused_at is not None else ""
    low = "" if one.low is None else f"; low below {money.shown(one.low, panel.account.currency)}"
    rows = [_heading(f"{mark}{panel.name}{paused}: {wallet(panel, at)}{low}", columns)]
    is_low = one.low is not None and panel.account.balance is not None and panel.account.balance < one.low
    height -= one.low is None and height > 2
    drawn = curve(one.readings, one.low, columns, height) if len(one.readings) > 1 else []
    return rows + [_fit(line.rstrip(), columns, "red" if is_low else "cyan") for line in drawn]


# -- alerts and keys ------------------------------------------------------------------------------------


def _alerts(snapshot: Snapshot, columns: int, rows: int) -> list[Row]:
    found: list[Row] = [_heading("Last alerts", columns)]
    for at, title in snapshot.alerts[: 8 if rows >= _TALL else 3]:
        when = f"{moments.short(at, snapshot.at, snapshot.zone):<9} "
        found.append((Span(when), *_fit(title, columns - len(when))))
    return found if len(found) > 1 else [*found, _fit("None yet.", columns)]


def _foot(text: str, columns: int, is_note: bool) -> Sequence[Row]:
    return [_fit(text, columns, "yellow" if is_note else None, bold=is_note)]
