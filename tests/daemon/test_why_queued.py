"""A queued order says why it is not sent yet."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from tests.support.samples import a_draft, enqueued
from tests.support.sent_orders import lost
from tests.support.worker_stage import Stage
from tracker.config.settings import Unknown
from tracker.lib.times import HOUR
from tracker.operations.submitting import pause
from tracker.operations.waiting import waiting_sentences, why_queued
from tracker.orders.order import Order
from tracker.panel.dialects.custom import custom
from tracker.store import orders

UNKNOWN = Unknown()


def test_what_holds_a_queued_order_up_is_said(stage: Stage) -> None:
    panel = stage.context().panel
    first, second = enqueued(stage.db, *(a_draft(ref=ref, service="2") for ref in "ab"))
    assert why_queued(stage.db, UNKNOWN, panel, first, stage.now) is None

    stage.worker.submit.run()
    sent, waiting = (orders.by_ref(stage.db, ref) for ref in "ab")
    assert sent is not None
    assert waiting is not None
    assert why_queued(stage.db, UNKNOWN, panel, sent, stage.now) is None
    assert "same service and link" in (why_queued(stage.db, UNKNOWN, panel, waiting, stage.now) or "")

    pause(stage.db, "p", "the operator", stage.now)
    assert "submitting is paused" in (why_queued(stage.db, UNKNOWN, panel, waiting, stage.now) or "")
    held = second._replace(held="time", not_before=stage.now + HOUR)
    assert why_queued(stage.db, UNKNOWN, panel, held, stage.now) is None


def test_it_is_said_that_nothing_is_sent_before_a_lost_order_is_looked_for(stage: Stage) -> None:
    context, order = stage.context(), lost(stage)
    with stage.db.transaction():
        stage.db.many("UPDATE orders SET due_at = ?", [(stage.now + HOUR,)])
    unknown = context.unknown
    assert waiting_sentences(stage.db, unknown, context.panel, stage.now) == []

    enqueued(stage.db, a_draft("https://x.example/b"))

    assert waiting_sentences(stage.db, unknown, context.panel, stage.now) == [
        f"p: nothing is sent before order {order.id}, whose answer was lost, is looked for, in 60 min (`unknown.looks`)"
    ]


def test_an_order_says_which_lost_one_it_waits_for(stage: Stage) -> None:
    stage.worker.catalogue.run()
    context, gone = stage.context(), lost(stage, {"expected_charge": Decimal(300)})
    alike, other = enqueued(
        stage.db, *(a_draft(f"https://x.example/{n}", service="2", quantity=n) for n in (100, 60))
    )

    def why(order: Order, unknown: Unknown = context.unknown) -> str | None:
        return why_queued(stage.db, unknown, context.panel, order, stage.now)

    until = f"until order {gone.id}, whose answer was lost, is found or surely absent, at most 15 min"
    assert why(alike) == f"{until}: it costs the same (`unknown.apart`)"
    assert why(other) is None
    assert why(alike, msgspec.structs.replace(context.unknown, apart=False)) is None


def test_an_order_says_which_equal_one_the_panel_would_take_it_for(stage: Stage) -> None:
    dialect = custom("tagrani", {"dedupe_window": "2m"})
    panel = stage.context(dialect=dialect, same_link="allow").panel
    first, second = enqueued(stage.db, *(a_draft(ref=ref, service="2") for ref in "ab"))
    assert why_queued(stage.db, UNKNOWN, panel, second, stage.now) is None
    stage.worker.submit.run()

    told = why_queued(stage.db, UNKNOWN, panel, second, stage.now) or ""
    assert told.endswith(
        f" more the panel would take it for order {first.id}, which asks for the same (`dedupe_window`)"
    )
