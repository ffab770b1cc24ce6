"""Says what is in a wallet, for people."""

from __future__ import annotations

from decimal import Decimal

from tracker.accounts.balance import is_stale
from tracker.lib import money
from tracker.lib.counts import counted
from tracker.lib.times import about
from tracker.operations.health import PanelStatus


def wallet(panel: PanelStatus, now: int) -> str:
    """Say what is in the wallet, by the last reading and by an estimate, and how long that lasts."""
    account = panel.account
    if account.balance is None or account.balance_at is None:
        return "unknown"
    read = f"read {about(now - account.balance_at)} ago"
    if is_stale(account, panel.balance_every, now):
        read += " (stale)"
    said = f"{_money(account.balance, panel)}, {read}"
    if panel.estimate is not None:
        estimate = panel.estimate
        unpriced = f" and {counted(estimate.unpriced, 'order')} of unknown price" if estimate.unpriced else ""
        said = (
            f"about {_money(estimate.amount, panel)} (estimate: {said}, less "
            f"{_money(estimate.charged, panel)}{unpriced} since)"
        )
    return said if panel.runway is None else f"{said}; lasts about {about(panel.runway)}"


def _money(amount: Decimal, panel: PanelStatus) -> str:
    return money.shown(amount, panel.account.currency)
