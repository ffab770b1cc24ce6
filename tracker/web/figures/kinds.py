"""The kinds of figures that Prometheus knows, each made from what was read at one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from tracker.lib.histogram import Histogram
from tracker.lib.times import seconds
from tracker.store.meters import Meter
from tracker.web.figures.seen import Seen

Sample = tuple[tuple[str, ...], float]
"""The values of the labels, and the figure."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """What may rise and fall."""

    name: str
    meaning: str
    labels: tuple[str, ...]
    samples: Callable[[Seen], Iterable[Sample]]

    def family(self, seen: Seen) -> Metric:
        """Return it as it is now."""
        made = GaugeMetricFamily(self.name, self.meaning, labels=self.labels)
        for labels, value in self.samples(seen):
            made.add_metric(labels, value)
        return made


def _figures(seen: Seen, meter: Meter) -> Iterator[tuple[tuple[str, str], Histogram]]:
    """Yield what was counted, by panel and label."""
    for key, figure in seen.stored.totals.items():
        if key.name == meter.name:
            yield (key.panel, key.label), figure


@dataclass(frozen=True, slots=True)
class Counter:
    """What only grows, counted from the history; `known` are the labels that are shown before anything was counted."""

    name: str
    meaning: str
    labels: tuple[str, ...]
    meter: Meter
    known: tuple[str, ...] = ()

    def family(self, seen: Seen) -> Metric:
        """Return it as it is now; without samples while the history is not yet counted as a whole."""
        made = CounterMetricFamily(self.name, self.meaning, labels=("panel", *self.labels))
        if not seen.stored.is_history_counted:
            return made
        counts = {(panel, label): 0 for panel in seen.site.config.panels for label in self.known}
        counts |= {labels: figure.count for labels, figure in _figures(seen, self.meter)}
        for (panel, label), count in sorted(counts.items()):
            made.add_metric((panel, *label.split()), count)
        return made


@dataclass(frozen=True, slots=True)
class Lengths:
    """Lengths of time, as a histogram in seconds."""

    name: str
    meaning: str
    labels: tuple[str, ...]
    meter: Meter

    def family(self, seen: Seen) -> Metric:
        """Return it as it is now."""
        made = HistogramMetricFamily(self.name, self.meaning, labels=("panel", *self.labels))
        found = {(panel, ""): Histogram() for panel in seen.site.config.panels if not self.labels}
        found |= dict(_figures(seen, self.meter))
        for (panel, label), figure in sorted(found.items(), key=lambda one: one[0]):
            made.add_metric((panel, *label.split()), self._buckets(figure), seconds(figure.total))
        return made

    def _buckets(self, figure: Histogram) -> list[tuple[str, float]]:
        counts = figure.cumulative(self.meter.bounds)
        ends = [f"{seconds(bound):g}" for bound in self.meter.bounds]
        return [*zip(ends, map(float, counts), strict=True), ("+Inf", float(figure.count))]
