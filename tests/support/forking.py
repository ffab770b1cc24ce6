"""Has imported all of tracker, and forks a process for each module that it is asked to run, as `python -m` would.

python -m tests.support.forking SOCKET     the number of a socket that is open; it runs until that is closed
"""

from __future__ import annotations

import gc
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
import time
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import tracker

LARGEST = 1 << 20
"""Bytes of the largest request: arguments and the environment."""

PASSED = 4
"""Files that come with a request: the three of every process, and a pipe that is told its id and its exit code."""


def import_all() -> None:
    """Import all that a command may need, and keep it from being copied when garbage is looked for."""
    for module in pkgutil.walk_packages(tracker.__path__, "tracker."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    gc.collect()
    gc.freeze()


def serve(asked: socket.socket) -> str | None:
    """Fork for each request; return the module to run in such a process, and None in this one at its end."""
    keepers = 0
    while True:
        request, files, _, _ = socket.recv_fds(asked, LARGEST, PASSED)
        while keepers and os.waitpid(-1, os.WNOHANG if request else 0)[0]:
            keepers -= 1
        if not request:
            return None
        if os.fork() == 0:
            asked.close()
            keep(files)
            return become(json.loads(request), files)
        keepers += 1
        for file in files:
            os.close(file)


def keep(files: Sequence[int]) -> None:
    """Fork the process itself, which returns; tell of it until it has ended."""
    *streams, told = files
    pid = os.fork()
    if pid == 0:
        return
    for file in streams:
        os.close(file)
    os.write(told, f"{pid}\n".encode())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.write(told, f"{code}\n".encode())
    os._exit(0)


def become(wanted: dict[str, Any], files: Sequence[int]) -> str:
    """Be as a process that was started with these arguments, files and environment; return its module."""
    for number, file in enumerate(files):
        if number < PASSED - 1:
            os.dup2(file, number)
        os.close(file)
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    time.tzset()
    if action := os.environ.get("PYTHONWARNINGS"):
        warnings.simplefilter(action)  # type: ignore[arg-type] # one word, as Python itself takes it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    module: str
    module, *sys.argv[1:] = wanted["arguments"]
    return module


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, and for the commands
    import_all()
    if module := serve(socket.socket(fileno=int(sys.argv[1]))):
        runpy.run_module(module, run_name="__main__", alter_sys=True)
