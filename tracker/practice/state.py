"""The state of the practice panel: its catalogue, its orders, the wallet, and a ledger of what it took."""

from __future__ import annotations

import heapq
import math
import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Unpack

from tracker.lib.times import SECOND
from tracker.practice.lifecycle import CANCELED, COMPLETED, FAILED, PARTIAL, PROCESSING, refund, usual_remains
from tracker.practice.offerings import Offering, catalogue
from tracker.practice.parts import PartPlan
from tracker.practice.records import Move, OrderStatus, Overrides, Placed, PracticeOrder
from tracker.practice.repeats import Repeats
from tracker.practice.validation import AddForm, Bill, DripFeedRule, Refusal, admitted

REFUNDED = frozenset({CANCELED, "Cancelled", "Refunded"})
ENDS_SOON = 2.0
"""Seconds of its lifecycle that an order goes on after a request to cancel it was taken."""

ENDS = REFUNDED | {COMPLETED, PARTIAL, FAILED, "Expired"}


class PanelState:
    """Everything that a panel knows about one customer. One lock guards it; money is exact.

    `clock` returns seconds since 1970. `pace` is how many seconds of an order's lifecycle pass in one second;
    at 0 orders make no progress. `gap` is the largest step from one order id to the next: the ids between
    belong to other customers. With `random_ids`, each id is seven random digits.
    """

    def __init__(
        self, balance: Decimal, clock: Callable[[], float], *, pace: float = 1.0, gap: int = 1,
        first_id: int = 5001, random_ids: bool = False, seed: int | None = None,
    ) -> None:  # fmt: skip
        self.lock = threading.RLock()
        self.opening = balance
        self.services: dict[int, Offering] = catalogue()
        self.orders: dict[int, PracticeOrder] = {}
        #: The orders taken through `add`, in order; without those of `place_elsewhere` and `fill`.
        self.ledger: list[Placed] = []
        self.drip_feed = DripFeedRule()
        #: Refuse a second unfinished order for one service and link.
        self.busy_links = False
        #: For this many seconds a new order's id is answered as unknown.
        self.registers_after = 0.0
        #: What it takes for an order that it has already.
        self.repeats = Repeats()
        self._clock = clock
        self._pace = pace
        self._gap = gap
        self._random = random.Random(seed)
        self._random_ids = random_ids
        self._next_id = self._random_id() if random_ids else first_id
        self._balance = balance
        self._moves: list[Move] = []
        self._running: list[tuple[float, int]] = []
        #: When the next part of each order with parts comes, and the order.
        self._coming: list[tuple[float, int]] = []

    @property
    def balance(self) -> Decimal:
        """What the wallet holds now."""
        with self.lock:
            self._settle()
            return self._balance

    @property
    def moves(self) -> list[Move]:
        """Every movement of the wallet, in order; the opening balance and their sum make the balance."""
        with self.lock:
            self._settle()
            return self._moves

    @property
    def pace(self) -> float:
        """Seconds of an order's lifecycle in a second; a change also affects the orders that are in progress."""
        return self._pace

    @pace.setter
    def pace(self, pace: float) -> None:
        with self.lock:
            self._settle()
            self._pace = pace
            running = [self.orders[order_id] for _, order_id in self._running]
            coming = [self.orders[order_id] for _, order_id in self._coming]
            self._running.clear()
            self._coming.clear()
            self._run(running)
            for order in coming:
                self._await_part(order)

    def deposit(self, amount: Decimal) -> None:
        """Put money into the wallet."""
        with self.lock:
            self._move("deposit", amount)

    def withdraw(self, amount: Decimal) -> None:
        """Take money out of the wallet, as if it had been spent elsewhere."""
        with self.lock:
            self._move("withdrawal", -amount)

    def place(self, form: AddForm) -> Placed:
        """Take an order as `add` does: it is checked, charged and written to the ledger; raises Refusal.

        One that it has already, by its key or within the window, is returned again and charged once.
        """
        with self.lock:
            known = self.repeats.find(form, self._now())
            if known is not None:
                return known
            placed = self._take(form)
            self.ledger.append(placed)
            self.repeats.keep(form, placed)
            return placed

    def placed_within(self, seconds: float) -> set[int]:
        """The ids of the orders that are no older than that."""
        with self.lock:
            since = self._now() - round(seconds * SECOND)
            return {order.id for order in self.orders.values() if order.placed.at >= since}

    def place_elsewhere(self, service: int | str, link: str, quantity: int) -> int:
        """Take an order that someone else placed for the same account: it is charged, but not in the ledger."""
        comments = "\n".join(["Nice"] * quantity)
        with self.lock:
            return self._take(AddForm(str(service), link, str(quantity), comments)).order_id

    def fill(
        self, count: int, *, service: int = 1, quantity: int = 100, word: str | None = PROCESSING
    ) -> list[int]:
        """Create many earlier orders, without charge or ledger, and return their ids.

        They keep `word`; with None they follow their service's lifecycle from now on.
        """
        with self.lock:
            offering = self.services[service]
            bill = Bill(quantity, offering.price * quantity)
            orders = [self._enter(offering, f"https://example.com/{service}", bill) for _ in range(count)]
            if word is None:
                self._run(orders)
            else:
                remains = quantity // 2 if word == PROCESSING else usual_remains(word, quantity)
                for order in orders:
                    order.fixed = (word, remains)
            return [order.id for order in orders]

    def end(self, order_id: int | str, word: str, remains: int | None = None) -> None:
        """End an order with a word, and refund what this end refunds.

        If the order had already ended in another way, the wallet moves by the difference.
        KeyError: no such order.
        """
        with self.lock:
            self._settle()
            self._end(self.orders[int(order_id)], word, remains, self._now())

    def end_soon(self, order_id: int, word: str) -> None:
        """End an order with this word a little later; what was delivered by then is not refunded."""
        with self.lock:
            self._settle()
            order, now = self.orders[order_id], self._clock()
            elapsed = self._elapsed(order, now)
            remains = order.status(elapsed).remains
            left = remains * 100 // order.placed.quantity if isinstance(remains, int) else 100
            word = PARTIAL if left < 100 else word
            order.lifecycle = replace(order.lifecycle, ends=elapsed + ENDS_SOON, word=word, left=left)
            self._run([order])

    def override(self, order_id: int | str, **overrides: Unpack[Overrides]) -> None:
        """Report these fields of an order whatever its true ones are, until `end`; no money moves.

        With a `word`, the order no longer ends automatically. KeyError: no such order.
        """
        with self.lock:
            self._settle()
            order = self.orders[int(order_id)]
            order.overrides = {**order.overrides, **overrides}

    def status(self, order_id: int | str) -> OrderStatus:
        """The state of an order, even if `registers_after` still hides it. KeyError: no such order."""
        with self.lock:
            self._settle()
            order = self.orders[int(order_id)]
            return order.status(self._elapsed(order, self._clock()))

    def statuses(self, order_ids: Iterable[str]) -> list[OrderStatus | None]:
        """The status of each of these orders; None for an id that the customer does not have."""
        with self.lock:
            self._settle()
            now = self._clock()
            return [self._status(self._find(text), now) for text in order_ids]

    def peek_id(self) -> int:
        """The id that the next order gets, unless another one is placed before it."""
        with self.lock:
            return self._next_id

    def skip_ids(self, count: int) -> None:
        """Let the orders of other customers take this many ids."""
        with self.lock:
            if not self._random_ids:
                self._next_id += count

    def seconds(self) -> float:
        """The time now, in seconds since 1970."""
        return self._clock()

    def _now(self) -> int:
        return round(self._clock() * SECOND)

    def _find(self, text: str) -> PracticeOrder | None:
        return self.orders.get(int(text)) if text.isascii() and text.isdigit() and len(text) < 100 else None

    def _status(self, order: PracticeOrder | None, now: float) -> OrderStatus | None:
        if order is None or now - order.placed.at / SECOND < self.registers_after:
            return None
        return order.status(self._elapsed(order, now))

    def _elapsed(self, order: PracticeOrder, now: float) -> float:
        return (now - order.placed.at / SECOND) * self._pace

    def _take(self, form: AddForm) -> Placed:
        self._settle()
        offering, bill = admitted(form, self.services, self.drip_feed)
        if self.busy_links and self._is_busy(offering.id, form.link):
            raise Refusal("busy")
        if bill.charge > self._balance:
            raise Refusal("funds")
        order = self._enter(offering, form.link, bill, form.comments or None)
        if bill.charge:
            self._move("charge", -bill.charge, order.id)
        if order.plan is not None:
            self._begin_parts(order, order.plan, offering)
        self._run([order])
        return order.placed

    # -- the parts of drip-feeds and subscriptions --------------------------------------------------------

    def make_part(self, order_id: int | str) -> int | None:
        """Make an order's next part now, a run or a post; None when none is left, or it cannot be paid for."""
        with self.lock:
            self._settle()
            order = self.orders[int(order_id)]
            if order.plan is None or order.plan.is_over(order.made):
                return None
            return self._make_part(order, order.plan, self._now())

    def _begin_parts(self, order: PracticeOrder, plan: PartPlan, offering: Offering) -> None:
        """Let an order last until its last part is over, and make its first part when that is due."""
        last = math.inf if plan.count is None else plan.due_after(plan.count - 1)
        order.lifecycle = replace(offering.lifecycle, ends=last + offering.lifecycle.ends)
        self._await_part(order)

    def _await_part(self, order: PracticeOrder) -> None:
        if order.plan is None or order.plan.is_over(order.made) or not order.follows_lifecycle:
            return
        wait = order.plan.due_after(order.made) / self._pace if self._pace > 0 else math.inf
        heapq.heappush(self._coming, (order.placed.at / SECOND + wait, order.id))

    def _make_part(self, order: PracticeOrder, plan: PartPlan, at: int) -> int | None:
        offering = self.services[order.placed.service]
        units = plan.units(order.made, self._random)
        bill, order.made = Bill(units, offering.price * units), order.made + 1
        if not plan.is_paid and bill.charge > self._balance:
            return None
        part = self._enter(offering, order.placed.link, bill, at=at)
        order.parts.append(part.id)
        if not plan.is_paid:
            self._move("charge", -bill.charge, part.id, at)
        self._run([part])
        return part.id

    def _is_busy(self, service: int, link: str) -> bool:
        same = [
            one for one in self.orders.values() if (one.placed.service, one.placed.link) == (service, link)
        ]
        return any(self.status(order.id).word not in ENDS for order in same)

    def _enter(
        self, offering: Offering, link: str, bill: Bill, comments: str | None = None, at: int | None = None
    ) -> PracticeOrder:
        since = self._now() if at is None else at
        placed = Placed(since, self._next_id, offering.id, link, bill.quantity, comments, bill.charge)
        order = PracticeOrder(placed, offering.lifecycle, net=bill.charge, plan=bill.parts)
        self.orders[order.id] = order
        self._next_id = self._random_id() if self._random_ids else self._next_id + self._step()
        return order

    def _step(self) -> int:
        return self._random.randint(1, self._gap)

    def _random_id(self) -> int:
        while (found := self._random.randint(1_000_000, 9_999_999)) in self.orders:
            pass
        return found

    def _run(self, orders: Iterable[PracticeOrder]) -> None:
        """Schedule the automatic ends of these orders."""
        if self._pace <= 0:
            self._running.extend((float("inf"), order.id) for order in orders)
            return
        for order in orders:
            ends = order.placed.at / SECOND + order.lifecycle.ends / self._pace
            heapq.heappush(self._running, (ends, order.id))

    def _settle(self) -> None:
        """Make the parts that are due, and end the orders whose lifecycle is over, each dated at its time."""
        now = self._clock()
        while (first := min(self._running[:1] + self._coming[:1], default=None)) and first[0] <= now:
            if self._coming[:1] == [first]:
                heapq.heappop(self._coming)
                order = self.orders[first[1]]
                if order.follows_lifecycle and order.plan is not None:
                    self._make_part(order, order.plan, round(first[0] * SECOND))
                    self._await_part(order)
                continue
            ended, order_id = heapq.heappop(self._running)
            order = self.orders[order_id]
            if order.follows_lifecycle:
                left = order.placed.quantity * order.lifecycle.left // 100
                self._end(order, order.lifecycle.word, left, round(ended * SECOND))

    def _end(self, order: PracticeOrder, word: str, remains: int | None, at: int) -> None:
        quantity, charge = order.placed.quantity, order.placed.charge
        left = usual_remains(word, quantity) if remains is None else remains
        if order.plan is not None and order.plan.count:  # what was never made is refunded, and nothing else
            left = quantity * max(0, order.plan.count - order.made) // order.plan.count
        paid_back = refund(PARTIAL if order.plan and word in REFUNDED else word, charge, left, quantity)
        net = charge - paid_back
        if net != order.net:
            self._move("refund" if net < order.net else "charge", order.net - net, order.id, at)
        order.fixed, order.net, order.overrides = (word, left), net, {}

    def _move(self, kind: str, amount: Decimal, order_id: int | None = None, at: int | None = None) -> None:
        self._balance += amount
        self._moves.append(Move(self._now() if at is None else at, kind, amount, order_id))
