"""The pass that sends the report of a month once it is over."""

from __future__ import annotations

from collections.abc import Callable

from tracker.accounts.statement import summary
from tracker.config.settings import Config
from tracker.events import Event, Notice
from tracker.lib import months
from tracker.lib.times import HOUR
from tracker.operations.statements import month_statement
from tracker.store import told_months
from tracker.store.database import Database

AFTER = 6 * HOUR
"""How long a month must be over: by then the ends of its last orders are seen, and their refunds came."""

EVERY = HOUR


def send_monthly(config: Config, db: Database, now: Callable[[], int]) -> int:
    """Send the report of the month that ended last, unless that was done; return how long to wait, in microseconds."""
    month = months.month_before(months.month_of(now() - AFTER, config.timezone))
    name = months.written(month)
    if told_months.is_told(db, name):
        return EVERY
    span = months.span_of(month, config.timezone)
    figures: list[str] = []
    for panel in config.panels:
        figures += summary(month_statement(db, panel, span, zone=config.timezone))
    facts = {"month": name, "figures": figures}
    told_months.tell(db, name, [Notice(Event.REPORT_MONTHLY, facts=facts)] if figures else [], now())
    return EVERY
