"""What the live screen shows at one moment: read at once, then only drawn."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from statistics import median

from tracker.alerts.messages import message
from tracker.cli.orders.columns import Services
from tracker.cli.session import Session
from tracker.cli.status.page import daemon_lines
from tracker.cli.status.reading import status_of
from tracker.lib.right_to_left import without_isolates
from tracker.lib.times import DAY
from tracker.operations.health import Finding, PanelStatus, findings
from tracker.operations.wording import quiet_wording_of
from tracker.orders.order import Order, State
from tracker.orders.progress import Progress, progress
from tracker.store import accounts, orders, outbox

IN_FLIGHT = (State.SUBMITTING, State.UNKNOWN, State.ACTIVE)
MOST_ORDERS = 60
"""Orders that are read; a screen shows fewer."""

ALERTS = 30
"""Deliveries that are read: an alert has one for each target."""


@dataclass(frozen=True, slots=True)
class Flight:
    """One order in flight, what its service is called, and how far it is."""

    order: Order
    service: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class Wallet:
    """A panel with the readings of its wallet in the last day, oldest first, and the line below which it is low."""

    panel: PanelStatus
    readings: Sequence[tuple[int, Decimal]]
    low: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything on the screen."""

    at: int
    findings: Sequence[Finding] = ()
    daemons: Sequence[str] = ()
    flights: Sequence[Flight] = ()
    #: How many orders are in each state, over all panels.
    counts: tuple[tuple[str, int], ...] = ()
    wallets: Sequence[Wallet] = ()
    #: The newest alerts: when, and their headlines.
    alerts: Sequence[tuple[int, str]] = ()
    #: Of the config; None is the machine's.
    zone: tzinfo | None = None


def read_snapshot(session: Session, services: Services, now: int) -> Snapshot:
    """Read everything that the screen shows."""
    status = status_of(session, now)
    totals = {
        str(state): count
        for state in State
        if (count := sum(one.counts.get(state, 0) for one in status.panels))
    }
    return Snapshot(
        at=now,
        findings=findings(status, now),
        daemons=daemon_lines(status.daemons, now),
        flights=_flights(session, services, now),
        counts=tuple(totals.items()),
        wallets=[_wallet(session, panel, now) for panel in status.panels],
        alerts=_alerts(session),
        zone=session.config.timezone,
    )


def _flights(session: Session, services: Services, now: int) -> list[Flight]:
    with closing(orders.listed(session.view, IN_FLIGHT, limit=MOST_ORDERS)) as found:
        listed = list(found)
    kinds = {(order.panel, order.service) for order in listed}
    usual = {kind: _usual(session, *kind) for kind in kinds}
    flights = [
        Flight(
            order,
            services.name(order.panel, order.service),
            progress(order, now, usual[order.panel, order.service]),
        )
        for order in listed
    ]
    return sorted(flights, key=_by_end)


def _by_end(flight: Flight) -> tuple[bool, int, int]:
    """Order by who ends first; where that is not known, the newest first."""
    ends_in = flight.progress.ends_in
    return ends_in is None, ends_in or 0, -flight.order.id


def _usual(session: Session, panel: str, service: str) -> int | None:
    known = orders.durations(session.view, panel, service)
    return int(median(known)) if known else None


def _wallet(session: Session, panel: PanelStatus, now: int) -> Wallet:
    low = session.config.panels[panel.name].balance.low
    return Wallet(panel, accounts.balances_since(session.view, panel.name, now - DAY), low)


def _alerts(session: Session) -> list[tuple[int, str]]:
    """Return each of the newest alerts once, though each has a delivery for every target."""
    wording = quiet_wording_of(session.config, session.view)
    found = {
        (one.at, without_isolates(message(one.notice, one.at, wording).title)): None
        for one in outbox.listed(session.view, limit=ALERTS)
    }
    return list(found)
