"""Refills and cancels at the practice panel, as its customers see them: by the API's documentation alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.practice_client import ask, control, post
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour("perfectpanel", pace=0)) as running:
        yield running


def followers(panel: PracticePanel, count: int = 1) -> list[int]:
    """Orders of a service that has refills, which are over."""
    return panel.state.fill(count, service=1, word="Completed")


def views(panel: PracticePanel, count: int = 1) -> list[int]:
    """Orders of a service that can be canceled, which are in progress."""
    return [panel.state.place_elsewhere(3, f"https://x.example/{number}", 200) for number in range(count)]


def joined(ids: list[int]) -> str:
    return ",".join(map(str, ids))


def test_a_refill_is_taken_once_a_day_and_ends(panel: PracticePanel) -> None:
    (order,) = followers(panel)
    assert control(panel, "POST", "fall", order=order, remains=30)[0] == 200
    assert ask(panel, "status", order=order)["remains"] == "30"

    assert ask(panel, "refill", order=order) == {"refill": "1"}
    assert "less than 24 hours" in ask(panel, "refill", order=order)["error"]
    assert ask(panel, "refill_status", refill=1) == {"status": "In progress"}
    assert control(panel, "POST", "refill", refill=1) == (200, {"done": True})
    assert ask(panel, "refill_status", refill=1) == {"status": "Completed"}
    assert ask(panel, "status", order=order)["remains"] == "0"


def test_several_at_once_are_answered_row_by_row(panel: PracticePanel) -> None:
    first, second = followers(panel, 2)
    not_found = {"error": "Incorrect order ID"}

    assert ask(panel, "refill", orders=f"{first},99,{second}") == [
        {"order": first, "refill": "1"},
        {"order": 99, "refill": not_found},
        {"order": second, "refill": "2"},
    ]
    assert ask(panel, "refill_status", refills="2,7") == [
        {"refill": 2, "status": "In progress"},
        {"refill": 7, "status": {"error": "Refill not found"}},
    ]


def test_a_cancel_is_a_request_that_takes_effect_later_and_pays_back_what_is_left() -> None:
    clock = [1000.0]
    with PracticePanel(Behaviour("perfectpanel"), clock=lambda: clock[0]) as panel:
        (order,) = views(panel)
        before = panel.state.balance
        assert ask(panel, "cancel", orders=order) == [{"order": order, "cancel": 1}]
        assert ask(panel, "status", order=order)["status"] == "Pending"
        again = ask(panel, "cancel", orders=order)[0]["cancel"]
        clock[0] += 5

        assert again == {"error": "The order cannot be canceled"}
        assert ask(panel, "status", order=order)["status"] == "Canceled"
        assert panel.state.balance == before + 54


def test_what_a_service_does_not_have_is_refused(panel: PracticePanel) -> None:
    (likes,) = panel.state.fill(1, service=2, word="Completed")
    (running,) = panel.state.fill(1, service=1)

    assert ask(panel, "refill", order=likes) == {"error": "Refill is disabled for this service"}
    assert ask(panel, "refill", order=running) == {"error": "The order is not completed"}
    assert "error" in ask(panel, "cancel", orders=running)[0]["cancel"]
    with PracticePanel() as tagrani:
        assert ask(tagrani, "refill", order=1) == {"error": "Incorrect request"}


ODD: list[tuple[str, Any]] = [
    ("rows-without-ids", [{"cancel": 1}, {"cancel": 1}]),
    ("rows-short", [{"order": 5001, "cancel": 1}]),
    ("rows-keyed", {"5001": {"cancel": 1}, "5002": {"cancel": 1}}),
    ("rows-doubled", [{"order": 5001, "cancel": 1}] * 2 + [{"order": 5002, "cancel": 1}] * 2),
    ("one-word", {"cancel": 1}),
    ("bare-errors", [{"order": one, "cancel": "Something odd happened"} for one in (5001, 5002)]),
]


@pytest.mark.parametrize(("name", "said"), ODD)
def test_the_rows_can_be_odd_although_the_panel_took_them(panel: PracticePanel, name: str, said: Any) -> None:
    ids = views(panel, 2)
    panel.fault("cancel", name)

    assert ask(panel, "cancel", orders=joined(ids)) == said
    assert panel.asking.cancels == ids


def test_a_fault_before_takes_nothing(panel: PracticePanel) -> None:
    ids = views(panel)
    panel.fault("cancel", "500-before")

    assert post(panel, "cancel", orders=joined(ids))[0] == 500
    assert panel.asking.cancels == []
