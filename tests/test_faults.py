"""A few seconds of a daemon under random faults; `python -m tests.faults` runs for as long as you like."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.run import Plan, run

pytestmark = pytest.mark.sqlite


def test_a_daemon_under_random_faults_goes_on_and_needs_little_memory(tmp_path: Path) -> None:
    readings = list(run(tmp_path, Plan(seconds=1.0, every=0.4, calm=0.1)))

    assert readings
    assert all(reading.memory < 100 for reading in readings)
