"""Takes a panel's id as an unknown order's own, on somebody's word and once the panel confirms it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tracker.accounts.submission import account_after_adopt
from tracker.config.settings import PanelConfig
from tracker.orders.answers import Failure, Missing, Report
from tracker.orders.order import Order
from tracker.orders.resolution import after_adopt
from tracker.panel.exchange import Exchange, Request
from tracker.store import changes, orders
from tracker.store.database import Database


class Adopt:
    """Adopts the lost orders of one panel account."""

    def __init__(
        self,
        panel: PanelConfig,
        call: Callable[[Request], Exchange],
        db: Database,
        clock: Callable[[], int],
    ) -> None:
        self.name = panel.name
        self.dialect = panel.dialect
        self.call = call
        self.db = db
        self.now = clock

    def adopt(self, order: Order, panel_order_id: str, by: str) -> Order | str:
        """Take a panel id as an unknown order's own, once the panel confirms it; else say why not."""
        report = self._confirmed(panel_order_id)
        if isinstance(report, str):
            return report
        now = self.now()
        with self.db.transaction():
            owner = orders.owner(self.db, self.name, panel_order_id)
            if owner is not None:
                return f"{panel_order_id} is order {owner.id}'s id already"
            change = after_adopt(order, panel_order_id, report, by, now)
            judge = partial(account_after_adopt, panel_order_id=panel_order_id)
            written = changes.apply(self.db, [change], now, panel=self.name, judge=judge)
        return written[0].after if written else "it moved while the panel was asked"

    def _confirmed(self, panel_order_id: str) -> Report | str:
        if not panel_order_id or not panel_order_id.isprintable() or "," in panel_order_id:
            return f"{panel_order_id!r} is not a panel's order id"
        exchange = self.call(self.dialect.status([panel_order_id]))
        answers = self.dialect.read_status(exchange, [panel_order_id])
        if isinstance(answers, Failure):
            return f"the panel could not be asked: {answers.why}"
        match answers.get(panel_order_id):
            case Report() as report:
                return report
            case Missing(words=words):
                return f"the panel has no order {panel_order_id} of yours: {words}"
            case _:
                return f"the panel said nothing of {panel_order_id}; try again in a minute"
