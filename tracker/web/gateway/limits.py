"""Whether a client may still spend what an order costs, of what its orders of one day may cost together."""

from __future__ import annotations

from decimal import Decimal

from tracker.config.web_settings import WebClient
from tracker.lib import moments
from tracker.store import accounts, client_days
from tracker.web.gateway.panels import panels_of
from tracker.web.site import Site


def limit_refusal(site: Site, client: WebClient, cost: Decimal | None, now: int) -> str | None:
    """Say why the client's limit of a day rules an order out; else the order counts from here on."""
    limit = client.daily_limit
    if limit is None:
        return None
    if cost is None:
        return "the price of this service is not known yet, and your orders of a day have a limit"
    if len(_currencies(site, client)) > 1:
        return "your panels have different currencies, and your orders of a day have one limit"
    since = moments.day_begin(now, site.config.timezone)
    try:
        is_within = client_days.spend(site.db, client.name, cost, limit, since, now)
    except client_days.UnknownCost:
        return "what another of today's orders costs is not known yet, and your orders of a day have a limit"
    return None if is_within else "Not enough funds on balance: today's limit would be passed"


def _currencies(site: Site, client: WebClient) -> set[str]:
    read = (accounts.read(site.db, panel.name).currency for panel in panels_of(site.config, client))
    return {one for one in read if one is not None}
