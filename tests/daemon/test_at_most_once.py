"""Whatever happens in whatever order: no order twice, none lost, and none under another's id."""

from __future__ import annotations

import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.soak.world import Fate, World
from tests.support.samples import a_draft
from tracker.daemon.passes.adopt import Adopted, adopt
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.order import State
from tracker.orders.resolution import By, after_drop, after_release
from tracker.store import changes, orders, queue

SETTINGS = "unknown: {probe: true, resend: when-proven-absent, resend_max: 1000000}\n"
HELD = (State.UNKNOWN, State.SUBMITTING)


class AtMostOnce(RuleBasedStateMachine):
    """One account, and everything that can happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self._folder.name), SETTINGS, gap=3)
        self.world.latest = 10 * MINUTE
        self.links = 0

    def teardown(self) -> None:
        self.world.db.close()
        self._folder.cleanup()

    @rule(
        service=st.sampled_from("1289"), quantity=st.sampled_from([100, 150, 200]), fate=st.sampled_from(Fate)
    )
    def an_order_is_queued(self, service: str, quantity: int, fate: Fate) -> None:
        self.links += 1
        draft = a_draft(f"https://x.example/{self.links}", service=service, quantity=quantity)
        queue.enqueue(self.world.db, [queue.Entry(draft)], self.world.clock())
        self.world.fates.append(fate)

    @rule(span=st.sampled_from([SECOND, 40 * SECOND, 3 * MINUTE, HOUR]))
    def time_passes(self, span: int) -> None:
        end = self.world.now + span
        while self.world.now < end:
            self.world.step(end - self.world.now)

    @rule(skew=st.sampled_from([-DAY, -HOUR, 0, HOUR, DAY]))
    def the_clock_jumps(self, skew: int) -> None:
        self.world.skew = skew

    @rule()
    def the_daemon_restarts(self) -> None:
        self.world.worker = self.world.restarted()

    @rule(amount=st.integers(1, 5000))
    def somebody_deposits(self, amount: int) -> None:
        self.world.state.deposit(Decimal(amount))

    @rule(quantity=st.integers(401, 999))
    def somebody_else_orders(self, quantity: int) -> None:
        self.world.state.place_elsewhere(2, "https://other.example/", quantity)

    @precondition(lambda self: self.world.state.ledger)
    @rule(word=st.sampled_from(["Canceled", "Partial", "Completed"]), which=st.integers(0, 99))
    def the_panel_ends_one(self, word: str, which: int) -> None:
        placed = self.world.state.ledger[which % len(self.world.state.ledger)]
        self.world.state.end(placed.order_id, word)

    @rule()
    def the_operator_says_resume(self) -> None:
        self.world.resume()

    @precondition(lambda self: self.world.held() and not self.world.is_late())
    @rule(drop=st.booleans())
    def the_operator_settles_one_by_the_truth(self, drop: bool) -> None:
        order = self.world.held()[0]
        true_id = self.world.true_id(order)
        now = self.world.clock()
        if true_id is not None:
            assert isinstance(adopt(self.world.context(), order, true_id, By.OPERATOR), Adopted)
            return
        change = after_drop(order, now) if drop else after_release(order, By.OPERATOR, now)
        assert changes.apply(self.world.db, [change], now)

    @invariant()
    def no_order_is_placed_twice(self) -> None:
        placed = Counter(one.link for one in self.world.state.ledger)
        assert not [link for link, count in placed.items() if count > 1]

    @invariant()
    def every_order_that_was_taken_is_known_or_held(self) -> None:
        found = {order.link: order for order in orders.listed(self.world.db, limit=0)}
        assert len(found) == self.links
        for placed in self.world.state.ledger:
            order = found[placed.link]
            assert order.panel_order_id == str(placed.order_id) or order.state in HELD, order

    @invariant()
    def no_order_has_the_id_of_another(self) -> None:
        links = {str(placed.order_id): placed.link for placed in self.world.state.ledger}
        for order in orders.listed(self.world.db, limit=0):
            assert order.panel_order_id is None or links.get(order.panel_order_id) == order.link


AtMostOnce.TestCase.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
test_at_most_once = AtMostOnce.TestCase
