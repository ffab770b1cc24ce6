"""What people read when something is wrong: what happened and what to do, and no text of a library. With the command."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
import pytest

from tests.support import forks
from tests.support.servers import Conversation, Script, ScriptedServer, tls_server
from tracker.cli.numbers import Number, Whole

KEY = "the-secret-key-of-panel"

FORBIDDEN = re.compile(
    r"Traceback|\[Errno|bytearray|\bb'|\bb\"|<class|object at 0x|_ssl\.c|\[SSL|process\.crashed"
    r"|(?i:httpx|httpcore|h11|peewee|sqlite3|SQLITE_|msgspec|pyyaml|apprise\.|psycopg\.|libpq|urllib3)"
    r"|Expecting |did not find|could not find|certificate verify|wrong version number|fault of its own"
)
"""Marks of what only a programmer should read."""

PAGE = b"<html><head><title>Sign in</title></head>"
OPERATOR = "only its operator can mend that"

pytestmark = pytest.mark.sqlite  # what is wrong here is so before any database of the run is used


def answer(head: str, body: bytes = b"") -> bytes:
    return f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def moved(location: str, status: str = "301 Moved") -> bytes:
    return answer(f"{status}\r\nLocation: {location}", PAGE)


def chunked(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body


SEEN: Mapping[str, tuple[bytes, str]] = {
    "another-host": (moved("https://panel.example/api/v2"), "it wants to be asked at https://panel.example/api/v2, another host, to which the key was not sent"),
    "slash": (moved("/api/v1/", "308 Permanent Redirect"), "(308): it wants to be asked at http://127.0.0.1:"),
    "login": (moved("/login?next=%2Fapi", "302 Found"), "it leads to its login page"),
    "nowhere": (answer("307 Temporary Redirect"), "it does not say where to"),
    "no-colon": (answer("200 OK\r\nBroken header line", b"{}"), f"sent a broken line among its headers; {OPERATOR}"),
    "control": (answer("200 OK\r\nX: a\0b", b"{}"), f"sent a broken line among its headers; {OPERATOR}"),
    "folded": (answer("200 OK\r\n  first", b"{}"), f"sent a broken line among its headers; {OPERATOR}"),
    "two-lengths": (answer("200 OK\r\nContent-Length: 9", b"{}"), f"does not say rightly how long its answer is; {OPERATOR}"),
    "status": (b"HTTP/1.1 two OK\r\n\r\n", f"sent an answer with a broken first line; {OPERATOR}"),
    "bare-json": (b'{"balance": 1}', f"sent JSON without the head that HTTP puts before it; {OPERATOR}"),
    "bare-page": (PAGE, f"sent a page without the head that HTTP puts before it; {OPERATOR}"),
    "http2": (b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x64\r\n\r\n", "speaks HTTP/2 only, or another protocol; check the port"),
    "ssh": (b"SSH-2.0-OpenSSH_9.0\r\n", "is an SSH server; check the port"),
    "silent": (b"", "closed the connection without an answer; if it is only reached over TLS, write https://"),
    "cut": (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "closed the connection in the middle of its answer"),
    "bad-chunk": (chunked(b"zz\r\n{}"), f"sent its answer in parts that do not fit together; {OPERATOR}"),
    "cut-chunk": (chunked(b"40\r\n{}"), "closed the connection in the middle of its answer"),
    "coding": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", f"in a coding that cannot be read; {OPERATOR}"),
    "page": (answer("200 OK", PAGE), 'a page of HTML with the title "Sign in"; check the address under `url:`'),
    "guard": (answer("403 No\r\ncf-mitigated: challenge", PAGE), "ask its operator to let the API through"),
    "empty": (answer("200 OK"), "an empty body; check the address under `url:`"),
    "down": (answer("502 Bad Gateway"), "its server is down or overloaded"),
    "plain-to-tls": (answer("400 Bad", b"<html>The plain HTTP request was sent to HTTPS port"), "write https:// in the address"),
    "nan": (answer("200 OK", b'[{"rate": NaN}]'), "JSON with NaN, which is not a number"),
    "json": (answer("200 OK", b'[\n{"rate": USD}]'), 'JSON that is broken in line 2, column 10: a value is missing, or is none of JSON, at "'),
    "json-cut": (answer("200 OK", b'[{"rate": 1},'), "JSON that is cut short: it ends in line 1, column 14"),
    "two-jsons": (answer("200 OK", b"[]{}"), "JSON that is broken in line 1, column 3: something follows behind its end"),
    "utf-16": (answer("200 OK", "[]".encode("utf-16")), "a text in UTF-16, where JSON must be in UTF-8"),
}  # fmt: skip
"""What a panel sends, and what people read of it."""


def sending(raw: bytes) -> Script:
    def script(talk: Conversation) -> None:
        talk.request()
        talk.send(raw)

    return script


@contextmanager
def panels(answers: Mapping[str, bytes]) -> Iterator[str]:
    """Serve each answer as a panel; yield their part of a config."""
    with ExitStack() as running:
        urls = {
            name: running.enter_context(ScriptedServer(sending(raw))).url for name, raw in answers.items()
        }
        yield "".join(panel(name, url) for name, url in urls.items())


def panel(name: str, url: str) -> str:
    return f"  {name}: {{url: '{url}', key: {KEY}, timeout: 5s, calls_per_second: 1000}}\n"


def tracker(
    folder: Path, config: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command; whatever it says is for people."""
    file = folder / "config.yaml"
    file.write_text(config)
    file.chmod(0o600)
    command = [sys.executable, "-m", "tracker", "--config", str(file), *arguments]
    done = forks.run(command, folder=folder, environment={**os.environ, **environment})
    said = done.stdout + done.stderr
    assert FORBIDDEN.search(said) is None, said
    assert KEY not in said
    return done


