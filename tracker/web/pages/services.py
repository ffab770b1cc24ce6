"""The services of a panel: what they cost, and how long their orders take."""

from __future__ import annotations

from statistics import median

from werkzeug.wrappers import Request

from tracker.store import accounts, catalogue, orders
from tracker.web.site import Site
from tracker.web.views import Page

SHOWN = 50

UNIT = 1000
"""Units that a price is shown for, as panels and people write it."""


def services_page(site: Site, request: Request) -> Page:
    """Show one page of the catalogue of one panel, or what a search finds in it."""
    names = list(site.config.panels)
    panel = request.args.get("panel", "")
    panel = panel if panel in names else names[0]
    text = request.args.get("q", "").strip()[:200]
    begin = request.args.get("from", 0, int)
    found, total = catalogue.page(site.db, panel, text, max(0, begin), SHOWN)
    return Page(
        "services.html",
        "Services",
        {
            "panel": panel, "panels": names, "q": text, "total": total, "begin": max(0, begin), "shown": SHOWN,
            "services": [(one, _usual(site, panel, one.id)) for one in found],
            "read_at": catalogue.services_at(site.db, panel),
            "currency": accounts.read(site.db, panel).currency, "unit": UNIT,
        },
    )  # fmt: skip


def _usual(site: Site, panel: str, service: str) -> tuple[int, int, int] | None:
    """Return of how many orders, in the middle and for nine of ten, how long they took; None while none has ended."""
    known = sorted(orders.durations(site.db, panel, service))
    return (len(known), int(median(known)), known[(len(known) - 1) * 9 // 10]) if known else None
