"""The first page: what needs you, then what goes on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from werkzeug.wrappers import Request

from tracker.lib.times import DAY
from tracker.operations.health import Finding, Health, PanelStatus, findings, headline
from tracker.operations.snapshot import read_status
from tracker.operations.wallets import wallet
from tracker.orders.order import Order, State
from tracker.reconciliation.evidence import is_paired
from tracker.store import accounts, evidence, orders
from tracker.store.evidence import Check
from tracker.web.pages.stops import Stop, stops
from tracker.web.site import Site
from tracker.web.svg import Curve, curve
from tracker.web.views import Page

UNKNOWN_SHOWN = 5
"""Unknown orders that are shown with their evidence; the rest are listed on a page of their own."""

LEVELS = {Health.OK: "note", Health.WARNING: "warning", Health.CRITICAL: "critical"}

REFRESH = 15
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Lost:
    """An unknown order, and the newest check of its evidence."""

    order: Order
    check: Check | None

    @property
    def is_paired(self) -> bool:
        """Whether it has arrived, with others that look alike."""
        return self.check is not None and is_paired(self.check.reasons)


@dataclass(frozen=True, slots=True)
class PanelCard:
    """One panel in short: what `status` says of it, its wallet of the last day in a line, and what stops it."""

    status: PanelStatus
    wallet: str
    curve: Curve | None
    stops: Sequence[Stop]


def overview_page(site: Site, _: Request) -> Page:
    """Show all at one moment."""
    now = site.now()
    status = read_status(site.db, site.config, now, "tracker run")
    found = findings(status, now)
    cards = [_card(site, panel, now) for panel in status.panels]
    return Page(
        "overview.html",
        "Overview",
        {
            "headline": headline(found), "findings": _marked(found), "lost": _lost(site),
            "unknown": sum(panel.counts.get(State.UNKNOWN, 0) for panel in status.panels),
            "rejected": [order for panel in status.panels for order in panel.rejected],
            "rejected_count": sum(panel.rejected_count for panel in status.panels),
            "stopped": [card for card in cards if card.stops], "panels": cards,
            "alerts": status.alerts, "daemons": [one for one in status.daemons if one.is_alive(now)],
            "strays": status.strays, "states": list(State),
        },
        refresh=REFRESH,
    )  # fmt: skip


def _marked(found: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(LEVELS[level], text) for level, text in found]


def _lost(site: Site) -> list[Lost]:
    with closing(orders.listed(site.db, (State.UNKNOWN,), limit=UNKNOWN_SHOWN)) as found:
        listed = list(found)
    return [Lost(order, next(reversed(evidence.checks(site.db, order.id)), None)) for order in listed]


def _card(site: Site, panel: PanelStatus, now: int) -> PanelCard:
    readings = accounts.balances_since(site.db, panel.name, now - DAY)
    low = site.config.panels[panel.name].balance.low
    began = max(now - DAY, readings[0][0]) if readings else now - DAY
    return PanelCard(panel, wallet(panel, now), curve(readings, low, began, now), stops(panel.account))
