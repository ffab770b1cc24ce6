"""An `add` that comes twice, and the list of orders: what stronger evidence about a lost answer rests on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.practice_client import add, ask
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


@pytest.fixture
def clock() -> list[float]:
    return [1_790_000_000.0]


@pytest.fixture
def panel(clock: list[float]) -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(pace=0, dedupe_window=120), clock=lambda: clock[0]) as running:
        yield running


def placed(panel: PracticePanel, **form: Any) -> object:
    return json.loads(add(panel, **form)[1])["order"]


def test_the_same_key_is_answered_the_same_and_charged_once(panel: PracticePanel, clock: list[float]) -> None:
    first = placed(panel, request_id="a")
    balance = panel.state.balance
    clock[0] += 3600

    assert placed(panel, request_id="a") == first
    assert placed(panel, request_id="b") != first
    assert panel.state.balance == balance * 2 - panel.state.opening


def test_the_same_key_for_another_order_is_a_conflict(panel: PracticePanel) -> None:
    placed(panel, request_id="a")

    assert json.loads(add(panel, request_id="a", quantity=200)[1]) == {
        "error": "request_id was used for another order"
    }


def test_an_equal_order_within_the_window_is_the_same_one(panel: PracticePanel, clock: list[float]) -> None:
    first = placed(panel)
    clock[0] += 119
    assert placed(panel) == first
    assert placed(panel, quantity=101) != first
    clock[0] += 2
    assert placed(panel) != first


@pytest.mark.parametrize("fault", ["key-ignored", "window-over"])
def test_a_panel_that_forgets_takes_an_order_twice(panel: PracticePanel, fault: str) -> None:
    first = placed(panel, request_id="a")
    panel.fault("add", fault)

    assert placed(panel, request_id="a") != first
    assert len(panel.state.ledger) == 2


def test_a_key_conflict_takes_nothing(panel: PracticePanel) -> None:
    panel.fault("add", "key-conflict")

    assert add(panel, request_id="a")[0] == 409
    assert not panel.state.ledger


def links(panel: PracticePanel, **form: Any) -> list[str | None]:
    return [row["link"] for row in ask(panel, "orders", **form)]


def test_the_newest_orders_are_listed_first(panel: PracticePanel) -> None:
    for n in range(4):
        placed(panel, link=f"https://x.io/{n}")

    assert links(panel, limit=2) == ["https://x.io/3", "https://x.io/2"]
    row = ask(panel, "orders")[0]
    assert {name: row[name] for name in ("order", "service", "quantity", "charge", "status", "date")} == {
        "order": 5004, "service": 2, "quantity": 100, "charge": "300", "status": "Pending",
        "date": "2026-09-21T14:13:20.000Z",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("list-late", ["0", "1"]), ("list-short", ["4", "3", "2"]), ("list-holes", ["4", "2", "0"]),
        ("list-no-links", [None] * 5),
        ("list-odd-links", [f"www.x.io/{n}/" for n in (4, 3, 2, 1, 0)]),
    ],
)  # fmt: skip
def test_what_may_be_wrong_with_a_list(
    panel: PracticePanel, clock: list[float], fault: str, found: list[str | None]
) -> None:
    for n in range(5):
        clock[0] += 40 if n == 2 else 0
        placed(panel, link=f"https://x.io/{n}")
    panel.fault("orders", fault, seconds=30)

    listed = [link.removeprefix("https://x.io/") if link else None for link in links(panel)]

    assert listed == found or (fault == "list-late" and sorted(map(str, listed)) == found)
