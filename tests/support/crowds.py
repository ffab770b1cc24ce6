"""Fills a database with as many orders as one likes, in every state, with all that a page shows of them."""

from __future__ import annotations

from tests.support.samples import FOLLOW
from tracker.lib.times import DAY, HOUR, MINUTE
from tracker.orders.answers import Service
from tracker.store import accounts, catalogue, daemons
from tracker.store.database import Database

PANEL = "p"

SERVICES = 500

STATES = """
    CASE WHEN n % 1000 = 0 THEN 'unknown' WHEN n % 100 = 1 THEN 'queued' WHEN n % 100 < 12 THEN 'active'
    WHEN n % 100 < 17 THEN 'rejected' WHEN n % 100 < 22 THEN 'partial' WHEN n % 100 < 25 THEN 'canceled'
    WHEN n % 100 = 25 THEN 'failed' WHEN n % 100 = 26 THEN 'dropped' ELSE 'completed' END
"""
"""Every thousandth is unknown; of a hundred, one is queued, ten are active, five rejected, and so on."""

NUMBERS = "WITH RECURSIVE n(n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM n WHERE n < {count})"

ORDERS = f"""
    INSERT INTO orders (panel, service, link, quantity, ref, state, created_at, submitted_at, checked_at, finished_at,
        due_at, panel_order_id, panel_status, charge, currency, start_count, remains, last_error, attempts)
    {NUMBERS}
    SELECT '{PANEL}', CAST(1 + n * n % {SERVICES} AS TEXT), 'https://x.example/a-name-that-is-long/' || n,
        100 + n % 900, 'order-' || n, s, t, t + {MINUTE},
        CASE WHEN s NOT IN ('queued', 'unknown', 'rejected', 'dropped') THEN {{now}} - {MINUTE} END,
        CASE WHEN s = 'rejected' THEN {{now}} - 80000 * CAST(n % 1000000 AS BIGINT)
        WHEN s NOT IN ('queued', 'unknown', 'active') THEN t + {HOUR} + (n * 7 % 5000) * 1000000 END,
        CASE WHEN s IN ('queued', 'unknown', 'active') THEN {{now}} + n * 1000 END,
        CASE WHEN s NOT IN ('queued', 'unknown', 'rejected', 'dropped') THEN CAST(100000 + n AS TEXT) END,
        CASE s WHEN 'active' THEN 'In progress' WHEN 'completed' THEN 'Completed' WHEN 'partial' THEN 'Partial' END,
        CASE WHEN s NOT IN ('queued', 'rejected') THEN '0.25' END, 'USD', 10, CASE s WHEN 'active' THEN n % 100 ELSE 0 END,
        CASE WHEN s = 'rejected' THEN 'Incorrect service ID' WHEN s = 'unknown' THEN 'no answer within 30 s'
        WHEN s = 'active' AND n % 5 = 0 THEN 'The order is being looked at (' || (n % 3) || ')' END, 1
    FROM (SELECT n, {STATES} AS s, {{now}} - ({{count}} - n) * ({30 * DAY} / {{count}}) AS t FROM n) AS made
"""
TALLIES = "INSERT INTO tallies (panel, state, orders) SELECT panel, state, COUNT(*) FROM orders GROUP BY panel, state"
HISTORY = """
    INSERT INTO history (order_id, at, from_state, to_state, why, evidence)
    SELECT id, submitted_at, 'queued', 'submitting', 'sending, attempt 1', '{}' FROM orders WHERE state <> 'queued'
    UNION ALL SELECT id, submitted_at, 'submitting', state, 'so', '{}' FROM orders WHERE state <> 'queued'
"""
ATTEMPTS = """
    INSERT INTO attempts (order_id, at, expected_charge, balance, answered_at, begun, status, headers, body, whole)
    SELECT id, submitted_at, '0.25', '100', submitted_at + 300000, TRUE, 200, '{}', ?, TRUE
    FROM orders WHERE state <> 'queued'
"""
LOOKS = """
    INSERT INTO looks (order_id, at, ruling, reasons, facts)
    SELECT id, submitted_at + 60000000, 'held', '["the wallet fell by 0.25", "no id between 5 and 9 is free"]', '{}'
    FROM orders WHERE state = 'unknown'
"""
ALERTS = """
    INSERT INTO alerts (at, event, panel, order_id, facts)
    SELECT finished_at, 'order.completed', panel, id, '{"service": "4", "link": "https://x.example/a"}' FROM orders
    WHERE finished_at IS NOT NULL
"""
DELIVERIES = """
    INSERT INTO deliveries (alert_id, target, state, due_at, sent_at, last_error)
    SELECT id, 'ops', CASE WHEN id % 1000 = 1 THEN 'dead' WHEN id % 5000 = 2 THEN 'waiting'
    WHEN id % 5000 = 3 THEN 'superseded' ELSE 'sent' END, at, at, CASE WHEN id % 1000 = 1 THEN 'HTTP 404' END FROM alerts
"""
BALANCES = f"""
    INSERT INTO balances (panel, at, amount, currency) {NUMBERS}
    SELECT '{PANEL}', ? - {{count}} * CAST({5 * MINUTE} AS BIGINT) + n * CAST({5 * MINUTE} AS BIGINT),
        CAST(900 - n % 700 AS TEXT), 'USD' FROM n
"""
READINGS = 8 * 24 * 12
"""One every five minutes, for eight days."""


def fill(db: Database, count: int, now: int) -> None:
    """Fill an empty database: the newest orders were queued just before `now`."""
    with db.transaction():
        db.sql(ORDERS.format(count=count, now=now))
        for statement in (*FOLLOW.split(";"), TALLIES, HISTORY, LOOKS, ALERTS, DELIVERIES):
            db.sql(statement)
        db.sql(ATTEMPTS, (b'{"order": 23501}',))
        db.sql(BALANCES.format(count=READINGS), (now,))
        catalogue.replace_catalogue(db, PANEL, [_service(number) for number in range(1, SERVICES + 1)], now)
        accounts.read(db, PANEL)
        db.sql(
            "UPDATE accounts SET balance = '200', currency = 'USD', balance_at = ? WHERE panel = ?",
            (now - 5 * MINUTE, PANEL),
        )
    daemons.register(db, "1", now)


def _service(number: int) -> Service:
    return Service(str(number), f"Followers, fast, number {number}", price=None, minimum=10, maximum=10_000)
