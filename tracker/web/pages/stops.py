"""What keeps orders from being sent to a panel, in a word and with what to do. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tracker.accounts.account import Account, restored_words


class Stop(NamedTuple):
    """One thing that stops a panel: its word, what to do, and whether resuming ends it."""

    word: str
    advice: str
    is_resumed: bool = True


class _Kind(NamedTuple):
    applies: Callable[[Account], object]
    stop: Callable[[Account], Stop]


KINDS = (
    _Kind(
        lambda account: account.refused_at,
        lambda account: Stop(
            "key refused",
            f"It refused the key or the account: {account.refused_words}. Put the right key into the config or its "
            "file, then resume: the key is read again first.",
        ),
    ),
    _Kind(
        lambda account: account.down_at,
        lambda account: Stop(
            "down",
            f"It does not answer: {account.last_error}. It is asked again by itself, and goes on when it answers.",
            is_resumed=False,
        ),
    ),
    _Kind(
        lambda account: account.short_at,
        lambda account: Stop(
            "funds too low",
            "It refused an order for lack of funds. Top the wallet up: it goes on by itself once the balance has been "
            "read again, or at once when you resume.",
        ),
    ),
    _Kind(
        lambda account: account.restored_at,
        lambda account: Stop(
            "restored from a backup",
            f"Nothing is sent: {restored_words(account)}. Compare the orders with the panel's own page, then resume.",
        ),
    ),
    _Kind(
        lambda account: account.ids_doubt,
        lambda account: Stop(
            "ids in doubt",
            f"Nothing is sent: {account.ids_doubt}. If this panel's order ids do not grow, set ids_grow: false in its "
            "dialect and restart; then resume.",
        ),
    ),
    _Kind(
        lambda account: account.paused_at,
        lambda account: Stop(
            "paused", "Nothing is sent until you resume; what it has is followed as before."
        ),
    ),
)


def stops(account: Account) -> list[Stop]:
    """Return what stops a panel, the worst first; empty where nothing does."""
    return [kind.stop(account) for kind in KINDS if kind.applies(account)]
