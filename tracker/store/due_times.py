"""Brings near what lies too far ahead: a clock that was wrong has written it, and it would hold work back for as long.

`bring_near` is the one writer. What is too far for each kind is decided by whoever makes the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tracker.lib.times import MINUTE
from tracker.store.database import Database

AT_A_TIME = 5000
"""Rows changed in one transaction, so that other writers wait only for moments."""

SKEW = MINUTE
"""By how much the clocks of several machines may differ."""


class Kind(NamedTuple):
    """One kind of time: its column, and the condition that an index answers together with it."""

    table: str
    column: str
    where: str = "1 = 1"
    key: str = "id"
    #: Whether the config says how far ahead it may lie: what lies too far may only be from before that was changed.
    by_config: bool = False


QUEUED = Kind("orders", "due_at", "panel = ? AND state = 'queued'", by_config=True)
NEVER_PUT_OFF = Kind("orders", "due_at", "panel = ? AND state = 'queued' AND due_at <= created_at")
POLL = Kind("cohorts", "due_at", "panel = ?", by_config=True)
POLLED_AHEAD = Kind(
    "cohorts",
    "due_at",
    "panel = ? AND COALESCE(checked_at, (SELECT MIN(since) FROM polls WHERE cohort = cohorts.id)) > ?",
)
RECHECK = Kind("orders", "due_at", "panel = ? AND finished_at IS NOT NULL")
FIRST_CHECK = Kind(
    "orders", "due_at", "panel = ? AND state = 'unknown' AND checked_at IS NULL", by_config=True
)
CHECK = Kind("orders", "due_at", "panel = ? AND state = 'unknown' AND checked_at IS NOT NULL", by_config=True)
HOLD = Kind("accounts", "hold_until", "panel = ?", "panel")
REQUEST = Kind("requests", "due_at", "panel = ? AND state = 'queued'")
REFILL_LOOK = Kind("requests", "due_at", "panel = ? AND state = 'accepted'", by_config=True)
READING = Kind("balances", "at", "panel = ?")
TARGET_HOLD = Kind("targets", "held_until", "target = ?", "target")
FIRST_TRY = Kind(
    "deliveries", "due_at", "target = ? AND state = 'waiting' AND gathered = FALSE AND attempts = 0"
)
NEXT_TRY = Kind(
    "deliveries", "due_at", "target = ? AND state = 'waiting' AND gathered = FALSE AND attempts > 0"
)
DIGEST = Kind("deliveries", "due_at", "target = ? AND state = 'waiting' AND gathered = TRUE", by_config=True)
HEARTBEAT = Kind("daemons", "beat_at", "host = ?")
PAST = (
    Kind("orders", "finished_at", "finished_at IS NOT NULL"),
    Kind("alerts", "at"),
    Kind("requests", "sent_at", "sent_at IS NOT NULL"),
    Kind("episodes", "raised_at", "ended_at IS NULL"),
    Kind("episodes", "calm_at", "ended_at IS NULL"),
    Kind("days", "at", key="number"),
    Kind("occurrences", "at", key="name"),
    *(
        Kind("accounts", column, key="panel")
        for column in (
            "balance_at",
            "balance_failed_at",
            "services_at",
            "odd_at",
            "down_at",
            "short_at",
            "forecast_at",
        )
    ),
)
"""What has happened already, and so cannot lie ahead."""


class Rule(NamedTuple):
    """What lies ahead by more than `longest` is set to `rest` from now."""

    kind: Kind
    values: Sequence[Any]
    longest: int
    rest: int = 0


def bring_near(db: Database, rules: Iterable[Rule], now: int) -> dict[str, int]:
    """Bring near all that lies too far ahead; return how many times of which column that were."""
    found: dict[str, int] = {}
    for rule in rules:
        if count := _bring_near(db, rule, now):
            name = f"{rule.kind.table}.{rule.kind.column}"
            found[name] = found.get(name, 0) + count
    return found


def _bring_near(db: Database, rule: Rule, now: int) -> int:
    table, column, where, key, _ = rule.kind
    too_far = f"SELECT {key} FROM {table} WHERE {where} AND {column} > ? LIMIT"
    values = (*rule.values, now + rule.longest)
    if not db.sql(f"{too_far} 1", values):
        return 0  # without a lock: nearly always, there is nothing to do
    update = f"UPDATE {table} SET {column} = ? WHERE {key} IN ({too_far} {AT_A_TIME}{db.skip_locked})"
    total = 0
    while True:
        with db.transaction():
            count = db.many(update, [(now + rule.rest, *values)])
        total += count
        if count < AT_A_TIME:
            return total


_RESTART = (
    "UPDATE deliveries SET first_at = ? WHERE state = 'waiting' AND first_at IS NOT NULL",
    "UPDATE accounts SET odd_at = ? WHERE odd_at IS NOT NULL",
)


def restart_waits(db: Database, now: int) -> None:
    """Count anew what must last for some time before it is believed or given up: a step is no time that passed."""
    with db.transaction():
        for statement in _RESTART:
            db.many(statement, [(now,)])
