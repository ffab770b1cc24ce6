"""What a request must be before anybody reads it: for this host, from this page, and no other page's. Pure.

DNS rebinding lets a stranger's page reach this machine under a name of its own, and a form of a stranger's page may be
sent here with the visitor's cookies. The names are known, and each change must come from a page that we sent.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

ALWAYS = frozenset({"localhost"})
"""Names that lead to this machine and nowhere else."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""Headers of every answer; an answer may keep itself for longer."""


def host_fault(host: str, known: Collection[str]) -> str | None:
    """Say why a request for this `Host` is not answered; None when it is for us."""
    name = host_name(host)
    if name is None:
        return "the Host header cannot be read"
    if name in ALWAYS or name in known or _is_address(name):
        return None
    return "this name is not one of ours: add it to `web.hosts` in the config, then run `tracker reload`"


def host_name(host: str) -> str | None:
    """Return the name in a `Host` header, without its port; None where there is none."""
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return None
    is_plain = parts.netloc == host and "@" not in host and not parts.path
    return name.rstrip(".").lower() if name and is_plain else None


def origin_fault(headers: Mapping[str, str], host: str) -> str | None:
    """Say why a change is not taken: it comes from another page than ours; None when it may.

    Browsers send `Origin` with every POST, and newer ones `Sec-Fetch-Site`; what sends neither is no browser, and has
    no visitor's cookies to misuse.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return "it was sent from another page"
    origin = headers.get("Origin")
    if origin is None:
        return None
    try:
        is_ours = urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        is_ours = False
    return None if is_ours else "it was sent from another page"


def _is_address(name: str) -> bool:
    """Tell whether a name is an address: a stranger cannot make one lead here."""
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


def inner_path(path: str | None) -> str:
    """Return where to go after signing in: a path of this site, whatever was asked for."""
    if path is None or not path.startswith("/") or path.startswith(("//", "/\\")) or not path.isprintable():
        return "/"
    return path
