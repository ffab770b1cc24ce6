"""One account, everything that can happen to it, and what must hold all the same."""

from __future__ import annotations

import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.at_most_once.kinds import KINDS, Kind
from tests.at_most_once.world import NONSENSE, FragileWorld
from tests.soak.world import Fate
from tests.support.samples import a_draft
from tracker.accounts.account import Account
from tracker.daemon.passes.adopt import Adopted, adopt
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.order import ENDED, Order, State
from tracker.orders.resolution import By, after_drop, after_release
from tracker.store import accounts, changes, orders, queue

HELD = (State.UNKNOWN, State.SUBMITTING)
SPANS = st.sampled_from([SECOND, 40 * SECOND, 3 * MINUTE, HOUR])
SKEWS = st.sampled_from([-DAY, -HOUR, 0, HOUR, DAY])


class AtMostOnce(RuleBasedStateMachine):
    """One account, and everything that can happen to it, its daemon, its database and its clock."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.links: set[str] = set()
        #: Orders that the operator found on the panel's page after a restore, and gave up here.
        self.compared: set[str] = set()
        self.touched = False
        self.world: FragileWorld

    @initialize(kind=st.sampled_from(KINDS))
    def an_account_is_set_up(self, kind: Kind) -> None:
        self.world = FragileWorld(Path(self._folder.name), kind)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.db.close()
        self._folder.cleanup()

    # -- what usually happens ---------------------------------------------------------------------------

    @rule(
        service=st.sampled_from("1289"), quantity=st.sampled_from([100, 150, 200]), fate=st.sampled_from(Fate)
    )
    def an_order_is_queued(self, service: str, quantity: int, fate: Fate) -> None:
        link = f"https://x.example/{len(self.links) + 1}"
        self.links.add(link)
        draft = a_draft(link, service=service, quantity=quantity)
        queue.enqueue(self.world.db, [queue.Entry(draft)], self.world.clock())
        self.world.fates.append(fate)

    @rule(span=SPANS)
    def time_passes(self, span: int) -> None:
        end = self.world.now + span
        while self.world.now < end:
            self.world.step(end - self.world.now)
        self.world.keep_house()

    @rule(amount=st.integers(1, 5000))
    def somebody_deposits(self, amount: int) -> None:
        self.world.state.deposit(Decimal(amount))

    @precondition(lambda self: self.world.state.ledger)
    @rule(word=st.sampled_from(["Canceled", "Partial", "Completed", "Refunded"]), which=st.integers(0, 99))
    def the_panel_ends_one(self, word: str, which: int) -> None:
        placed = self.world.state.ledger[which % len(self.world.state.ledger)]
        self.world.state.end(placed.order_id, word)

    # -- what goes wrong --------------------------------------------------------------------------------

    @rule(skew=SKEWS)
    def the_clock_is_set(self, skew: int) -> None:
        self.world.set_clock(skew)

    @rule(skew=SKEWS)
    def the_daemon_restarts_and_the_clock_was_set_meanwhile(self, skew: int) -> None:
        with self.world.stopped():
            self.world.skew = skew

    @rule()
    def the_daemon_restarts(self) -> None:
        self.world.worker = self.world.restarted()

    @rule(amount=st.integers(1, 5000))
    def somebody_withdraws(self, amount: int) -> None:
        self.world.state.withdraw(Decimal(amount))
        self.touched = True

    @rule(
        service=st.sampled_from("1289"), quantity=st.sampled_from([100, 150, 200]), odd=st.integers(401, 999)
    )
    def somebody_else_orders(self, service: str, quantity: int, odd: int) -> None:
        """On a sole account only what cannot be taken for an order of ours: else the promise does not hold."""
        if self.world.kind.shared:
            self.world.state.place_elsewhere(service, "https://other.example/", quantity)
        else:
            self.world.state.place_elsewhere(2, "https://other.example/", odd)
            self.touched = True

    @rule(how=st.sampled_from(sorted(NONSENSE)), span=SPANS)
    def the_panel_answers_nonsense(self, how: str, span: int) -> None:
        before = self._followed()
        self.world.garble = NONSENSE[how]
        self.time_passes(span)
        self.world.garble = None
        after = self._followed()
        assert {one: after.get(one) for one in before} == before, how

    def _followed(self) -> dict[int, tuple[object, ...]]:
        found = orders.listed(self.world.db, [State.ACTIVE, *ENDED], limit=0)
        return {
            one.id: (one.state, one.panel_order_id, one.panel_status, one.charge, one.remains)
            for one in found
        }

    # -- the database -----------------------------------------------------------------------------------

    @precondition(lambda self: self.world.db.file is not None and len(self.world.past.copies) < 4)
    @rule()
    def a_backup_is_made(self) -> None:
        self.world.back_up(frozenset(self._known()))

    @precondition(lambda self: self.world.db.file is not None and len(self.world.past.copies) < 4)
    @rule()
    def the_files_are_copied(self) -> None:
        self.world.copy_files(frozenset(self._known()))

    @precondition(lambda self: self.world.past.copies)
    @rule(which=st.integers(0, 3), by_hand=st.booleans(), with_epoch=st.booleans(), in_place=st.booleans())
    def a_copy_is_put_back(self, which: int, by_hand: bool, with_epoch: bool, in_place: bool) -> None:
        copy = self.world.past.copies[which % len(self.world.past.copies)]
        self.world.past.forgotten |= self._known().keys() - copy.links
        self.world.put_back(copy, by_hand=by_hand, with_epoch=with_epoch, in_place=in_place)

    @precondition(lambda self: self.world.snapshots())
    @rule(which=st.integers(0, 3))
    def the_machine_is_rolled_back(self, which: int) -> None:
        """Only where the README says that it is noticed: no deposit or refund hides what was sent since."""
        found = self.world.snapshots()
        copy = found[which % len(found)]
        self.world.past.forgotten |= self._known().keys() - copy.links
        self.world.roll_back(copy)

    @precondition(lambda self: self.world.db.file is not None and not self.world.is_late())
    @rule(with_epoch=st.booleans())
    def the_database_is_deleted(self, with_epoch: bool) -> None:
        self.world.past.forgotten |= self.links
        self.world.delete(with_epoch=with_epoch)

    # -- the operator -----------------------------------------------------------------------------------

    @precondition(lambda self: self._account().restored_at is None or not self.world.is_late())
    @rule()
    def the_operator_says_resume(self) -> None:
        if self._account().restored_at is not None:
            self._compare()
        self.world.resume()

    def _compare(self) -> None:
        """Do what the README says of a database that was put back: give up here what was placed since."""
        placed = {one.link for one in self.world.state.ledger}
        for order in list(orders.listed(self.world.db, [State.QUEUED], limit=0)):
            if order.link in placed:
                now = self.world.clock()
                assert changes.apply(self.world.db, [after_drop(order, By.OPERATOR, now)], now)
                self.compared.add(order.link)
        self.world.past.is_put_back = False

    @precondition(lambda self: self.world.held() and not self.world.is_late())
    @rule(drop=st.booleans())
    def the_operator_settles_one_by_the_truth(self, drop: bool) -> None:
        order = self.world.held()[0]
        true_id = self.world.true_id(order)
        now = self.world.clock()
        if true_id is not None:
            assert isinstance(adopt(self.world.context(), order, true_id, By.OPERATOR), Adopted)
            return
        change = after_drop(order, By.OPERATOR, now) if drop else after_release(order, By.OPERATOR, now)
        assert changes.apply(self.world.db, [change], now)

    # -- what must hold ---------------------------------------------------------------------------------

    def _known(self) -> dict[str, Order]:
        return {order.link: order for order in orders.listed(self.world.db, limit=0)}

    def _account(self) -> Account:
        return accounts.read(self.world.db, "p")

    @invariant()
    def no_order_is_placed_twice(self) -> None:
        placed = Counter(one.link for one in self.world.state.ledger)
        assert not [link for link, count in placed.items() if count > 1]

    @invariant()
    def no_more_is_spent_than_may_be(self) -> None:
        cap, past = self.world.kind.cap, self.world.past
        if cap is None or past.forgotten or past.was_put_back:
            return  # what a database no longer knows is counted by the wallet, which the operator may have touched
        own = {one.order_id for one in self.world.state.ledger}
        spent = -sum(move.amount for move in self.world.state.moves if move.order_id in own)
        assert spent <= cap, spent

    @invariant()
    def nothing_that_was_queued_is_lost(self) -> None:
        known = self._known()
        assert not self.links - known.keys() - self.world.past.forgotten
        assert len(known) == len(list(orders.listed(self.world.db, limit=0)))

    @invariant()
    def every_order_that_was_taken_is_known_or_held(self) -> None:
        known, account = self._known(), self._account()
        is_stopped = account.restored_at is not None or account.unproven_at is not None
        for placed in self.world.state.ledger:
            order = known.get(placed.link)
            if order is None:
                assert placed.link in self.world.past.forgotten
                continue
            is_settled = order.panel_order_id == str(placed.order_id) or placed.link in self.compared
            is_held = order.state in HELD or (order.state is State.QUEUED and is_stopped)
            assert is_settled or is_held or self.world.past.is_put_back, order

    @invariant()
    def no_order_has_the_id_of_another(self) -> None:
        links = {str(placed.order_id): placed.link for placed in self.world.state.ledger}
        for order in orders.listed(self.world.db, limit=0):
            assert order.panel_order_id is None or links.get(order.panel_order_id) == order.link

    @invariant()
    def every_active_order_is_followed_and_no_other(self) -> None:
        followed = {
            tuple(row) for row in self.world.db.sql("SELECT id, panel, panel_order_id, service FROM polls")
        }
        active = {
            (order.id, order.panel, order.panel_order_id, order.service)
            for order in orders.listed(self.world.db, [State.ACTIVE], limit=0)
        }
        assert followed == active

    @invariant()
    def where_others_order_too_nothing_is_adopted_or_sent_again(self) -> None:
        if self.world.kind.shared:
            assert not [one for one in self.world.verdicts() if one[2] == "adopt"]
            assert not self.world.resent()

    @invariant()
    def an_account_is_stopped_for_a_reason_only(self) -> None:
        account = self._account()
        assert account.restored_at is None or self.world.past.is_put_back or self.touched, account
