"""What a panel says of itself: the wallet and the catalogue, read on a schedule, and what people are told of both."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

import structlog

from tracker.accounts.account import Account, AccountChange, calling_hold, submitting_hold
from tracker.accounts.audit import SHORTEST_WAIT, audit
from tracker.accounts.balance import after_balance, after_forecast, after_unreadable_balance, runway
from tracker.accounts.breaker import after_failure
from tracker.config.settings import PanelConfig, Schedule
from tracker.daemon.context import delay_until
from tracker.daemon.passes.catalogue import MISSING_DELAY, replace_catalogue
from tracker.lib.times import DAY, MINUTE, SECOND
from tracker.orders.answers import Balance, Failure
from tracker.orders.catalogue import expected_charge
from tracker.orders.ledger import Mark
from tracker.panel.exchange import Exchange, Request
from tracker.store import accounts, attempts, catalogue, changes, evidence, queue
from tracker.store.database import Database

log = structlog.get_logger(__name__)

CONFIRM_DELAY = 10 * SECOND
"""How soon a balance that crossed its threshold is read again to be sure."""

PROBE_DELAY = 30 * SECOND
"""How often the balance is read while the panel is down or funds are awaited."""

OTHERS_DELAY = 10 * SECOND
"""How soon to see what another daemon has found that reads the same just now."""


class Upkeep:
    """Reads the wallet and the catalogue of one panel account."""

    def __init__(
        self,
        panel: PanelConfig,
        schedule: Schedule,
        call: Callable[[Request], Exchange],
        db: Database,
        clock: Callable[[], int],
        wake: Callable[[str], None],
    ) -> None:
        self.name = panel.name
        self.panel = panel
        self.dialect = panel.dialect
        self.schedule = schedule
        self.call = call
        self.db = db
        self.now = clock
        self.wake = wake
        self._vanished: frozenset[str] = frozenset()

    # -- the wallet -----------------------------------------------------------------------------------

    def balance(self) -> int:
        """Read the wallet, and end or confirm what hangs on it; return how long to rest, in microseconds."""
        with self.db.lease(f"balance:{self.name}") as lease:
            if not lease.holds():
                return min(self.panel.balance.every, OTHERS_DELAY)
            account, now = self._account(), self.now()
            fresh_until = (account.balance_at or 0) + self.panel.balance.every
            if self.db.shared and now < fresh_until and not self._is_watched(account):
                return fresh_until - now  # another daemon has read it
            return self._read_balance()

    def _read_balance(self) -> int:
        hold = calling_hold(self._account(), self.now())
        if hold is not None:
            return delay_until(hold.until, self.now(), self.panel.balance.every)
        before = self._stillness()
        reading = self.dialect.read_balance(self.call(self.dialect.balance()))
        now = self.now()
        if isinstance(reading, Failure):
            log.warning("panel.call_failed", panel=self.name, action="balance", why=reading.why)
            self._judge(partial(after_unreadable_balance, failure=reading, now=now))
        else:
            self._take_balance(reading, now, before)
        return self._balance_rest()

    def _stillness(self) -> tuple[object, ...]:
        """Return what is equal before and after a reading of the wallet if nothing was on its way."""
        return (self._account().spent, *attempts.on_the_way(self.db, self.name))

    def _take_balance(self, reading: Balance, now: int, before: tuple[object, ...]) -> None:
        was = self._account()
        with self.db.transaction():
            accounts.keep_balance(self.db, self.name, reading, now)
            lasts = runway(accounts.balances_since(self.db, self.name, now - DAY))
            low = self.panel.balance.low
            self._judge(partial(after_balance, reading=reading, low=low, now=now, runway=lasts))
            self._judge(partial(after_forecast, needed=self._needed(), now=now, runway=lasts))
            if before == self._stillness() and not attempts.on_the_way(self.db, self.name)[0]:
                self._judge(partial(self._audit, amount=reading.amount, now=now))
        if submitting_hold(was, now) and not submitting_hold(self._account(), now):
            self.wake("submit")
            self.wake("track")

    def _needed(self) -> Decimal:
        """Return what all that is queued should cost, as far as prices are known."""
        prices = {service.id: service for service in catalogue.services(self.db, self.name)}
        total = Decimal(0)
        for service_id, quantity in queue.queued_quantities(self.db, self.name):
            service = prices.get(service_id)
            if service is not None and service.price is not None:
                total += service.price * quantity
        for order in queue.queued_without_quantity(self.db, self.name):
            total += expected_charge(order, prices.get(order.service)) or 0
        return total

    def _audit(self, account: Account, amount: Decimal, now: int) -> AccountChange:
        wait = max(SHORTEST_WAIT, 2 * self.schedule.poll)
        lost = evidence.any_lost(self.db, self.name)
        return audit(account, Mark(amount, account.spent), now, wait, lost)

    def _balance_rest(self) -> int:
        account, every = self._account(), self.panel.balance.every
        if account.level_seen is not None:
            return min(every, CONFIRM_DELAY)
        return min(every, PROBE_DELAY) if self._is_watched(account) else every

    def _is_watched(self, account: Account) -> bool:
        """Tell whether something hangs on the next reading, so that it comes sooner."""
        awaited = account.level_seen, account.short_at, account.down_at, account.balance_failed_at
        return any(one is not None for one in awaited)

    # -- the catalogue --------------------------------------------------------------------------------

    def services(self) -> int:
        """Read the catalogue; return how long to rest, in microseconds."""
        with self.db.lease(f"services:{self.name}") as lease:
            if not lease.holds():
                return min(self.schedule.services, OTHERS_DELAY)
            now = self.now()
            fresh_until = (catalogue.services_at(self.db, self.name) or 0) + self.schedule.services
            if self.db.shared and now < fresh_until and not self._vanished:
                return fresh_until - now  # another daemon has read it
            return self._read_services()

    def _read_services(self) -> int:
        hold = calling_hold(self._account(), self.now())
        if hold is not None:
            return delay_until(hold.until, self.now(), MINUTE)
        found = self.dialect.read_services(self.call(self.dialect.services()))
        if isinstance(found, Failure):
            log.warning("panel.call_failed", panel=self.name, action="services", why=found.why)
            self._judge(partial(after_failure, failure=found, now=self.now()))
            return min(self.schedule.services, 5 * MINUTE)
        # An empty catalogue would reject the whole queue; a panel that sells nothing is a panel at fault.
        self._vanished = (
            replace_catalogue(self.db, self.name, found, self.now(), self._vanished) if found else frozenset()
        )
        lasts = runway(accounts.balances_since(self.db, self.name, self.now() - DAY))
        self._judge(partial(after_forecast, needed=self._needed(), now=self.now(), runway=lasts))
        return min(self.schedule.services, MISSING_DELAY) if self._vanished else self.schedule.services

    # -- shared ---------------------------------------------------------------------------------------

    def _account(self) -> Account:
        return accounts.read(self.db, self.name)

    def _judge(self, judge: Callable[[Account], AccountChange]) -> None:
        changes.apply(self.db, [], self.now(), panel=self.name, judge=judge)
