"""The one screen of `status`: is all well, what needs you, and what is it doing?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import click

from tracker.cli.terminal import screen
from tracker.cli.terminal.cells import wrapped
from tracker.lib.times import about
from tracker.lib.visible import one_line
from tracker.operations.health import Finding, Health, PanelStatus, Status, headline, missing
from tracker.operations.limits import room_sentence
from tracker.operations.wallets import wallet
from tracker.orders.order import Held, Order, State
from tracker.orders.strays import OPEN
from tracker.store.daemons import DaemonRow

COLORS = {Health.OK: "green", Health.WARNING: "yellow", Health.CRITICAL: "red"}
LABELS = {Health.OK: "NOTE", Health.WARNING: "WARNING", Health.CRITICAL: "CRITICAL"}

TAGS = 4
"""Tags that are counted one by one."""

_HELD: Mapping[str, str] = {Held.TIME: "until their time has come", Held.TAG: "for a paused tag"}

_NAMED = 1
"""Rejected orders that are named; the rest are counted."""


def print_status(snapshot: Status, found: Sequence[Finding], now: int) -> None:
    """Print the screen; on a terminal, in lines that fit."""
    health = max((level for level, _ in found), default=Health.OK)
    _print("", headline(found), COLORS[health])
    for level, text in found:
        _print(f"{LABELS[level]}: ", text, COLORS[level])
    click.echo()
    for line in daemon_lines(snapshot.daemons, now):
        _print("daemon: ", line)
    for panel in snapshot.panels:
        _print(f"{panel.name}: ", _orders(panel.counts))
        for label, text in _about(panel, now):
            _print(f"  {label:<10}", text)
    for name, counts in snapshot.strays.items():
        _print(f"{name}: ", f"not in the config; {_orders(counts)}")
    if snapshot.tags:
        _print("tags: ", _tags(snapshot.tags))
    for cap, room in snapshot.tag_rooms.items():
        _print(f"  {'limit':<10}", room_sentence(cap, room, None))
    if snapshot.recurring:
        _print("recurring: ", _recurring(snapshot.recurring, now))
    _print("alerts: ", _alerts(snapshot.alerts))


def _print(label: str, text: str, color: str | None = None) -> None:
    label, text = one_line(label), one_line(text)
    if not screen.is_terminal():
        click.echo(f"{label}{text}")
        return
    first, *rest = wrapped(text, screen.width(), label, " " * min(len(label), 12))
    if color:
        end = len(label) or len(first)
        first = screen.styled(first[:end], bold=True, fg=color) + first[end:]
    screen.write([first, *rest])


def _orders(counts: Mapping[str, int]) -> str:
    """Write the counts of the states that have any: what goes on first, then what is over."""
    still = [f"{count:,} {state}" for state in OPEN if (count := counts.get(str(state)))]
    over = [
        f"{count:,} {state}" for state in State if state not in OPEN and (count := counts.get(str(state)))
    ]
    if not still and not over:
        return "no orders yet"
    return "; ".join(filter(None, (", ".join(still) or "nothing in progress", ", ".join(over))))


def _tags(tags: Mapping[str, Mapping[str, int]]) -> str:
    """Write the counts of the tags with the most orders that go on."""
    most = sorted(tags, key=lambda tag: (-sum(tags[tag].get(str(state), 0) for state in OPEN), tag))
    rest = f" · and {len(most) - TAGS:,} more tags" if len(most) > TAGS else ""
    return " · ".join(f"{tag} {_orders(tags[tag])}" for tag in most[:TAGS]) + rest


def _recurring(found: Sequence[tuple[str, int | None]], now: int) -> str:
    """Write when the first few come next."""
    shown = [f"{name} in {about(max(0, at - now))}" for name, at in found[:TAGS] if at is not None]
    rest = len(found) - len(shown)
    return ", ".join(shown + ([f"{rest:,} later or never more"] if rest else []))


def _about(panel: PanelStatus, now: int) -> Iterator[tuple[str, str]]:
    yield "wallet", wallet(panel, now)
    if panel.held:
        yield "waiting", ", ".join(f"{panel.held[why]:,} {_HELD.get(why, why)}" for why in sorted(panel.held))
    currency = panel.account.currency
    for cap, room in panel.rooms.items():
        yield "limit", room_sentence(cap, room, currency)
    for order in panel.rejected[:_NAMED]:
        more = panel.rejected_count - _NAMED
        rest = f" (and {more:,} more in the last day; `tracker list --state rejected`)" if more > 0 else ""
        yield "rejected", f"{_rejected(order, now)}{rest}"


def _rejected(order: Order, now: int) -> str:
    name = f"order {order.id}{f' ({order.ref})' if order.ref else ''}"
    return f"{name}, {about(max(0, now - (order.finished_at or now)))} ago: {order.last_error}"


def _alerts(counts: Mapping[str, int]) -> str:
    return f"{counts.get('waiting', 0):,} waiting, {counts.get('dead', 0):,} dead"


def shown_daemons(daemons: Sequence[DaemonRow], now: int) -> list[DaemonRow]:
    """Leave out dead daemons that were started again, or whose work others have done for long."""
    dead = missing(daemons, now)
    return [daemon for daemon in daemons if daemon.is_alive(now) or daemon in dead]


def daemon_lines(daemons: Sequence[DaemonRow], now: int) -> list[str]:
    """Return a line for each daemon that runs, or one line that says since when none runs."""
    alive = [
        f"running on {one.host} (process {one.pid}), last heartbeat {about(now - one.beat_at)} ago"
        for one in daemons
        if one.is_alive(now)
    ]
    if alive or not daemons:
        return alive or ["not running"]
    newest = daemons[0]
    state = f"standing still (process {newest.pid})" if newest.is_running else "not running"
    return [f"{state}, last heartbeat {about(now - newest.beat_at)} ago"]
