"""Who did what to the panels and the alerts, and what changed lately of the orders."""

from __future__ import annotations

from werkzeug.wrappers import Request

from tracker.store import acts, order_history
from tracker.web.site import Site
from tracker.web.views import Page

SHOWN = 50


def journal_page(site: Site, _: Request) -> Page:
    """Show the newest of both."""
    return Page(
        "journal.html",
        "Journal",
        {"acts": acts.newest(site.db, SHOWN), "changes": order_history.newest(site.db, SHOWN)},
    )
