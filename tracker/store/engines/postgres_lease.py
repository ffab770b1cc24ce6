"""A lease in PostgreSQL: an advisory lock of a connection."""

from __future__ import annotations

import select
import time
from typing import Any

import structlog

log = structlog.get_logger(__name__)

CONFIRM_TIMEOUT_S = 2.0
"""Seconds for the server to confirm a lease. Without an answer it counts as lost: nothing is sent on a guess."""

_HELD = """
    SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()
    AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = $1
"""


class AdvisoryLease:
    """A lease that was taken under this key, or that another daemon has (None); `errors` are the driver's."""

    def __init__(self, server: Any, key: int | None, errors: tuple[type[Exception], ...]) -> None:
        self._server = server
        self._key = key
        self._errors: tuple[type[Exception], ...] = (TimeoutError, *errors)
        self._connection = server.connection() if key is not None else None

    def holds(self) -> bool:
        """Tell whether the connection that took it is still the one on which this thread writes."""
        held = self._connection is not None and not self._server.is_closed()
        return bool(held and self._server.connection() is self._connection and not self._connection.closed)

    def is_confirmed(self) -> bool:
        """Ask the server over that very connection; end the connection if it does not confirm it."""
        if not self.holds():
            return False
        try:
            if _answer(self._server.connection().pgconn, _HELD, str(self._key)) == b"1":
                return True
            why = "the server says that it is not held"
        except self._errors as error:
            why = str(error).strip().partition("\n")[0]
        log.warning("lease.lost", why=why)
        self._server.close()
        return False


def _answer(link: Any, query: str, value: str) -> bytes | None:
    """Return the one value that a query finds, read with a time limit, which the driver's own calls do not have."""
    until = time.monotonic() + CONFIRM_TIMEOUT_S
    link.send_query_params(query.encode(), [value.encode()])
    poll = select.poll()
    poll.register(link.socket, select.POLLIN)
    found = None
    while True:
        while link.is_busy():
            if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
                raise TimeoutError(f"no answer within {CONFIRM_TIMEOUT_S:g} s")
            link.consume_input()
        result = link.get_result()
        if result is None:
            return found
        found = result.get_value(0, 0) if result.ntuples else None
