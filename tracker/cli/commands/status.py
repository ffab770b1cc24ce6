"""`status`: the state of everything, for people and for monitoring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from tracker.accounts.balance import is_stale, runway
from tracker.cli.health import Health, PanelStatus, Status, findings, is_clock_shown, missing
from tracker.cli.no_daemon import start_command
from tracker.cli.output import json_option, print_json, print_table, time_or_none
from tracker.cli.session import Session, pass_session
from tracker.cli.waiting import waiting_sentences
from tracker.config.settings import PanelConfig
from tracker.lib import money
from tracker.lib.clock import now
from tracker.lib.times import DAY, about
from tracker.orders.order import State
from tracker.orders.strays import strays
from tracker.orders.submission import ADD_MARGIN
from tracker.store import accounts, counters, daemons, equal_orders, orders, uptime
from tracker.store.daemons import DaemonRow
from tracker.store.database import ReplacedFault
from tracker.store.uptime import Uptime


@click.command()
@json_option
@pass_session
def status(session: Session, as_json: bool) -> int:
    """Show the queue, the balances, the daemon and the alerts.

    The exit code is 0 when all is well, 1 for a warning, 2 when something is critical.
    """
    at = now()
    try:
        snapshot = _snapshot(session, at)
        found = findings(snapshot, at)
    except ReplacedFault as fault:
        return _replaced(str(fault), as_json, at)
    health = max((finding[0] for finding in found), default=Health.OK)
    if as_json:
        print_json(_as_json(snapshot, found, health, at))
    else:
        _print(snapshot, found, at)
    return int(health)


def _replaced(why: str, as_json: bool, now: int) -> int:
    """Print only that the daemon works on another file: what is here now says nothing about it."""
    if as_json:
        nothing = Status((), (), {"waiting": 0, "dead": 0})
        print_json(_as_json(nothing, [(Health.CRITICAL, why)], Health.CRITICAL, now))
    else:
        click.echo(f"{Health.CRITICAL.name}: {why}")
    return int(Health.CRITICAL)


def _snapshot(session: Session, now: int) -> Status:
    counts = counters.counts(session.view)
    panels = [
        _panel(session, panel, counts.get(panel.name, {}), now) for panel in session.config.panels.values()
    ]
    others, clock = strays(counts, session.config.panels), uptime.read(session.view)
    running, start = daemons.listed(session.view), start_command(session.config.path)
    return Status(panels, running, counters.alerts(session.view), others, clock, start)


def _panel(session: Session, panel: PanelConfig, counts: dict[str, int], now: int) -> PanelStatus:
    readings = accounts.balances_since(session.view, panel.name, now - DAY)
    account = accounts.read(session.view, panel.name)
    known = panel.dialect.refusals.reason
    unlisted = [one for one in orders.unlisted_words(session.view, panel.name) if known([one.words]) is None]
    return PanelStatus(
        panel.name, counts, account, panel.balance.every,
        unlisted=unlisted,
        runway=runway(readings),
        waits_for_equal=_waits_for_equal(session, panel, now),
        waiting=waiting_sentences(session, panel, now),
    )  # fmt: skip


def _waits_for_equal(session: Session, panel: PanelConfig, now: int) -> list[tuple[int, int, int]]:
    """Return which queued orders wait for the end of an equal one's window."""
    window = panel.dialect.dedupe_window
    if window is None:
        return []
    found = equal_orders.waiting_for_equal(
        session.view, panel.name, now, window + ADD_MARGIN, panel.add_timeout
    )
    return [(order.id, equal.id, until) for order, equal, until in found]


def _as_json(
    snapshot: Status, found: list[tuple[Health, str]], health: Health, now: int
) -> dict[str, object]:
    newest = snapshot.daemons[0] if snapshot.daemons else None
    return {
        "health": health.name.lower(),
        "findings": [{"level": level.name.lower(), "text": text} for level, text in found],
        "daemon": None if newest is None else _daemon_json(newest),
        "daemons": [
            {**_daemon_json(one), "alive": one.is_alive(now)} for one in _shown(snapshot.daemons, now)
        ],
        "panels": [_panel_json(panel, now) for panel in snapshot.panels],
        "not_in_config": [
            {"name": name, "orders": _counts_json(counts)} for name, counts in snapshot.strays.items()
        ],
        "alerts": dict(snapshot.alerts),
        "clock": _clock_json(snapshot.uptime),
    }  # fmt: skip


