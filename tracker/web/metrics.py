"""The figures for monitors, as Prometheus reads them. Read figures/families.py next: it lists them."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from tracker.store.database import StorageFault
from tracker.web.figures.families import FAMILIES
from tracker.web.figures.seen import read
from tracker.web.site import Site

DATABASE_UP = "tracker_database_up"

_PROCESS = ProcessCollector(registry=None)
"""Memory, processor time and open files of this process, under the names that every exporter uses."""


class _Figures(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def exposition(site: Site) -> bytes:
    """Return every figure in the text format 0.0.4; without a database, that it is away and nothing else of it."""
    return generate_latest(_Figures([*_of_database(site), *_PROCESS.collect()]))


def _of_database(site: Site) -> list[Metric]:
    try:
        site.db.refuse_replaced()
        seen = read(site)
    except StorageFault:
        return [_is_up(False)]
    return [_is_up(True), *(family.family(seen) for family in FAMILIES)]


def _is_up(is_up: bool) -> Metric:
    return GaugeMetricFamily(DATABASE_UP, "Whether the database can be read; 1 for yes.", is_up)
