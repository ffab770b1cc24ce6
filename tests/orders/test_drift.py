"""When a service counts as slower than it was."""

from __future__ import annotations

import random

import pytest

from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.drift import Drift, drift

USUAL = [40 * MINUTE] * 60


@pytest.mark.parametrize(
    ("durations", "known", "found"),
    [
        ([2 * HOUR] * 20 + USUAL, None, Drift(2 * HOUR, 40 * MINUTE)),
        ([2 * HOUR] * 15 + USUAL, None, Drift(2 * HOUR, 40 * MINUTE)),
        ([2 * HOUR] * 12 + USUAL, None, None),
        ([79 * MINUTE] * 20 + USUAL, None, None),
        ([9 * MINUTE] * 20 + [MINUTE] * 60, None, None),
        ([2 * HOUR] * 20 + USUAL[:39], None, None),
        ([40 * MINUTE] * 20 + [2 * HOUR] * 60, None, None),
        ([2 * HOUR] * 200, 40 * MINUTE, None),
        ([57 * MINUTE] * 20, 40 * MINUTE, None),
        ([56 * MINUTE] * 20, 40 * MINUTE, Drift(56 * MINUTE, 40 * MINUTE, is_over=True)),
        ([1] * 19, 40 * MINUTE, None),
    ],
    ids=[
        "clearly slower", "three of four are", "half of them are slow",
        "not twice as slow", "fast all the same", "too few before", "faster", "told already", "nearly as before",
        "as before", "too few",
    ],
)  # fmt: skip
def test_a_drift_is_clear_and_told_once(durations: list[int], known: int | None, found: Drift | None) -> None:
    assert drift(durations, known) == found


def test_what_merely_scatters_is_no_drift() -> None:
    chance = random.Random(5)
    for _ in range(500):
        durations = [round(chance.lognormvariate(7, 1) * SECOND) for _ in range(200)]
        assert drift(durations) is None
