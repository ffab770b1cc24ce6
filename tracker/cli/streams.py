"""The standard streams of a command: what happens when nobody reads them, or they cannot be written."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from typing import Any, TextIO

import click

from tracker.lib.visible import visible


class OutputLost(Exception):
    """What a command prints cannot be written. No OSError: click has its own answer to those."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror)
        #: Whether whoever read the output has read enough, as in `tracker list | head -1`.
        self.is_read_enough = error.errno == errno.EPIPE


class _Output(io.FileIO):
    """Standard output: says that it cannot be written, once; what follows is thrown away, so that the exit is quiet."""

    _is_lost = False

    def write(self, data: Any, /) -> int:
        """Write, however long the reader takes; OutputLost when that is impossible."""
        if self._is_lost:
            return memoryview(data).nbytes
        written: int | None
        try:
            while (written := super().write(data)) is None:  # a pipe that does not block, and is full
                select.select([], [self], [])
        except OSError as error:
            self._is_lost = True
            raise OutputLost(error) from None
        return written


class _Messages(io.FileIO):
    """Standard error: a message that cannot be written is lost, and stops nothing."""

    def write(self, data: Any, /) -> int:
        """Write what can be written."""
        with contextlib.suppress(OSError):
            super().write(data)
        return memoryview(data).nbytes


class _Text(io.TextIOWrapper):
    """Text of a command: what orders, panels and files say steers no terminal."""

    def write(self, text: str, /) -> int:
        """Write a text with its control characters made visible."""
        super().write(visible(text))
        return len(text)


@contextlib.contextmanager
def exact(stream: TextIO) -> Iterator[TextIO]:
    """Write to a standard stream without any change, for a block."""
    stream.flush()
    plain = io.TextIOWrapper(stream.buffer, stream.encoding, stream.errors, newline="")
    try:
        yield plain
    finally:
        plain.detach()


_done: list[str] = []


def note_done(sentence: str) -> None:
    """Note what a command has done for good, to be said on stderr should its output be lost.

    Whoever does not see that an order was queued queues it again.
    """
    _done.append(sentence)


def secure() -> None:
    """Make the standard streams safe to write; a stream that was closed stays silent, or says that it is closed."""
    _occupy()
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
    if sys.stdout in (None, sys.__stdout__):
        sys.stdout = _text(_Output(1, "w", closefd=False), sys.stdout)
    if sys.stderr in (None, sys.__stderr__):
        sys.stderr = _text(_Messages(2, "w", closefd=False), sys.stderr)


def _occupy() -> None:
    """Open what is closed of the three: the next file that is opened, a database say, would be written as stderr."""
    while (opened := os.open(os.devnull, os.O_RDONLY)) < 2:
        pass
    if opened > 2:
        os.close(opened)
    elif sys.stderr is None:
        os.close(opened)
        os.open(os.devnull, os.O_WRONLY)


def _text(raw: io.FileIO, old: TextIO | None) -> TextIO:
    """Return a text stream on a raw one, like the one that it replaces."""
    encoding = old.encoding if old is not None else "utf-8"
    errors = old.errors if old is not None and raw.fileno() == 1 else None
    if errors is None or encoding.lower().replace("-", "") != "utf8":
        errors = "backslashreplace"  # rather than to fail halfway
    return _Text(io.BufferedWriter(raw), encoding, errors, line_buffering=raw.fileno() == 2 or raw.isatty())


def explain(lost: OutputLost) -> int:
    """Say what was done though nothing could be printed; return the exit code, which is 0 when all was done."""
    if _done:
        click.echo(f"{'; '.join(_done)}. The output could not be written: {lost}.", err=True)
    elif not lost.is_read_enough:
        click.echo(f"Error: the output cannot be written: {lost}", err=True)
        return 1
    return 0
