"""Sets up the logs: one line per event on stderr, as text on a terminal and as JSON elsewhere.

Events are named `noun.verb`; values are keywords. No secret is written, whoever logged it.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, TextIO

from tracker.lib.imports import import_without

with import_without("rich"):
    import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from tracker.lib.redaction import MASK, is_secret_name, scrub
from tracker.lib.visible import one_line, visible

__all__ = ["FORMATS", "LEVELS", "scrub", "setup"]

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
"""Libraries of which only warnings are logged: below that they log each step, and some of them passwords."""

DEEPEST = 6
"""How many levels of a nested value are kept; deeper values are written as text."""


Line = Callable[[Mapping[str, Any], bool], str]
"""Writes an event for people, with colours or without; an empty text leaves it out."""

_lines: list[Line] = []
"""How `auto` writes on a terminal; none: as `text`."""


def tell_with(line: Line) -> None:
    """Write events on a terminal as these lines, where the format is `auto`."""
    _lines[:] = [line]


def setup(level: str, format: str, stream: TextIO | None = None) -> None:  # noqa: A002 - named as in the config
    """Send every log of the process, the libraries' too, to `stream` (stderr), from `level` up.

    `format` is `text`, `json`, or `auto`: sentences on a terminal (`tell_with`), JSON elsewhere. ValueError else.
    """
    if level not in LEVELS or format not in FORMATS:
        raise ValueError(f"log: level is one of {', '.join(LEVELS)}; format one of {', '.join(FORMATS)}")
    stream = stream or _unbuffered(sys.stderr)
    is_watched = format == "auto" and stream.isatty()
    final = _final_processors(
        format == "text" or is_watched, stream, _lines[0] if is_watched and _lines else None
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(final))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    # A full disk or a closed pipe at the other end of the log must not stop an order.
    logging.raiseExceptions = False
    sys.excepthook, threading.excepthook = _crashed, _thread_crashed
    # Not through `logging`: it inspects the stack for every line, and one pass writes thousands.
    structlog.configure(
        processors=[*_SHARED, *final],
        logger_factory=lambda name="": _LineLogger(name, stream),
        wrapper_class=_non_raising_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=False,
    )


def _non_raising_logger(level: int) -> type[Any]:
    """Return structlog's logger from a level up, made to raise nothing: a log line must not stop an order."""

    class NonRaising(structlog.make_filtering_bound_logger(level)):  # type: ignore[misc]
        def _proxy_to_logger(self, method: str, event: str | None = None, **values: Any) -> Any:
            try:
                return super()._proxy_to_logger(method, event, **values)
            except Exception:  # noqa: BLE001 - a value may raise anything when it is converted to text
                return super()._proxy_to_logger(method, event, unwritable=sorted(values))

    return NonRaising


class _LineLogger:
    """Writes finished lines; `name` is the module that logs them."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self.name = name
        self._stream = stream

    def msg(self, line: str) -> None:
        """Write a line; if it cannot be written, it is lost."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(f"{line}\n")  # in one call, so that lines of two threads never mix
            self._stream.flush()

    debug = info = warning = error = critical = msg


def _unbuffered(stream: TextIO) -> TextIO:
    """Return the stream without a buffer: what a full disk refuses is lost, and not tried again at exit.

    With a buffer that cannot be written at exit, Python replaces the program's exit code by 120.
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


def _final_processors(text: bool, stream: TextIO, line: Line | None) -> list[Processor]:
    """Return the processors that turn an event into a line."""
    render: list[Processor] = [_ordered, structlog.processors.JSONRenderer(serializer=_json)]
    if line is not None:
        render = [_visible, _told(line, stream.isatty() and not os.environ.get("NO_COLOR"))]
    elif text:
        colors = stream.isatty() and not os.environ.get("NO_COLOR")
        plain = structlog.dev.plain_traceback  # the pretty one prints local variables, and so keys
        render = [
            _visible,
            structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain, timestamp_key="at"),
        ]
    if _is_journal(stream, os.environ):
        render.append(_for_journal)
    # Secrets are hidden after the traceback has become text: it may quote anything.
    return [structlog.processors.format_exc_info, _hide_secrets, *render]


def _told(line: Line, colors: bool) -> Processor:
    def tell(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
        said = line(event, colors)
        if not said:
            raise structlog.DropEvent
        return said

    return tell


def _formatter(final: list[Processor]) -> logging.Formatter:
    """Return a formatter that writes what libraries log in the same form."""
    return structlog.stdlib.ProcessorFormatter(
        # Extras first: our own values win over an extra of the same name.
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_SHARED],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final],
    )


def _for_journal(_logger: WrappedLogger, method: str, line: Any) -> str:
    """Put before each line the priority that journald reads."""
    mark = f"<{_priority(logging.getLevelNamesMapping().get(method.upper(), logging.INFO))}>"
    return "\n".join(mark + part for part in str(line).split("\n"))


def _priority(level: int) -> int:
    """Return the syslog number of a level."""
    steps = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
    return next((number for least, number in steps if level >= least), 7)


def _is_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Tell whether the stream is systemd's journal itself, and not a file or pipe that it was redirected to."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


_OWN_VALUES = frozenset({"at", "level", "logger"})
"""Values of a line that only this module sets, so that they hold no secret."""


def _hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {
        name: value if name in _OWN_VALUES else _loggable(name, value, DEEPEST)
        for name, value in event.items()
    }


def _loggable(name: str, value: Any, depth: int) -> Any:
    """Return the value without secrets, and only with the types of JSON."""
    if value is None or value is True or value is False:
        return value
    if is_secret_name(name):
        return MASK
    if type(value) is str:
        return scrub(value)
    if isinstance(value, int | float):
        return value
    if depth and isinstance(value, Mapping):
        return {scrub(str(key)): _loggable(str(key), inner, depth - 1) for key, inner in value.items()}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_loggable("", inner, depth - 1) for inner in value]
    return scrub(str(value))


_MANY_LINES = frozenset({"exception", "stack"})


def _visible(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Let no value steer a terminal, or look like a line of its own."""
    return {
        name: (visible if name in _MANY_LINES else one_line)(value) if isinstance(value, str) else value
        for name, value in event.items()
    }


def _ordered(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put the values that every line has first, so that people can read the JSON too."""
    first = {name: event.pop(name) for name in ("at", "level", "event", "logger") if name in event}
    return {**first, **event}


_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


def _json(event: EventDict, **_options: Any) -> str:
    return visible(_encode(event))


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    structlog.get_logger(__name__).critical("process.crashed", exc_info=(kind, error, trace))


def _thread_crashed(crash: threading.ExceptHookArgs) -> None:
    name = crash.thread.name if crash.thread else None
    exc_info = crash.exc_type, crash.exc_value, crash.exc_traceback
    structlog.get_logger(__name__).critical("thread.crashed", thread=name, exc_info=exc_info)
