"""Reads the state of everything at one moment."""

from __future__ import annotations

from decimal import Decimal

from tracker.accounts.account import Account
from tracker.accounts.balance import estimated, runway
from tracker.cli.health import PanelStatus, Status
from tracker.cli.no_daemon import start_command
from tracker.cli.session import Session
from tracker.cli.waiting import waiting_sentences
from tracker.config.settings import PanelConfig
from tracker.lib.times import DAY
from tracker.orders.strays import strays
from tracker.orders.submission import ADD_MARGIN
from tracker.store import accounts, counters, daemons, equal_orders, orders, recent, uptime

LATELY = DAY
"""How long a rejected order is shown."""


def read_status(session: Session, now: int) -> Status:
    """Return everything that `status` shows."""
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
    rejected, rejected_count = recent.rejected(session.view, panel.name, now - LATELY)
    known = panel.dialect.refusals.reason
    unlisted = [one for one in orders.unlisted_words(session.view, panel.name) if known([one.words]) is None]
    return PanelStatus(
        panel.name, counts, account, panel.balance.every,
        unlisted=unlisted,
        runway=runway(readings),
        waits_for_equal=_waits_for_equal(session, panel, now),
        waiting=waiting_sentences(session, panel, now),
        estimate=estimated(account, _charges_since(session, account)),
        rejected=rejected,
        rejected_count=rejected_count,
    )  # fmt: skip


def _charges_since(session: Session, account: Account) -> list[Decimal | None]:
    """Return what each order costs that was sent since the last reading of the wallet, where that is known."""
    if account.balance_at is None:
        return []
    found = recent.sent(session.view, account.panel, account.balance_at)
    return [order.expected_charge if order.charge is None else order.charge for order in found]


def _waits_for_equal(session: Session, panel: PanelConfig, now: int) -> list[tuple[int, int, int]]:
    """Return which queued orders wait for the end of an equal one's window."""
    window = panel.dialect.dedupe_window
    if window is None:
        return []
    found = equal_orders.waiting_for_equal(
        session.view, panel.name, now, window + ADD_MARGIN, panel.add_timeout
    )
    return [(order.id, equal.id, until) for order, equal, until in found]
