"""A queued order says why it is not sent yet."""

from __future__ import annotations

from tests.support.samples import a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.lib.times import HOUR
from tracker.operations.submitting import pause
from tracker.operations.waiting import why_queued
from tracker.store import orders


def test_what_holds_a_queued_order_up_is_said(stage: Stage) -> None:
    panel = stage.context().panel
    first, second = enqueued(stage.db, *(a_draft(ref=ref, service="2") for ref in "ab"))
    assert why_queued(stage.db, panel, first, stage.now) is None

    stage.worker.submit.run()
    sent, waiting = (orders.by_ref(stage.db, ref) for ref in "ab")
    assert sent is not None
    assert waiting is not None
    assert why_queued(stage.db, panel, sent, stage.now) is None
    assert "same service and link" in (why_queued(stage.db, panel, waiting, stage.now) or "")

    pause(stage.db, "p", "the operator", stage.now)
    assert "submitting is paused" in (why_queued(stage.db, panel, waiting, stage.now) or "")
    held = second._replace(held="time", not_before=stage.now + HOUR)
    assert why_queued(stage.db, panel, held, stage.now) is None
