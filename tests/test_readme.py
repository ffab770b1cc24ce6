"""What the README shows is what is true."""

from __future__ import annotations

import re
from pathlib import Path

from tracker.cli.main import COMMANDS
from tracker.events import Event
from tracker.orders.order import ENDED, TRANSITIONS, State

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
CODE = re.findall(r"```sh.*?```|`[^`\n]+`", README, re.DOTALL)


def test_the_diagram_is_the_law_of_states() -> None:
    drawn = set(re.findall(r"^    (\w+) --> (\w+)$", README, re.MULTILINE))
    law = {(str(a), str(b)) for a, after in TRANSITIONS.items() if a not in ENDED for b in after}

    assert drawn == law


def test_every_state_and_event_is_explained() -> None:
    for word in [*State, *(event for event in Event if event is not Event.ALERT_TEST)]:
        assert f"`{word}`" in README, word


def test_every_command_that_the_readme_names_is_there() -> None:
    named = set(re.findall(r"(?:^ {0,3}|`)tracker ([a-z]+)(?= |`|$)", "".join(CODE)))

    assert named <= set(COMMANDS)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    pattern = re.search(r"grep -m1 -E '([^']+)'", (ROOT / ".ci" / "run").read_text())
    assert pattern is not None
    assert len(re.findall(pattern[1], README, re.MULTILINE)) == 1


def test_the_version_is_written_twice_and_is_the_same() -> None:
    from tracker import __version__

    assert f'\nversion = "{__version__}"\n' in (ROOT / "pyproject.toml").read_text()
