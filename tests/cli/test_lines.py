"""Orders written many at a time are written as each of them alone is, to the letter."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.samples import NOW, a_database, a_draft, enqueued
from tracker.cli.files.cells import csv_line
from tracker.cli.orders.lines import csv_lines, json_lines
from tracker.lib.visible import visible
from tracker.orders.order import Order
from tracker.orders.order_json import ORDER_KEYS, order_json
from tracker.store import orders
from tracker.store.database import Database
from tracker.store.order_pages import pages
from tracker.store.rows import compact

TEXTS = ('%s %% "q" \\ %d', "=1+1", "'=x", "naïve 🏴 \u2028\u202e", "a\tb", "\x7f\x85", "1,5;x", " ")
DRAFTS: list[dict[str, Any]] = [
    *({"link": text, "ref": f"{n} {text}", "fields": {"name": text}} for n, text in enumerate(TEXTS)),
    *({"tags": ("july", "vip"), "priority": n, "fields": {"b": "1", "a": "é"}} for n in (-5, 7)),
    {
        "comments": "one\ntwo\r\nthree\r%s",
        "quantity": None,
        "not_before": NOW + 1_234_567,
        "expires_at": 10**15,
    },
    {"panel_order_id": "007", "service": "%(x)s"},
    *({} for _ in range(20)),
]
SET = """
    UPDATE orders SET charge = ?, price = ?, currency = ?, submitted_at = ?, checked_at = ?, finished_at = ?, remains = ?,
        start_count = ?, last_error = ?, held = ?, held_why = ?, approved_at = ?, panel_status = ?, attempts = ? WHERE id = ?
"""
MONEY = ("0", "0.00", "12.50", "1000000000000000000000.00000000001", "-3", "0.000001")


@pytest.fixture
def db(tmp_path: Path) -> Database:
    db = a_database(tmp_path)
    made = enqueued(db, *(a_draft(**draft) for draft in DRAFTS))
    with db.transaction():
        for n, order in enumerate(made[::2]):
            charge, price = MONEY[n % 6], MONEY[-1 - n % 6]
            texts = (TEXTS[n % len(TEXTS)], "max_price", "50% more", NOW - 1, "In %s", n % 3)
            times = (NOW + n * 999, 0, 10**15 + n)
            db.sql(SET, (charge, price, "USD", *times, n - 5, 10**12 + n, *texts, order.id))
    return db


def alone(order: Order) -> str:
    return visible(json.dumps(order_json(order), ensure_ascii=False)) + "\n"


def cells_alone(order: Order) -> str:
    row = {**order_json(order), "fields": compact(order.fields), "tags": " ".join(order.tags)}
    return csv_line(row[key] for key in ORDER_KEYS)


@pytest.mark.parametrize("limit", [0, 1, 2, 7])
def test_lines_of_many_orders_are_those_of_each_of_them(db: Database, limit: int) -> None:
    listed = list(orders.listed(db, limit=limit))
    found = list(pages(db, ORDER_KEYS, limit=limit))

    assert any(order.charge == Decimal("12.5") for order in listed) or limit
    assert "".join(map(json_lines, found)) == "".join(map(alone, listed))
    assert "".join(map(csv_lines, found)) == "".join(map(cells_alone, listed))
