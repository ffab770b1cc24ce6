"""Links as panels write them: the same link with or without `www.`, a slash at the end, and the like. Pure."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,20}://")
_WWW = re.compile(r"(?:www|m|mobile)\.(?=[^/]*\.)")


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
