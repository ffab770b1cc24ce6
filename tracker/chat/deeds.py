"""What a button does: each is what a command does, by the same functions, and says what it did.

Refused says why nothing was done. Those in `DEEDS` are written in one transaction with the use of the button, so that
none is done twice; those in `SLOW_DEEDS` ask others first, and do nothing where they were done before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tracker.alerts.silences import Silence
from tracker.chat.buttons import Act
from tracker.chat.site import ChatSite
from tracker.lib.times import DAY
from tracker.operations import decisions, silencing, submitting
from tracker.operations.refused import Refused
from tracker.operations.resuming import resume_panel
from tracker.orders.order import Order, State
from tracker.store import accounts, orders
from tracker.store.chat import Pressed

Deed = Callable[[ChatSite, Pressed, str], str]
"""Site, button, who -> what was done."""

SILENT_FOR = DAY


def release(site: ChatSite, pressed: Pressed, by: str) -> str:
    """Queue an unknown order again."""
    order = order_of(site, pressed)
    _refuse_copy(site, order.panel)
    return _changed(decisions.release(site.db, order, by, site.now()))


def retry(site: ChatSite, pressed: Pressed, by: str) -> str:
    """Queue an order again that was rejected."""
    order = order_of(site, pressed)
    _refuse_copy(site, order.panel)
    return _changed(decisions.retry(site.db, [order], by, site.now()))


def drop(site: ChatSite, pressed: Pressed, by: str) -> str:
    """Give an order up."""
    return _changed(decisions.drop(site.db, [order_of(site, pressed)], by, site.now()))


def approve(site: ChatSite, pressed: Pressed, by: str) -> str:
    """Approve what a held order costs."""
    order = order_of(site, pressed)
    _refuse_copy(site, order.panel)
    return _changed(decisions.approve(site.db, [order], by, site.now()))


def pause(site: ChatSite, pressed: Pressed, by: str) -> str:
    """Send no orders to a panel any more."""
    panel = _panel_of(site, pressed)
    submitting.pause(site.db, panel, by, site.now())
    return f"{panel}: submitting is paused"


def silence(site: ChatSite, pressed: Pressed, by: str) -> str:
    """Send no alerts like this one for a day."""
    about, now = pressed.about, site.now()
    # Of several orders that wait for one reason the alert names one, and the silence is about all.
    order_id = about.order_id if about.event.startswith("order.") else None
    wanted = Silence(about.event, now, now + SILENT_FOR, "a button was pressed", by, about.panel, order_id)
    return f"{silencing.silence(site.db, wanted).subject} is silenced for a day"


def adopt(site: ChatSite, pressed: Pressed, by: str) -> str:
    """Take a panel's id as an unknown order's own, once the panel confirms it."""
    order = order_of(site, pressed)
    if order.state is not State.UNKNOWN:
        raise Refused(f"order {order.id} is {order.state}; only unknown orders can be resolved")
    adopted = site.adopt(order, pressed.argument or "", by)
    return f"Order {order.id} is {adopted.panel_order_id} at the panel, and is now {adopted.state}"


def resume(site: ChatSite, pressed: Pressed, by: str) -> str:
    """Send orders to a panel again, whatever stopped it, unless somebody stopped it since."""
    panel = _panel_of(site, pressed)
    _refuse_copy(site, panel)
    paused_at = accounts.read(site.db, panel).paused_at
    if paused_at is not None and paused_at > pressed.about.made_at:
        raise Refused(f"{panel} was paused since; to send orders again: tracker resume {panel}")
    resume_panel(site.db, site.config, panel, by, site.now)
    return f"{panel}: submitting continues"


DEEDS: Mapping[Act, Deed] = {
    Act.RELEASE_SURELY: release, Act.DROP_SURELY: drop, Act.RETRY: retry, Act.APPROVE: approve, Act.PAUSE: pause,
    Act.SILENCE: silence,
}  # fmt: skip
SLOW_DEEDS: Mapping[Act, Deed] = {Act.ADOPT_AS: adopt, Act.TOLD_ID: adopt, Act.RESUME: resume}


def order_of(site: ChatSite, pressed: Pressed) -> Order:
    """Return the order that a button is about; Refused where it is gone, or was sent again since."""
    order_id = pressed.about.order_id
    order = None if order_id is None else orders.by_id(site.db, order_id)
    if order is None:
        raise Refused("the order is no longer kept")
    if order.attempts != pressed.about.attempt:
        raise Refused(
            f"order {order.id} was sent again since this message; decide by the newest one. Nothing was done."
        )
    return order


def _panel_of(site: ChatSite, pressed: Pressed) -> str:
    panel = pressed.about.panel
    if panel is None or panel not in site.config.panels:
        raise Refused(f"the config has no panel {panel!r} any more")
    return panel


def _refuse_copy(site: ChatSite, panel: str) -> None:
    """Refuse to send on the word of a chat what a newer database may have sent: it holds no answer to that."""
    if accounts.read(site.db, panel).restored_at is not None:
        raise Refused(
            f"the database is an older copy, which does not know what was sent since: compare it with the panel's own "
            f"page, then decide at the terminal (`tracker status`, `tracker resume {panel}`)"
        )


def _changed(found: list[Order]) -> str:
    if not found:
        raise Refused(decisions.CHANGED)
    return f"Order {found[0].id} is now {found[0].state}"
