"""What each signal asks of the daemon. None of them ends the process on the spot: an add may be in flight."""

from __future__ import annotations

import os
import queue
import signal
from enum import StrEnum
from types import FrameType


class Wish(StrEnum):
    """What a signal asks for."""

    STOP = "stop"
    #: To read the config again.
    RELOAD = "reload"
    NOTHING = "nothing"


STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGPWR, signal.SIGXCPU)
"""Signals that ask for a stop; without a handler each of them would kill in the middle of an add."""

WITHOUT_MEANING = (signal.SIGUSR1, signal.SIGUSR2)
"""Signals that mean nothing here, and would kill as well."""


def wish_of(number: int, has_terminal: bool) -> Wish:
    """Tell what a signal asks for: from a terminal, SIGHUP says that it goes away. Pure."""
    if number in STOPPING or (number == signal.SIGHUP and has_terminal):
        return Wish.STOP
    return Wish.RELOAD if number == signal.SIGHUP else Wish.NOTHING


class Signals:
    """Takes in the signals of this process, one after the other.

    A handler may interrupt the main thread anywhere, even where it holds a lock. So it only puts the signal into a
    queue that may be used at any moment; the main thread decides what to do.
    """

    def __init__(self) -> None:
        self._received: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._has_terminal = False

    def receive(self) -> None:
        """Begin to take in signals; SIGHUP stays ignored under nohup, where it was ignored before."""
        self._has_terminal = _has_terminal()
        numbers = [*STOPPING, *WITHOUT_MEANING]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            numbers.append(signal.SIGHUP)
        for number in numbers:
            signal.signal(number, self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._received.put(number)

    def ask_for_reload(self) -> None:
        """Let the main thread read the config again, as after SIGHUP. From any thread."""
        self._received.put(None)

    def next(self, timeout: float) -> tuple[str, Wish] | None:
        """Wait at most so many seconds for a signal or a command; return its name and what it asks for."""
        try:
            number = self._received.get(timeout=timeout)
        except queue.Empty:
            return None
        if number is None:
            return "tracker reload", Wish.RELOAD
        return signal.Signals(number).name, wish_of(number, self._has_terminal)


def _has_terminal() -> bool:
    """Tell whether a terminal controls this process: a window that may be closed."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
