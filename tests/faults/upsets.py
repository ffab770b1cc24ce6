"""The daemon, life after life, and what happens to it: it is killed, stands still, and its clock is set."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.benchmarks.measuring import memory_of

HOUR_S, DAY_S, YEAR_S = 3600.0, 86400.0, 365 * 86400.0

MEAN_REST = 6.0
"""Seconds between two upsets, on average."""

SHORT, LONG = (0.02, 1.5), (2.2, 8.0)
"""Seconds that the daemon stands still, shorter and longer than the `add_timeout` of its config (2 s)."""


@dataclass(frozen=True, slots=True)
class Life:
    """How old a daemon became, in seconds, and its memory in MiB when it was last read."""

    age: float
    memory: float


class Daemon:
    """A daemon that is started again after each death. Its wall clock is off by what a file says."""

    def __init__(self, config: Path, trace: Path | None = None) -> None:
        self.config = config
        self.log = config.with_suffix(".log")
        self.lives: list[Life] = []
        self._off_by = config.with_name("off_by")
        self._trace = trace
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._began = 0.0
        self.offset = 0.0
        self.set_clock(0.0)

    @property
    def pid(self) -> int | None:
        """Its process id; None while it is dead."""
        return None if self._process is None else self._process.pid

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self._began

    def now(self) -> int:
        """What its clock says, in microseconds."""
        return time.time_ns() // 1000 + round(self.offset * 10**6)

    def set_clock(self, offset: float) -> None:
        """Set its clock, and that of the commands that the operator types, so many seconds off the true time."""
        part = self._off_by.with_suffix(".part")
        part.write_text(str(offset))
        part.replace(self._off_by)
        self.offset = offset

    def start(self) -> None:
        """Start it."""
        launcher = ["tests.support.stepped_clock", str(self._off_by), "--"]
        if self._trace is not None:
            launcher = ["tests.faults.traced", str(self._trace)]
        command = [sys.executable, "-m", *launcher, "--config", str(self.config), "run"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._began = time.monotonic()

    def check(self) -> None:
        """AssertionError when it ended by itself."""
        with self._lock:
            ended = None if self._process is None else self._process.poll()
        assert ended is None, f"the daemon ended with {ended}: {self.log.read_text()[-3000:]}"

    def memory(self) -> float | None:
        """Read its memory, in MiB; None while it is dead."""
        with self._lock:
            return None if self._process is None else memory_of(self._process.pid)

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        os.kill(self._process.pid, number)

    def end(self, number: signal.Signals) -> int:
        """End it by a signal and return its exit code."""
        with self._lock:
            assert self._process is not None
            self.lives.append(Life(self.age, memory_of(self._process.pid)))
            self._process.send_signal(number)
            code = self._process.wait(90)
            self._process = None
            return code


class Upsets:
    """Upsets a daemon at random times, in a thread of its own; a context manager that leaves it running."""

    def __init__(self, daemon: Daemon, seed: int) -> None:
        self.daemon = daemon
        self.done: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._fault: BaseException | None = None
        self._kinds: dict[Callable[[], None], int] = {
            self._kill: 4, self._stop: 1, self._pause: 3, self._pause_long: 2,
            self._kill_paused: 1, self._step: 3,
        }  # fmt: skip

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stopping.set()
        self._thread.join(120)
        if self._fault is not None:
            raise self._fault

    def check(self) -> None:
        """Raise what went wrong in the thread."""
        if self._fault is not None:
            raise self._fault

    def _run(self) -> None:
        kinds, weights = list(self._kinds), list(self._kinds.values())
        try:
            while not self._stopping.wait(self._random.expovariate(1 / MEAN_REST)):
                self.daemon.check()
                self._random.choices(kinds, weights)[0]()
        except BaseException as fault:  # noqa: BLE001  the main thread raises it
            self._fault = fault

    def _kill(self) -> None:
        self.done["kills"] += 1
        assert self.daemon.end(signal.SIGKILL) == -signal.SIGKILL
        self._start_again()

    def _stop(self) -> None:
        self.done["stops"] += 1
        code = self.daemon.end(signal.SIGTERM)
        # Whoever is stopped before its handlers are there dies of the signal.
        assert code in (0, -signal.SIGTERM), f"stopped with {code}: {self.daemon.log.read_text()[-3000:]}"
        self._start_again()

    def _start_again(self) -> None:
        time.sleep(self._random.choice([0.0, 0.0, self._random.uniform(0, 3)]))
        self.daemon.start()

    def _pause(self) -> None:
        self.done["short pauses"] += 1
        self._stand_still(*SHORT)
        self.daemon.tell(signal.SIGCONT)

    def _pause_long(self) -> None:
        self.done["long pauses"] += 1
        self._stand_still(*LONG)
        self.daemon.tell(signal.SIGCONT)

    def _kill_paused(self) -> None:
        self.done["long pauses"] += 1
        self._stand_still(*LONG)
        self._kill()

    def _stand_still(self, least: float, most: float) -> None:
        self.daemon.tell(signal.SIGSTOP)
        time.sleep(self._random.uniform(least, most))

    def _step(self) -> None:
        self.done["clock steps"] += 1
        chance = self._random
        far = chance.choice([5.0, 60.0, 2 * HOUR_S, 3 * DAY_S, 2 * YEAR_S])
        self.daemon.set_clock(chance.choice([0.0, chance.uniform(-far, far)]))
