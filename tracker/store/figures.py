"""Keeps the sums over the orders of each service that ended, so that a million orders need not be read.

They are moved in the transaction that changes an order, and stay when it is pruned.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tracker.lib import money
from tracker.orders.order import State
from tracker.orders.worth import Figures, Service
from tracker.store.database import Database
from tracker.store.rows import placeholders

_ENDS = tuple(map(str, (State.COMPLETED, State.PARTIAL, State.CANCELED, State.FAILED)))
_NAMES = (*_ENDS, "paid", "refunded", "units", "kept", "start_times", "end_times")
_COLUMNS = ", ".join(_NAMES)
_OF_SERVICE = f"SELECT {_COLUMNS} FROM service_figures WHERE panel = ? AND service = ?"
_OF_PANEL = f"SELECT service, {_COLUMNS} FROM service_figures WHERE panel = ?"
_OF_SOME = _OF_PANEL + " AND service IN ({services})"
_ENTER = "INSERT INTO service_figures (panel, service) VALUES (?, ?) ON CONFLICT DO NOTHING"
_WRITE = f"UPDATE service_figures SET {', '.join(f'{name} = ?' for name in _NAMES)} WHERE panel = ? AND service = ?"
_KEEP_DRIFT = """
    UPDATE service_figures SET usual = o.usual, slower_at = o.slower_at FROM service_figures AS o
    WHERE o.panel = ? AND service_figures.panel = ? AND o.service = service_figures.service
    AND service_figures.slower_at IS NULL
"""
_FORGET = "DELETE FROM service_figures WHERE panel = ?"


def move(db: Database, moved: Mapping[Service, Figures]) -> None:
    """Add to the figures of services; inside the transaction that changes their orders.

    In the order of their names, so that two writers never wait for each other's rows in a circle.
    """
    for panel, service in sorted(moved):
        added = moved[panel, service]
        rows = db.sql(_OF_SERVICE + db.for_update, (panel, service))
        if not rows:
            db.many(_ENTER, [(panel, service)])
            rows = db.sql(_OF_SERVICE + db.for_update, (panel, service))
        db.many(_WRITE, [(*_row(_figures(rows[0]).plus(added)), panel, service)])


def of_panel(db: Database, panel: str) -> dict[str, Figures]:
    """Return the figures of each service of a panel that has any order that ended, by the service's id."""
    return {service: _figures(row) for service, *row in db.sql(_OF_PANEL, (panel,))}


def of_services(db: Database, panel: str, services: Sequence[str]) -> dict[str, Figures]:
    """Return the figures of some services of a panel, by their ids; without those that have none."""
    if not services:
        return {}
    rows = db.sql(_OF_SOME.format(services=placeholders(len(services))), (panel, *services))
    return {service: _figures(row) for service, *row in rows}


def rename(db: Database, old: str, new: str) -> None:
    """Add the figures of one panel to those of another, and forget the first; inside the caller's transaction."""
    move(db, {(new, service): found for service, found in of_panel(db, old).items()})
    db.many(_KEEP_DRIFT, [(old, new)])
    db.many(_FORGET, [(old,)])


def _figures(row: Sequence[Any]) -> Figures:
    *ends, paid, refunded, units, kept, start_times, end_times = row
    return Figures(
        {state: count for state, count in zip(_ENDS, ends, strict=True) if count},
        Decimal(paid),
        Decimal(refunded),
        units,
        Decimal(kept),
        _histogram(start_times),
        _histogram(end_times),
    )


def _row(found: Figures) -> tuple[Any, ...]:
    return (
        *(found.ends.get(state, 0) for state in _ENDS),
        money.text(found.paid), money.text(found.refunded), found.units, money.text(found.kept),
        _text(found.start_times), _text(found.end_times),
    )  # fmt: skip


def _histogram(stored: str) -> dict[int, int]:
    return {int(bucket): count for bucket, count in json.loads(stored).items()}


def _text(counts: Mapping[int, int]) -> str:
    return json.dumps(counts, separators=(",", ":"))
