"""What the orders of each service were worth, kept as sums; and the months whose report was sent.

The sums begin with all orders that ended and are still here. When they started is not known of them.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from decimal import ROUND_DOWN, Decimal, localcontext
from typing import Any

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
ALTER TABLE orders ADD COLUMN started_at BIGINT;
ALTER TABLE orders ADD COLUMN paid TEXT;
CREATE TABLE service_figures (
    panel TEXT NOT NULL, service TEXT NOT NULL, completed BIGINT NOT NULL DEFAULT 0,
    partial BIGINT NOT NULL DEFAULT 0, canceled BIGINT NOT NULL DEFAULT 0, failed BIGINT NOT NULL DEFAULT 0,
    paid TEXT NOT NULL DEFAULT '0', refunded TEXT NOT NULL DEFAULT '0', units BIGINT NOT NULL DEFAULT 0,
    kept TEXT NOT NULL DEFAULT '0', start_times TEXT NOT NULL DEFAULT '{}', end_times TEXT NOT NULL DEFAULT '{}',
    usual BIGINT, slower_at BIGINT, PRIMARY KEY (panel, service)
);
CREATE TABLE told_months (month TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL)
"""
ENDED = ("completed", "partial", "canceled", "failed")
PAGE = 20_000
ORDERS = """
    SELECT id, panel, service, state, charge, expected_charge, remains, COALESCE(units, quantity), series,
        finished_at - submitted_at
    FROM orders WHERE id > {mark} ORDER BY id LIMIT {mark}
"""
INSERT = """
    INSERT INTO service_figures
        (panel, service, completed, partial, canceled, failed, paid, refunded, units, kept, end_times)
    VALUES ({marks})
"""


class Sums:
    """The sums over the orders of one service."""

    def __init__(self) -> None:
        self.ends: Counter[str] = Counter()
        self.paid = self.refunded = self.kept = Decimal(0)
        self.units = 0
        self.times: Counter[int] = Counter()

    def row(self) -> tuple[Any, ...]:
        """As the table has it, after the panel and the service."""
        amounts = (format(self.paid, "f"), format(self.refunded, "f"), self.units, format(self.kept, "f"))
        return (*(self.ends[state] for state in ENDED), *amounts, json.dumps(self.times))


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the tables and columns, and count once."""
    for statement in STATEMENTS.split(";"):
        db.execute_sql(statement)
    found: defaultdict[tuple[str, str], Sums] = defaultdict(Sums)
    for panel, service, *order in _ended(db):
        _count(found[panel, service], order)
    insert = INSERT.format(marks=", ".join([db.param] * 11))
    for key in sorted(found):
        db.execute_sql(insert, (*key, *found[key].row()))


def _ended(db: Database) -> Iterator[Sequence[Any]]:
    last, query = 0, ORDERS.format(mark=db.param)
    while rows := db.execute_sql(query, (last, PAGE)).fetchall():
        last = rows[-1][0]
        yield from (row[1:] for row in rows if row[3] in ENDED)


def _count(sums: Sums, order: Sequence[Any]) -> None:
    state, charge, expected, remains, total, series, lasted = order
    sums.ends[state] += 1
    if lasted is not None and lasted >= 0 and series is None:
        sums.times[0 if lasted < 1_000_000 else 1 + int(math.log(lasted / 1_000_000) / math.log(1.1))] += 1
    known = [Decimal(one) for one in (charge, expected) if one is not None]
    if not known:
        return
    paid = known[0] if state == "completed" else max(known)
    refund = _refund(state, paid, None if charge is None else Decimal(charge), remains, total)
    sums.paid += paid
    sums.refunded += refund or 0
    units = _units(state, remains, total)
    if refund is not None and units is not None:
        sums.units += units
        sums.kept += paid - refund


def _refund(
    state: str, paid: Decimal, charge: Decimal | None, remains: int | None, total: int | None
) -> Decimal | None:
    if state == "completed":
        return Decimal(0)
    if charge is not None and charge < paid:
        return paid - charge
    if state != "partial":
        return paid if state == "canceled" else Decimal(0)
    if remains is None or not total:
        return None
    with localcontext(prec=60):
        left = min(total, max(0, remains))
        share = paid * left / total
        return share if share * total == paid * left else share.quantize(Decimal("0.00001"), ROUND_DOWN)


def _units(state: str, remains: int | None, total: int | None) -> int | None:
    if not total or state == "completed":
        return total or None
    if remains is None:
        return 0 if state == "canceled" else None
    return min(total, max(0, total - remains))
