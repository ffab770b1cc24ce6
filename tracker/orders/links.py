"""Links: which are the same however panels write them, and which are none. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from urllib.parse import unquote

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,20}://")
_WWW = re.compile(r"(?:www|m|mobile)\.(?=[^/]*\.)")

_WEB = re.compile(r"https?://", re.IGNORECASE)
_ALMOST_WEB = re.compile(r"(?:h?t{1,3}ps?|hhttps?|http\w)(?::|//|\\).*", re.IGNORECASE)
_HOST = re.compile(
    r"(?P<user>[^\s/?#@]*@)?(?P<name>\[[0-9A-Fa-f:.]+\]|[^\s/?#:@\\]*)(?::[0-9]{1,5})?(?:[/?#].*)?", re.DOTALL
)
_TWO = re.compile(r"[,;|]https?://", re.IGNORECASE)
_LOCAL = frozenset({"localhost"})

_PLAIN_SITE = re.compile(r"https?://(?:[a-z0-9-]+\.)+[a-z]{2,}/?")

WHOLE_ADDRESS = "write the whole address, like https://example.com/page"


def are_plain(links: Sequence[str]) -> bool:
    """Tell at little cost that nothing is wrong with any of many links; False where they must be looked at singly."""
    site = _site(links[0])  # most links of a file lead to one site
    sites = {site, *(_site(link) for link in links if not link.startswith(site))}
    joined = "".join(links)
    # Behind the site anything is plain that is one word, and no other address.
    is_one = len(joined.split(maxsplit=1)) == 1 and not any(f"{mark}http" in joined for mark in ",;|")
    return is_one and all(map(_PLAIN_SITE.fullmatch, sites))


def _site(link: str) -> str:
    """Return a link up to the `/` behind its host; the whole link where it has none."""
    return link[: link.find("/", len("https://")) + 1] or link


def link_fault(link: str) -> str | None:
    """Say why a link can be none, whatever the service: no panel takes it; None when it may be one."""
    text = link.strip()
    if not any(char.isalnum() for char in _WEB.sub("", text, count=1)):
        return f"the link {text[:60]!r} leads nowhere: {WHOLE_ADDRESS}"
    if _WEB.match(text) and len(text.split()) > 1:
        return f"the link {text[:60]!r} holds a space: {WHOLE_ADDRESS}, and one for each order"
    return None


def link_doubt(link: str) -> str | None:
    """Say why a text is probably no link; None when it looks like one.

    Some services take a name in place of a link, so that this only stops a person, who may insist.
    """
    text = link.strip()
    if len(text.split()) > 1:
        return f"the link {text[:60]!r} holds a space: {WHOLE_ADDRESS}"
    scheme = _SCHEME.match(text)
    if (scheme and not _WEB.match(text)) or (not scheme and _ALMOST_WEB.fullmatch(text)):
        return f"the link {text[:60]!r} does not begin with https:// or http://: {WHOLE_ADDRESS}"
    if text.startswith("@") and len(text) > 1:
        return None
    web = _WEB.match(text)
    host = _HOST.fullmatch(text[web.end() :] if web else text)
    if host is None or not _is_host(host["name"]) or (not web and host["user"]):
        return f"the link {text[:60]!r} names no website: {WHOLE_ADDRESS}"
    if _TWO.search(text.partition("?")[0]):
        return f"the link {text[:60]!r} is more than one address: {WHOLE_ADDRESS}, and one for each order"
    return None


def _is_host(name: str) -> bool:
    """Tell whether a name can be that of a website: with a dot inside and a letter, or an address of digits."""
    if (
        name.startswith("[")
        or name.casefold() in _LOCAL
        or re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", name)
    ):
        return True
    labels = name.removesuffix(".").split(".")
    return len(labels) > 1 and all(labels) and any(char.isalpha() for char in labels[-1])


def plain_link(link: str) -> str:
    """Return a link without what panels add, drop or write otherwise; the path and the query keep their letters."""
    text = html.unescape(link.strip())
    text = unquote(text) if "%" in text else text
    text = _SCHEME.sub("", text, count=1).partition("#")[0]
    host, slash, rest = text.partition("/")
    host = _WWW.sub("", host.casefold(), count=1).removesuffix(":443").removesuffix(":80")
    if "?" in rest:
        path, _, query = rest.partition("?")
        rest = f"{path.rstrip('/')}?{query}"
    return f"{host}{slash}{rest}".rstrip("/?&")


def same_link(one: str, other: str) -> bool:
    """Tell whether two links lead to the same, however they are written."""
    return one == other or plain_link(one) == plain_link(other)
