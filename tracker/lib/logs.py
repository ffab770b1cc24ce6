"""Sets up the logs: one line an event on stderr, for a person at a terminal and JSON for everyone else.

Events are named `noun.verb`; values go in as keywords. No secret leaves here, whoever logged it.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import sys
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, TextIO

from tracker.lib.imports import import_without

with import_without("rich"):
    import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from tracker.lib.redaction import MASK, is_secret_name, redact, scrub

__all__ = ["FORMATS", "LEVELS", "redact", "scrub", "setup"]

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("auto", "text", "json")

NOISY = (
    "httpx",
    "httpcore",
    "apprise",
    "urllib3",
    "requests",
    "apscheduler",
    "asyncio",
    "peewee",
    "markdown",
)
"""Libraries that are heard only when they warn: below that they log each step, and some of them passwords."""

DEEPEST = 6
"""How deep a value is looked into; what lies deeper is shown as text."""


def setup(level: str, format: str, stream: TextIO | None = None) -> None:  # noqa: A002 - the config's own word
    """Send every log of the process, the libraries' too, to `stream` (stderr), from `level` up.

    `format` is `text`, `json`, or `auto`: text on a terminal and JSON elsewhere. ValueError for another word.
    """
    if level not in LEVELS or format not in FORMATS:
        raise ValueError(f"log: level is one of {', '.join(LEVELS)}; format one of {', '.join(FORMATS)}")
    stream = stream or _unbuffered(sys.stderr)
    ending = _ending(format == "text" or (format == "auto" and stream.isatty()), stream)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(ending))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    # A full disk or a closed pipe at the other end of the log must not stop an order.
    logging.raiseExceptions = False
    sys.excepthook, threading.excepthook = _crashed, _thread_crashed
    # Not through `logging`: it looks at the stack for every line, and a sweep writes thousands.
    structlog.configure(
        processors=[*_SHARED, *ending],
        logger_factory=lambda name="": _Pen(name, stream),
        wrapper_class=_careful(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=False,
    )


def _careful(level: int) -> type[Any]:
    """Return structlog's logger from a level up, which raises for nothing: a log line must not stop an order."""

    class Careful(structlog.make_filtering_bound_logger(level)):  # type: ignore[misc]
        def _proxy_to_logger(self, method: str, event: str | None = None, **values: Any) -> Any:
            try:
                return super()._proxy_to_logger(method, event, **values)
            except Exception:  # noqa: BLE001 - whatever a value does when it is written
                return super()._proxy_to_logger(method, event, unwritable=sorted(values))

    return Careful


class _Pen:
    """Writes finished lines under the name of a module."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self.name = name
        self._stream = stream

    def msg(self, line: str) -> None:
        """Write a line; one that cannot be written is lost."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(f"{line}\n")  # at once, so that lines of two threads never mix
            self._stream.flush()

    debug = info = warning = error = critical = msg


def _unbuffered(stream: TextIO) -> TextIO:
    """Return the stream without a buffer: what a full disk refused is lost, and not tried again at the exit.

    Python makes exit code 120 of a buffer that cannot be written then, whatever the program wanted to say.
    """
    try:
        raw = io.FileIO(stream.fileno(), "w", closefd=False)
    except (OSError, ValueError):
        return stream
    return io.TextIOWrapper(raw, stream.encoding, "backslashreplace", write_through=True)


_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
)


def _ending(text: bool, stream: TextIO) -> list[Processor]:
    """Return what makes a line of an event."""
    last: list[Processor] = [_ordered, structlog.processors.JSONRenderer(serializer=_json)]
    if text:
        colors = stream.isatty() and not os.environ.get("NO_COLOR")
        plain = structlog.dev.plain_traceback  # the pretty one prints local variables, and so keys
        last = [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain, timestamp_key="at")]
    if _is_journal(stream, os.environ):
        last.append(_for_journal)
    # After the traceback has become text, which may quote anything.
    return [structlog.processors.format_exc_info, _hide_secrets, *last]


def _formatter(ending: list[Processor]) -> logging.Formatter:
    """Return what makes the same lines of what libraries log."""
    return structlog.stdlib.ProcessorFormatter(
        # Extras first: our own values stand, whatever an extra is called.
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_SHARED],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
    )


def _for_journal(_logger: WrappedLogger, method: str, line: Any) -> str:
    """Put the priority that journald reads before each line."""
    mark = f"<{_priority(logging.getLevelNamesMapping().get(method.upper(), logging.INFO))}>"
    return "\n".join(mark + part for part in str(line).split("\n"))


def _priority(level: int) -> int:
    """Return syslog's number for a level."""
    steps = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
    return next((number for least, number in steps if level >= least), 7)


def _is_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Tell whether the stream leads into systemd's journal, and not into a file or pipe behind it."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


_OURS = frozenset({"at", "level", "logger"})
"""Values of a line that nobody but this module writes."""


def _hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: value if name in _OURS else _hidden(name, value, DEEPEST) for name, value in event.items()}


def _hidden(name: str, value: Any, depth: int) -> Any:
    """Return a value that can be shown: secrets masked, and nothing but JSON's own types."""
    if value is None or value is True or value is False:
        return value
    if is_secret_name(name):
        return MASK
    if type(value) is str:
        return scrub(value)
    if isinstance(value, int | float):
        return value
    if depth and isinstance(value, Mapping):
        return {scrub(str(key)): _hidden(str(key), inner, depth - 1) for key, inner in value.items()}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_hidden("", inner, depth - 1) for inner in value]
    return scrub(str(value))


def _ordered(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put what every line has first, so that a person can read the JSON too."""
    first = {name: event.pop(name) for name in ("at", "level", "event", "logger") if name in event}
    return {**first, **event}


_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


def _json(event: EventDict, **_options: Any) -> str:
    return _encode(event)


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger(__name__).critical("process.crashed", exc_info=(kind, error, trace))


def _thread_crashed(crash: threading.ExceptHookArgs) -> None:
    name = crash.thread.name if crash.thread else None
    told = crash.exc_type, crash.exc_value, crash.exc_traceback
    structlog.get_logger(__name__).critical("thread.crashed", thread=name, exc_info=told)
