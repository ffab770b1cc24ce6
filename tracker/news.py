"""What becomes of an order that a panel was asked about in a status call. Pure, and the hot path."""

from __future__ import annotations

from typing import NamedTuple

from tracker.orders.order import Missing, Order, Report, State
from tracker.orders.polling import Habit, Limits, after_failed_call, next_look, next_recheck
from tracker.orders.submission import Change, after_status
from tracker.stillness import SHORTEST, Patience, after_stillness, still_for


class Look(NamedTuple):
    """An order that was looked at and had nothing new to say: what this changes, as `store.changes` binds it."""

    checked_at: int | None
    due_at: int | None
    order_id: int
    state: str = "active"


class Lesson(NamedTuple):
    """What the finished orders of a service have taught."""

    habit: Habit
    patience: Patience


def after_news(
    order: Order, answer: Report | Missing | None, lesson: Lesson, limits: Limits, now: int
) -> Change | Look:
    """Say what becomes of an order; silence (None) leaves all but the time of the next look."""
    if order.state is not State.ACTIVE:
        return _after_recheck(order, answer, now, limits.shortest)
    if answer is None:
        return Look(order.checked_at, after_failed_call(now, limits.shortest), order.id)
    missing = type(answer) is Missing
    again_at = now + limits.shortest if missing else next_look(order, lesson.habit, limits, now)
    change = after_status(order, answer, now, again_at)
    if change is None and still_for(order, now) > SHORTEST:
        change = after_stillness(order, lesson.patience, now, again_at)
    return change or Look(now, again_at, order.id)


def _after_recheck(order: Order, answer: Report | Missing | None, now: int, shortest: int) -> Change | Look:
    """Look again at an order that is over: only another state is news."""
    if isinstance(answer, Report) and answer.state is not None and answer.state is not order.state:
        change = after_status(order, answer, now, now + shortest)
        if change is not None:
            return change
    return Look(now, next_recheck(order.finished_at or now, now), order.id, str(order.state))
