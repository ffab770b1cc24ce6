"""Asks the panel again for what became of a lost `add`, where its dialect says that this pays nothing twice.

It is an `add` in all but its intent: fenced, under the lease, recorded before it leaves, and its raw answer kept before
it is read. It runs where evidence is gathered, so nothing else is on its way meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial

import structlog

from tracker.accounts.account import submitting_hold
from tracker.accounts.add_answer import account_after_ask
from tracker.accounts.ids import after_fit
from tracker.daemon.context import PanelContext
from tracker.daemon.fencing import send_permit, was_dropped
from tracker.daemon.passes.persist import persist
from tracker.orders.answers import Accepted, AddAnswer, NotSent, Unanswered
from tracker.orders.catalogue import Listed, NotListed, Unread, known_refusal
from tracker.orders.cost import expected_charge
from tracker.orders.order import Order, State
from tracker.orders.submission import ADD_MARGIN
from tracker.panel.exchange import Exchange
from tracker.reconciliation.asked_again import (
    MARGIN,
    DoNotAsk,
    FirstSending,
    Outcome,
    Settled,
    Terms,
    after_asked_again,
    may_ask,
)
from tracker.reconciliation.asked_again import (
    AskAgain as Allowed,
)
from tracker.reconciliation.evidence import Ruling, Verdict
from tracker.store import asks, attempts, catalogue, changes, equal_orders, evidence, orders, uptime
from tracker.store.asks import Ask
from tracker.store.attempts import Attempt, intent_of
from tracker.store.engines.engine import Lease
from tracker.store.kept_answers import exchange_of
from tracker.store.uptime import STEP_SHOWN

log = structlog.get_logger(__name__)

NOT_HERE = "this daemon is stopping, or another one sends"


class AskAgain:
    """Asks again for the lost orders of one panel account."""

    def __init__(self, context: PanelContext) -> None:
        self.context = context
        #: When this process sent each attempt that may be asked again, by a clock that nobody can set.
        self._sent_at: dict[int, int] = {}

    @property
    def terms(self) -> Terms:
        """What the dialect says of a request that comes twice."""
        dialect = self.context.dialect
        key_window = dialect.idempotency_window if dialect.idempotency_field is not None else None
        return Terms(key_window, dialect.dedupe_window)

    def note_sent(self, attempt_id: int, elapsed: int) -> None:
        """Remember when an attempt was sent, for as long as it may be asked again."""
        if not self.context.dialect.may_ask_again:
            return
        self._sent_at[attempt_id] = elapsed
        longest = max(self.terms.key_window or 0, self.terms.dedupe_window or 0)
        while elapsed - next(iter(self._sent_at.values())) > longest:
            del self._sent_at[next(iter(self._sent_at))]

    def equal_until(self, order: Order) -> int | None:
        """Return until when a queued order waits, as the panel would take it for an equal one; None if it need not."""
        window = self.context.dialect.dedupe_window
        if window is None:
            return None
        found = equal_orders.equal_sent(
            self.context.db, order, self.context.now(), window + ADD_MARGIN, self.context.panel.add_timeout
        )
        return None if found is None else found[1] + window + ADD_MARGIN

    def run(self, lease: Lease) -> list[int]:
        """Ask again for each lost order that is due and may be; return those for which a request has left."""
        asked: list[int] = []
        if not self.context.dialect.may_ask_again:
            return asked
        for order, attempt in self._due():
            answer = self._settle_kept(order, attempt) or self._ask(order, attempt, lease)
            if answer is not None and not isinstance(answer, NotSent):
                asked.append(order.id)
            if isinstance(answer, NotSent | Unanswered):
                break  # each further request could take as long; the others are looked for in other ways first
        return asked

    def _due(self) -> Iterator[tuple[Order, Attempt]]:
        context = self.context
        lost = list(orders.listed(context.db, [State.UNKNOWN], context.name, limit=0))
        for order in reversed(lost):
            if (order.due_at or 0) <= context.now() and order.attempts:
                yield order, attempts.last_attempt(context.db, order.id)

    # -- whether ------------------------------------------------------------------------------------------

    def _objection(self, lease: Lease) -> str | None:
        """Say why nothing that spends may be sent from this account now."""
        context = self.context
        account = context.account()
        hold = submitting_hold(account, context.now())
        if hold is not None or account.doubt is not None:
            return hold.why if hold is not None else account.doubt
        if account.unproven_at is not None:
            return "the database may be an older copy"
        if context.stopping.is_set() or not lease.holds():
            return NOT_HERE
        return None

    def _first(self, order: Order, attempt: Attempt, asked: Sequence[Ask]) -> FirstSending:
        """Collect what is known of the attempt whose answer was lost."""
        context, now = self.context, self.context.now()
        own_age = self._own_age(attempt)
        expected, fault = self._by_catalogue(order)
        request = context.dialect.add(order, attempt.request_key)
        return FirstSending(
            age=own_age if own_age is not None else self._age(attempt),
            own_age=own_age,
            has_key=attempt.request_key is not None,
            is_same_request=context.digest_of(request) == attempt.request_digest,
            expected_then=intent_of(attempt).expected_charge,
            expected_now=expected,
            fault=fault,
            asked=sum(1 for one in asked if one.begun is None or one.begun),
            was_unfit=any(one.outcome == Outcome.UNFIT for one in asked),
            is_over=all(one.answered_at is not None or one.over_at <= now for one in asked),
            equal=self._equal(order),
        )

    def _own_age(self, attempt: Attempt) -> int | None:
        sent_at = self._sent_at.get(attempt.id)
        return None if sent_at is None else self.context.elapsed() - sent_at

    def _age(self, attempt: Attempt) -> int | None:
        """Return how long ago another process sent it, by the wall clock, unless that was set lately."""
        known = uptime.read(self.context.db)
        since_step = known.since_step()
        was_set = (since_step is not None and since_step < STEP_SHOWN) or known.beat_at > self.context.now()
        return None if was_set else self.context.now() - attempt.at

    def _by_catalogue(self, order: Order) -> tuple[Decimal | None, str | None]:
        rules = self.context.dialect.cost_rules
        found = catalogue.find(self.context.db, self.context.name, order.service)
        fault = known_refusal(order, found, rules)
        match found:
            case Listed(service=service):
                return expected_charge(order, service, rules), fault
            case NotListed():
                return None, fault
            case Unread():
                return order.expected_charge, fault

    def _equal(self, order: Order) -> int | None:
        context, window = self.context, self.context.dialect.dedupe_window
        if window is None:
            return None
        found = equal_orders.equal_sent(
            context.db, order, context.now(), 2 * (window + MARGIN), context.panel.add_timeout
        )
        return None if found is None else found[0].id

    # -- asking -------------------------------------------------------------------------------------------

    def _ask(self, order: Order, attempt: Attempt, lease: Lease) -> AddAnswer | None:
        """Ask again, if that is allowed; return the answer, None where nothing was asked."""
        context = self.context
        allowed = self._allowed(order, attempt, lease)
        if isinstance(allowed, Allowed):
            allowed = self._with_slot(order, attempt, lease)
        if not isinstance(allowed, Allowed):
            self._note(order, f"not asked again: {allowed.why}", None)
            return None
        context.note_progress("submit")
        permit = send_permit(lease, context.elapsed, allowed.within)
        now = context.now()
        ask_id = asks.record(context.db, order, attempt.id, now, now + allowed.within + ADD_MARGIN)
        if ask_id is None:
            return None
        log.info("add.asked_again", panel=context.name, order=order.id, how=allowed.how)
        request = context.dialect.add(order, attempt.request_key)
        exchange = context.client.send_once(request, permit, allowed.within)
        return self._keep_and_settle(order, attempt, ask_id, exchange)

    def _with_slot(self, order: Order, attempt: Attempt, lease: Lease) -> Allowed | DoNotAsk:
        """Wait for the rate limit; that may last, and what was allowed before may be no more."""
        if not self.context.client.acquire_slot():
            return DoNotAsk(NOT_HERE)
        return self._allowed(order, attempt, lease)

    def _allowed(self, order: Order, attempt: Attempt, lease: Lease) -> Allowed | DoNotAsk:
        why = self._objection(lease)
        if why is not None:
            return DoNotAsk(why)
        first = self._first(order, attempt, asks.of_attempt(self.context.db, attempt.id))
        return may_ask(self.terms, first, self.context.panel.add_timeout)

    def _keep_and_settle(self, order: Order, attempt: Attempt, ask_id: int, exchange: Exchange) -> AddAnswer:
        """Keep the raw answer, then read it and write what it makes of the order."""
        context = self.context

        def accepted_as() -> str | None:
            read = context.dialect.read_add(exchange, attempt.newest_id)
            return read.panel_order_id if isinstance(read, Accepted) else None

        kept = persist(
            context, lambda: asks.keep(context.db, ask_id, exchange, context.now()), order, accepted_as
        )
        return persist(context, lambda: self._settle(order, attempt, ask_id, kept), order, accepted_as)

    # -- settling -----------------------------------------------------------------------------------------

    def _settle_kept(self, order: Order, attempt: Attempt) -> AddAnswer | None:
        """Settle by an answer that was kept and that its process did not live to read."""
        request = self.context.dialect.add(order, attempt.request_key)
        for ask in asks.of_attempt(self.context.db, attempt.id):
            kept = exchange_of(ask, request)
            if kept is not None and ask.outcome is None:
                return self._settle(order, attempt, ask.id, kept)
        return None

    def _settle(self, order: Order, attempt: Attempt, ask_id: int, exchange: Exchange) -> AddAnswer:
        """Write what the answer makes of the order and of the account, in one transaction."""
        context, now = self.context, self.context.now()
        answer = self._fitting(order, attempt, context.dialect.read_add(exchange, attempt.newest_id))
        by_key = attempt.request_key is not None
        settled = after_asked_again(order, answer, by_key=by_key, now=now, poll_in=context.schedule.poll)
        with context.db.transaction():
            written = all(changes.apply(context.db, [change], now) for change in settled.changes)
            asks.note_outcome(context.db, ask_id, settled.outcome)
            self._note(order, f"asked again: {settled.why}", settled)
            if not was_dropped(exchange):
                context.update_account(partial(account_after_ask, answer=answer, now=now))
        if isinstance(answer, Accepted) and not written:
            self._warn_late(order, answer)
        return answer

    def _fitting(self, order: Order, attempt: Attempt, answer: AddAnswer) -> AddAnswer:
        """Believe no id that another order here has, or that was given before this one was sent."""
        context = self.context
        if not isinstance(answer, Accepted):
            return answer
        owner = orders.owner_of_number(context.db, context.name, answer.panel_order_id)
        if owner is not None and owner.id == order.id:
            return answer
        newest_id = attempt.newest_id if context.dialect.ids_grow else None
        return after_fit(answer, newest_id, None if owner is None else owner.id)

    def _warn_late(self, order: Order, answer: Accepted) -> None:
        current = orders.by_id(self.context.db, order.id)
        if current is None or current.panel_order_id != answer.panel_order_id:
            why = "the order was settled in another way meanwhile: it may be paid twice"
            said = {"order": order.id, "panel_order_id": answer.panel_order_id, "why": why}
            log.error("answer.late", panel=self.context.name, **said)

    def _note(self, order: Order, why: str, settled: Settled | None) -> None:
        """Keep with the order's evidence that it was asked again, or why it was not."""
        ruling = Ruling.ADOPT if settled and settled.outcome is Outcome.ADOPTED else Ruling.HOLD
        verdict = Verdict(order.id, ruling, (why,))
        with self.context.db.transaction():
            evidence.keep_check(self.context.db, [verdict], {}, self.context.now())
