"""Where a panel sends us that is asked at another address than it wants. Pure.

No redirect is followed: the key would go wherever the answer says, and a request that is sent again is paid again.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import SplitResult, urljoin, urlsplit

from tracker.lib.http_headers import header
from tracker.panel.exchange import Exchange

STATUSES = frozenset({301, 302, 303, 307, 308})
"""RFC 9110, 15.4: those that name another address."""

LONGEST = 120
"""The longest address that is shown, in characters."""

_LOGIN = ("login", "signin", "sign-in", "log-in", "auth", "signup", "register")


def moved(exchange: Exchange) -> str | None:
    """Say where an answer sends us and what to do; None when it sends us nowhere."""
    if exchange.status not in STATUSES:
        return None
    return f"the panel redirects ({exchange.status}): {_sentence(exchange)}"


def _sentence(exchange: Exchange) -> str:
    target = _target(exchange.url, header(exchange.headers, "location") or "")
    if target is None:
        return "it does not say where to; check the address under `url:`"
    asked = urlsplit(exchange.url)
    return next(say for applies, say in _CASES if applies(asked, target)).format(_shown(target))


def _target(asked: str, location: str) -> SplitResult | None:
    """Return the address that a header names; None when it is none that a panel could be asked at."""
    try:
        target = urlsplit(urljoin(asked, location.strip()))
        is_address = target.scheme in ("http", "https") and bool(target.hostname) and (target.port or 1) > 0
    except ValueError:
        return None
    return target if location.strip() and is_address and location.isprintable() else None


def _shown(target: SplitResult) -> str:
    """Write an address without what may be secret in it: a user, a password, a query."""
    text = f"{target.scheme}://{target.netloc.rpartition('@')[2]}{target.path}"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _host(address: SplitResult) -> str:
    return (address.hostname or "").removeprefix("www.")


def _is_itself(asked: SplitResult, target: SplitResult) -> bool:
    return asked._replace(fragment="") == target._replace(fragment="")


def _is_elsewhere(asked: SplitResult, target: SplitResult) -> bool:
    return _host(asked) != _host(target)


def _is_login(_: SplitResult, target: SplitResult) -> bool:
    last = target.path.casefold().rstrip("/").rpartition("/")[2].partition(".")[0]
    return last in _LOGIN


def _is_unsafe(asked: SplitResult, target: SplitResult) -> bool:
    return asked.scheme == "https" and target.scheme == "http"


_CASES: tuple[tuple[Callable[[SplitResult, SplitResult], bool], str], ...] = (
    (_is_itself, "it leads to the very address that it was asked at; only its operator can mend that"),
    (
        _is_elsewhere,
        "it wants to be asked at {}, another host, to which the key was not sent; if the panel has moved there, write "
        "that under `url:` in the config",
    ),
    (
        _is_login,
        "it leads to its login page, {}. The address of an API is another one; it often ends in /api/v2",
    ),
    (
        _is_unsafe,
        "it wants to be asked at {}, where anybody could read the key, which was not sent; ask its operator",
    ),
    (lambda *_: True, "it wants to be asked at {}; write that under `url:` in the config"),
)
"""The first that applies says what to do."""
