"""The panel and the stage of most tests of the passes; a file that needs others has its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.worker_stage import Stage
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    """A panel whose orders stand still."""
    with PracticePanel(Behaviour(pace=0)) as panel:
        yield panel


@pytest.fixture
def stage(tmp_path: Path, panel: PracticePanel) -> Iterator[Stage]:
    stage = Stage(tmp_path, panel)
    yield stage
    stage.client.close()
