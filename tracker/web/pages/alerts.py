"""The alerts, and what became of their deliveries."""

from __future__ import annotations

from werkzeug.wrappers import Request

from tracker.alerts.messages import message
from tracker.operations.wording import quiet_wording_of
from tracker.store import counters, outbox
from tracker.web.site import Site
from tracker.web.views import Page

STATES = ("waiting", "sent", "dead", "superseded", "silenced")
SHOWN = 50


def alerts_page(site: Site, request: Request) -> Page:
    """Show the newest deliveries, of one state or of all."""
    state = request.args.get("state") if request.args.get("state") in STATES else None
    targets = [target.name for target in site.config.alerts]
    target = request.args.get("target") if request.args.get("target") in targets else None
    before = request.args.get("before", "")
    place = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    found = outbox.listed(site.db, state, SHOWN, target, place)
    wording = quiet_wording_of(site.config, site.db)
    return Page(
        "alerts.html",
        "Alerts",
        {
            "deliveries": [(one, message(one.notice, one.at, wording)) for one in found],
            "state": state, "states": STATES, "counts": counters.alerts(site.db), "targets": targets,
            "target": target, "is_first": place is None, "older": found[-1].id if len(found) == SHOWN else None,
        },
    )  # fmt: skip
