"""A few cells of the crash matrix; `python -m tests.crash` runs them all."""

from __future__ import annotations

import random

import pytest

from tests.crash.matrix import FATES, Cell, points, run

pytestmark = pytest.mark.sqlite

SEED = 5


def test_killed_anywhere_around_an_add_no_order_is_placed_twice_or_lost() -> None:
    found = points("taken")
    adding = sorted(point for point in found if "submit.py" in point or "settle.py" in point)
    assert len(adding) > 20
    assert any("store/queue.py" in point for point in adding), "the intent is among the points"
    for fate, point in zip(FATES, random.Random(SEED).sample(adding, len(FATES)), strict=True):
        outcome = run(Cell(point, 1, fate))
        assert (outcome.doubles, outcome.lost, outcome.untold) == (0, 0, 0), outcome


def test_killed_anywhere_while_a_lost_order_is_asked_again_it_is_not_placed_twice() -> None:
    asking = sorted(point for point in points("asked again") if "ask_again.py" in point or "asks.py" in point)
    for point in random.Random(SEED).sample(asking, 1):
        outcome = run(Cell(point, 1, "asked again"))
        assert (outcome.doubles, outcome.lost, outcome.untold) == (0, 0, 0), outcome
