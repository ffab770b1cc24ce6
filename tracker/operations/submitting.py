"""Stops submitting to a panel, and starts it again whatever stopped it."""

from __future__ import annotations

from functools import partial

from tracker.accounts.account import Account, AccountChange, after_pause, after_resume
from tracker.accounts.audit import unseen
from tracker.accounts.ids import after_ids_resumed
from tracker.lib import money
from tracker.store import accounts, acts, asks, changes, evidence, orders, paused_tags, recurring, spending
from tracker.store.acts import Act
from tracker.store.database import Database


def pause(db: Database, panel: str, by: str, now: int) -> None:
    """Send no orders to a panel any more; those that it has are followed as before."""
    with db.transaction():
        changes.update_account(db, panel, partial(after_pause, now=now), now)
        acts.note(db, Act(now, by, "paused", panel))


def pause_tag(db: Database, tag: str, by: str, now: int) -> int:
    """Send no orders with a tag any more, nor those to come; return how many of those that are queued wait for that."""
    with db.transaction():
        acts.note(db, Act(now, by, f"paused the tag {tag}"))
        return paused_tags.pause(db, tag, now)


def resume_tag(db: Database, tag: str, by: str, now: int) -> int:
    """Send orders with a tag again; return how many are free by that."""
    with db.transaction():
        acts.note(db, Act(now, by, f"resumed the tag {tag}"))
        return paused_tags.resume(db, tag, now)


def resume(db: Database, panel: str, by: str, now: int) -> str | None:
    """Restart an account whatever stopped it: what contradicted its orders is known, and verified orders count.

    Returns a sentence where something about its spending is to be known.
    """

    def decide(account: Account) -> AccountChange:
        resumed = after_resume(account)
        return resumed._replace(after=after_ids_resumed(resumed.after, orders.verified_ids(db, panel)))

    account = accounts.read(db, panel)
    if account.restored_at is not None:
        asks.forget_requests(db, panel)
        recurring.pass_over(db, account.restored_at)  # the database that was lost may have ordered them
    with db.transaction():
        said = _count_unseen(db, account, now)
        changes.update_account(db, panel, decide, now)
    evidence.acknowledge(db, panel)
    acts.note(db, Act(now, by, "resumed", panel))
    return said


def _count_unseen(db: Database, account: Account, now: int) -> str | None:
    """Count as spent what the wallet lacks after a restore, as the orders that cost it are not known here."""
    if account.restored_at is None:
        return None
    amount = unseen(account)
    if amount is None:
        return (
            "what was spent since the copy was made is not known, and counts under no limit: lower `spend` for this "
            "day and month if there is one"
        )
    if not amount:
        return None
    spending.book(db, account.panel, amount, now)
    shown = money.shown(amount, account.currency)
    return f"the wallet lacks {shown} that no order here explains; it counts as spent today, for the panel and no tag"
