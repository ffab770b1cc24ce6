"""What it means that a panel says the same again of orders: when they are polled next, and what that teaches. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tracker.orders.cohorts import Polled
from tracker.orders.followed import Followed
from tracker.orders.polling import DurationModel, Limits, next_wait


def after_repeats(
    orders: Iterable[Followed], model_of: Callable[[str], DurationModel], limits: Limits, now: int
) -> list[Polled]:
    """Decide on active orders of which the panel said the same again, and let the models of their services learn.

    This runs for nearly every order of every poll: it is what `status.after_poll` does of such an order, and no more.
    """
    found: list[Polled] = []
    models: dict[str, DurationModel] = {}
    threshold, clock_set_at = limits.threshold, limits.clock_set_at
    for order_id, _, service, since, _, checked_at, _, cohort, _ in orders:
        model = models.get(service)
        if model is None:
            model = models[service] = model_of(service)
        age = now - since
        asked_at = checked_at or since
        if since <= asked_at <= now and clock_set_at <= asked_at:
            model.survived(asked_at - since, age)
        wait = next_wait(model.wait(age if age > 0 else 0, threshold), limits)
        found.append(Polled(order_id, cohort, now + wait, now))
    return found
