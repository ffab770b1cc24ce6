"""The README's first run, word for word in two windows: `python -m tests.documents --first-run`. It takes half a minute."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.documents.shown import blocks

README = Path(__file__).parent.parent.parent / "README.md"
SECTION = r"^## First run.*?(?=^## )"
READY = "Ctrl-C stops it"
ALERTS = (
    "Tracker started",
    "the balance is low",
    *(f"({ref}) completed" for ref in ("followers", "likes", "views", "comments")),
)
LONGEST = 60
"""Seconds that the second window may take; the README says half a minute."""


def windows() -> tuple[str, str]:
    """What the README has typed into each of the two windows."""
    section = re.search(SECTION, README.read_text(), re.DOTALL | re.MULTILINE)
    assert section is not None, "the README has no first run"
    first, second = blocks(section[0], "sh")
    return first, second


def run() -> None:
    """Type both windows in an empty home; a failed command, or an alert that does not arrive, is an error."""
    first, second = windows()
    with tempfile.TemporaryDirectory() as home:
        environ = _environ(home)
        seen = Path(home) / "first window"
        began = time.monotonic()
        with _window(first, environ, seen):
            _wait_for(seen, READY)
            subprocess.run(["bash", "-exuc", second], env=environ, cwd=home, timeout=LONGEST, check=True)
        took = time.monotonic() - began
        missing = [alert for alert in ALERTS if alert not in seen.read_text()]
    if missing:
        sys.exit(f"these alerts did not arrive: {', '.join(missing)}")
    print(f"The README's first run took {took:.0f} s; every alert arrived.")


def _environ(home: str) -> dict[str, str]:
    """A user who has just installed tracker: nothing but a home, and the command on the PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"HOME": home, "PATH": path, "COLUMNS": "80", "LANG": "C.UTF-8"}


@contextmanager
def _window(typed: str, environ: dict[str, str], seen: Path) -> Iterator[None]:
    """Type into a window of its own; at the end, Ctrl-C."""
    with seen.open("w") as output:
        window = subprocess.Popen(
            ["bash", "-euc", typed],
            env=environ, cwd=environ["HOME"], stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            yield
        finally:
            os.killpg(window.pid, signal.SIGINT)
            window.wait(10)


def _wait_for(seen: Path, words: str) -> None:
    deadline = time.monotonic() + 20
    while words not in seen.read_text():
        if time.monotonic() > deadline:
            sys.exit(f"the first window does not say {words!r}:\n{seen.read_text()}")
        time.sleep(0.1)
