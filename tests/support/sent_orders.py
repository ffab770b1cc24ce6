"""Orders of a stage that were sent before the test begins, written as the passes write them."""

from __future__ import annotations

from typing import Any, Protocol

from tests.support.samples import a_draft, an_intent, claim_for_add, enqueued
from tracker.orders.change import OrderChange
from tracker.orders.order import Order, State
from tracker.orders.submission import before_add
from tracker.store import changes
from tracker.store.database import Database


class Scene(Protocol):
    """Where they are: a stage, or anything else with a database and a clock that the test moves."""

    db: Database
    now: int


ASKED = ("panel", "service", "link", "quantity", "fields")


def sent(
    stage: Scene, state: State = State.ACTIVE, intent: dict[str, Any] | None = None, **values: Any
) -> Order:
    """An order that was sent now with what was known then, and what it is since."""
    asked = {
        "link": "https://x.example/a",
        "service": "2",
        **{name: values.pop(name) for name in ASKED if name in values},
    }
    (order,) = enqueued(stage.db, a_draft(**asked), now=stage.now)
    claimed = claim_for_add(stage.db, order, an_intent(**{"at": stage.now, **(intent or {})}))
    assert claimed is not None
    before = claimed[0].after
    after = before._replace(**{"state": state, "due_at": stage.now, **values})
    return changes.apply(stage.db, [OrderChange(before, after, "")], stage.now)[0].after


def followed(stage: Scene, panel_order_id: int | str, **values: Any) -> Order:
    """An order that the panel has under this id."""
    return sent(stage, panel_order_id=str(panel_order_id), **values)


def lost(stage: Scene, intent: dict[str, Any] | None = None, **values: Any) -> Order:
    """An order whose answer was lost."""
    return sent(stage, State.UNKNOWN, intent, **values)


def many_lost(stage: Scene, count: int) -> list[Order]:
    """Orders whose answers were lost, more than fit on a page."""
    found = enqueued(stage.db, *(a_draft(f"https://x.example/{n}") for n in range(count)), now=stage.now)
    claims = [before_add(one, an_intent(at=stage.now), None) for one in found]
    claimed = [change.after for change in changes.apply(stage.db, claims, stage.now)]
    with stage.db.transaction():
        stage.db.many("INSERT INTO attempts (order_id, at) SELECT id, ? FROM orders", [(stage.now,)])
    losing = [OrderChange(one, one._replace(state=State.UNKNOWN, due_at=stage.now), "") for one in claimed]
    return [change.after for change in changes.apply(stage.db, losing, stage.now)]
