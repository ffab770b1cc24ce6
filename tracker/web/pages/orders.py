"""The orders, the newest first: by state, panel, service and time, or those that a search finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from urllib.parse import urlencode

from werkzeug.wrappers import Request

from tracker.lib import moments
from tracker.orders.order import Order, State
from tracker.orders.progress import progress
from tracker.orders.tags import tag_of
from tracker.store import catalogue, counters, paused_tags, search, tag_counts
from tracker.store.order_pages import Place
from tracker.store.search import Wanted
from tracker.web.site import Site
from tracker.web.views import Page, asked_text

SHOWN = 50

FILTERS = ("q", "panel", "service", "since", "until", "tag")
"""What the form above the list asks for; the state is chosen by links."""


def orders_page(site: Site, request: Request) -> Page:
    """Show one page of a list. A filter that cannot be read is said, and is none."""
    counts = counters.counts(site.db)
    asked = {name: asked_text(request, name) for name in (*FILTERS, "state")}
    times, faults = _times(asked, site.now(), site.config.timezone)
    state = asked["state"] if asked["state"] in list(State) else None
    panel = asked["panel"] if asked["panel"] in counts else None
    tag = _tag(asked["tag"], faults)
    wanted = Wanted(asked["q"], state, panel, asked["service"] or None, *times, tag)
    place = _place(request)
    found = search.found(site.db, wanted, SHOWN, place)
    totals = (
        _totals({"": tag_counts.counts(site.db, tag)}, None) if tag is not None else _totals(counts, panel)
    )
    return Page(
        "orders.html",
        "Orders",
        {
            "orders": _rows(site, found.orders), "asked": asked, "state": state, "panel": panel, "faults": faults,
            "totals": totals, "panels": sorted(counts), "is_first": place is None,
            "links": {one: _link(asked, state=one) for one in ("", *State)},
            "first": _link(asked), "is_filtered": any(asked[name] for name in FILTERS),
            "older": found.older and _link(asked, before=f"{found.older[0]}-{found.older[1]}"),
            "is_full": len(found.orders) >= SHOWN, "tag": tag,
            "is_paused": tag is not None and paused_tags.is_any(site.db, (tag,)),
        },
    )  # fmt: skip


def _tag(text: str, faults: list[str]) -> str | None:
    """Read a tag, and say what is wrong with one that cannot be."""
    try:
        return tag_of(text) if text else None
    except ValueError as wrong:
        faults.append(str(wrong))
        return None


def _rows(site: Site, found: Sequence[Order]) -> list[tuple[Order, str | None, object]]:
    """Return each order with what its service is called, and how far it is."""
    services: dict[str, set[str]] = {}
    for order in found:
        services.setdefault(order.panel, set()).add(order.service)
    names = {name: catalogue.names_of(site.db, name, of_one) for name, of_one in services.items()}
    now = site.now()
    return [(order, names[order.panel].get(order.service), progress(order, now)) for order in found]


def _totals(counts: Mapping[str, Mapping[str, int]], panel: str | None) -> dict[str, int]:
    """Return how many orders are in each state; of one panel, or of all."""
    chosen = [of_one for name, of_one in counts.items() if panel in (None, name)]
    return {str(state): sum(of_one.get(state, 0) for of_one in chosen) for state in State}


def _link(asked: Mapping[str, str], **other: str) -> str:
    """Return the address of the same list with something else of it."""
    filters = {name: text for name, text in {**asked, **other}.items() if text}
    return f"/orders?{urlencode(filters)}" if filters else "/orders"


def _times(
    asked: Mapping[str, str], now: int, zone: tzinfo | None
) -> tuple[tuple[int | None, int | None], list[str]]:
    """Read since when and until when, and say what cannot be read."""
    found, faults = list[int | None](), list[str]()
    for name in ("since", "until"):
        try:
            at = moments.read_since(asked[name], now, zone) if asked[name] else None
        except (ValueError, OverflowError):
            at = None
            faults.append(f"“{asked[name]}” is no time; write one like 2h, yesterday, monday or 2026-03-01")
        found.append(None if at is None else min(max(at, 0), now))
    return (found[0], found[1]), faults


def _place(request: Request) -> Place | None:
    """Return the place before which the page begins; None for the first page."""
    at, _, number = request.args.get("before", "").partition("-")
    is_place = at.isascii() and at.isdigit() and number.isascii() and number.isdigit()
    return (int(at), int(number)) if is_place and len(at) < 19 and len(number) < 19 else None
