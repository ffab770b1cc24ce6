"""Keeps what status calls said of orders, and writes it in few transactions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from tracker.accounts.ids import account_after_poll
from tracker.daemon.context import PanelContext
from tracker.lib.times import HOUR
from tracker.orders.answers import Report, Said
from tracker.orders.batches import Batch
from tracker.orders.change import OrderChange
from tracker.orders.order import Order
from tracker.orders.polling import DurationModel, Limits
from tracker.orders.status import ServiceModel, Unchanged, after_poll, news_delay, stall_limit
from tracker.store import changes, orders
from tracker.store.parts import Part

MODEL_LIFETIME = HOUR
"""How long it is remembered what the orders of a service usually take."""

FLUSH_SIZE = 1000
"""Orders whose answers are written in one transaction, when they come fast enough."""


class ServiceModels:
    """What the finished orders of each service have taught, read again each hour."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        self._models: dict[str, tuple[int, ServiceModel]] = {}

    def of(self, service: str) -> ServiceModel:
        """Return what is known of a service."""
        now = self._context.elapsed()
        until, model = self._models.get(service, (0, None))
        if model is None or until < now:
            context = self._context
            took = orders.durations(context.db, context.name, service)
            model = ServiceModel(DurationModel(took), stall_limit(took, context.schedule.stuck))
            self._models[service] = now + MODEL_LIFETIME, model
        return model


class Collector:
    """Collects answers until `flush` writes them; not for several threads at once.

    `limits` says how soon, and how late, an order is asked about again.
    """

    def __init__(self, context: PanelContext, models: ServiceModels, limits: Callable[[], Limits]) -> None:
        self._context = context
        self._models = models
        self._limits = limits
        self._answers: list[tuple[Order, Said | None]] = []

    def add(self, batch: Batch, answers: Mapping[str, Said]) -> None:
        """Keep what a call said of each of its orders; None of one that it left out."""
        self._answers += [(order, answers.get(order.panel_order_id or "")) for order in batch]

    def is_full(self) -> bool:
        """Tell whether there is enough for a transaction."""
        return len(self._answers) >= FLUSH_SIZE

    def flush(self) -> None:
        """Decide on each order and write it all in one transaction."""
        if not self._answers:
            return
        context, now, limits = self._context, self._context.now(), self._limits()
        changed: list[OrderChange] = []
        unchanged: list[Unchanged] = []
        for order, answer in self._answers:
            outcome = after_poll(order, answer, self._models.of(order.service), limits, now)
            if isinstance(outcome, Unchanged):
                unchanged.append(outcome)
            else:
                changed.append(outcome)
        confirmed = [one.after.panel_order_id for one in changed if _is_first_report(one)]
        decide = partial(account_after_poll, panel_order_ids=confirmed)
        parts = [part for order, answer in self._answers for part in _parts(order, answer)]
        written = changes.apply(
            context.db, changed, now, unchanged=unchanged, parts=parts, panel=context.name, decide=decide
        )
        self._answers.clear()
        for change in written:
            late = news_delay(change, limits.clock_set_at, now)
            if late is not None:
                context.note_news(late)


def _parts(order: Order, answer: Said | None) -> list[Part]:
    listed = answer.parts if isinstance(answer, Report) else None
    return [(order.panel, one, order.id) for one in listed or ()]


def _is_first_report(change: OrderChange) -> bool:
    """Tell whether the panel now confirms for the first time that the order's id is ours."""
    return change.before.panel_status is None and change.after.panel_status is not None
