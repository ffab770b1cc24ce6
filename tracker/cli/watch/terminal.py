"""The terminal as a whole screen: entered, drawn on, read from, and always left as it was."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from typing import Any

import click

from tracker.cli.streams import OutputLost, exact
from tracker.cli.terminal.screen import is_unicode
from tracker.cli.watch.view import Row

_ENTER = "\x1b[?1049h\x1b[?25l"  # the other screen, without a cursor
_LEAVE = "\x1b[?25h\x1b[?1049l"
_PLAIN = str.maketrans("█░▁▂▃▄▅▆▇┄─…", "#.__--==#.-~")
"""What stands for each drawn character where the output cannot hold it."""

_ISOLATES = str.maketrans("", "", "\u2068\u2069")

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends the program, at the next moment at which nothing is half done."""


class Ended(Exception):
    """A signal asks the program to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class WholeScreen:
    """A screen of its own, with keys that are read at once; as a context manager, it leaves all as it was before."""

    def __init__(self) -> None:
        self._keyboard = sys.stdin.fileno() if sys.stdin.isatty() else None
        self._before: list[Any] | None = None
        self._handlers: dict[int, Any] = {}
        self._received: list[int] = []

    def __enter__(self) -> WholeScreen:
        if self._keyboard is not None:
            self._before = termios.tcgetattr(self._keyboard)
        for number in (*_ENDING, signal.SIGTSTP):
            self._handlers[number] = signal.signal(
                number, lambda number, _frame: self._received.append(number)
            )
        self._show()
        return self

    def __exit__(self, *_error: object) -> None:
        self._leave()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _show(self) -> None:
        if self._keyboard is not None:
            tty.setcbreak(self._keyboard, termios.TCSANOW)
        _write(_ENTER)

    def _leave(self) -> None:
        if self._keyboard is not None and self._before is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._keyboard, termios.TCSANOW, self._before)
        with contextlib.suppress(OutputLost, OSError):
            _write(_LEAVE)

    def read_key(self, wait: float) -> str:
        """Wait at most so many seconds for a key; an empty text when none came. Ended when a signal asks for it."""
        typed = _typed(self._keyboard, wait)
        while self._received:
            number = self._received.pop(0)
            if number != signal.SIGTSTP:
                raise Ended(number)
            self._suspend()
        # A key that is no letter, an arrow say, comes as several characters that begin with ESC: it means nothing here.
        return "" if len(typed) > 1 and typed.startswith("\x1b") else typed[:1]

    def _suspend(self) -> None:
        """Leave the terminal to the shell until it continues the program."""
        self._leave()
        own = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, own)
        self._show()


def _typed(keyboard: int | None, wait: float) -> str:
    ready, _, _ = select.select([] if keyboard is None else [keyboard], [], [], wait)
    if keyboard is None or not ready:
        return ""
    try:
        typed = os.read(keyboard, 64)
    except OSError:
        typed = b""
    if not typed:  # the terminal is gone
        raise Ended(signal.SIGHUP)
    return typed.decode(errors="ignore")


def is_ours() -> bool:
    """Tell whether the terminal listens to this program: not to one in the background, as under timeout(1)."""
    try:
        return os.tcgetpgrp(sys.stdout.fileno()) == os.getpgrp()
    except OSError:  # not the terminal that this program was started from
        return True


def size() -> tuple[int, int]:
    """Return the columns and the rows of the terminal."""
    found = shutil.get_terminal_size((80, 24))
    return max(20, found.columns), max(6, found.lines)


def draw(rows: Sequence[Row]) -> None:
    """Draw rows from the top of the screen on, without a flicker."""
    colors = not os.environ.get("NO_COLOR")
    lines = ("".join(_styled(row, colors)) for row in rows)
    _write("\x1b[H" + "\x1b[K\r\n".join(lines) + "\x1b[K\x1b[J")


def _styled(row: Row, colors: bool) -> Iterator[str]:
    for span in row:
        if span.bold or (span.color and colors):
            yield click.style(span.text, fg=span.color if colors else None, bold=span.bold or None)
        else:
            yield span.text


def plain(rows: Sequence[Row]) -> list[str]:
    """Return rows as lines without styles, for what is no terminal."""
    return ["".join(span.text for span in row).translate(_ISOLATES).rstrip() for row in rows]


def _write(text: str) -> None:
    with exact(sys.stdout) as output:
        output.write(text if is_unicode() else text.translate(_PLAIN))
