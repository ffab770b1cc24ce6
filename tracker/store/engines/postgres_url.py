"""What a `postgresql://` URL says about its servers, and the options of each connection."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

KEEPALIVES = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
"""A machine that loses its power closes no connection; without these, the system notices after 15 minutes."""


def options(url: str) -> dict[str, Any]:
    """Return the options that a URL does not set itself; of several servers, the one that can be written is used."""
    own = parse_qs(urlsplit(url).query)
    wanted = {**KEEPALIVES, "target_session_attrs": "read-write"} if len(_hosts(url)) > 1 else KEEPALIVES
    return {name: value for name, value in wanted.items() if name not in own}


def public_name(url: str) -> str:
    """Return the part of a URL without secrets: the servers and the database."""
    where = ",".join(host for host in _hosts(url) if host and not host.startswith("/"))
    return f"postgresql://{where or 'local'}{urlsplit(url).path}"


def _hosts(url: str) -> list[str]:
    parts = urlsplit(url)
    named = parts.netloc.rpartition("@")[2] or parse_qs(parts.query).get("host", [""])[-1]
    return named.split(",")
