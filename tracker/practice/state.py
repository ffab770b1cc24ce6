"""The state of the practice panel: its catalogue, its orders, the wallet, and a ledger of what it took."""

from __future__ import annotations

import heapq
import random
import threading
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Unpack

from tracker.lib.times import SECOND
from tracker.practice.lifecycle import CANCELED, COMPLETED, FAILED, PARTIAL, PROCESSING, refund, usual_remains
from tracker.practice.offerings import Offering, catalogue
from tracker.practice.records import Move, OrderStatus, Overrides, Placed, PracticeOrder
from tracker.practice.validation import AddForm, Refusal, admitted

ENDS = frozenset({COMPLETED, PARTIAL, CANCELED, FAILED, "Cancelled", "Refunded"})


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
        #: Refuse a second unfinished order for one service and link.
        self.busy_links = False
        #: For this many seconds a new order's id is answered as unknown.
        self.registers_after = 0.0
        self._clock = clock
        self._pace = pace
        self._gap = gap
        self._random = random.Random(seed)
        self._random_ids = random_ids
        self._next_id = self._random_id() if random_ids else first_id
        self._balance = balance
        self._moves: list[Move] = []
        self._running: list[tuple[float, int]] = []

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
            self._running.clear()
            self._run(running)

    def deposit(self, amount: Decimal) -> None:
        """Put money into the wallet."""
        with self.lock:
            self._move("deposit", amount)

    def withdraw(self, amount: Decimal) -> None:
        """Take money out of the wallet, as if it had been spent elsewhere."""
        with self.lock:
            self._move("withdrawal", -amount)

    def place(self, form: AddForm) -> Placed:
        """Take an order as `add` does: it is checked, charged and written to the ledger; raises Refusal."""
        with self.lock:
            placed = self._take(form)
            self.ledger.append(placed)
            return placed

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
            orders = [self._enter(offering, f"https://example.com/{service}", quantity) for _ in range(count)]
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
        offering, quantity = admitted(form, self.services)
        if self.busy_links and self._is_busy(offering.id, form.link):
            raise Refusal("busy")
        charge = offering.price * quantity
        if charge > self._balance:
            raise Refusal("funds")
        order = self._enter(offering, form.link, quantity, form.comments or None)
        self._move("charge", -charge, order.id)
        self._run([order])
        return order.placed

    def _is_busy(self, service: int, link: str) -> bool:
        same = [
            one for one in self.orders.values() if (one.placed.service, one.placed.link) == (service, link)
        ]
        return any(self.status(order.id).word not in ENDS for order in same)

    def _enter(
        self, offering: Offering, link: str, quantity: int, comments: str | None = None
    ) -> PracticeOrder:
        charge = offering.price * quantity
        placed = Placed(self._now(), self._next_id, offering.id, link, quantity, comments, charge)
        order = PracticeOrder(placed, offering.lifecycle, net=charge)
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
        """End the orders whose lifecycle is over, with the refund dated at the end."""
        now = self._clock()
        while self._running and self._running[0][0] <= now:
            ended, order_id = heapq.heappop(self._running)
            order = self.orders[order_id]
            if order.follows_lifecycle:
                left = order.placed.quantity * order.lifecycle.left // 100
                self._end(order, order.lifecycle.word, left, round(ended * SECOND))

    def _end(self, order: PracticeOrder, word: str, remains: int | None, at: int) -> None:
        quantity, charge = order.placed.quantity, order.placed.charge
        left = usual_remains(word, quantity) if remains is None else remains
        net = charge - refund(word, charge, left, quantity)
        if net != order.net:
            self._move("refund" if net < order.net else "charge", order.net - net, order.id, at)
        order.fixed, order.net, order.overrides = (word, left), net, {}

    def _move(self, kind: str, amount: Decimal, order_id: int | None = None, at: int | None = None) -> None:
        self._balance += amount
        self._moves.append(Move(self._now() if at is None else at, kind, amount, order_id))
