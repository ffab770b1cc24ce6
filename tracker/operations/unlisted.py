"""What to add to the config, so that the words of a panel about an order are known."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.config.panel_settings import PanelConfig
from tracker.orders.answers import Reason, Unlisted
from tracker.orders.listing import REFUSAL, listing
from tracker.orders.order import Order, State
from tracker.panel.dialects.spelling import to_list
from tracker.store.order_history import StateChange


def lines_to_add(order: Order, history: Sequence[StateChange], panel: PanelConfig | None) -> list[str]:
    """Return the lines of the config; none where all that the panel said of the order is known."""
    words, key, comment = _words(order, history)
    if panel is None or words is None or panel.dialect.refusals.reason([words]) is not None:
        return []
    text = to_list(words.removesuffix("…"), order.panel_order_id)
    return listing(panel.name, Unlisted(words, text, panel.dialect.base), key, comment)


def _words(order: Order, history: Sequence[StateChange]) -> tuple[str | None, str, str]:
    """Return the panel's words, and the key of `refusals:` under which they most likely belong."""
    if order.state is State.ACTIVE and not order.missing:
        return order.last_error, str(Reason.ORDER_UNKNOWN), ""
    if order.state is not State.UNKNOWN:
        return None, "", ""
    words = next((one.evidence.get("words") for one in reversed(history) if one.after == State.UNKNOWN), None)
    return words, *REFUSAL
