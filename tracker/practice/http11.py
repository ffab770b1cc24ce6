"""The part of HTTP/1.1 that a panel needs: reading one request from a stream, and the head of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import BinaryIO
from urllib.parse import parse_qsl, urlsplit

LONGEST_LINE = 65_536
MOST_HEADERS = 100
LARGEST_BODY = 16 * 1024 * 1024

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
HTML = "text/html; charset=utf-8"

Headers = tuple[tuple[str, str], ...]


class BadRequest(Exception):
    """The request cannot be read; the connection can no longer be used."""


@dataclass(frozen=True)
class Request:
    """One request. Header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    keep_alive: bool

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The fields of the query."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a form body; empty when the body is of another type."""
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            return {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


def read_request(stream: BinaryIO) -> Request | None:
    """The next request, or None when the client has gone, even in the middle of a request; raises BadRequest."""
    line = _line(stream)
    if not line:
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequest("not a request line of HTTP/1")
    headers = _headers(stream)
    if headers is None:
        return None
    length = _length(headers)
    body = stream.read(length)
    if len(body) < length:
        return None
    connection = headers.get("connection", "").lower()
    keep_alive = connection != "close" if parts[2] == "HTTP/1.1" else connection == "keep-alive"
    return Request(parts[0], parts[1], headers, body, keep_alive)


def _line(stream: BinaryIO) -> bytes:
    line = stream.readline(LONGEST_LINE + 1)
    if len(line) > LONGEST_LINE:
        raise BadRequest("a line is too long")
    return line if line.endswith(b"\n") else b""


def _headers(stream: BinaryIO) -> dict[str, str] | None:
    headers: dict[str, str] = {}
    for _ in range(MOST_HEADERS):
        line = _line(stream)
        if not line:
            return None
        if not line.strip():
            return headers
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    raise BadRequest("too many headers")


def _length(headers: Mapping[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise BadRequest("a chunked body is not accepted here: send Content-Length")
    text = headers.get("content-length", "0")
    if not text.isdecimal() or int(text) > LARGEST_BODY:
        raise BadRequest("Content-Length is not a number, or too large")
    return int(text)


def head(status: int, headers: Headers) -> bytes:
    """The status line and the headers, with the empty line that ends them."""
    lines = [f"HTTP/1.1 {status} {_phrase(status)}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Web Server Is Unwell"  # the 52x codes of a CDN have no registered phrase
