"""What the README and the documents about orders and alerts tell of the code is what is true."""

from __future__ import annotations

import re
from pathlib import Path

from tracker.events import Event
from tracker.orders.order import ENDED, TRANSITIONS, State

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
ORDERS = (ROOT / "docs" / "orders.md").read_text()
ALERTS = (ROOT / "docs" / "alerts.md").read_text()


def test_the_diagram_is_the_law_of_states() -> None:
    drawn = set(re.findall(r"^    (\w+) --> (\w+)$", ORDERS, re.MULTILINE))
    law = {(str(a), str(b)) for a, after in TRANSITIONS.items() if a not in ENDED for b in after}

    assert drawn == law


def test_every_state_and_event_is_explained() -> None:
    assert [state for state in State if f"`{state}`" not in ORDERS] == []
    assert [event for event in set(Event) - {Event.ALERT_TEST} if f"`{event}`" not in ALERTS] == []


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 160


def test_ci_runs_the_test_command_of_the_readme() -> None:
    pattern = re.search(r"grep -m1 -E '([^']+)'", (ROOT / ".ci" / "run").read_text())
    assert pattern is not None
    assert len(re.findall(pattern[1], README, re.MULTILINE)) == 1


def test_the_version_is_written_twice_and_is_the_same() -> None:
    from tracker import __version__

    assert f'\nversion = "{__version__}"\n' in (ROOT / "pyproject.toml").read_text()
