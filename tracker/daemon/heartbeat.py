"""Tells an outside monitor that the daemon makes progress: nobody can report their own death."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from tracker import __version__
from tracker.lib.http import Connection, HttpResult, Limits, shared_tls
from tracker.lib.http_endpoint import Endpoint
from tracker.lib.times import MINUTE, SECOND

log = structlog.get_logger(__name__)

EVERY = MINUTE
"""Microseconds between two heartbeats."""

SKIPPED_DELAY = 10 * SECOND
"""Microseconds until the daemon's health is checked again after a heartbeat that was skipped."""

LIMITS = Limits(seconds=10.0, bytes=64 * 1024)
"""For one call; the body of the answer is not used."""


class Heartbeat:
    """Calls a URL each minute, as healthchecks and Uptime Kuma expect it, while `alive` says that all is well.

    ValueError when `url` is none that can be called.
    """

    def __init__(self, url: str, alive: Callable[[], bool]) -> None:
        self._endpoint = Endpoint(url)
        self._alive = alive
        self._failed = False

    def beat(self) -> int:
        """Send a heartbeat if the daemon is alive; return the delay until the next one, in microseconds."""
        if not self._alive():
            log.warning("heartbeat.skipped", why="a pass hangs, or the database cannot be written")
            return SKIPPED_DELAY
        connection = Connection(shared_tls() if self._endpoint.secure else None, keep_alive=False)
        try:
            result = connection.send(self._endpoint.get({"User-Agent": f"tracker/{__version__}"}), LIMITS)
        finally:
            connection.close()
        self._log_change(result)
        return EVERY

    def _log_change(self, result: HttpResult) -> None:
        """Log the first failure and the end of it: the monitor itself notifies people."""
        failed = result.status is None or result.status >= 300
        if failed and not self._failed:
            # Only the host, never the URL: it is a secret.
            log.warning("heartbeat.failed", host=self._endpoint.host, status=result.status, why=result.fault)
        if self._failed and not failed:
            log.info("heartbeat.restored", host=self._endpoint.host)
        self._failed = failed
