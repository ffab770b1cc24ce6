"""An order's history and evidence checks as the JSON of `show --json`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, a_draft, enqueued
from tracker.cli.orders.history import checks_json, history_json
from tracker.orders.change import OrderChange
from tracker.orders.order import State
from tracker.store import changes, order_history
from tracker.store.evidence import Check


@pytest.mark.parametrize(
    ("panel_order_id", "state", "why"),
    [(None, "queued", "queued"), ("104", "active", "placed elsewhere, followed from here on")],
)
def test_the_first_entry_of_a_history_says_how_the_order_came_into_the_queue(
    tmp_path: Path, panel_order_id: str | None, state: str, why: str
) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft(panel_order_id=panel_order_id))

    assert history_json(order_history.changes_of(db, order)) == [
        {"at": "2026-09-21T14:13:20.000Z", "from": None, "to": state, "why": why, "evidence": {}}
    ]


def test_every_later_entry_is_a_change_of_state_with_its_reason_and_its_evidence(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (order,) = enqueued(db, a_draft())
    rejected = order._replace(state=State.REJECTED)
    changes.apply(db, [OrderChange(order, rejected, "no such service", {"panel_says": "no"})], NOW)

    first, last = history_json(order_history.changes_of(db, rejected))

    assert (first["to"], first["why"]) == ("queued", "queued")
    assert json.dumps(last) == (
        '{"at": "2026-09-21T14:13:20.000Z", "from": "queued", "to": "rejected", "why": "no such service", '
        '"evidence": {"panel_says": "no"}}'
    )


def test_a_check_is_written_with_its_time_as_text() -> None:
    check = Check(NOW, "hold", ["it may still arrive"], {"ids_asked": 0})

    assert json.dumps(checks_json([check])) == (
        '[{"at": "2026-09-21T14:13:20.000Z", "ruling": "hold", "reasons": ["it may still arrive"], '
        '"facts": {"ids_asked": 0}}]'
    )
