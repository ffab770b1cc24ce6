"""What was freed goes back to the system."""

from __future__ import annotations

import subprocess
import sys

LARGE_ANSWERS = """
from tracker.lib.memory import return_freed_memory
return_freed_memory()

def resident():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS")) / 1024

before = resident()
answer = bytearray(31 << 20)
del answer
kept = []
for _ in range(5):
    answer = bytearray(b"x" * (20 << 20))
    kept.append(bytearray(50_000))
    del answer
print(resident() - before)
"""


def test_nothing_is_kept_of_the_memory_that_large_answers_took() -> None:
    command = [sys.executable, "-c", LARGE_ANSWERS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)

    assert float(done.stdout) < 5  # 40 without
