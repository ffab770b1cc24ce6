"""Stops submitting to a panel, and starts it again whatever stopped it."""

from __future__ import annotations

from functools import partial

from tracker.accounts.account import Account, AccountChange, after_pause, after_resume
from tracker.accounts.ids import after_ids_resumed
from tracker.store import accounts, acts, asks, changes, evidence, orders
from tracker.store.acts import Act
from tracker.store.database import Database


def pause(db: Database, panel: str, by: str, now: int) -> None:
    """Send no orders to a panel any more; those that it has are followed as before."""
    with db.transaction():
        changes.update_account(db, panel, partial(after_pause, now=now), now)
        acts.note(db, Act(now, by, "paused", panel))


def resume(db: Database, panel: str, by: str, now: int) -> None:
    """Restart an account whatever stopped it: what contradicted its orders is known, and verified orders count."""

    def decide(account: Account) -> AccountChange:
        resumed = after_resume(account)
        return resumed._replace(after=after_ids_resumed(resumed.after, orders.verified_ids(db, panel)))

    if accounts.read(db, panel).restored_at is not None:
        asks.forget_requests(db, panel)
    changes.update_account(db, panel, decide, now)
    evidence.acknowledge(db, panel)
    acts.note(db, Act(now, by, "resumed", panel))
