"""Tells whether an address can be asked, and where it leads: to the same panel as another, to this machine. Pure."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from urllib.parse import SplitResult, unquote, urlsplit

DEFAULT_PORTS = (80, 443)
"""Ports that need not be written. A panel answers on both: one redirects to the other, or serves the same."""

LOOPBACK = "127.0.0.1"
"""Where `localhost` and `::1` lead."""

LONGEST = 4000
"""The most characters of an address; it is a part of each request."""


def fault(text: str, example: str) -> str:
    """Say why no request can go to an address, or "". It may contain a secret, so it is not shown.

    What is good here must be good for `tracker.lib.http_endpoint` too, which takes long to load.
    """
    wanted = f"write it like {example}"
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        return f"this is not a URL: {wanted}"
    if url.scheme not in ("http", "https") or not host or not text.isprintable() or set(text) & set(" \\"):
        return wanted
    if len(text) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    return "" if _is_host(host, in_brackets="[" in url.netloc) else f"no host can have this name: {wanted}"


def _is_host(name: str, *, in_brackets: bool) -> bool:
    try:
        if in_brackets:
            return bool(ipaddress.IPv6Address(name))
        if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", name):
            return bool(ipaddress.IPv4Address(name))
    except ValueError:
        return False
    if name.isascii() and not name.startswith("xn--"):
        return True
    import idna  # only few configs need it

    try:
        return bool(idna.decode(name) if name.isascii() else idna.encode(name))
    except idna.IDNAError:
        return False


def place(url: str) -> tuple[str, int | None, str]:
    """Return host, port and path in the one spelling that all addresses of a panel share.

    It is generous: two panels with one key are one account unless their addresses clearly differ, because two
    panels for one account would place their orders side by side.
    """
    parts = urlsplit(url)
    return _host(unquote(parts.hostname or "")), _port(parts), _path(unquote(parts.path))


def is_loopback(url: str) -> bool:
    """Tell whether an address leads to this machine, however the network is."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or bool(re.fullmatch(r"127(\.\d{1,3}){3}", host))


def _host(name: str) -> str:
    """Write a host as the network knows it: without `www.`, names in ASCII, addresses in their shortest form."""
    host = _ascii(name).lower().rstrip(".").removeprefix("www.")
    if host == "localhost":
        return LOOPBACK
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        mapped = getattr(address, "ipv4_mapped", None)
        return LOOPBACK if str(address) == "::1" else str(mapped or address)
    return host


def _ascii(name: str) -> str:
    if name.isascii():
        return name
    import idna  # only few configs need it

    with suppress(idna.IDNAError):
        return idna.encode(name, uts46=True).decode("ascii")
    return name.casefold()


def _port(parts: SplitResult) -> int | None:
    return None if parts.port in (None, *DEFAULT_PORTS) else parts.port


def _path(path: str) -> str:
    """Write a path without dot segments, empty segments and capital letters."""
    kept: list[str] = []
    for segment in path.casefold().split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/".join(kept)
