"""The state of everything as JSON, for `status` and `watch`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tracker.accounts.balance import WalletEstimate, is_stale
from tracker.cli.output import time_or_none
from tracker.cli.status.page import shown_daemons
from tracker.lib import money
from tracker.operations.health import Finding, Health, PanelStatus, Status, is_clock_shown
from tracker.operations.limits import limits_json
from tracker.orders.order import State
from tracker.store.daemons import DaemonRow
from tracker.store.uptime import Uptime


def status_json(snapshot: Status, found: Sequence[Finding], now: int) -> dict[str, object]:
    """Return everything that `status` shows as a JSON object."""
    health = max((level for level, _ in found), default=Health.OK)
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
        "tags": [{"tag": tag, "orders": _counts_json(counts)} for tag, counts in snapshot.tags.items()],
        "tag_limits": limits_json(snapshot.tag_rooms),
        "paused_tags": list(snapshot.paused_tags),
        "recurring": [{"name": name, "next_at": time_or_none(at)} for name, at in snapshot.recurring],
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
        "orders": _counts_json(panel.counts), "held": dict(panel.held),
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
        "limits": limits_json(panel.rooms),
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
