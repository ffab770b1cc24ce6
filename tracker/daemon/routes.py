"""The ways to a target: in words for people, with buttons where they may decide, or as signed JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from tracker.alerts.channels.sender import Sender
from tracker.alerts.channels.tries import Outcome, Undelivered
from tracker.alerts.channels.webhook import Webhook
from tracker.alerts.delivery import Delivery
from tracker.alerts.digest_message import digest
from tracker.alerts.webhook_body import MOST, webhook_body
from tracker.alerts.wording import Wording
from tracker.config.target_settings import Target
from tracker.orders.order_json import order_json
from tracker.store import orders
from tracker.store.database import Database


class Route(Protocol):
    """One way to a target; a try returns within half a minute and never raises."""

    #: How many alerts one message may hold; None: any number.
    most: int | None

    def send(self, alerts: Iterable[Delivery], now: int) -> Outcome:
        """Send one message about these alerts, the oldest first."""


def route_to(target: Target, db: Database, wording: Wording) -> Route:
    """Return the way that the config names."""
    if target.webhook is not None and target.secret is not None:
        webhook = Webhook(target.webhook.reveal(), target.secret.reveal())
        return ForPrograms(target.name, webhook, db, wording)
    if target.commands:
        # Here, because most configs have no chat that may decide.
        from tracker.chat.sending import ChatRoute

        return ChatRoute(target, db, wording)
    return ForPeople(target.name, Sender(target.url.reveal() if target.url else ""), wording)


class ForPeople:
    """A message that a person reads, through apprise."""

    most: int | None = None

    def __init__(self, target: str, sender: Sender, wording: Wording) -> None:
        self._target = target
        self._sender = sender
        self._wording = wording

    def send(self, alerts: Iterable[Delivery], _now: int) -> Outcome:
        """Send one message about these alerts, however many they are."""
        return self._sender.send(
            digest(((one.notice, one.at) for one in alerts), self._target, self._wording)
        )


class ForPrograms:
    """A webhook. `db` has the orders that alerts are about."""

    def __init__(self, target: str, webhook: Webhook, db: Database, wording: Wording) -> None:
        self.most: int | None = MOST
        self._target = target
        self._webhook = webhook
        self._db = db
        self._wording = wording

    def send(self, alerts: Iterable[Delivery], now: int) -> Outcome:
        """Send one message about these alerts; where it is too long for the receiver, the next has fewer."""
        sent = list(alerts)
        ids = {one.notice.order_id for one in sent if one.notice.order_id is not None}
        about = {order.id: order_json(order) for order in orders.some(self._db, ids)}
        body = webhook_body(sent, about, self._target, self._wording)
        outcome = self._webhook.send(body.id, body.encoded(), now)
        if isinstance(outcome, Undelivered) and outcome.is_too_long:
            self.most = max(1, len(sent) // 2)
        return outcome
