"""`status`: the state of everything, for people and for monitoring."""

from __future__ import annotations

from collections.abc import Mapping

import click

from tracker.accounts.balance import WalletEstimate, is_stale
from tracker.cli.no_daemon import start_command
from tracker.cli.output import json_option, print_json, time_or_none
from tracker.cli.session import Session, pass_session
from tracker.cli.status_page import print_status, shown_daemons
from tracker.lib import money
from tracker.lib.clock import now
from tracker.operations.health import Health, PanelStatus, Status, findings, is_clock_shown
from tracker.operations.snapshot import read_status
from tracker.orders.order import State
from tracker.store.daemons import DaemonRow
from tracker.store.database import ReplacedFault
from tracker.store.uptime import Uptime


@click.command()
@json_option
@pass_session
def status(session: Session, as_json: bool) -> int:
    """Show whether all is well, what goes on, and what needs you.

    The exit code is 0 when all is well, 1 for a warning, 2 when something is critical.
    """
    at = now()
    try:
        snapshot = read_status(session.view, session.config, at, start_command(session.config.path))
        found = findings(snapshot, at)
    except ReplacedFault as fault:
        return _replaced(str(fault), as_json, at)
    health = max((finding[0] for finding in found), default=Health.OK)
    if as_json:
        print_json(_as_json(snapshot, found, health, at))
    else:
        print_status(snapshot, found, at)
    return int(health)


def _replaced(why: str, as_json: bool, now: int) -> int:
    """Print only that the daemon works on another file: what is here now says nothing about it."""
    if as_json:
        nothing = Status((), (), {"waiting": 0, "dead": 0})
        print_json(_as_json(nothing, [(Health.CRITICAL, why)], Health.CRITICAL, now))
    else:
        click.echo(f"{Health.CRITICAL.name}: {why}")
    return int(Health.CRITICAL)


def _as_json(
    snapshot: Status, found: list[tuple[Health, str]], health: Health, now: int
) -> dict[str, object]:
    newest = snapshot.daemons[0] if snapshot.daemons else None
    return {
        "health": health.name.lower(),
        "findings": [{"level": level.name.lower(), "text": text} for level, text in found],
        "daemon": None if newest is None else _daemon_json(newest),
        "daemons": [
            {**_daemon_json(one), "alive": one.is_alive(now)} for one in shown_daemons(snapshot.daemons, now)
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
        "balance_estimate": _estimate_json(panel.estimate),
        "runway_seconds": None if panel.runway is None else panel.runway // 1_000_000,
        "paused": account.paused_at is not None, "refused": account.refused_words,
        "short": account.short_at is not None, "down_since": time_or_none(account.down_at),
        "doubt": account.ids_doubt or account.doubt, "restored": account.restored_at is not None,
        "last_error": account.last_error,
        "waits_for_equal": [
            {"order": order, "equal": equal, "until": time_or_none(until)}
            for order, equal, until in panel.waits_for_equal
        ],
        "rejected_lately": {
            "orders": panel.rejected_count,
            "newest": [
                {"id": one.id, "ref": one.ref, "why": one.last_error, "at": time_or_none(one.finished_at)}
                for one in panel.rejected
            ],
        },
        "unlisted": [{"words": one.words, "orders": one.orders, "first": one.first} for one in panel.unlisted],
    }  # fmt: skip


def _estimate_json(estimate: WalletEstimate | None) -> dict[str, object] | None:
    """Return what the wallet should hold by now; None while nothing was charged since its last reading."""
    if estimate is None:
        return None
    return {
        "amount": money.text(estimate.amount), "charged": money.text(estimate.charged),
        "orders_without_price": estimate.unpriced,
    }  # fmt: skip


def _counts_json(counts: Mapping[str, int]) -> dict[str, int]:
    return {str(state): counts.get(str(state), 0) for state in State}
