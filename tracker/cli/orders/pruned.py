"""What the commands say of an order that was pruned, and of which only the names are kept."""

from __future__ import annotations

from tracker.lib.times import rfc3339
from tracker.orders.order import Draft, Order, State
from tracker.store.pruned import Pruned


def pruned_sentence(what: str, kept: Pruned) -> str:
    """Say whose name it was."""
    return f"{what} belongs to order {kept.order_id}, which was pruned on {rfc3339(kept.pruned_at)[:10]}"


def pruned_order(draft: Draft, kept: Pruned) -> Order:
    """Return the order that was pruned, as far as it is known: the draft asks for the same."""
    asked = (draft.panel, draft.service, draft.link, draft.quantity, draft.comments, draft.fields, draft.ref)
    known = State(kept.state), kept.finished_at or kept.pruned_at
    return Order(kept.order_id, *asked, *known, draft.panel_order_id, finished_at=kept.finished_at)