def test_whatever_a_panel_sends_is_told_in_plain_words_with_what_to_do(tmp_path: Path) -> None:
    with panels({name: raw for name, (raw, _) in SEEN.items()}) as config:
        said = tracker(tmp_path, f"panels:\n{config}", "check").stderr
    told = dict(
        line.partition("panels.")[2].split(": ", 1) for line in said.splitlines() if "panels." in line
    )

    missing = {name: told.get(name) for name, (_, words) in SEEN.items() if words not in told.get(name, "")}
    assert missing == {}


def test_whatever_is_wrong_with_tls_or_a_connection_is_told_with_what_to_do(tmp_path: Path) -> None:
    with (
        ScriptedServer(sending(b""), tls=tls_server()) as tls,
        ScriptedServer(lambda talk: talk.send(answer("400 Bad"))) as plain,
    ):
        urls = {
            "unsigned": tls.url,
            "no-tls": plain.url.replace("http:", "https:"),
            "refused": "http://127.0.0.1:1/api",
            "v6": "http://[::1]:2/api",
            "unknown": "https://no-such-panel.invalid/api",
        }
        config = "panels:\n" + "".join(panel(*one) for one in urls.items())
        said = tracker(tmp_path, config, "balance", HTTPS_PROXY="http://127.0.0.1:1").stderr

    assert "is signed by nobody else; if it is yours, name its file in SSL_CERT_FILE" in said
    assert "does not speak TLS; check the port" in said
    assert "127.0.0.1:1 takes no connections; check the address and its port" in said
    assert "[::1]:2 takes no connections" in said or "no way to [::1]:2" in said
    assert "the name of no-such-panel.invalid" in said


@pytest.mark.parametrize("command", ["run", "balance"])
def test_certificates_that_the_environment_names_and_are_none_are_a_fault_of_the_config(
    tmp_path: Path, command: str
) -> None:
    key = tmp_path / "none.pem"
    key.write_text("no certificate\n")
    done = tracker(
        tmp_path, f"panels:\n{panel('p', 'https://127.0.0.1:1/')}", command, SSL_CERT_FILE=str(key)
    )

    assert done.returncode == 78
    assert f"SSL_CERT_FILE names {key}, which holds no certificate that can be read" in done.stderr


def test_a_file_that_is_no_database_of_tracker_is_left_alone(tmp_path: Path) -> None:
    config = f"database: sqlite:///{tmp_path}/other\npanels:\n{panel('p', 'http://127.0.0.1:1/')}"
    other = tmp_path / "other"
    other.write_text("a note\n")

    note = tracker(tmp_path, config, "add", "1", "https://x.example/1", "100")
    kept = other.read_text()
    other.unlink()
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE notes (note)")
    db.close()
    notes = tracker(tmp_path, config, "add", "1", "https://x.example/1", "100")

    assert (note.returncode, notes.returncode, kept) == (1, 1, "a note\n")
    assert "is not a database, but another file; check `database:`" in note.stderr
    assert "is another program's database, with a table notes; check `database:`" in notes.stderr


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        (Whole(0), "x", "write a whole number from 0 to 1,000,000,000"),
        (Whole(0), "9" * 20, "write a whole number from 0 to 1,000,000,000"),
        (Whole(0, 65535), "-1", "write a whole number from 0 to 65,535"),
        (Number(0), "nan", "write a number from 0 on, like 2 or 0.5"),
        (Number(0), "-1", "write a number from 0 on, like 2 or 0.5"),
    ],
)
def test_a_number_that_is_none_is_told_with_what_to_write(kind: Whole | Number, text: str, said: str) -> None:
    with pytest.raises(click.BadParameter, match=f"^{said}$"):
        kind.convert(text, None, None)
