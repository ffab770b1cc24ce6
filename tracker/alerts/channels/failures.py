"""What apprise says while it delivers, and why a delivery failed, in plain words.

Nothing that it logs leaves here as it is: below warnings it logs tokens and bodies.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tracker.lib.http_headers import retry_after
from tracker.lib.times import HOUR, SECOND


@dataclass(slots=True)
class CapturedLogs:
    """What apprise logged in one thread."""

    warnings: list[str]
    details: list[str]
    #: The headers of the last answer that bear on a wait.
    headers: dict[str, str] = field(default_factory=dict)


_local = threading.local()


class _CaptureHandler(logging.Handler):
    """Takes down what is logged in a thread that listens, and drops all else."""

    def emit(self, record: logging.LogRecord) -> None:
        heard: CapturedLogs | None = getattr(_local, "heard", None)
        if heard is not None:
            into = heard.warnings if record.levelno >= logging.WARNING else heard.details
            into[30:] = [record.getMessage()[:1000]]


def capture_retry_after() -> None:
    """Take down each `Retry-After`: apprise tells neither the header nor, often, the body of a refusal."""
    from requests import sessions

    def note(answer: Any, *_: object, **__: object) -> None:
        heard: CapturedLogs | None = getattr(_local, "heard", None)
        if heard is not None:
            heard.headers = {name: answer.headers.get(name, "") for name in ("retry-after", "date")}

    # Every call makes a session of its own; this is where a new one takes its hooks from.
    sessions.default_hooks = lambda: {"response": [note]}  # type: ignore[attr-defined]


@contextmanager
def capture_logs() -> Iterator[CapturedLogs]:
    """Listen to apprise in this thread."""
    logger = logging.getLogger("apprise")
    if not any(isinstance(handler, _CaptureHandler) for handler in logger.handlers):
        logger.handlers[:] = [_CaptureHandler()]
    logger.propagate = False
    logger.setLevel(logging.DEBUG)  # the true reason of a failure is told at this level only
    heard = _local.heard = CapturedLogs([], [])
    try:
        yield heard
    finally:
        _local.heard = None


_REASONS: tuple[tuple[str, str], ...] = (
    (r"\((53[04578]), ", "the mail server refused the user name or the password ({})"),
    (r"': \((4\d\d), b'([^']*)", "the mail server put the recipient off for now ({}: {})"),
    (r"': \((5\d\d), b'([^']*)", "the mail server refused the recipient ({}: {})"),
    (r"\((4\d\d), b'([^']*)", "the mail server put it off for now ({}: {})"),
    (r"\((5\d\d), b'([^']*)", "the mail server refused it ({}: {})"),
    (r"refused: (5\d\d) b'([^']*)", "the mail server refused the recipient ({}: {})"),
    (r"refused: (4\d\d) b'([^']*)", "the mail server put the recipient off for now ({}: {})"),
    (r"certificate verify failed: ([^(\"]*)", "its TLS certificate is not trusted: {}"),
    (r"WRONG_VERSION_NUMBER|UNEXPECTED_EOF", "it does not speak TLS there; check the port and the mode"),
    (r"STARTTLS extension not supported", "the mail server offers no STARTTLS"),
    (r"AUTH extension not supported", "the mail server takes no password on this connection"),
    (r"Connection refused", "the connection was refused"),
    (
        r"(?:Name or service not known|Failed to resolve|nodename nor|name resolution)",
        "its host name is not known",
    ),
    (r"(?:timed out|Timeout)", "it did not answer in time"),
    (r"(?:Network is unreachable|No route to host)", "there is no route to it"),
    (
        r"(?:Connection (?:reset|aborted)|unexpectedly closed|Remote end closed|Broken pipe)",
        "it closed the connection",
    ),
    (r"Failed to send [^:]*: (.*), error=(\d+)", "it answered {1}: {0}"),
    (r"error=(3\d\d)", "it answered {} and wants to be asked elsewhere; set its right address in the URL"),
    (r"(?:Failed to send .*?: |notification: )?([A-Z][^:]*?), error=(\d+)", "it answered {1}: {0}"),
    (r"error=(\d+)", "it answered {}"),
)
"""What apprise's own words mean, the most telling first."""


def why(heard: CapturedLogs) -> str:
    """Say why a delivery failed, from what was logged."""
    told = [line for line in heard.details if line.startswith("Socket Exception")]
    for text in (*told, *heard.warnings):
        for pattern, sentence in _REASONS:
            if found := re.search(pattern, text):
                return sentence.format(*(group or "" for group in found.groups()))[:300]
    return (heard.warnings[-1] if heard.warnings else "it was not taken, and no reason was given")[:300]


def retry_asked(heard: CapturedLogs) -> int | None:
    """Return how long a target asked to be left alone, in microseconds; at most an hour is obeyed."""
    if (asked := retry_after(heard.headers)) is not None:
        return min(asked, HOUR)
    found = re.search(r"(?i)retry[ _-]after[\"':=\s]*(\d{1,6})", " ".join([*heard.warnings, *heard.details]))
    return min(int(found[1]) * SECOND, HOUR) if found else None
