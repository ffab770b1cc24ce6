"""What each figure is at one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from tracker import __version__
from tracker.accounts.account import Account, Level
from tracker.accounts.balance import is_stale
from tracker.lib.times import seconds
from tracker.operations.health import Health, PanelStatus
from tracker.operations.health import findings as findings_of
from tracker.orders.order import State
from tracker.web.figures.kinds import Sample
from tracker.web.figures.seen import Seen

OfPanel = Callable[[Seen, PanelStatus], float | Decimal | None]
"""One figure of one panel; None where it is not known, or there is none."""

# -- the whole --------------------------------------------------------------------------------------------


def build(_seen: Seen) -> Iterator[Sample]:
    """Tell the version."""
    yield (__version__,), 1


def findings(seen: Seen) -> Iterator[Sample]:
    """Count what is reported."""
    found = [severity for severity, _ in findings_of(seen.status, seen.now)]
    for severity in (Health.CRITICAL, Health.WARNING):
        yield (severity.name.lower(),), found.count(severity)


def alive(seen: Seen) -> Iterator[Sample]:
    """Count the daemons that run."""
    yield (), sum(daemon.is_alive(seen.now) for daemon in seen.status.daemons)


def heartbeat(seen: Seen) -> Iterator[Sample]:
    """Tell the time of the newest heartbeat."""
    if seen.status.daemons:
        yield (), seconds(seen.status.daemons[0].beat_at)


def orders(seen: Seen) -> Iterator[Sample]:
    """Count the orders of each panel, of those that are not in the config too."""
    counts = {panel.name: panel.counts for panel in seen.status.panels} | dict(seen.status.strays)
    for panel, states in counts.items():
        for state in State:
            yield (panel, str(state)), states.get(str(state), 0)


def deliveries(seen: Seen) -> Iterator[Sample]:
    """Count what waits for each target, and what is dead."""
    names = [target.name for target in seen.site.config.alerts]
    counts = {(name, state): 0 for name in names for state in ("waiting", "dead")}
    yield from sorted((counts | dict(seen.stored.deliveries)).items())


# -- the passes, where this process runs them -------------------------------------------------------------

PASS = ("pass", "panel", "target")


def running(seen: Seen) -> Iterator[Sample]:
    """Tell for how long each pass has been at work."""
    for one in seen.site.doors.rounds():
        yield _pass(one.name), seconds(one.running_for or 0)


def ended(seen: Seen) -> Iterator[Sample]:
    """Tell when each pass ended a round."""
    for one in seen.site.doors.rounds():
        if one.ended_ago is not None:
            yield _pass(one.name), seconds(seen.now - one.ended_ago)


def _pass(name: str) -> tuple[str, str, str]:
    """Return the labels of a pass: `submit:PANEL`, `deliver:TARGET`, or one that is about everything."""
    kind, _, of = name.partition(":")
    return (kind, "", of) if kind == "deliver" else (kind, of, "")


# -- each panel -------------------------------------------------------------------------------------------


def of_panel(read: OfPanel) -> Callable[[Seen], Iterator[Sample]]:
    """Make samples of a figure that each panel has."""

    def samples(seen: Seen) -> Iterator[Sample]:
        for panel in seen.status.panels:
            value = read(seen, panel)
            if value is not None:
                yield (panel.name,), float(value)

    return samples


def _moment(at: int | None) -> float | None:
    return None if at is None else seconds(at)


def balance(_seen: Seen, panel: PanelStatus) -> Decimal | None:
    """Return the last reading of the wallet."""
    return panel.account.balance


def balance_read(_seen: Seen, panel: PanelStatus) -> float | None:
    """Return when that was."""
    return _moment(panel.account.balance_at)


def estimate(_seen: Seen, panel: PanelStatus) -> Decimal | None:
    """Return what the wallet should hold by now."""
    return panel.account.balance if panel.estimate is None else panel.estimate.amount


def low(seen: Seen, panel: PanelStatus) -> Decimal | None:
    """Return below what the wallet is low."""
    return seen.site.config.panels[panel.name].balance.low


def runway(_seen: Seen, panel: PanelStatus) -> float | None:
    """Return how long it lasts."""
    return _moment(panel.runway)


def catalogue_read(seen: Seen, panel: PanelStatus) -> float | None:
    """Return when the catalogue was read."""
    return _moment(seen.stored.catalogues[panel.name])


def budget(seen: Seen, panel: PanelStatus) -> float:
    """Return how many calls a second are allowed."""
    return seen.site.config.panels[panel.name].calls_per_second


def used(seen: Seen, panel: PanelStatus) -> float:
    """Return the part of them that was used of late."""
    return seen.stored.pace.get(panel.name, 0.0) / budget(seen, panel)


CONDITIONS: dict[str, Callable[[Account, PanelStatus, int], bool]] = {
    "paused": lambda account, _panel, _now: account.paused_at is not None,
    "refused": lambda account, _panel, _now: account.refused_at is not None,
    "down": lambda account, _panel, _now: account.down_at is not None,
    "held": lambda account, _panel, now: (account.hold_until or 0) > now,
    "short": lambda account, _panel, _now: account.short_at is not None,
    "low": lambda account, _panel, _now: account.level is Level.LOW,
    "stale": lambda account, panel, now: is_stale(account, panel.balance_every, now),
    "doubt": lambda account, _panel, _now: account.doubt is not None,
    "ids_doubt": lambda account, _panel, _now: account.ids_doubt is not None,
    "restored": lambda account, _panel, _now: account.restored_at is not None,
}
"""What may be the matter with a panel account; docs/monitoring.md says what each means."""


def conditions(seen: Seen) -> Iterator[Sample]:
    """Tell of each panel what is the matter, and what is not."""
    for panel in seen.status.panels:
        for condition, applies in CONDITIONS.items():
            yield (panel.name, condition), float(applies(panel.account, panel, seen.now))
