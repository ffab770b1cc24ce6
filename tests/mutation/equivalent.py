"""Changes that change nothing that anybody could see, each with a word why.

One is named by the function that it is in and the line that it makes of one there: when the code changes, look again.
"""

from __future__ import annotations

EQUIVALENT: dict[str, tuple[str, ...]] = {
    "the bound is far beyond where the cap is reached": (
        "accounts.breaker.after_failure: rest = failure.retry_after or min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** min(failures - 1, 11))",
        "alerts.delivery.next_try: longest = min(LONGEST_RETRY, FIRST_RETRY << min(max(attempt, 1) - 1, 17))",
        "alerts.incidents.recovery_delay: return min(LONGEST_RECOVERY, FLAPPING << min(recently_ended, 17)) if recently_ended else 0",
    ),
    "both sides give the same at the bound": (
        "accounts.audit.audit: if sank is None or ZERO in sank or sank.high <= ZERO:",
        "accounts.audit.audit: if account.odd_at is None or account.odd_at >= now:",
        "accounts.ids.after_own_ids: return account if (found == account.newest_id) and False else account._replace(newest_id=found)",
        "orders.polling.next_poll: wait = model.wait(age if age >= 0 else 0, limits.threshold)",
        "orders.polling.next_poll: wait = model.wait(age if age > 1 else 0, limits.threshold)",
        "orders.polling.next_poll: wait = model.wait(age if age > 0 else 1, limits.threshold)",
        "orders.polling.next_poll: if wait <= limits.shortest:",
        "orders.polling.next_poll: return now + (int(wait) if wait <= limits.longest else limits.longest)",
        "reconciliation.evidence.fit: return Fit.MAYBE if refunded and report.charge <= lost.expected_charge else Fit.NO",
        "reconciliation.evidence._in_window: number = counter_of(panel_order_id) or 1",
        "reconciliation.evidence._in_window: return number >= 0 and above and (lost.ceiling is None or number < lost.ceiling)",
    ),
    "what replaces it is never looked at": (
        'daemon.passes.own_ids.OwnIds.confirm_first: last = orders.owner(context.db, context.name, account.answered_id or "XXXX")',
        "daemon.passes.own_ids.OwnIds.floor_for: if last is None or (last.submitted_at or 1) > intent.at:",
        "daemon.passes.settle.Settle.recover: kept = exchange_of(attempt, None)",
        "daemon.restore_guard.RestoreGuard.__init__: self._epoch = None",
        "daemon.restore_guard.RestoreGuard.__init__: self._epoch = 1",
        "daemon.restore_guard.RestoreGuard._compare_first: changes.update_account(self._db, panel, partial(after_move, now=now), None)",
        "daemon.restore_guard.RestoreGuard._hold: changes.update_account(self._db, panel, partial(after_restore, now=now), None)",
        "daemon.restore_guard.NewestIntent.is_gone: return is_recent and not attempts.has_attempt(db, self.attempt_id or 1)",
    ),
    "the fitting looks at the newest id again": (
        "daemon.passes.settle.Settle._write: answer = self._fitting(order, context.dialect.read_add(exchange, None), intent)",
        "daemon.passes.settle.Settle._write: answer = self._fitting(order, context.dialect.read_add(exchange, ), intent)",
    ),
    "stderr is written line by line anyway": (
        "daemon.passes.settle.Settle._persist: print(_unwritten(order, accepted_as(), fault), file=sys.stderr, flush=None)",
        "daemon.passes.settle.Settle._persist: print(_unwritten(order, accepted_as(), fault), file=sys.stderr, )",
        "daemon.passes.settle.Settle._persist: print(_unwritten(order, accepted_as(), fault), file=sys.stderr, flush=False)",
    ),
    "a sum that begins with the number 0 is the same Decimal": (
        "accounts.balance.runway: spent = sum((max(Decimal(0), before - after) for (_, before), (_, after) in steps), )",
    ),
    "a pass looks again at once, or after a microsecond": (
        "daemon.passes.deliver.Deliver._delay: return min(CHECK_EVERY, max(due - now, self._pace.gathers_until(now) - now))",
        "daemon.passes.deliver.Deliver._delay: return min(CHECK_EVERY, max(1, due - now, self._pace.gathers_until(now) - now))",
    ),
    "the breaker that a failure opens ends the round as well": (
        "daemon.passes.deliver.Deliver.send: return True",
    ),
    "a microsecond after 1970, where only now is compared with": (
        "orders.batches._is_due: return (order.due_at or 1) <= now",
        "orders.polling.PollThreshold.after_call: late = len(batch) == places and (batch[-1].due_at or 1) < now",
        "orders.status.after_stall: order: Order, known: StallLimit, now: int, next_poll_at: int, clock_set_at: int = 1",
        "reconciliation.schedule.first_check_at: def first_check_at(lost_at: int, looks: Sequence[int], not_before: int = 1) -> int:",
        "daemon.passes.settle.Settle._over_at: return intent.at + self.context.panel.add_timeout + ADD_MARGIN if self.context.db.shared else 1",
    ),
    "a microsecond where whole seconds are shown, or where half a minute is meant": (
        'alerts.incidents._ended: times = {"since": rfc3339(incident.raised_at), "lasted": about(max(1, over_since - incident.raised_at))}',
        'alerts.incidents.due_reminders: lasting = {"since": rfc3339(incident.raised_at), "lasting": about(max(1, now - incident.raised_at))}',
        "orders.polling._rates: begin = EDGES[at - 1] if at else 1.0",
    ),
    "0 and None are both no alert, and both no number": (
        "alerts.incidents.reminder_times: got = received.get(one.target, Received(None, incident.raised_at))",
        "orders.ids.highest: return max(((number, one) for number, one in numbered if number is not None), default=(1, None))[1]",
    ),
    "the last edge is meant to be left out, whatever is said of it": (
        "orders.polling.DurationModel.__init__: for (before, after), rate in zip(pairwise(EDGES), self._rates[1:], strict=None)",
        "orders.polling.DurationModel.__init__: for (before, after), rate in zip(pairwise(EDGES), self._rates[1:], )",
    ),
    "all sums move by as much, and only their differences count": (
        "orders.polling.DurationModel.__init__: sums = [1.0]",
    ),
    "the search only takes longer": (
        "orders.polling.DurationModel.wait: at = bisect_right(sums, total, ) - 1",
        "store.evidence.owned_among: for start in range(0, len(numbers), ):",
        "store.evidence.owned_among: return found | _owned_with_zeros(db, panel, set(numbers)) if (numbers) or True else found",
    ),
    "a cost is never below zero, and a word is never XXXX": (
        "orders.catalogue.expected_charge: return (service.price * count).normalize() - Decimal(0)",
        'orders.catalogue._is_package: return "package" in (service.type or "XXXX").casefold()',
    ),
    "both values are None at once, or neither is": (
        "store.incidents._times: return [] if (at is None) and False else [at]",
    ),
    "the columns of one table are as many as their values": (
        "store.rows.service_of: values = dict(zip(SERVICE_NAMES, row, strict=None))",
        "store.rows.service_of: values = dict(zip(SERVICE_NAMES, row, ))",
        "store.rows.service_of: values = dict(zip(SERVICE_NAMES, row, strict=False))",
        "store.rows.account_of: values = dict(zip(ACCOUNT_NAMES, row, strict=None))",
        "store.rows.account_of: values = dict(zip(ACCOUNT_NAMES, row, ))",
        "store.rows.account_of: values = dict(zip(ACCOUNT_NAMES, row, strict=False))",
        "store.rows._changed: for name, old, new in zip(names, before, after, strict=None)",
        "store.rows._changed: for name, old, new in zip(names, before, after, )",
        "store.rows._changed: for name, old, new in zip(names, before, after, strict=False)",
    ),
    "only where several machines share a database: noticed with --database postgresql": (
        "daemon.passes.settle.Settle._over_at: return intent.at + self.context.panel.add_timeout + ADD_MARGIN if (self.context.db.shared) and False else 0",
        "daemon.passes.settle.Settle._over_at: return intent.at + self.context.panel.add_timeout - ADD_MARGIN if self.context.db.shared else 0",
        "daemon.passes.settle.Settle._over_at: return intent.at - self.context.panel.add_timeout + ADD_MARGIN if self.context.db.shared else 0",
        'daemon.passes.deliver.Deliver._lease: return self.db.lease(f"tell:{self.name}") if (self.db.shared) and False else nullcontext(Sole())',
        'daemon.passes.deliver.Deliver._lease: return self.db.lease(f"tell:{self.name}") if (self.db.shared) or True else nullcontext(Sole())',
        "daemon.passes.deliver.Deliver._lease: return self.db.lease(None) if self.db.shared else nullcontext(Sole())",
        "daemon.passes.catalogue.Catalogue.run: with context.db.lease(None) as lease:",
        "daemon.passes.catalogue.Catalogue.run: return min(None, OTHERS_DELAY)",
        "daemon.passes.catalogue.Catalogue.run: return min(every, None)",
        "daemon.passes.catalogue.Catalogue.run: return min(OTHERS_DELAY)",
        "daemon.passes.catalogue.Catalogue.run: return min(every, )",
        "daemon.passes.catalogue.Catalogue.run: if context.db.shared and 0 <= age < every and self._missing_once:",
        "daemon.passes.catalogue.Catalogue.run: return every + age  # another daemon has read it",
        "daemon.passes.settle.Settle.recover: lost = self._with_first_check(after_crash(order, intent), )",
        "daemon.passes.settle.Settle.recover: lost = self._with_first_check(after_crash(order, intent), self._over_at(None))",
        "daemon.passes.submit.Submit.run: return min(None, LEASE_DELAY)",
        "daemon.passes.submit.Submit.run: return min(context.schedule.submit, None)",
        "daemon.passes.submit.Submit.run: return min(LEASE_DELAY)",
        "daemon.passes.submit.Submit.run: return min(context.schedule.submit, )",
        "daemon.passes.submit.Submit.run: with context.db.lease(None) as lease:",
        "store.accounts._locked: if not found or db.shared:",
        "store.accounts._locked: if found and db.shared:",
        "store.accounts._locked: db.many(None, [(panel,)])",
        "store.accounts._locked: db.many(_INSERT, None)",
        "store.accounts._locked: db.many([(panel,)])",
        "store.accounts._locked: db.many(_INSERT, )",
        "store.accounts._locked: found = None",
        "store.accounts._locked: found = db.sql(None, (panel,))",
        "store.accounts._locked: found = db.sql(query, None)",
        "store.accounts._locked: found = db.sql((panel,))",
        "store.accounts._locked: found = db.sql(query, )",
        "store.queue.enqueue_simple: db.lock(None)",
        'store.queue.enqueue_simple: db.lock("XXqueueXX")',
        'store.queue.enqueue_simple: db.lock("QUEUE")',
        "store.queue.enqueue: db.lock(None)",
        'store.queue.enqueue: db.lock("XXqueueXX")',
        'store.queue.enqueue: db.lock("QUEUE")',
    ),
}
"""Why -> the changes, each as `module.function: the changed line`."""
