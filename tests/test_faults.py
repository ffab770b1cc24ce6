"""A few seconds of a daemon under random faults; `python -m tests.faults` runs for as long as you like."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.run import Plan, Reading, run
from tests.faults.takings import Add, doubles, lying, unexcused

pytestmark = pytest.mark.sqlite


def test_a_daemon_under_random_faults_goes_on_and_needs_little_memory(tmp_path: Path) -> None:
    readings: list[Reading] = []

    found = run(tmp_path, Plan(seconds=1.5, every=0.4, upsets=False, settle=0), readings.append)

    assert found.queued
    assert (found.doubles, found.missing, found.mistaken) == ([], [], [])
    assert readings
    assert all(reading.memory is not None and reading.memory < 100 for reading in readings)


TAKEN = Add("a", None, "order 5001")
SILENT = Add("a", "close-after", "order 5001")
REFUSED = Add("a", "funds-before", "Not enough funds")
LIE = Add("a", "funds-after", "order 5001")
LATE = Add("a", "late-close", "error")


@pytest.mark.parametrize(
    ("adds", "is_excused"),
    [
        ((LIE, TAKEN), True),
        ((LIE, LIE), True),
        ((LIE, REFUSED, TAKEN), True),
        ((SILENT, TAKEN), False),
        ((LATE, TAKEN), False),
        ((TAKEN, LIE), False),
        ((LIE, SILENT, TAKEN), False),
        ((), False),
        ((TAKEN,), False),
    ],
)
def test_a_double_is_excused_only_by_a_false_proof_before_each_further_add(
    adds: tuple[Add, ...], is_excused: bool
) -> None:
    found = doubles({"a": 2, "b": 1}, {"a": adds})

    assert [one.link for one in found] == ["a"]
    assert (not unexcused(found)) is is_excused


def test_the_lies_are_faults_that_the_panel_has() -> None:
    assert "funds-after" in lying()
    assert all(Add("a", name, "order 1").lies for name in lying())
