"""What the orders of each service of a panel were worth."""

from __future__ import annotations

from werkzeug.wrappers import Request

from tracker.orders.worth import worth
from tracker.store import accounts, catalogue, figures
from tracker.web.site import Site
from tracker.web.views import Page

SHOWN = 200
"""Services that are shown, those of most orders first; `tracker services --stats` lists all."""

UNIT = 1000
"""Units that a price is shown for, as panels and people write it."""


def worth_page(site: Site, request: Request) -> Page:
    """Show the services of one panel of which orders have ended."""
    names = list(site.config.panels)
    panel = request.args.get("panel", "")
    panel = panel if panel in names else names[0]
    known = {service: worth(found) for service, found in figures.of_panel(site.db, panel).items()}
    services = sorted(
        ((one, found) for one, found in known.items() if found.orders), key=lambda row: -row[1].orders
    )
    called = catalogue.names_of(site.db, panel, [one for one, _ in services[:SHOWN]])
    return Page(
        "worth.html",
        "Worth",
        {
            "panel": panel, "panels": names, "total": len(services), "services": services[:SHOWN], "called": called,
            "currency": accounts.read(site.db, panel).currency, "unit": UNIT,
        },
    )  # fmt: skip
