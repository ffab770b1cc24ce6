"""What an account is that was known under two names: nothing that stops it is lost, and no money is counted twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW
from tracker.accounts.account import Account
from tracker.accounts.renaming import merged, renamed
from tracker.orders.ledger import CostRange, Mark

STOPS: dict[str, Any] = {
    "paused_at": NOW, "refused_at": NOW - 1, "refused_words": "bad key", "restored_at": NOW - 2, "doubt": "the wallet sank",
    "ids_doubt": "an id does not fit",
}  # fmt: skip
OLD = Account(
    "old", balance=Decimal(70), currency="USD", newest_id="99", spent=CostRange(Decimal(1), Decimal(2), 3),
    mark=Mark(Decimal(70), CostRange()), base=Mark(Decimal(80), CostRange()), odd_at=NOW,
)  # fmt: skip
NEW = Account("new", newest_id="100", spent=CostRange(Decimal(10), Decimal(20), 30))


@pytest.mark.parametrize("stop", STOPS)
def test_what_stopped_it_under_either_name_stays(stop: str) -> None:
    assert renamed(OLD._replace(**{stop: STOPS[stop]}), NEW) == OLD._replace(
        panel="new", **{stop: STOPS[stop]}
    )
    assert renamed(OLD, NEW._replace(**{stop: STOPS[stop]})) == OLD._replace(
        panel="new", **{stop: STOPS[stop]}
    )


def test_the_stop_under_the_old_name_counts_where_both_have_one() -> None:
    assert renamed(OLD._replace(doubt="first"), NEW._replace(doubt="second")).doubt == "first"


def test_of_two_accounts_the_costs_add_up_and_the_wallet_is_watched_anew() -> None:
    assert merged(OLD, NEW) == OLD._replace(
        panel="new",
        newest_id="100",
        spent=CostRange(Decimal(11), Decimal(22), 33),
        mark=None,
        base=None,
        odd_at=None,
        doubt="the orders of panel old were added to those of new",
    )


def test_the_highest_id_of_two_accounts_counts_whichever_had_it() -> None:
    assert merged(OLD._replace(newest_id="101"), NEW).newest_id == "101"


def test_a_doubt_from_before_is_kept_when_accounts_are_merged() -> None:
    assert merged(OLD, NEW._replace(doubt="the wallet sank")).doubt == "the wallet sank"
