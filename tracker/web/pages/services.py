"""The services of a panel: what they cost, and how long their orders take."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import Any, NamedTuple

from werkzeug.wrappers import Request

from tracker.orders.answers import Service
from tracker.store import accounts, catalogue, orders, recent
from tracker.web.site import Site
from tracker.web.views import Page, asked_text

SHOWN = 50

UNIT = 1000
"""Units that a price is shown for, as panels and people write it."""

NEWEST = 5000
"""Finished orders of all panels that are looked at to see which services take long."""


SLOWEST = 100
"""Services that are shown by how long they take."""


class Usual(NamedTuple):
    """How long orders took, in microseconds: how many of them, the middle one, and what nine of ten did not exceed."""

    orders: int
    median: int
    ninetieth: int


def services_page(site: Site, request: Request) -> Page:
    """Show the services that were ordered of late by how long they take, or one page of the catalogue."""
    names = list(site.config.panels)
    panel = request.args.get("panel", "")
    panel = panel if panel in names else names[0]
    by_time = request.args.get("by") == "time"
    shown = _by_time(site, panel) if by_time else _of_catalogue(site, panel, request)
    return Page(
        "services.html",
        "Services",
        {
            "panel": panel, "panels": names, "by_time": by_time, "read_at": catalogue.services_at(site.db, panel),
            "currency": accounts.read(site.db, panel).currency, "unit": UNIT, "shown": SHOWN, "newest": NEWEST, **shown,
        },
    )  # fmt: skip


def _of_catalogue(site: Site, panel: str, request: Request) -> dict[str, Any]:
    text = asked_text(request, "q")
    begin = min(max(0, request.args.get("from", 0, int)), 10**9)
    found, total = catalogue.page(site.db, panel, text, begin, SHOWN)
    services = [(one.id, one, usual(orders.durations(site.db, panel, one.id, SHOWN))) for one in found]
    return {"q": text, "total": total, "begin": begin, "services": services}


def _by_time(site: Site, panel: str) -> dict[str, Any]:
    """Return the services of the newest finished orders, those that take longest first."""
    took = {one: usual(times) for one, times in recent.durations(site.db, panel, NEWEST).items()}
    slowest = sorted(((one, found) for one, found in took.items() if found), key=lambda row: -row[1].median)[
        :SLOWEST
    ]
    known: dict[str, Service] = {one.id: one for one in catalogue.among(site.db, panel, dict(slowest))}
    services = [(one, known.get(one), found) for one, found in slowest]
    longest = max((found.ninetieth for _, _, found in services), default=1)
    return {"q": "", "total": len(services), "begin": 0, "services": services, "longest": max(1, longest)}


def usual(times: Iterable[int]) -> Usual | None:
    """Return how long orders took; None where none has ended."""
    known = sorted(times)
    return Usual(len(known), int(median(known)), known[(len(known) - 1) * 9 // 10]) if known else None
