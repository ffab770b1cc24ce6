from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import Any

import pytest

from tracker.lib.logs import setup

START = """
import logging, sys, threading, warnings
from decimal import Decimal
import structlog
from tracker.lib import logs, redaction
redaction.register_secret("hush-hush/42")
logs.setup({level!r}, {format!r})
log = structlog.get_logger("tracker.trial")
"""


def run(code: str, level: str = "info", format: str = "auto", **environment: str) -> str:  # noqa: A002
    """Run code in another process after the set-up; return what it wrote to stderr."""
    done = subprocess.run(
        [sys.executable, "-c", START.format(level=level, format=format) + code],
        capture_output=True,
        text=True,
        timeout=20,
        env={**os.environ, "JOURNAL_STREAM": "", **environment},
        check=False,
    )
    assert done.stdout == ""
    return done.stderr


def lines(code: str, **more: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(code, **more).splitlines()]


def test_without_a_terminal_every_event_is_one_line_of_json() -> None:
    own, foreign, warned = lines(
        """
log.info("order.state_changed", order=7, to="active", charge=Decimal("1.10"), tags=("a", "b"), none=None)
logging.getLogger("some.library").warning("it %s", "works", extra={"size": 3})
warnings.warn("old news")
"""
    )
    assert list(own)[:4] == ["at", "level", "event", "logger"]
    assert own.pop("at").endswith("Z")
    assert own == {
        **{
            "level": "info",
            "event": "order.state_changed",
            "logger": "tracker.trial",
            "order": 7,
            "to": "active",
        },
        **{"charge": "1.10", "tags": ["a", "b"], "none": None},
    }
    assert (foreign["event"], foreign["size"], foreign["level"]) == ("it works", 3, "warning")
    assert "old news" in warned["event"]


def test_bound_context_is_on_every_line() -> None:
    first, second = lines(
        """
structlog.contextvars.bind_contextvars(panel="tagrani")
log.info("panel.asked")
logging.getLogger("other").error("too")
"""
    )
    assert first["panel"] == second["panel"] == "tagrani"


def test_no_secret_is_written_whatever_contains_it() -> None:
    wrote = run(
        """
class Odd:
    def __repr__(self): return "Odd(hush-hush/42)"
log.info("a.b", url="https://u:hush@x.test/?key=hush", text="it is hush-hush/42", odd=Odd(), deep={"a": [Odd()]})
log.info("a.c", key="hush1", api_key="hush2", bot_token="hush3", form={"key": "hush4", "password": 12345}, pin=1)
log.info("hush-hush/42 %s", "hush-hush%2F42")
logging.getLogger("lib").error("failed for hush-hush/42", extra={"level": "hush-hush/42", "at": "hush-hush/42"})
log.info("a.d", by={"hush-hush/42": 1})
logging.getLogger("httpx").info("HTTP Request: POST https://x.test/?key=hush")
def fail(key):
    raise ValueError("no hush-hush/42 at https://x.test/?token=hush")
try:
    fail("hush-hush/42")
except ValueError:
    log.exception("pass.failed")
"""
    )
    assert "hush" not in wrote
    assert "Traceback" in wrote
    assert '"pin": 1' in wrote
    assert len(wrote.splitlines()) == 6


def test_a_crash_of_the_process_or_of_a_thread_is_logged_as_an_event() -> None:
    thread, process = lines(
        """
def crash(): raise RuntimeError("in a thread, hush-hush/42")
thread = threading.Thread(target=crash, name="worker")
thread.start(); thread.join()
raise RuntimeError("at the end")
"""
    )
    assert (thread["event"], thread["level"], thread["thread"]) == ("thread.crashed", "critical", "worker")
    assert "in a thread, [hidden]" in thread["exception"]
    assert process["event"] == "process.crashed"


def test_of_noisy_libraries_only_warnings_are_logged_even_at_debug() -> None:
    code = """
for name in ("apprise", "urllib3.connectionpool", "httpcore.http11", "apscheduler.scheduler"):
    logging.getLogger(name).info("chatter")
    logging.getLogger(name).warning("trouble")
log.debug("a.b")
"""
    assert [line["event"] for line in lines(code, level="debug")] == ["trouble"] * 4 + ["a.b"]


def test_a_value_that_cannot_be_converted_to_text_stops_nothing() -> None:
    first, second = lines(
        """
class Odd:
    def __str__(self): raise RuntimeError("hush-hush/42")
    __repr__ = __str__
log.info("a.b", odd=Odd(), order=7)
log.info("a.c")
"""
    )
    assert (first["event"], first["unwritable"]) == ("a.b", ["odd", "order"])
    assert second["event"] == "a.c"


def test_events_below_the_level_are_not_written() -> None:
    assert [line["event"] for line in lines('log.info("a.b"); log.warning("a.c")', level="warning")] == [
        "a.c"
    ]


def test_the_text_format_is_readable_and_hides_secrets_too() -> None:
    wrote = run('log.info("order.state_changed", order=7, key="hush")', format="text")
    assert "order.state_changed" in wrote
    assert "order=7" in wrote
    assert "hush" not in wrote
    assert "\x1b[" not in wrote


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_colours_and_a_traceback_without_local_variables(
    environment: dict[str, str], coloured: bool
) -> None:
    code = START.format(level="info", format="auto") + (
        "def fail():\n    secret_local = 'hush'\n    raise ValueError('oh')\n"
        "try:\n    fail()\nexcept ValueError:\n    log.exception('pass.failed')\n"
    )
    reader, terminal = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", code],
        stderr=terminal,
        env={**os.environ, **environment},
        timeout=20,
        check=False,
    )
    os.close(terminal)
    wrote = os.read(reader, 65536).decode()
    os.close(reader)
    assert done.returncode == 0
    assert ("\x1b[" in wrote) is coloured
    assert "ValueError: oh" in wrote
    assert "'hush'" not in wrote.replace("secret_local = 'hush'", "")


def test_only_the_journal_gets_priorities() -> None:
    code = (
        START.format(level="info", format="auto") + 'log.info("a.b"); log.warning("a.c"); log.critical("a.d")'
    )
    reader, writer = os.pipe()
    place = os.fstat(writer)
    for stream, wanted in (
        (f"{place.st_dev}:{place.st_ino}", ["<6>{", "<4>{", "<2>{"]),
        ("1:2", ['{"a'] * 3),
    ):
        subprocess.run(
            [sys.executable, "-c", code],
            stderr=writer,
            env={**os.environ, "JOURNAL_STREAM": stream},
            timeout=20,
            check=True,
        )
        wrote = os.read(reader, 65536).decode().splitlines()
        assert [line[: len(want)] for line, want in zip(wrote, wanted, strict=True)] == wanted
    os.close(reader)
    os.close(writer)


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                START.format(level="info", format="json") + 'log.info("a.b"); sys.exit(7)',
            ],
            stderr=full,
            timeout=20,
            check=False,
        )
    assert done.returncode == 7


@pytest.mark.parametrize(("level", "form"), [("loud", "auto"), ("info", "xml")])
def test_an_unknown_level_or_format_is_refused(level: str, form: str) -> None:
    with pytest.raises(ValueError, match="level is one of debug"):
        setup(level, form)
