"""How everything stands: one snapshot, and whether a person should look at it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from tracker.accounts.account import Account, Level
from tracker.accounts.balance import is_stale
from tracker.lib.times import about
from tracker.store.daemons import FORGOTTEN_AFTER, DaemonRow


class Health(IntEnum):
    """The exit code of `tracker status`, as monitoring programs read it."""

    WELL = 0
    WARNING = 1
    CRITICAL = 2


@dataclass(frozen=True, slots=True)
class PanelStatus:
    """One panel: its orders by state, its account, and how often its balance is to be read."""

    name: str
    counts: Mapping[str, int]
    account: Account
    balance_every: int
    #: How long the wallet lasts at the recent pace (microseconds); None when nothing is spent or known.
    runway: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Everything at one moment."""

    panels: Sequence[PanelStatus]
    #: Those that run and those that died, the one that showed life last first.
    daemons: Sequence[DaemonRow]
    alerts: Mapping[str, int]


def findings(standing: Status, now: int) -> list[tuple[Health, str]]:
    """Return what a person should know, the worst first; empty when all is well."""
    found = _daemon_findings(standing.daemons, now)
    for panel in standing.panels:
        found += _panel_findings(panel, now)
    if standing.alerts.get("dead"):
        found.append(
            (
                Health.WARNING,
                f"{standing.alerts['dead']} alerts are dead; see `tracker alerts list --state dead`",
            )
        )
    return sorted(found, key=lambda finding: -finding[0])


def missing(daemons: Sequence[DaemonRow], now: int) -> list[DaemonRow]:
    """Return the daemons that died while others live, until they are started again on their machine."""
    alive = [one for one in daemons if one.is_alive(now)]
    died = [one for one in daemons if not one.is_alive(now) and now - one.beat_at < FORGOTTEN_AFTER]
    return [one for one in died if alive and not any(_follows(other, one) for other in alive)]


def _follows(later: DaemonRow, dead: DaemonRow) -> bool:
    return later.host == dead.host and later.started_at > dead.beat_at


def _daemon_findings(daemons: Sequence[DaemonRow], now: int) -> list[tuple[Health, str]]:
    if not daemons:
        return [(Health.CRITICAL, "the daemon is not running; start it with `tracker run`")]
    if not daemons[0].is_alive(now):
        return [(Health.CRITICAL, f"the daemon has shown no life for {about(now - daemons[0].beat_at)}")]
    return [
        (
            Health.WARNING,
            f"the daemon on {one.host} (process {one.pid}) has shown no life for {about(now - one.beat_at)}; "
            "others do its work",
        )
        for one in missing(daemons, now)
    ]


def _panel_findings(panel: PanelStatus, now: int) -> list[tuple[Health, str]]:
    account, name = panel.account, panel.name
    found: list[tuple[Health, str]] = []
    if account.refused_at is not None:
        why = f"{name} refused the key or the account ({account.refused_words}); mend it, then `tracker resume {name}`"
        found.append((Health.CRITICAL, why))
    if account.down_at is not None:
        found.append(
            (
                Health.CRITICAL,
                f"{name} has not answered for {about(now - account.down_at)}: {account.last_error}",
            )
        )
    if account.short_at is not None:
        found.append((Health.CRITICAL, f"{name} refused an order for lack of funds; top up the wallet"))
    if account.restored_at is not None:
        why = f"{name}: the database is an older copy, so nothing is sent; compare, then `tracker resume`"
        found.append((Health.CRITICAL, why))
    if account.doubt is not None:
        why = f"{name}: unknown orders wait for you: {account.doubt}; look, then `tracker resume {name}`"
        found.append((Health.WARNING, why))
    if panel.counts.get("unknown"):
        found.append(
            (
                Health.WARNING,
                f"{name}: {panel.counts['unknown']} unknown orders; see `tracker list --state unknown`",
            )
        )
    if account.paused_at is not None:
        found.append((Health.WARNING, f"{name} is paused; `tracker resume {name}` restarts it"))
    return found + _wallet_findings(panel, now)


def _wallet_findings(panel: PanelStatus, now: int) -> list[tuple[Health, str]]:
    account, name = panel.account, panel.name
    found: list[tuple[Health, str]] = []
    if account.level is Level.LOW:
        found.append((Health.WARNING, f"{name}: the balance is low"))
    if is_stale(account, panel.balance_every, now):
        age = "never" if account.balance_at is None else f"{about(now - account.balance_at)} ago"
        found.append((Health.WARNING, f"{name}: the balance is stale; it was last read {age}"))
    return found
