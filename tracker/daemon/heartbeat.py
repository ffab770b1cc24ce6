"""Tells an outside watchman that the daemon makes progress: nobody can report their own death."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from tracker import __version__
from tracker.lib.http import Connection, Endpoint, HttpResult, shared_tls
from tracker.lib.times import MINUTE, SECOND

log = structlog.get_logger(__name__)

EVERY = MINUTE
LIMIT = 10.0
"""Seconds that one call may take."""

LARGEST = 64 * 1024
"""Bytes of an answer that are read; nobody looks at them."""


class Heartbeat:
    """Asks for a URL each minute, as healthchecks and Uptime Kuma want it, while `alive` says that all goes well."""

    def __init__(self, url: str, alive: Callable[[], bool]) -> None:
        self._address = Endpoint(url)
        self._alive = alive
        self._failed = False

    def beat(self) -> int:
        """Show life, if there is any; return how long to rest, in microseconds."""
        if not self._alive():
            log.warning("heartbeat.skipped", why="a pass hangs, or the database cannot be written")
            return 10 * SECOND
        line = Connection(shared_tls() if self._address.secure else None, keep_alive=False)
        call = HttpResult(LIMIT, LARGEST)
        try:
            line.run(self._address.get({"User-Agent": f"tracker/{__version__}"}), call)
        finally:
            line.close()
        self._note(call)
        return EVERY

    def _note(self, call: HttpResult) -> None:
        """Log the first failure and the end of it: the watchman himself tells people."""
        failed = call.status is None or call.status >= 300
        if failed and not self._failed:
            # Neither the address nor the fault's words are logged whole: the URL is the secret.
            log.warning("heartbeat.failed", host=self._address.host, status=call.status, why=call.fault)
        if self._failed and not failed:
            log.info("heartbeat.restored", host=self._address.host)
        self._failed = failed
