"""One panel: its wallet over a week, its account, and what it was asked lately."""

from __future__ import annotations

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request

from tracker.lib.times import DAY
from tracker.operations.health import panel_findings
from tracker.operations.snapshot import read_status
from tracker.operations.wallets import wallet
from tracker.orders.order import State
from tracker.store import accounts, catalogue
from tracker.web.pages.overview import LEVELS
from tracker.web.pages.pace import pace
from tracker.web.pages.stops import stops
from tracker.web.site import Site
from tracker.web.svg import curve
from tracker.web.views import Page

SHOWN = 7 * DAY


def panel_page(site: Site, _: Request, panel: str) -> Page:
    """Show one panel of the config; NotFound for any other."""
    if panel not in site.config.panels:
        raise NotFound
    now, config = site.now(), site.config.panels[panel]
    status = read_status(site.db, site.config, now, "tracker run")
    found = next(one for one in status.panels if one.name == panel)
    about_it = [(LEVELS[level], text) for level, text in panel_findings(found, now)]
    readings = accounts.balances_since(site.db, panel, now - SHOWN)
    began = readings[0][0] if readings else now - SHOWN
    return Page(
        "panel.html",
        panel,
        {
            "panel": found, "account": found.account, "config": config, "findings": about_it,
            "wallet": wallet(found, now), "curve": curve(readings, config.balance.low, began, now),
            "stops": stops(found.account), "services_at": catalogue.services_at(site.db, panel),
            "states": list(State), "began": began, "pace": pace(site.db, config, now),
        },
        refresh=60,
    )  # fmt: skip
