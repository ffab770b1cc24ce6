"""Whether a database knows all that was sent from its account: the reasons word by word, and the ids that are asked."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pytest

from tracker.orders.ledger import Range
from tracker.reconciliation.rollback import Signs, has_sunk, ids_above, why_behind

PLACED = "the account has orders that nobody here placed"


def sank(low: str, high: str | None = None) -> Range:
    return Range(Decimal(low), Decimal(high or low))


@pytest.mark.parametrize(
    ("amount", "has"),
    [
        (None, False),
        (sank("0"), False),
        (sank("-5", "9"), False),
        (sank("0", "9"), False),
        (sank("0.01", "9"), True),
    ],
)
def test_the_wallet_has_sunk_when_at_least_something_is_missing(amount: Range | None, has: bool) -> None:
    assert has_sunk(amount) is has


@pytest.mark.parametrize(
    ("signs", "why"),
    [
        (Signs(False, sank("5"), ["7"], [Decimal(5)]), f"{PLACED}: 7"),  # an id says more than the wallet
        (Signs(True, None, list("12345")), f"{PLACED}: 1, 2, 3, 4, 5"),
        (Signs(True, None, list("123456")), f"{PLACED}: 1, 2, 3, 4, 5 and 1 more"),
        (Signs(True, sank("5.50", "9"), [], [Decimal(1)]), "the wallet sank by 5.50 more than the orders here cost"),
        (Signs(False, sank("5", "6"), [], [Decimal(6)]), "the wallet sank by 5, which is what the next queued order costs"),
        (
            Signs(False, sank("5"), [], [Decimal(2), Decimal(3), Decimal(0)]),
            "the wallet sank by 5, which is what the next 2 queued orders cost",
        ),
        (Signs(False, sank("5"), [], [Decimal(6)]), None),
        (Signs(False, sank("0"), [], [Decimal(0)]), None),
        (Signs(True, None), None),
    ],
)  # fmt: skip
def test_what_shows_that_orders_were_sent_which_the_database_does_not_know(
    signs: Signs, why: str | None
) -> None:
    assert why_behind(signs) == why


@pytest.mark.parametrize(
    ("newest", "owned", "ids"),
    [
        ("7", [], ["8", "9"]),
        ("7", [9, 8], ["10", "11"]),
        ("7", [3], ["8", "9"]),
        ("9" * 18, [], [str(10**18), str(10**18 + 1)]),
        ("1" + "0" * 18, [], []),  # no counter any more
        (None, [9], []),
        ("A7", [], []),
        ("٧", [], []),
    ],
)
def test_the_ids_just_above_the_highest_own_one_are_asked(
    newest: str | None, owned: Iterable[int], ids: list[str]
) -> None:
    assert ids_above(newest, owned, 2) == ids
