"""Keeps what daemons measure and count, for monitors and for the page: since the beginning, and for each slot of late.

Daemons add what is new; nothing else is ever written, so that figures only grow, whichever process shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tracker.lib.histogram import Histogram, stored
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND, seconds
from tracker.store.database import Database

SLOT = 5 * MINUTE
"""The length of time that is told apart from the next."""

KEPT = 8 * DAY
"""How long slots are kept: the page shows a week."""

TO_COME = DAY
"""A slot that lies ahead by more than this was written by a wrong clock."""

WHOLE = 0
"""In place of a slot: all since the beginning."""


class Meter(NamedTuple):
    """One kind of figure: lengths of time by bounds in microseconds, or without bounds a plain count."""

    name: str
    bounds: tuple[int, ...] = ()


_MILLISECOND = SECOND // 1000

CALLS = Meter(
    "calls",
    (
        *(50 * _MILLISECOND, 100 * _MILLISECOND, 250 * _MILLISECOND, 500 * _MILLISECOND),
        *(SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE),
    ),
)
"""Calls to the panel; labelled with the action and what came of it."""

NEWS = Meter(
    "news",
    (
        *(10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE),
        *(HOUR, 2 * HOUR, 6 * HOUR, DAY),
    ),
)
"""By how much, at most, the end of an order was noticed late."""

ADDS = Meter("adds")
"""What came of each `add`, counted from the history."""

LOST = Meter("lost")
"""How orders ended to be unknown, counted from the history; labelled with what became of it and who decided."""

MOVES = Meter("moves")
"""Changes of state, counted from the history; labelled with the state before and after."""


class Key(NamedTuple):
    """What a figure is about."""

    panel: str
    name: str
    label: str = ""


Figures = Mapping[Key, Histogram]


@dataclass(frozen=True, slots=True)
class Slot:
    """What was measured in a length of time that begins at `at`, over all labels; times are microseconds."""

    at: int
    count: int
    total: int
    median: int | None
    #: What nine of ten did not exceed.
    ninetieth: int | None


_FIGURE = "SELECT count, total, buckets FROM meters WHERE panel = ? AND name = ? AND slot = ? AND label = ?"
_WRITE = """
    INSERT INTO meters (panel, name, slot, label, count, total, buckets) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (panel, name, slot, label)
    DO UPDATE SET count = excluded.count, total = excluded.total, buckets = excluded.buckets
"""
_PRUNE = f"DELETE FROM meters WHERE slot <> {WHOLE} AND (slot < ? OR slot > ?)"
_TOTALS = f"SELECT panel, name, label, count, total, buckets FROM meters WHERE slot = {WHOLE}"
_SERIES = f"""
    SELECT slot, count, total, buckets FROM meters
    WHERE panel = ? AND name = ? AND slot <> {WHOLE} AND slot >= ? ORDER BY slot
"""
_COUNTS = f"""
    SELECT slot - slot % ?, SUM(count) FROM meters
    WHERE panel = ? AND name = ? AND slot <> {WHOLE} AND slot >= ? GROUP BY 1 ORDER BY 1
"""
_LATELY = "SELECT panel, SUM(count) FROM meters WHERE name = ? AND slot IN (?, ?) GROUP BY panel"
_OF_PANEL = "SELECT name, slot, label, count, total, buckets FROM meters WHERE panel = ?"
_FORGET = "DELETE FROM meters WHERE panel = ?"


def slot_of(at: int) -> int:
    """Return the beginning of the slot that a time is in."""
    return at - at % SLOT


def add(db: Database, figures: Figures, now: int) -> None:
    """Add what was measured lately: to the whole by label, and to the slot of now without; in one transaction."""
    with db.transaction():
        lock(db)
        add_whole(db, figures)
        for key, figure in _without_labels(figures).items():
            _add(db, key, slot_of(now), figure)


def add_whole(db: Database, figures: Figures) -> None:
    """Add what happened at any time to the whole alone; inside the caller's transaction, which holds the `lock`."""
    for key, figure in figures.items():
        _add(db, key, WHOLE, figure)


def _without_labels(figures: Figures) -> Figures:
    """Put together what differs in its label only: slots are many, and nobody looks at their labels."""
    found: dict[Key, Histogram] = {}
    for key, figure in figures.items():
        found.setdefault(key._replace(label=""), Histogram()).add(figure)
    return found


def lock(db: Database) -> None:
    """Let no other daemon add until the transaction ends: the buckets are put together here, not by the database."""
    db.lock("meters")


def _add(db: Database, key: Key, slot: int, figure: Histogram) -> None:
    place = (key.panel, key.name, slot, key.label)
    found = db.sql(_FIGURE, place)
    known = stored(*found[0]) if found else Histogram()
    known.add(figure)
    db.many(_WRITE, [(*place, known.count, known.total, known.text())])


def prune(db: Database, now: int) -> None:
    """Delete the slots that are no longer kept."""
    with db.transaction():
        db.many(_PRUNE, [(slot_of(now) - KEPT, now + TO_COME)])


def totals(db: Database) -> dict[Key, Histogram]:
    """Return every figure since the beginning."""
    return {Key(*row[:3]): stored(*row[3:]) for row in db.sql(_TOTALS)}


def series(db: Database, panel: str, meter: Meter, since: int, step: int = SLOT) -> list[Slot]:
    """Return a panel's slots from the one of `since` on in which anything was measured, oldest first.

    `step` is a multiple of SLOT: a week needs no more points than a page is wide.
    """
    slots: dict[int, Histogram] = {}
    for slot, *figure in db.sql(_SERIES, (panel, meter.name, since - since % step)):
        slots.setdefault(slot - slot % step, Histogram()).add(stored(*figure))
    return [_slot(at, figure, meter) for at, figure in slots.items()]


def counts(db: Database, panel: str, meter: Meter, since: int, step: int = SLOT) -> dict[int, int]:
    """Return how many values each slot of such a `series` has, by when it begins, for far less work."""
    values = (step, panel, meter.name, since - since % step)
    return {at: int(count) for at, count in db.sql(_COUNTS, values)}


def over(db: Database, panel: str, meter: Meter, since: int) -> Slot | None:
    """Return all that was measured of a panel from the slot of `since` on, as one; None where nothing was."""
    whole = Histogram()
    for _slot_at, *figure in db.sql(_SERIES, (panel, meter.name, slot_of(since))):
        whole.add(stored(*figure))
    return _slot(slot_of(since), whole, meter) if whole.count else None


def _slot(at: int, figure: Histogram, meter: Meter) -> Slot:
    median, ninetieth = (figure.quantile(share, meter.bounds) for share in (0.5, 0.9))
    return Slot(at, figure.count, figure.total, median, ninetieth)


def per_second(db: Database, meter: Meter, now: int) -> dict[str, float]:
    """Return how many of a meter there were a second over the last five to ten minutes, by panel."""
    current = slot_of(now)
    span = seconds(now - current + SLOT)
    rows: list[tuple[Any, ...]] = db.sql(_LATELY, (meter.name, current, current - SLOT))
    return {panel: int(count) / span for panel, count in rows}


def rename(db: Database, old: str, new: str) -> None:
    """Add all figures of a panel to those of its new name; inside the caller's transaction."""
    lock(db)
    for name, slot, label, *figure in db.sql(_OF_PANEL, (old,)):
        _add(db, Key(new, name, label), slot, stored(*figure))
    db.many(_FORGET, [(old,)])
