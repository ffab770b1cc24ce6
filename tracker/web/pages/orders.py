"""The orders, the newest first: by state and panel, or those that a search finds."""

from __future__ import annotations

from contextlib import closing

from werkzeug.wrappers import Request

from tracker.orders.order import Order, State
from tracker.orders.progress import progress
from tracker.store import catalogue, counters, orders, search
from tracker.store.orders import Place
from tracker.web.site import Site
from tracker.web.views import Page

SHOWN = 50


def orders_page(site: Site, request: Request) -> Page:
    """Show one page of a list. A wrong filter is none."""
    counts = counters.counts(site.db)
    state = request.args.get("state") if request.args.get("state") in list(State) else None
    panel = request.args.get("panel") if request.args.get("panel") in counts else None
    text = request.args.get("q", "").strip()[:200]
    listed = search.found(site.db, text, SHOWN) if text else _listed(site, state, panel, _place(request))
    after = None if text or len(listed) < SHOWN else listed[-1]
    names = {
        name: catalogue.names_of(site.db, name, services) for name, services in _services(listed).items()
    }
    totals = {
        one: sum(of_one.get(one, 0) for name, of_one in counts.items() if panel in (None, name))
        for one in State
    }
    return Page(
        "orders.html",
        "Orders",
        {
            "orders": [(order, names[order.panel].get(order.service), progress(order, site.now())) for order in listed],
            "state": state, "panel": panel, "q": text, "totals": totals, "panels": sorted(counts),
            "next": None if after is None else f"{after.created_at}-{after.id}", "scanned": search.SCANNED,
        },
    )  # fmt: skip


def _services(listed: list[Order]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for order in listed:
        found.setdefault(order.panel, set()).add(order.service)
    return found


def _listed(site: Site, state: str | None, panel: str | None, before: Place | None) -> list[Order]:
    states = () if state is None else (state,)
    with closing(orders.listed(site.db, states, panel, limit=SHOWN, before=before)) as found:
        return list(found)


def _place(request: Request) -> Place | None:
    """Return the place of the last order of the page before; None for the first page."""
    at, _, number = request.args.get("before", "").partition("-")
    is_place = at.isascii() and at.isdigit() and number.isascii() and number.isdigit()
    return (int(at), int(number)) if is_place and len(at) < 19 and len(number) < 19 else None
