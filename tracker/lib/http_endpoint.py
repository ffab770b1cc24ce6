"""Where requests go to, and how they are written: whole, before anything of one is sent. The home of httpx."""

from __future__ import annotations

import functools
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote_plus

import h11

from tracker.lib.imports import import_without

with import_without("rich"), import_without("pygments"):
    import httpx

PORTS = {"http": 80, "https": 443}

_FORM = ("Content-Type", "application/x-www-form-urlencoded")
_JSON = ("Content-Type", "application/json")

_PLAIN = re.compile(r"[A-Za-z0-9_.~,-]*")
"""Text of which a form changes nothing but commas: ids and words, of which most forms are made."""

Pairs = tuple[tuple[str, str], ...]


class Origin(NamedTuple):
    """What a connection is to."""

    secure: bool
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it goes over the wire, and where to."""

    endpoint: Endpoint
    written: bytes


class Endpoint:
    """A URL that requests are sent to. ValueError, with a message for the user, when the text is no such URL.

    So it is too when a request cannot be written: a header or a form holds what HTTP has no way to say.
    """

    def __init__(self, text: str) -> None:
        try:
            self.url = httpx.URL(text)
            names_host = bool(self.url.host)
        except (httpx.InvalidURL, ValueError):
            raise ValueError("the url cannot be read; write it like https://example.com/api/v2") from None
        if self.url.scheme not in PORTS or not names_host:
            raise ValueError("the url must begin with https:// (or http://) and name a host")
        if self.url.userinfo:
            raise ValueError("the url must not hold a user name or a password: they would show up in logs")
        self.text = str(self.url)
        self.host = self.url.netloc.decode("ascii")
        self.secure = self.url.scheme == "https"
        """Whether requests go over TLS."""
        port = self.url.port or PORTS[self.url.scheme]
        self.origin = Origin(self.secure, self.url.raw_host.decode("ascii"), port)
        # Two thirds of what writing a request takes go into a head that is the same each time.
        self._form_start = functools.lru_cache(16)(self._written_form_start)

    def post(self, form: Mapping[str, str], query: Mapping[str, str], headers: Mapping[str, str]) -> Outgoing:
        """Return a POST request of this form; the URL's own query parameters stay."""
        start = self._form_start(tuple(query.items()), tuple(headers.items()))
        body = form_text(form).encode("ascii")
        return Outgoing(self, b"%b%d\r\n\r\n%b" % (start, len(body), body))

    def post_json(self, body: bytes, headers: Mapping[str, str]) -> Outgoing:
        """Return a POST request of a body that is JSON already."""
        request = httpx.Request("POST", self.url, content=body, headers=[*headers.items(), _JSON])
        return Outgoing(self, _head(request) + body)

    def get(self, headers: Mapping[str, str]) -> Outgoing:
        """Return a GET request."""
        return Outgoing(self, _head(httpx.Request("GET", self.url, headers=dict(headers))))

    def _written_form_start(self, query: Pairs, headers: Pairs) -> bytes:
        """Write the head of a form's request as far as its body's length, which is the last that it says."""
        url = self.url.copy_merge_params(dict(query)) if query else self.url
        start, _, _ = _head(httpx.Request("POST", url, content=b"?", headers=[*headers, _FORM])).rpartition(
            b"1"
        )
        return start


def new_tls() -> ssl.SSLContext:
    """Return a TLS context that trusts what httpx trusts; OSError when its files cannot be used."""
    return httpx.create_ssl_context()


def form_text(form: Mapping[str, str]) -> str:
    """Write a form as `urllib.parse.urlencode` does, without looking at each character of what is plain.

    UnicodeEncodeError, a ValueError, for text that UTF-8 cannot hold.
    """
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in form.items())


def _quoted(text: str) -> str:
    return text.replace(",", "%2C") if _PLAIN.fullmatch(text) else quote_plus(text)


def _head(request: httpx.Request) -> bytes:
    """Write the head of a request; h11 makes sure that nothing in it ends a line, or the head."""
    try:
        return h11.Connection(h11.CLIENT).send(
            h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        )
    except h11.LocalProtocolError:
        raise ValueError("a header of the request holds what no header may hold") from None
