"""Runs a tracker command that stops itself, once, when it has recorded an intent and before anything else.

python -m tests.support.halting FILE -- COMMAND…     while FILE does not exist, nothing is stopped
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

from tracker.cli.main import main
from tracker.store import attempts


def stop_after_claim(file: Path) -> None:
    def profile(frame: FrameType, event: str, _value: Any) -> None:
        if event == "return" and frame.f_code is attempts.claim.__code__ and file.exists():
            file.unlink()
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(0.05)  # a stop reaches the other threads a little later

    threading.setprofile(profile)


if __name__ == "__main__":
    split = sys.argv.index("--")
    stop_after_claim(Path(sys.argv[1]))
    sys.argv[:] = ["tracker", *sys.argv[split + 1 :]]
    main()
