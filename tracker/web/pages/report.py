"""The statement of a month: what orders cost, what the wallet says, and why both differ."""

from __future__ import annotations

from datetime import date

from werkzeug.wrappers import Request

from tracker.accounts.statement import CAUSES, By, Cause
from tracker.accounts.unclear import sentence
from tracker.lib import moments, months
from tracker.operations.statements import UNTAGGED, month_statement
from tracker.store import catalogue
from tracker.web.site import Site
from tracker.web.views import Page

CLAIMS = 100
"""Refunds to claim that are shown; `tracker report --json` lists all."""


def report_page(site: Site, request: Request) -> Page:
    """Show the statement of one account over a month."""
    names, zone = list(site.config.panels), site.config.timezone
    panel = request.args.get("panel", "")
    panel = panel if panel in names else names[0]
    this = months.month_of(site.now(), zone)
    month, by = _month(request.args.get("month", ""), this), _by(request.args.get("by", ""))
    made = month_statement(site.db, panel, months.span_of(month, zone), by, zone)
    return Page(
        "report.html",
        "Report",
        {
            "panel": panel, "panels": names, "of": made, "by": str(by), "choices": [str(one) for one in By],
            "month": months.written(month), "name": f"{month:%B %Y}", "this": months.written(this),
            "before": months.written(months.month_before(month)),
            "after": months.written(months.next_month(month)) if month < this else None,
            "causes": [(CAUSES[cause], made.causes[cause]) for cause in Cause if made.causes.get(cause)],
            "claims": made.owed[:CLAIMS],
            "unclear": [
                f"{moments.between(one.since, one.at, zone)}: {sentence(one, made.currency)}"
                for one in made.unclear[:CLAIMS]
            ],
            "untagged": UNTAGGED,
            "services": catalogue.names(site.db, panel) if by is By.SERVICE else {},
        },
    )  # fmt: skip


def _month(text: str, this: date) -> date:
    """Read a month; this one for what is none, or has not begun."""
    try:
        return min(this, months.read_month(text))
    except ValueError:
        return this


def _by(text: str) -> By:
    return By(text) if text in set(By) else By.PANEL
