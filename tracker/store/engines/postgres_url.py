"""What a `postgresql://` URL says of its servers, and how each of them is connected to."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

NOTICING = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
"""A server's machine that loses its power says no goodbye; the system itself waits for a quarter of an hour."""


def options(url: str) -> dict[str, Any]:
    """Return what is to be added to a URL's own options; of several servers, the one that may be written."""
    own = parse_qs(urlsplit(url).query)
    wanted = {**NOTICING, "target_session_attrs": "read-write"} if len(_hosts(url)) > 1 else NOTICING
    return {name: value for name, value in wanted.items() if name not in own}


def public_name(url: str) -> str:
    """Return what people may see of a URL: where the servers are and which database."""
    where = ",".join(host for host in _hosts(url) if host and not host.startswith("/"))
    return f"postgresql://{where or 'local'}{urlsplit(url).path}"


def _hosts(url: str) -> list[str]:
    parts = urlsplit(url)
    named = parts.netloc.rpartition("@")[2] or parse_qs(parts.query).get("host", [""])[-1]
    return named.split(",")
