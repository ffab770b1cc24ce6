"""Reads all that monitors are told, at one moment, and from what is counted already: however many orders there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.operations.health import Status
from tracker.operations.snapshot import read_status
from tracker.store import catalogue, counters, journal, meters
from tracker.store.database import Database
from tracker.store.meters import CALLS, Figures
from tracker.web.healthz import START
from tracker.web.site import Site


@dataclass(frozen=True, slots=True)
class Stored:
    """What daemons have measured and counted."""

    totals: Figures
    #: Whether `totals` holds all of the history: until then, what grows there happened long ago.
    is_history_counted: bool
    #: Calls a second of late, by panel.
    pace: Mapping[str, float]
    #: How many alerts each target has in each state.
    deliveries: Mapping[tuple[str, str], int]
    #: When the catalogue of each panel was last read.
    catalogues: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything at one moment."""

    site: Site
    now: int
    status: Status
    stored: Stored


def read(site: Site) -> Seen:
    """Read it all; StorageFault when the database cannot be read."""
    now = site.now()
    return Seen(
        site, now, read_status(site.db, site.config, now, START), _stored(site.db, site.config.panels, now)
    )


def _stored(db: Database, panels: Mapping[str, object], now: int) -> Stored:
    return Stored(
        meters.totals(db),
        journal.is_whole(db),
        meters.per_second(db, CALLS, now),
        counters.deliveries(db),
        {panel: catalogue.services_at(db, panel) for panel in panels},
    )
