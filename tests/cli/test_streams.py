"""What is printed goes nowhere: a full disk, a closed stream, a reader that has left. With the real command."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import Project
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

pytestmark = pytest.mark.sqlite  # nothing here depends on which database it is


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = Project(tmp_path, panel)
        (tmp_path / "orders.csv").write_text("service,link,quantity\n4,https://x.example/1,100\n")
        yield project


def redirected(project: Project, redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with its streams as a shell redirects them; whatever happens, there is no traceback."""
    script = f'"$@" {redirection}'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", script, "bash", *project.command(*arguments)],
        capture_output=True, text=True, timeout=60, cwd=project.folder,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    return done


@pytest.mark.parametrize(("redirection", "more"), [("> /dev/full", ()), (">&-", ("--json",))])
def test_an_order_that_is_queued_is_named_on_stderr_when_stdout_is_lost(
    project: Project, redirection: str, more: tuple[str, ...]
) -> None:
    done = redirected(project, redirection, "add", "4", "https://x.example/1", "100", *more)

    assert done.returncode == 0
    assert "Order 1 is queued. The output could not be written: " in done.stderr
    assert project.states() == {"1": "queued"}


def test_a_reader_that_has_left_is_told_of_on_stderr_by_an_add(project: Project) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = project.command("add", "4", "https://x.example/1", "100")
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writer)

    assert (done.returncode, done.stderr) == (
        0,
        "Order 1 is queued. The output could not be written: Broken pipe.\n",
    )


def test_a_second_add_and_an_import_say_what_they_did(project: Project) -> None:
    redirection = ">&-"
    again = ("add", "4", "https://x.example/1", "100", "--ref", "r")
    project.run(*again)

    assert "Order 1 already exists; nothing was queued." in redirected(project, redirection, *again).stderr
    done = redirected(project, redirection, "import", "orders.csv")
    assert "1 order queued, 0 were already in the queue. The output could not be" in done.stderr
    assert done.returncode == 0
    assert "1 order queued" not in redirected(project, "2>&-", "import", "orders.csv", "--json").stdout


@pytest.mark.parametrize("command", ["list --json", "list --csv", "show 1", "--help"])
def test_what_cannot_be_printed_is_one_sentence(project: Project, command: str) -> None:
    project.run("add", "4", "https://x.example/1", "100", "--ref", "r")
    done = redirected(project, "> /dev/full", *command.split())

    assert (done.returncode, done.stderr) == (
        1,
        "Error: the output cannot be written: No space left on device\n",
    )


@pytest.mark.parametrize(
    ("command", "done"),
    [
        ("drop 1", "Order 1 is now dropped"),
        ("pause", "p: submitting is paused"),
        ("backup copy.db", "copy.db is written"),
    ],
)
def test_what_was_changed_is_told_though_stdout_is_lost(project: Project, command: str, done: str) -> None:
    project.run("add", "4", "https://x.example/1", "100")
    found = redirected(project, ">&-", *command.split())

    assert found.returncode == 0
    assert f"{done}. The output could not be written: Bad file descriptor." in found.stderr


@pytest.mark.parametrize("redirection", ["2> /dev/full", "0<&- 1>&- 2>&-"])
def test_a_lost_stderr_changes_nothing(project: Project, redirection: str) -> None:
    done = redirected(project, redirection, "add", "4", "https://x.example/1", "100", "--ref", "r")
    assert done.returncode == 0
    assert redirected(project, redirection, "show", "none").returncode == 3
    assert project.states() == {"r": "queued"}


def test_a_reader_of_the_first_line_is_enough(project: Project) -> None:
    file = project.folder / "many.csv"
    file.write_text(
        "service,link,quantity\n" + "".join(f"4,https://x.example/{n},100\n" for n in range(3000))
    )
    project.run("import", str(file))

    for form in ("--json", "--csv"):
        done = redirected(project, "| head -1", "list", "--limit", "0", form)
        assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)


def test_a_pipe_that_does_not_block_is_written_to_its_end(project: Project) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with subprocess.Popen(
        project.command("schema"), stdout=writer, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(writer)
        with os.fdopen(reader) as output:
            whole = output.read()
        assert process.communicate(timeout=60)[1] == ""

    assert whole == project.run("schema").stdout


def test_a_closed_stdin_is_an_empty_file(project: Project) -> None:
    done = redirected(project, "<&-", "import", "-", "--format", "csv")

    assert done.returncode == 2
    assert "the file is empty" in done.stderr
