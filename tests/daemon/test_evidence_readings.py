"""What a check of a lost order asks the panel before it judges."""

from __future__ import annotations

from tests.support.samples import NOW, a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.accounts.account import after_move, submitting_hold
from tracker.daemon.passes.prove import RETRY_DELAY, TRIES, Prove
from tracker.lib.times import SECOND
from tracker.orders.order import State
from tracker.store import accounts, evidence


def test_before_the_wallet_is_read_for_a_lost_order_every_active_one_is_polled(stage: Stage) -> None:
    enqueued(stage.db, a_draft("https://x.example/taken", service="2"))
    stage.worker.submit.run()
    stage.panel.fault("add", "close-before")
    enqueued(stage.db, a_draft("https://x.example/lost", service="2"))
    stage.worker.submit.run()
    assert stage.order(2).state is State.UNKNOWN
    stage.now += 30 * SECOND  # sooner than a poll is due
    asked = len(stage.panel.requests.of("status"))

    stage.worker.submit.run()

    assert stage.order(1).checked_at == NOW + 30 * SECOND
    ids = [list(seen.ids) for seen in stage.panel.requests.of("status")][asked:]
    assert [stage.order(1).panel_order_id] in ids
    (check,) = evidence.checks(stage.db, 2)
    assert check.facts["wallet"] == "two equal readings"


def test_a_moved_database_waits_for_the_panel_a_few_times_and_then_for_the_operator(stage: Stage) -> None:
    enqueued(stage.db, a_draft("https://x.example/taken", service="2"))
    stage.worker.submit.run()
    context = stage.context()
    context.update_account(lambda account: after_move(account, stage.now))
    stage.panel.fault("balance", "html", None)
    stage.panel.fault("status", "html", None)
    prove = Prove(context, stage.worker.track.poll)

    assert [prove.run() for _ in range(TRIES)] == [RETRY_DELAY] * (TRIES - 1) + [None]

    account = accounts.read(stage.db, "p")
    assert account.restored_at == stage.now
    assert account.unproven_at is None
    words = "it was moved or put back, and the panel could not be compared with it ("
    assert (account.restored_why or "").startswith(words)
    assert submitting_hold(account, stage.now) is not None
