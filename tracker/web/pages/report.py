"""The statement of a month: what orders cost, what the wallet says, and why both differ."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from werkzeug.wrappers import Request

from tracker.accounts.statement import CAUSES, By, Cause, Statement, Sums
from tracker.accounts.unclear import sentence
from tracker.lib import moments, months
from tracker.operations.statements import UNTAGGED, Rest, month_statement
from tracker.store import catalogue
from tracker.web.reports import Values
from tracker.web.site import Site
from tracker.web.views import Page

CLAIMS = 100
"""Refunds to claim that are shown; `tracker report --json` lists all."""

ROWS = 200
"""Rows that are shown, those with the most orders; `tracker report --by` lists all."""

REFRESH_S = 5
"""Seconds after which a report that is being made is asked for again."""


class Asked(NamedTuple):
    """Which report."""

    panel: str
    month: date
    by: By


def report_page(site: Site, request: Request) -> Page:
    """Show the statement of one account over a month, as it was made last."""
    names, zone = list(site.config.panels), site.config.timezone
    panel = request.args.get("panel", "")
    this = months.month_of(site.now(), zone)
    asked = Asked(
        panel if panel in names else names[0],
        _month(request.args.get("month", ""), this),
        _by(request.args.get("by", "")),
    )
    look = site.reports.look(asked, lambda rest: values_of(site, asked, rest))
    month = asked.month
    return Page(
        "report.html",
        "Report",
        {
            "panel": asked.panel, "panels": names, "by": str(asked.by), "choices": [str(one) for one in By],
            "month": months.written(month), "name": f"{month:%B %Y}",
            "before": months.written(months.month_before(month)),
            "after": months.written(months.next_month(month)) if month < this else None,
            "made": look.values, "kept_for": look.kept_for, "is_being_made": look.is_being_made,
        },
        refresh=REFRESH_S if look.is_being_made else None,
    )  # fmt: skip


def values_of(site: Site, asked: Asked, rest: Rest) -> Values:
    """Make what is shown of a report; in a thread of its own, whose connection ends with it."""
    at, zone = site.now(), site.config.timezone

    def pause() -> None:
        rest()
        site.db.refuse_replaced()  # whoever reads keeps the daemon from emptying the log of a file that is gone

    try:
        of = month_statement(site.db, asked.panel, months.span_of(asked.month, zone), asked.by, zone, pause)
        rows = {} if asked.by is By.PANEL else _largest(of)
        named = catalogue.names_of(site.db, asked.panel, list(rows)) if asked.by is By.SERVICE else {}
    finally:
        site.db.close()
    unclear = [
        f"{moments.between(one.since, one.at, zone)}: {sentence(one, of.currency)}"
        for one in of.unclear[:CLAIMS]
    ]
    return {
        "at": at, "currency": of.currency, "total": of.total, "difference": of.difference,
        "wallet": of.wallet and {
            "topped_up": of.wallet.topped_up, "spent": of.wallet.spent,
            "opening": of.wallet.opening, "closing": of.wallet.closing,
        },
        "causes": [(CAUSES[cause], of.causes[cause]) for cause in Cause if of.causes.get(cause)],
        "claims": of.owed[:CLAIMS], "more_claims": len(of.owed[CLAIMS:]),
        "unclear": unclear, "more_unclear": len(of.unclear[CLAIMS:]),
        "rows": rows, "more_rows": len(of.rows) - len(rows) if rows else 0,
        "untagged": UNTAGGED, "services": named,
    }  # fmt: skip


def _largest(of: Statement) -> dict[str, Sums]:
    """Return the rows with the most orders, in the order in which all stand."""
    chosen = set(sorted(of.rows, key=lambda key: -of.rows[key].orders)[:ROWS])
    return {key: sums for key, sums in of.rows.items() if key in chosen}


def _month(text: str, this: date) -> date:
    """Read a month; this one for what is none, or has not begun."""
    try:
        return min(this, months.read_month(text))
    except ValueError:
        return this


def _by(text: str) -> By:
    return By(text) if text in set(By) else By.PANEL
