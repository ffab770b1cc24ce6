"""Runs tracker commands in processes of their own, which one that has imported tracker forks.

To start Python and to import tracker would be most of what a short command costs, and tests run hundreds of them. From
there on all is as in a process that was started: its id, its files, its signals, its end. Tests about the start itself
start it.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

PATIENCE_S = 120.0
"""Seconds after which a command is ended that should have ended by itself."""

_asking = threading.Lock()


class Started:
    """A command that runs, or has ended."""

    def __init__(self, command: Sequence[str], told: IO[str]) -> None:
        self.command = command
        self.pid = int(told.readline())
        self.returncode: int | None = None
        self._told = told
        self._reading = threading.Lock()

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._code(0)

    def wait(self, timeout: float) -> int:
        """Wait for the end; return the exit code."""
        code = self._code(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.command, timeout)
        return code

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def _code(self, patience: float) -> int | None:
        with self._reading:
            if self.returncode is None and select.select([self._told], [], [], patience)[0]:
                with self._told:
                    self.returncode = int(self._told.readline())
        return self.returncode


def start(
    command: Sequence[str],
    streams: Sequence[int],
    folder: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Started:
    """Start a command, `PYTHON -m MODULE ARGUMENTS…`, with these files as its stdin, stdout and stderr."""
    assert [*command[:2]] == [sys.executable, "-m"], command
    assert environment.get("PYTHONPATH") in (None, os.environ.get("PYTHONPATH")), (
        "only a start of Python reads it"
    )
    wanted = {
        "arguments": [*command[2:]],
        "folder": str(folder or Path.cwd()),
        "environment": dict(environment),
    }
    ours, its = os.pipe()
    try:
        with _asking:
            socket.send_fds(_forking(), [json.dumps(wanted).encode()], [*streams, its])
    finally:
        os.close(its)
    return Started(command, os.fdopen(ours))


def run(
    command: Sequence[str],
    stdin: str | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, and return what it printed."""
    with _file(stdin or "") as given, _file() as out, _file() as err:
        process = start(command, [given.fileno(), out.fileno(), err.fileno()], folder, environment)
        try:
            code = process.wait(PATIENCE_S)
        finally:
            process.kill()
            process.wait(PATIENCE_S)
        return subprocess.CompletedProcess([*command], code, _text(out), _text(err))


def _text(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def _file(text: str = "") -> IO[Any]:
    file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - its user closes it
    file.write(text)
    file.seek(0)
    return file


@functools.cache
def _forking() -> socket.socket:
    """The socket of the process that forks, which is started for the first command."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", "tests.support.forking", str(its.fileno())]
    process = subprocess.Popen(
        command, pass_fds=[its.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    its.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours
