"""An order is found by its local id or its ref, whatever a person types."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.project import Project
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel


@pytest.mark.parametrize("name", [f"id:{2**63}", f"id:{'9' * 100}", "۱"])
def test_a_number_that_no_database_holds_is_no_order(tmp_path: Path, name: str) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        assert "there is no order" in Project(tmp_path, panel).run("show", name, code=3).stderr
