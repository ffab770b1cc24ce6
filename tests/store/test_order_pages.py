"""Pages of orders, the newest first, also where very many were queued at one moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.common_queries import Watched
from tests.support.samples import NOW, a_database, a_draft, enqueued
from tracker.store import order_pages, orders
from tracker.store.database import Database
from tracker.store.order_pages import END_OF_LIST, pages


@pytest.fixture
def db(tmp_path: Path) -> Database:
    """Orders of two panels and states that were queued at three moments, many at each."""
    db = a_database(tmp_path)
    for at in (NOW, NOW + 1, NOW + 2):
        drafts = [a_draft(f"https://x.example/{at}/{n}", panel="pq"[n % 2]) for n in range(6)]
        drafts += [a_draft(panel="p", service="5", panel_order_id=f"{at}-{n}") for n in range(3)]
        enqueued(db, *drafts, now=at)
    return db


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    "wanted",
    [
        {}, {"states": ("queued",)}, {"panel": "q"}, {"states": ("active",), "panel": "p"}, {"since": NOW + 1},
        {"service": "5"}, {"service": "5", "states": ("active",)}, {"begin": (NOW + 1, 12)},
    ],
)  # fmt: skip
def test_pages_of_any_size_hold_the_same_orders_from_any_place_on(
    db: Database, monkeypatch: pytest.MonkeyPatch, size: int, wanted: dict[str, Any]
) -> None:
    since = max((wanted.get("since", 0), 0), wanted.get("begin", (0, 0)))
    newest_first = [
        (order.created_at, order.id)
        for order in sorted(orders.listed(db, limit=0), key=lambda order: (-order.created_at, -order.id))
        if order.state in wanted.get("states", (order.state,))
        and order.panel == wanted.get("panel", order.panel)
        and order.service == wanted.get("service", order.service)
        and (order.created_at, order.id) >= since
    ]
    monkeypatch.setattr(order_pages, "PAGE", size)

    for before in (None, END_OF_LIST, (NOW + 1, 0), *newest_first):
        behind = [place for place in newest_first if before is None or place < before]
        for limit in (0, 1, 4):
            found = pages(db, ("link",), limit=limit, before=before, **wanted)
            assert [row[:2] for page in found for row in page] == (behind[:limit] if limit else behind)


@pytest.mark.sqlite
def test_the_next_page_of_one_moment_is_looked_up_by_id(tmp_path: Path) -> None:
    """An import gives all its orders one moment: to pass over those listed already took longer with each page."""
    db = Watched(f"sqlite:///{tmp_path}/tracker.db")
    db.open()
    enqueued(db, a_draft())
    db.watch()
    list(pages(db, ("link",), ["queued"], "p", before=(NOW, 5)))

    steps = [step for plan in db.plans("EXPLAIN QUERY PLAN").values() for step in plan]
    assert any("orders_listed (panel=? AND state=? AND created_at=? AND id<?)" in step for step in steps)
    assert any(
        "orders_listed (panel=? AND state=? AND created_at>? AND created_at<?)" in step for step in steps
    )
    db.close()


def test_orders_pruned_or_added_meanwhile_change_no_list_that_was_begun(tmp_path: Path) -> None:
    db, other = a_database(tmp_path), a_database(tmp_path)
    enqueued(db, *(a_draft(f"https://x.example/{n}") for n in range(4)))
    found = pages(db, ("link",), limit=0)
    first = next(found)
    enqueued(other, a_draft("https://x.example/new"), now=NOW + 5)

    assert len(first) == 4
    assert list(found) == []
