"""Runs a command on a real terminal of a given size, and reads what it shows there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE_S = 60.0
"""Seconds after which a command is ended that should have ended by itself."""

_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_ISOLATES = str.maketrans("", "", "\u2068\u2069")


def set_size(terminal: int, columns: int, rows: int) -> None:
    """Set the size of a terminal."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a command on a terminal: nothing in it says how large that is."""
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    return {**kept, "TERM": "xterm-256color", **more}


def read(window: int) -> bytes:
    """Read what a terminal shows next; nothing once its other end is closed."""
    try:
        return os.read(window, 65536)
    except OSError:
        return b""


def shown(
    command: Sequence[str], columns: int = 80, rows: int = 24, env: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> str:  # fmt: skip
    """Run a command to its end on a terminal, in a folder; return its output without styles."""
    window, terminal = pty.openpty()
    set_size(terminal, columns, rows)
    with subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=env or environment(), cwd=folder
    ):
        os.close(terminal)
        written = b""
        while chunk := read(window):
            written += chunk
    os.close(window)
    return plain(written.decode())


def plain(text: str) -> str:
    """Return a text without styles, and without what sets right-to-left text apart."""
    return _STYLE.sub("", text).replace("\r\n", "\n").translate(_ISOLATES)
