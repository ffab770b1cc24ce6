"""The line that a person types: misspelt commands, `--config` anywhere, groups of the help, and completion."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from tests.support import forks
from tests.support.command_line import inner, root
from tests.support.project import Project
from tests.support.stepped_project import opened
from tracker import __version__
from tracker.cli.main import COMMANDS, COMPLETE, main
from tracker.lib.clock import now
from tracker.orders.order import Draft
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import queue

REFS = ("july-1", "july-2", "کمپین", "august")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = Project(tmp_path, panel, alerts="{name: ops, url: 'json://127.0.0.1:9/'}")
        with opened(project.folder) as db:
            queue.enqueue(
                db,
                [
                    queue.Entry(Draft("p", "2", f"https://x.example/{n}", 10, ref=ref))
                    for n, ref in enumerate(REFS)
                ],
                now(),
            )
        yield project


@pytest.mark.parametrize("words", [[], ["alerts"], ["service"], ["recurring"], ["config"]])
def test_a_group_without_a_command_shows_its_help_alone(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)

    shown = capsys.readouterr().err
    assert ended.value.code == 2
    assert (shown.count("Usage:"), shown.count("Error")) == (1, 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lst"], "there is no command 'lst'; did you mean `tracker list`?"),
        (["ls"], "did you mean `tracker list`?"),
        (["Status"], "did you mean `tracker status`?"),
        (["start"], "did you mean `tracker run`?"),
        (["logs"], "`journalctl -u tracker`"),
        (["restart"], "systemctl restart tracker"),
        (["export"], "did you mean `tracker list --csv`?"),
        (["help", "lst"], "did you mean `tracker list`?"),
        (["help", "list", "all"], "there is no command 'all'"),
        (["xyzzy"], "`tracker --help` lists the commands"),
        (["alerts", "lits"], "did you mean `tracker alerts list`?"),
    ],
)
def test_a_misspelt_command_gets_a_suggestion(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        (["help"], ["--help"]),
        (["help", "help"], ["--help"]),
        (["help", "alerts", "help"], ["alerts", "--help"]),
        (["help", "list"], ["list", "--help"]),
        (["help", "alerts", "list"], ["alerts", "list", "-h"]),
        (["alerts", "help"], ["alerts", "--help"]),
        (["alerts", "help", "list"], ["alerts", "list", "--help"]),
    ],
)
def test_help_may_be_asked_for_as_a_command(
    words: list[str], instead: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = []
    for line in (words, instead):
        with pytest.raises(SystemExit) as ended:
            main(line)
        assert ended.value.code == 0
        shown.append(capsys.readouterr().out)

    assert shown[0] == shown[1]


def test_the_help_lists_each_command_once_under_its_heading_and_cuts_nothing() -> None:
    text = root(terminal_width=78).get_help()
    headings = [line[:-1] for line in text.splitlines() if line.endswith(":") and not line.startswith(" ")]

    assert headings == ["Options", "First steps", "Orders", "Panels", "Alerts", "Service"]
    for name, entry in COMMANDS.items():
        assert [line for line in text.splitlines() if line.startswith(f"  {name} ")] == [
            f"  {name:<12}  {entry.help}"
        ]


def test_the_version_is_told_three_ways(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["-V"], ["--version"], ["version"], ["version", "--json"]):
        with pytest.raises(SystemExit):
            main(words)

    *plain, as_json = capsys.readouterr().out.splitlines()
    assert plain == [f"tracker {__version__}"] * 3
    assert json.loads(as_json)["version"] == __version__


@pytest.mark.parametrize(
    "words",
    [
        ["list", "--config", "FILE", "--json"],
        ["list", "--json", "--config=FILE"],
        ["--config", "none", "alerts", "list", "--config", "FILE"],
    ],
)
def test_the_config_may_stand_anywhere_on_the_line(project: Project, words: list[str]) -> None:
    line = [word.replace("FILE", str(project.config)) for word in words]
    done = forks.run([sys.executable, "-m", "tracker", *line])

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == (0 if "alerts" in words else 4)


def test_a_value_that_looks_like_the_option_stays_a_value(project: Project) -> None:
    refused = project.run("add", "2", "https://x.example/c", "10", "--comments", "--config=none", code=None)

    assert "none" not in refused.stderr


def commands(group: click.Context) -> Iterator[click.Context]:
    """Every command, in its context."""
    for name in group.command.list_commands(group) if isinstance(group.command, click.Group) else ():
        found = inner(group, name)
        if isinstance(found.command, click.Group):
            yield from commands(found)
        else:
            yield found


SILENT = {"completion", "web"}
"""Commands whose output is a script, or nothing but where the page is."""


def test_every_command_that_prints_has_json_and_every_command_takes_the_config() -> None:
    for context in commands(root()):
        name = context.command_path.removeprefix("tracker ")
        options = {option for param in context.command.params for option in param.opts}
        assert "--config" in options, name
        assert "--json" in options or name in SILENT, name


def test_the_help_of_every_command_fits_80_columns() -> None:
    for context in commands(root(terminal_width=80)):
        text = context.command.get_help(context)
        assert [line for line in text.splitlines() if len(line) > 80] == [], context.command_path


# -- completion -----------------------------------------------------------------------------------------


def completed(words: str, more: Mapping[str, str] = os.environ, shell: str = "bash") -> list[str]:
    """What a shell gets for a line; nothing ever goes to stderr."""
    asked = {COMPLETE: f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    command = [sys.executable, "-m", "tracker"]
    done = forks.run(command, environment={**more, **asked})
    assert (done.returncode, done.stderr) == (0, "")
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_refs_panels_targets_and_commands_are_completed(project: Project) -> None:
    here = {**os.environ, "TRACKER_CONFIG": str(project.config)}

    assert completed("tracker show july", here) == ["july-1", "july-2"]
    assert completed("tracker drop july-1 ", here)[-4:] == [*reversed(REFS)]
    assert completed("tracker resolve ", here) == [""]  # no order is unknown
    assert completed("tracker retry ", here) == [""]
    assert completed("tracker pause ", here) == ["p"]
    assert completed("tracker alerts test --target o", here) == ["ops"]
    assert completed("tracker rest") == ["restore"]


def test_nothing_is_completed_where_anything_is_wrong(project: Project) -> None:
    broken = project.folder / "broken.yaml"
    broken.write_text("panels: {p: {")
    new = project.folder / "new.yaml"
    new.write_text(project.config.read_text().replace("tracker.db", "none.db"))

    assert completed("tracker show ", {**os.environ, "TRACKER_CONFIG": str(broken)}) == []
    assert completed("tracker show ", {**os.environ, "TRACKER_CONFIG": "/none"}) == []
    assert not (project.folder / "none.db").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["completion", shell])

    assert f"{COMPLETE}={shell}_complete" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["-V"], ["version"], ["list", "-V"], ["alerts", "list", "--version"]])
def test_the_version_is_told_wherever_it_is_asked_for(project: Project, words: list[str]) -> None:
    assert project.run(*words).stdout.startswith(f"tracker {__version__}")
