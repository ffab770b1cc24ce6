"""A few cells of the crash matrix; `python -m tests.crash` runs them all."""

from __future__ import annotations

import pytest

from tests.crash.matrix import FATES, Cell, points, run

pytestmark = pytest.mark.sqlite

STEPS = {
    "an order is chosen": ("store/queue.py", "passes/submit.py"),
    "the intent is recorded": ("store/attempts.py", "passes/submit.py"),
    "the answer is kept": ("store/attempts.py", "passes/settle.py"),
}
"""Steps that each `add` takes, whatever else a run happens to pass, and the two files that name their points."""


def test_killed_in_an_add_no_order_is_placed_twice_or_lost() -> None:
    found = points("taken")
    for fate, (step, files) in zip(FATES, STEPS.items(), strict=False):
        passed = sorted(point for point in found if all(file in point for file in files))
        assert passed, step
        outcome = run(Cell(passed[0], 1, fate))
        assert (outcome.doubles, outcome.lost, outcome.untold) == (0, 0, 0), outcome


def test_killed_anywhere_while_a_lost_order_is_asked_again_it_is_not_placed_twice() -> None:
    asking = sorted(point for point in points("asked again") if "ask_again.py" in point or "asks.py" in point)
    outcome = run(Cell(asking[len(asking) // 2], 1, "asked again"))
    assert (outcome.doubles, outcome.lost, outcome.untold) == (0, 0, 0), outcome
