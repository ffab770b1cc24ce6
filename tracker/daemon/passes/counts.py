"""Looks each day at orders that are over, where a refill is asked for by itself. A part of the pass `requests`.

Polls of active orders take some of these along; what they leave is asked about here, in full calls. What is seen is
decided where every status is: fallen_counts.py.
"""

from __future__ import annotations

from collections.abc import Callable

from tracker.daemon.context import PanelContext
from tracker.orders.batches import Batch
from tracker.store import polls


class Counts:
    """Has the orders of one panel polled that are over and due; `poll` polls a batch in one call."""

    def __init__(self, context: PanelContext, poll: Callable[[Batch], None]) -> None:
        self.context = context
        self._poll = poll

    def watch(self) -> int | None:
        """Poll what is due; return when the next is, None where nothing is watched."""
        context = self.context
        if not context.refills_itself:
            return None
        while not context.stopping.is_set():
            due = polls.rechecks(context.db, context.name, context.ids_per_call, context.now())
            if not due:
                return polls.next_recheck_at(context.db, context.name)
            self._poll(due)
            left = polls.rechecks(context.db, context.name, 1, context.now())
            if left and left[0].id in {order.id for order in due}:
                return context.now() + context.schedule.poll  # the call failed
        return None
