"""What a form of a page changes: each is what a command does, by the same functions, and says what it did.

A change is a function of the site, the form, what the path names, and who asks. Refused says why nothing was done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from werkzeug.exceptions import NotFound

from tracker.lib.counts import counted
from tracker.lib.times import rfc3339
from tracker.operations import decisions, submitting
from tracker.operations.refused import Refused
from tracker.operations.requesting import ask
from tracker.operations.resuming import resume_panel
from tracker.orders.order import Order, State
from tracker.orders.requests import Kind
from tracker.orders.tags import tag_of
from tracker.orders.why_held import why_held
from tracker.store import acts, orders, outbox
from tracker.store.acts import Act
from tracker.web.site import Site

Form = Mapping[str, str]
Change = Callable[[Site, Form, str, str], str]
"""Site, form, what the path names, who asks -> what was done."""


def adopt(site: Site, form: Form, name: str, by: str) -> str:
    """Take a panel's id as an unknown order's own."""
    order, panel_order_id = _order(site, name), form.get("panel_order_id", "").strip()
    if order.state is not State.UNKNOWN:
        raise Refused(f"order {order.id} is {order.state}; only unknown orders can be resolved")
    if not panel_order_id:
        raise Refused("write the id that the panel shows for this order")
    return _now(site.doors.adopt(order, panel_order_id, by))


def release(site: Site, form: Form, name: str, by: str) -> str:
    """Queue an unknown order again."""
    order = _order(site, name)
    if form.get("sure") != "yes":
        raise Refused(
            "look at the panel's own page first, and tick the box: if it did take it, you pay for it twice"
        )
    return _changed(decisions.release(site.db, order, by, site.now()))


def retry(site: Site, _: Form, name: str, by: str) -> str:
    """Queue an order again that was rejected, or dropped unsent."""
    return _changed(decisions.retry(site.db, [_order(site, name)], by, site.now()))


def drop(site: Site, form: Form, name: str, by: str) -> str:
    """Give an order up."""
    if form.get("sure") != "yes":
        raise Refused("tick the box: what is given up is not followed any more")
    return _changed(decisions.drop(site.db, [_order(site, name)], by, site.now()))


def refill(site: Site, form: Form, name: str, by: str) -> str:
    """Ask for a refill of an order."""
    return _asked(site, Kind.REFILL, name, by)


def cancel(site: Site, form: Form, name: str, by: str) -> str:
    """Ask for a cancel of an order."""
    if form.get("sure") != "yes":
        raise Refused("tick the box: what the panel cancels cannot be taken back")
    return _asked(site, Kind.CANCEL, name, by)


def approve(site: Site, _: Form, name: str, by: str) -> str:
    """Approve what a queued order costs, at its price of now."""
    found = decisions.approve(site.db, [_order(site, name)], by, site.now())
    if not found:
        raise Refused(decisions.CHANGED)
    held = f", and still held: {why_held(found[0], rfc3339)}" if found[0].held else ""
    return f"Order {found[0].id} is approved{held}"


def pause(site: Site, _: Form, panel: str, by: str) -> str:
    """Send no orders to a panel any more."""
    _known_panel(site, panel)
    submitting.pause(site.db, panel, by, site.now())
    return f"{panel}: submitting is paused"


def resume(site: Site, _: Form, panel: str, by: str) -> str:
    """Send orders to a panel again, whatever stopped it; a key that was refused is read again first."""
    _known_panel(site, panel)
    said = resume_panel(site.db, site.config, panel, by, site.now)
    return f"{panel}: submitting continues{f'; {said}' if said else ''}"


def pause_tag(site: Site, _: Form, name: str, by: str) -> str:
    """Send no orders with a tag any more, nor those to come."""
    tag = _tag(name)
    waiting = submitting.pause_tag(site.db, tag, by, site.now())
    return f"The tag {tag} is paused: {counted(waiting, 'queued order')} wait for that, and those to come"


def resume_tag(site: Site, _: Form, name: str, by: str) -> str:
    """Send orders with a tag again."""
    tag = _tag(name)
    free = submitting.resume_tag(site.db, tag, by, site.now())
    return f"The tag {tag} is no longer paused: {counted(free, 'queued order')} may go on"


def retry_alerts(site: Site, _: Form, __: str, by: str) -> str:
    """Send every dead alert again."""
    count = outbox.requeue_dead(site.db, site.now())
    if not count:
        return "No alert is dead"
    acts.note(site.db, Act(site.now(), by, "sent dead alerts again"))
    return f"{counted(count, 'dead alert')} {'waits' if count == 1 else 'wait'} in the outbox again"


CHANGES: Mapping[str, Change] = {
    "adopt": adopt, "release": release, "retry": retry, "drop": drop, "refill": refill, "cancel": cancel,
    "approve": approve, "pause": pause, "resume": resume, "pause_tag": pause_tag, "resume_tag": resume_tag,
    "retry_alerts": retry_alerts,
}  # fmt: skip
"""Each change by the name of its route."""


def _asked(site: Site, kind: Kind, name: str, by: str) -> str:
    order = _order(site, name)
    (asked,) = ask(site.db, site.config, kind, [order], by=by, now=site.now())
    return f"A {kind} of order {order.id} is {asked.request.state}"


def _order(site: Site, name: str) -> Order:
    found = orders.by_id(site.db, int(name)) if len(name) < 19 else None
    if found is None:
        raise NotFound
    return found


def _tag(name: str) -> str:
    try:
        return tag_of(name)
    except ValueError:
        raise NotFound from None


def _known_panel(site: Site, panel: str) -> None:
    if panel not in site.config.panels:
        raise NotFound


def _changed(found: list[Order]) -> str:
    if not found:
        raise Refused(decisions.CHANGED)
    return _now(found[0])


def _now(order: Order) -> str:
    return f"Order {order.id} is now {order.state}"
