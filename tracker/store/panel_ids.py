"""Tells what is known here of an id that a panel has just given, in one statement: it is asked for each `add`."""

from __future__ import annotations

from typing import NamedTuple

from tracker.orders.ids import counter_of
from tracker.store.database import Database

_KNOWN = """
    SELECT EXISTS (SELECT 1 FROM orders WHERE panel = a.panel AND panel_order_id = ?)
        OR EXISTS (SELECT 1 FROM parts WHERE panel = a.panel AND panel_order_id = ?)
        OR EXISTS (SELECT 1 FROM probes WHERE panel = a.panel AND number = ? AND seen <> 'denied'),
    a.answered_id FROM accounts a WHERE a.panel = ?
"""


class NewId(NamedTuple):
    """What is known of an id that was just given, and what the panel answered to the `add` before."""

    #: An order here has it, it is a part of one, or a check found it to be the account's.
    is_known: bool
    #: The id of the last answer to an `add`.
    answered_id: str | None


def new_id(db: Database, panel: str, panel_order_id: str) -> NewId | None:
    """Return what is known of an id of a panel; None while nothing is known of the account."""
    values = (panel_order_id, panel_order_id, counter_of(panel_order_id), panel)
    return next((NewId(bool(is_known), last) for is_known, last in db.sql(_KNOWN, values)), None)
