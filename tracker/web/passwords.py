"""The password of the page: compared by a slow hash, and with a limit on how often it may be tried."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property

from werkzeug.security import check_password_hash, generate_password_hash

from tracker.lib import clock
from tracker.lib.times import MINUTE

METHOD = "scrypt"

OF_ONE, OF_ALL = 5, 30
"""Wrong passwords within `SPAN` from one address, and from all of them, after which no more are looked at."""

SPAN = MINUTE

ADDRESSES = 1000
"""Addresses that are remembered; a stranger with more of them meets the limit for all."""


class Password:
    """A password, or the hash of one that `tracker web --hash-password` wrote."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._turn = threading.Lock()

    @cached_property
    def _hash(self) -> str:
        is_hash = self._text.startswith(f"{METHOD}:") and self._text.count("$") == 2
        return self._text if is_hash else hashed(self._text)

    def matches(self, text: str) -> bool:
        """Tell whether a text is the password. One at a time: each try takes 32 MiB and some 60 ms."""
        with self._turn:
            return check_password_hash(self._hash, text)


def hashed(text: str) -> str:
    """Return the slow hash of a password, with a salt of its own."""
    return generate_password_hash(text, METHOD)


class Tries:
    """Counts wrong passwords by address, in bounded memory. `elapsed` is a clock that nobody can set.

    Through a proxy (`shared`) everybody has its address, as what it says of others could be made up by anyone: only the
    limit for all counts then, or five wrong passwords of a stranger would keep everyone out.
    """

    def __init__(self, elapsed: Callable[[], int] = clock.elapsed, *, shared: bool = False) -> None:
        self._elapsed = elapsed
        self._of_one = OF_ALL if shared else OF_ONE
        self._turn = threading.Lock()
        self._wrong: OrderedDict[str, list[int]] = OrderedDict()
        self._all: list[int] = []

    def may_try(self, address: str) -> bool:
        """Tell whether a password from this address is looked at now."""
        with self._turn:
            return (
                len(self._lately(self._wrong.get(address, []))) < self._of_one
                and len(self._lately(self._all)) < OF_ALL
            )

    def note_wrong(self, address: str) -> None:
        """Count a wrong password."""
        with self._turn:
            at = self._elapsed()
            self._wrong[address] = [*self._lately(self._wrong.get(address, [])), at]
            self._wrong.move_to_end(address)
            self._all = [*self._lately(self._all), at]
            while len(self._wrong) > ADDRESSES:
                self._wrong.popitem(last=False)

    def _lately(self, times: list[int]) -> list[int]:
        since = self._elapsed() - SPAN
        return [at for at in times if at > since]