def _clock_json(known: Uptime) -> dict[str, object] | None:
    """Return the newest step of the clock; None when there was none, or it matters no more."""
    if not is_clock_shown(known):
        return None
    seconds_set = known.step // 1_000_000 if known.step else None
    return {"stepped_at": time_or_none(known.stepped_at), "step_seconds": seconds_set}


def _shown(daemons: Sequence[DaemonRow], now: int) -> list[DaemonRow]:
    """Leave out dead daemons that were started again, or whose work others have done for long."""
    dead = missing(daemons, now)
    return [daemon for daemon in daemons if daemon.is_alive(now) or daemon in dead]


def _daemon_json(daemon: DaemonRow) -> dict[str, object]:
    return {
        "host": daemon.host, "pid": daemon.pid, "version": daemon.version,
        "started_at": time_or_none(daemon.started_at), "beat_at": time_or_none(daemon.beat_at),
    }  # fmt: skip


def _panel_json(panel: PanelStatus, now: int) -> dict[str, object]:
    account = panel.account
    return {
        "name": panel.name,
        "orders": _counts_json(panel.counts),
        "balance": money.text(account.balance), "currency": account.currency,
        "balance_at": time_or_none(account.balance_at), "stale": is_stale(account, panel.balance_every, now),
        "runway_seconds": None if panel.runway is None else panel.runway // 1_000_000,
        "paused": account.paused_at is not None, "refused": account.refused_words,
        "short": account.short_at is not None, "down_since": time_or_none(account.down_at),
        "doubt": account.ids_doubt or account.doubt, "restored": account.restored_at is not None,
        "last_error": account.last_error,
        "waits_for_equal": [
            {"order": order, "equal": equal, "until": time_or_none(until)}
            for order, equal, until in panel.waits_for_equal
        ],
        "unlisted": [{"words": one.words, "orders": one.orders, "first": one.first} for one in panel.unlisted],
    }  # fmt: skip


def _counts_json(counts: Mapping[str, int]) -> dict[str, int]:
    return {str(state): counts.get(str(state), 0) for state in State}


def _print(snapshot: Status, found: list[tuple[Health, str]], now: int) -> None:
    counts = [panel.counts for panel in snapshot.panels] + list(snapshot.strays.values())
    states = [state for state in State if any(of_one.get(str(state)) for of_one in counts)]
    header = ("panel", *states, "balance", "read", "lasts")
    rows = [
        (panel.name, *(panel.counts.get(str(state), 0) for state in states), *_wallet(panel, now))
        for panel in snapshot.panels
    ]
    rows += [
        (name, *(of_one.get(str(state), 0) for state in states), "not in the config", None, None)
        for name, of_one in snapshot.strays.items()
    ]
    print_table(header, rows, "No panels.")
    click.echo()
    for line in _daemon_lines(snapshot.daemons, now):
        click.echo(f"daemon: {line}")
    click.echo(f"alerts: {snapshot.alerts.get('waiting', 0)} waiting, {snapshot.alerts.get('dead', 0)} dead")
    for level, text in found:
        click.echo(f"{level.name}: {text}")


def _daemon_lines(daemons: Sequence[DaemonRow], now: int) -> list[str]:
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


def _wallet(panel: PanelStatus, now: int) -> tuple[str | None, ...]:
    account = panel.account
    amount = None if account.balance is None else f"{account.balance:f} {account.currency or ''}".rstrip()
    read = None if account.balance_at is None else f"{about(now - account.balance_at)} ago"
    if read and is_stale(account, panel.balance_every, now):
        read += " (stale)"
    return amount or "unknown", read, None if panel.runway is None else f"about {about(panel.runway)}"
