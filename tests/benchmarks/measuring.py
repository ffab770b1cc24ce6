"""What the benchmarks share: rows of the table, medians, and processes of their own to measure."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

WIDTH = 58
TICKS = os.sysconf("SC_CLK_TCK")

LAUNCH = """
import os, sys, time
began = time.perf_counter()
silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
_, status, used = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=silent), 0)
wall, cpu = time.perf_counter() - began, used.ru_utime + used.ru_stime
print(os.waitstatus_to_exitcode(status), wall, cpu, used.ru_maxrss)
"""
"""Runs a command from a process that is small: a process counts the memory of the one that started it as its own."""

Pairs = list[tuple[float, float]]
"""The floor's figure and tracker's, of each run."""


@dataclass(frozen=True, slots=True)
class Used:
    """What a process took: seconds on the clock, seconds of CPU (user and system), peak memory in MiB."""

    wall: float
    cpu: float
    peak: float


def row(name: str, pairs: Pairs, goal: str, unit: str = "s", digits: int = 2) -> str:
    """Return a row of the table, from the medians of both sides and of their ratios."""
    floor, ours = (statistics.median(pair[n] for pair in pairs) for n in (0, 1))
    ratio = statistics.median(b / a for a, b in pairs)
    figures = f"{floor:>8.{digits}f}{unit} {ours:>8.{digits}f}{unit}"
    return f"{name:<{WIDTH}} {figures} {ratio:>6.2f}x   {goal}"


def lone_row(name: str, figures: list[float], goal: str, unit: str = "s", digits: int = 2) -> str:
    """Return a row that has no floor beside it."""
    return (
        f"{name:<{WIDTH}} {'':>9} {statistics.median(figures):>8.{digits}f}{unit} {'':>7}   {goal}".rstrip()
    )


def used_by(
    command: list[str], codes: tuple[int, ...] = (0,), variables: Mapping[str, str] | None = None
) -> Used:
    """Run a command to its end, with more environment variables; AssertionError when it ends with another code."""
    environment = {**os.environ, **(variables or {})}
    launch = [sys.executable, "-S", "-c", LAUNCH, *command]
    done = subprocess.run(launch, capture_output=True, text=True, env=environment, check=True)
    code, wall, cpu, peak = done.stdout.split()
    assert int(code) in codes, done.stderr
    return Used(float(wall), float(cpu), int(peak) / 1024)


def told_by(module: str, *arguments: object) -> list[float]:
    """Run a module of the benchmarks in a process of its own; return the numbers that it prints."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [float(word) for word in done.stdout.split()]


def cpu_of(pid: int) -> float:
    """Return the seconds of CPU that a running process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_of(pid: int | str, what: str = "VmRSS") -> float:
    """Return MiB of a running process: resident now (`VmRSS`), or at its peak (`VmHWM`)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, amount = line.partition(":")
        if name == what:
            return int(amount.split()[0]) / 1024
    raise LookupError(what)
