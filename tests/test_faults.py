"""A few seconds of a daemon under random faults; `python -m tests.faults` runs for as long as you like."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.run import Plan, run

pytestmark = pytest.mark.sqlite


def test_a_daemon_under_random_faults_goes_on_and_needs_little_memory(tmp_path: Path) -> None:
    readings = list(run(tmp_path, Plan(seconds=2.5, every=1.0, calm=0.2)))

    assert [reading.memory < 100 for reading in readings] == [True] * 2
    assert readings[-1].placed > 0
