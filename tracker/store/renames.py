"""Moves all that is known of a panel to another name, and remembers the names that it had."""

from __future__ import annotations

from collections.abc import Iterable

from tracker.accounts.account import Account, AccountChange
from tracker.accounts.renaming import merged, renamed
from tracker.store import accounts, counters, figures, meters, spending
from tracker.store.database import Database, StorageFault
from tracker.store.tables import POSTGRESQL_ONLY, QUEUE

_NAMES = "SELECT DISTINCT panel FROM tallies"
_FORMER = "SELECT old FROM renames WHERE new = ?"
_FORGET = "DELETE FROM renames WHERE old = ?"
_FOLLOW = "UPDATE renames SET new = ? WHERE new = ?"
_REMEMBER = "INSERT INTO renames (old, new) VALUES (?, ?)"

_SHARED_ID = """
    SELECT a.panel_order_id FROM orders a JOIN orders b ON b.panel_order_id = a.panel_order_id
    WHERE a.panel = ? AND b.panel = ? LIMIT 1
"""
_DROP_MARKS = """
    UPDATE attempts SET mark = NULL
    WHERE order_id IN (SELECT id FROM orders WHERE panel IN (?, ?) AND state IN ('submitting', 'unknown'))
"""
_KEEP_NEWER = (
    "DELETE FROM services WHERE panel = ? AND EXISTS (SELECT 1 FROM services WHERE panel = ?)",
    "DELETE FROM probes WHERE panel = ? AND number IN (SELECT number FROM probes WHERE panel = ?)",
    "DELETE FROM parts WHERE panel = ? AND panel_order_id IN (SELECT panel_order_id FROM parts WHERE panel = ?)",
    """
    UPDATE episodes SET ended_at = raised_at WHERE panel = ? AND ended_at IS NULL AND EXISTS (
        SELECT 1 FROM episodes other WHERE other.panel = ? AND other.event = episodes.event
        AND other.order_id = episodes.order_id AND other.ended_at IS NULL)
    """,
)
"""What the old name leaves to the new one where both have the same: each takes the old name, then the new."""

_ADD_TALLIES = """
    INSERT INTO tallies (panel, state, orders) SELECT CAST(? AS TEXT), state, orders FROM tallies WHERE panel = ?
    ON CONFLICT (panel, state) DO UPDATE SET orders = tallies.orders + excluded.orders
"""

APART = frozenset({"accounts", "tallies", "meters", "paces", "service_figures", "spending"})
"""Tables with a panel in them whose rows are put together, or begun anew, instead of moved."""

MOVED = tuple(table.name for table in QUEUE if "panel" in table.columns and table.name not in APART)
"""Tables whose rows move as they are."""


def former_names(db: Database, panel: str, configured: Iterable[str]) -> frozenset[str]:
    """Return the names under which orders of a panel may stand in the queue: those that it had before, and those
    that no panel of the config has, because it may have been renamed there only."""
    before = {old for (old,) in db.sql(_FORMER, (panel,))}
    gone = {name for (name,) in db.sql(_NAMES)} - set(configured)
    return frozenset((before | gone) - {panel})


def has_orders(db: Database, panel: str) -> bool:
    """Tell whether any order is in the queue under this name."""
    return bool(counters.counts(db).get(panel))


def is_known(db: Database, panel: str) -> bool:
    """Tell whether anything is known under this name."""
    return has_orders(db, panel) or any(
        db.sql(f"SELECT 1 FROM {table} WHERE panel = ?", (panel,)) for table in ("accounts", "recurring")
    )


def rename(db: Database, old: str, new: str) -> int:
    """Move everything from one name to another in one transaction; return how many orders were moved.

    StorageFault when both names have an order with the same id of the panel.
    """
    with db.transaction():
        db.lock("queue")
        both_ordered = has_orders(db, old) and has_orders(db, new)
        if shared := db.sql(_SHARED_ID, (old, new)):
            raise StorageFault(
                f"both {old} and {new} have the panel's order {shared[0][0]}; nothing was moved"
            )
        if both_ordered:
            db.many(_DROP_MARKS, [(old, new)])
        _put_accounts_together(db, old, new, both_ordered)
        for statement in _KEEP_NEWER:
            db.many(statement, [(old, new)])
        count = int(db.sql("SELECT COUNT(*) FROM orders WHERE panel = ?", (old,))[0][0])
        for table in MOVED:
            db.many(f"UPDATE {table} SET panel = ? WHERE panel = ?", [(new, old)])
        db.many(_ADD_TALLIES, [(new, old)])
        meters.rename(db, old, new)
        spending.rename(db, old, new)
        figures.rename(db, old, new)
        _forget(db, old)
        db.many(_FORGET, [(old,), (new,)])
        db.many(_FOLLOW, [(new, old)])
        db.many(_REMEMBER, [(old, new)])
    return count


def _put_accounts_together(db: Database, old: str, new: str, both_ordered: bool) -> None:
    before, after = accounts.read(db, old), accounts.read(db, new)
    one: Account = merged(before, after) if both_ordered else renamed(before, after)
    db.many("DELETE FROM accounts WHERE panel = ?", [(old,), (new,)])
    accounts.update(db, new, lambda _account: AccountChange(one))


def _forget(db: Database, old: str) -> None:
    """Delete what begins anew under the new name, and what was added to it."""
    db.many("DELETE FROM tallies WHERE panel = ?", [(old,)])
    for table in POSTGRESQL_ONLY if db.shared else ():
        db.many(f"DELETE FROM {table.name} WHERE panel = ?", [(old,)])
