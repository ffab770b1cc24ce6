"""What one account is that was known under two names. Pure."""

from __future__ import annotations

from tracker.accounts.account import Account
from tracker.orders.ids import highest
from tracker.orders.ledger import CostRange


def renamed(old: Account, new: Account) -> Account:
    """Return the account of a panel under its new name; what a person or the panel stopped stays stopped.

    Under the new name nothing was ordered yet: all that is known of the money was seen under the old one.
    """
    stops = (
        *(
            "paused_at",
            "refused_at",
            "refused_words",
            "restored_at",
            "restored_why",
            "unproven_at",
            "unproven_why",
        ),
        *("doubt", "ids_doubt"),
    )
    kept = {name: getattr(old, name) or getattr(new, name) for name in stops}
    return old._replace(panel=new.panel, **kept)


def merged(old: Account, new: Account) -> Account:
    """Return one account out of two under which orders were placed side by side.

    What each had seen of the wallet leaves out the orders of the other. So the wallet is watched from a new mark,
    and lost orders are left to a person until `resume`.
    """
    one = renamed(old, new)
    spent: CostRange = old.spent.plus(new.spent)
    doubt = f"the orders of panel {old.panel} were added to those of {new.panel}"
    return one._replace(
        spent=spent,
        mark=None,
        base=None,
        odd_at=None,
        newest_id=highest((old.newest_id, new.newest_id)),
        doubt=one.doubt or doubt,
    )
