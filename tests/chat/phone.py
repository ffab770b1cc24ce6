"""A phone for tests: a database, a target whose chat may decide, and the listener, with a real server between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.samples import a_database
from tests.support.sent_orders import lost
from tests.support.telegram import BotServer, Message
from tracker.alerts.subscriptions import Subscription
from tracker.alerts.wording import ENGLISH
from tracker.chat.listener import Listener
from tracker.chat.sending import ChatRoute
from tracker.chat.site import ChatSite, bots_of
from tracker.config.loader import parse
from tracker.config.settings import Config
from tracker.events import Event, Notice
from tracker.lib.clock import awake, now
from tracker.operations.refused import Refused
from tracker.orders.change import OrderChange, about_order
from tracker.orders.order import Order, State
from tracker.store import changes, orders, outbox

PANELS = "panels: {p: {url: 'https://x.example/api', key: a-secret-key, dialect: perfectpanel}}\n"


class Phone:
    """Both ends of one chat."""

    def __init__(self, folder: Path, server: BotServer, more: str = "") -> None:
        self.server = server
        self.db = a_database(folder, Subscription("phone"))
        self.config: Config = parse(f"{PANELS}alerts: [{server.target(more)}]\n", folder / "config.yaml", {})
        self.route = ChatRoute(self.config.alerts[0], self.db, ENGLISH)
        self.now = now()

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """Listen for a block."""
        [bot] = bots_of(self.config.alerts)
        listener = Listener(ChatSite(self.db, self.config, self.adopt), bot, awake)
        listener.start()
        try:
            yield listener
        finally:
            listener.stop()
            listener.wait(5)

    def adopt(self, order: Order, panel_order_id: str, _by: str) -> Order:
        """Adopt as the panel would confirm it: it has the orders above 100."""
        if not panel_order_id.isdigit() or int(panel_order_id) < 100:
            raise Refused(f"order {order.id} stays unknown: the panel has no order {panel_order_id} of yours")
        after = order._replace(state=State.ACTIVE, panel_order_id=panel_order_id)
        return changes.apply(self.db, [OrderChange(order, after, "adopted")], self.now)[0].after

    def lost(self) -> Order:
        """Lose the answer to an order."""
        return lost(self)

    def alert(self, notice: Notice) -> Message:
        """Send an alert to the chat; return the message that arrived."""
        with self.db.transaction():
            outbox.post(self.db, [notice], self.now)
        self.route.send(outbox.listed(self.db, limit=1), self.now)
        return self.server.messages[-1]

    def alert_of(self, order: Order, event: Event = Event.ORDER_UNKNOWN, **facts: Any) -> Message:
        """Send an alert of an order."""
        return self.alert(about_order(event, order, **facts))

    def order(self, order: Order) -> Order:
        """Return an order as it is now."""
        found = orders.by_id(self.db, order.id)
        assert found is not None
        return found

    def press(self, message: Message, label: str, **who: Any) -> str:
        """Press a button once it is there, and wait until that is dealt with; return its data."""
        data = self.server.button(message, label)
        self.server.press(message, data, **who)
        self.server.settled()
        return data
