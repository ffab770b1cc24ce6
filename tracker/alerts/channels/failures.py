"""What apprise logs while it delivers, and from that why a delivery failed, in plain words.

Nothing that it logs is passed on as it is: below warnings it logs tokens and bodies.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tracker.alerts.channels.refusals import LARGEST, refusal
from tracker.lib.http_headers import retry_after
from tracker.lib.times import HOUR, SECOND


@dataclass(slots=True)
class CapturedLogs:
    """What apprise logged in one thread."""

    warnings: list[str]
    details: list[str]
    #: The headers of the last answer that say how long to wait.
    headers: dict[str, str] = field(default_factory=dict)
    #: What the target said when it refused, in its own words.
    refusal: str | None = None


_local = threading.local()


class _CaptureHandler(logging.Handler):
    """Keeps what is logged in a thread that captures, and drops everything else."""

    def emit(self, record: logging.LogRecord) -> None:
        captured: CapturedLogs | None = getattr(_local, "captured", None)
        if captured is not None:
            into = captured.warnings if record.levelno >= logging.WARNING else captured.details
            into[30:] = [record.getMessage()[:1000]]


def capture_answers() -> None:
    """Keep each `Retry-After` and the words of each refusal: apprise logs neither of them for all its services."""
    from requests import sessions

    def note(answer: Any, *_: object, **__: object) -> None:
        captured: CapturedLogs | None = getattr(_local, "captured", None)
        if captured is not None:
            captured.headers = {name: answer.headers.get(name, "") for name in ("retry-after", "date")}
            captured.refusal = refusal(answer.status_code, answer.content[:LARGEST])

    # Each call makes a new session, and a new session takes its hooks from here.
    sessions.default_hooks = lambda: {"response": [note]}  # type: ignore[attr-defined]


@contextmanager
def capture_logs() -> Iterator[CapturedLogs]:
    """Capture what apprise logs in this thread."""
    logger = logging.getLogger("apprise")
    if not any(isinstance(handler, _CaptureHandler) for handler in logger.handlers):
        logger.handlers[:] = [_CaptureHandler()]
    logger.propagate = False
    logger.setLevel(logging.DEBUG)  # the real reason of a failure is logged at this level only
    captured = _local.captured = CapturedLogs([], [])
    try:
        yield captured
    finally:
        _local.captured = None


_REASONS: tuple[tuple[str, str], ...] = (
    (r"\((53[04578]), ", "the mail server refused the user name or the password ({})"),
    (r"': \((4\d\d), b'([^']*)", "the mail server does not accept the recipient for now ({}: {})"),
    (r"': \((5\d\d), b'([^']*)", "the mail server refused the recipient ({}: {})"),
    (r"\((4\d\d), b'([^']*)", "the mail server does not accept it for now ({}: {})"),
    (r"\((5\d\d), b'([^']*)", "the mail server refused it ({}: {})"),
    (r"refused: (5\d\d) b'([^']*)", "the mail server refused the recipient ({}: {})"),
    (r"refused: (4\d\d) b'([^']*)", "the mail server does not accept the recipient for now ({}: {})"),
    (r"certificate has expired", "its TLS certificate has expired, which only its operator can mend"),
    (r"self[- ]signed certificate", "its TLS certificate is signed by nobody that this machine trusts"),
    (
        r"[Hh]ostname mismatch|IP address mismatch",
        "its TLS certificate is for another name; check the host in the URL",
    ),
    (r"certificate verify failed", "its TLS certificate cannot be trusted, which only its operator can mend"),
    (r"WRONG_VERSION_NUMBER|UNEXPECTED_EOF", "it does not use TLS on this port; check the port and the mode"),
    (
        r"TLS CA certificate bundle, invalid path: (\S+)",
        "there is no file {} with certificates to trust; correct REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE, or unset it",
    ),
    (r"STARTTLS extension not supported", "the mail server offers no STARTTLS"),
    (r"AUTH extension not supported", "the mail server accepts no password on this connection"),
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
    (
        r"error=(3\d\d)",
        "it answered {} and redirects to another address; put its current address into the URL",
    ),
    (r"(?:Failed to send .*?: |notification: )?([A-Z][^:]*?), error=(\d+)", "it answered {1}: {0}"),
    (r"error=(\d+)", "it answered {}"),
)
"""A pattern in apprise's logs, and what it means; the most specific first."""


def why_broken(error: Exception) -> str:
    """Say why a delivery ended with an exception, which no service should let through."""
    meant = _meaning(str(error))
    return (
        meant
        or f"what sends to it has a fault ({type(error).__name__}); choose another kind of target, and report it"
    )


def why(logs: CapturedLogs) -> str:
    """Say why a delivery failed, from what was logged."""
    if logs.refusal is not None:
        return logs.refusal
    errors = [line for line in logs.details if line.startswith("Socket Exception")]
    for text in (*errors, *logs.warnings):
        if (meant := _meaning(text)) is not None:
            return meant
    return (logs.warnings[-1] if logs.warnings else "it was not accepted, and no reason was given")[:300]


def _meaning(text: str) -> str | None:
    for pattern, sentence in _REASONS:
        if found := re.search(pattern, text):
            return sentence.format(*(group or "" for group in found.groups()))[:300]
    return None


def retry_asked(logs: CapturedLogs) -> int | None:
    """Return how long a target asked to be left alone, in microseconds, and at most an hour; None when it did not."""
    if (asked := retry_after(logs.headers)) is not None:
        return min(asked, HOUR)
    found = re.search(r"(?i)retry[ _-]after[\"':=\s]*(\d{1,6})", " ".join([*logs.warnings, *logs.details]))
    return min(int(found[1]) * SECOND, HOUR) if found else None
