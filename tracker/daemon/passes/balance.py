"""The pass that reads the wallet: its level, whether it suffices, and whether anybody else spends from it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import structlog

from tracker.accounts.account import Account, AccountChange, calling_hold, submitting_hold
from tracker.accounts.audit import SHORTEST_WAIT, after_mark, audit
from tracker.accounts.balance import after_balance, after_fresh_balance, after_unreadable_balance
from tracker.accounts.breaker import opens_breaker
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.forecast import recent_runway, update_forecast
from tracker.lib.times import SECOND
from tracker.orders.answers import Balance as Reading
from tracker.orders.answers import Failure
from tracker.orders.ledger import Mark
from tracker.store import accounts, attempts, losses, parts

log = structlog.get_logger(__name__)

CONFIRM_DELAY = 10 * SECOND
"""How soon a balance that crossed its threshold is read again to be sure."""

PROBE_DELAY = 30 * SECOND
"""How often the balance is read while the panel is down or funds are awaited."""

OTHERS_DELAY = 10 * SECOND
"""How soon to continue when another daemon reads the same just now."""


class Balance:
    """Reads the wallet of one panel account. Of two threads that `run`, the second waits for the first's reading."""

    def __init__(self, context: PanelContext, ask_for_prices: Callable[[], object]) -> None:
        self.context = context
        self._ask_for_prices = ask_for_prices
        #: Whether the panel itself answered when it was asked last, be it with an error.
        self.is_heard = False
        self._reading = threading.Lock()

    def run(self) -> int:
        """Read the wallet, unless another daemon does; return how long to wait, in microseconds."""
        with self._leased() as is_ours:
            return self._run() if is_ours else min(self.context.panel.balance.every, OTHERS_DELAY)

    def ask(self) -> None:
        """Read the wallet whatever the age of the last reading: the panel may have changed since, or its address."""
        with self._leased() as is_ours:
            if is_ours:
                self._read()

    @contextmanager
    def _leased(self) -> Iterator[bool]:
        """Keep others from reading the wallet; False when another daemon does."""
        # The lock first, or the lease would be taken for another daemon's, and an order sent before the answer.
        with self._reading, self.context.db.lease(f"balance:{self.context.name}") as lease:
            yield lease.holds()

    def _run(self) -> int:
        context = self.context
        account, now = context.account(), context.now()
        age, every = now - (account.balance_at or 0), context.panel.balance.every
        if context.db.shared and 0 <= age < every and not _is_awaited(account):
            return every - age  # another daemon has read it
        return self._read()

    def _read(self) -> int:
        context = self.context
        hold = calling_hold(context.account(), context.now())
        if hold is not None:
            return context.delay_until(hold.until, context.panel.balance.every)
        before, asked_at = self._spending_state(), context.now()
        reading = context.dialect.read_balance(context.client.call(context.dialect.balance()))
        now = context.now()
        self.is_heard = not isinstance(reading, Failure) or reading.heard
        if isinstance(reading, Failure):
            log.warning("panel.call_failed", panel=context.name, action="balance", why=reading.why)
            if opens_breaker(context.account()):
                self._ask_for_prices()  # or a panel whose wallet alone fails would count as down
            context.update_account(partial(after_unreadable_balance, failure=reading, now=now))
        else:
            self._take(reading, now, before, asked_at)
        return self._next_delay()

    def _spending_state(self) -> tuple[object, ...]:
        """Return what is equal before and after a reading of the wallet if no order was on its way meanwhile."""
        context = self.context
        return (context.account().spent, *attempts.on_the_way(context.db, context.name))

    def _take(self, reading: Reading, now: int, before: tuple[object, ...], asked_at: int) -> None:
        context = self.context
        was = context.account()
        with context.db.transaction():
            accounts.keep_balance(context.db, context.name, reading, now)
            lasts, low = recent_runway(context, now), context.panel.balance.low
            context.update_account(partial(after_balance, reading=reading, low=low, now=now, runway=lasts))
            lost = losses.open_attempts(context.db, context.name)
            if was.suspect_at is not None and not asked_at < was.suspect_at <= now:
                context.update_account(partial(after_fresh_balance, lost_orders=bool(lost), now=now))
            update_forecast(context)
            if before == self._spending_state() and not attempts.on_the_way(context.db, context.name)[0]:
                context.update_account(partial(self._audit, reading=reading, now=now, lost=lost))
        if submitting_hold(was, now) and not submitting_hold(context.account(), now):
            context.wake("submit")
            context.wake("track")

    def _audit(self, account: Account, reading: Reading, now: int, lost: tuple[int, ...]) -> AccountChange:
        wait = max(SHORTEST_WAIT, 2 * self.context.schedule.poll)
        mark = Mark(reading.amount, account.spent, now, lost)
        if self.context.panel.account == "shared":
            return after_mark(account, mark)  # others spend from the wallet too
        subscribed = parts.any_subscribed(self.context.db, self.context.name)
        return audit(account, mark, now, wait, bool(lost), subscribed)

    def _next_delay(self) -> int:
        account, every = self.context.account(), self.context.panel.balance.every
        if account.level_seen is not None:
            return min(every, CONFIRM_DELAY)
        return min(every, PROBE_DELAY) if _is_awaited(account) else every


def _is_awaited(account: Account) -> bool:
    """Tell whether something depends on the next reading, so that it comes sooner."""
    awaited = (
        account.level_seen,
        account.short_at,
        account.suspect_at,
        account.down_at,
        account.balance_failed_at,
    )
    return any(one is not None for one in awaited)
