"""Removes secrets from texts before anyone sees them: registered secrets, and whatever looks like one.

Pure, except for the list of registered secrets that the whole process shares.
"""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, quote_plus

MASK = "[hidden]"

SHORTEST = 6
"""A shorter secret is hidden only under a secret name: searched for as text, it would be found everywhere."""

SECRET_NAME = re.compile(
    r"(?:^|[_\-.])(?:key|api_?key|apikey|token|secret|password|passwd|passphrase|pwd|authorization|auth|"
    r"cookie|credentials?)$",
    re.IGNORECASE,
)
"""Names of values that are always secret: `key`, `api_key`, `bot-token`, `password`."""

_NAMES = r"(?:api[_-]?)?key|(?:\w+[_-])?token|secret|password|passwd|pass|pwd|authorization"
_USERINFO = re.compile(r"(?<=://)[^\s/?#@\"'<>]*(?:@[^\s/?#@\"'<>]*)*@")
_QUERY = re.compile(rf"(?i)([?&;](?:{_NAMES})=)[^&\s\"'<>#;]+")
_HEADER = re.compile(
    r"(?i)(\b(?:authorization|x-api-key|cookie)\b[\"']?\s*[:=]\s*[\"']?)(?:(?:basic|bearer)\s+)?[^\s\"',]+"
)
_TELEGRAM = re.compile(r"(?<!\d)\d{6,}:[A-Za-z0-9_-]{30,}\b")


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Tell whether a value of this name is always secret."""
    return SECRET_NAME.search(name) is not None


class Redactor:
    """Hides registered secrets in all their spellings, and what stands in the usual places of secrets in URLs."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._secrets: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None
        for secret in secrets:
            self.add(secret)

    def __repr__(self) -> str:
        return f"<Redactor of {len(self._secrets)} secrets>"

    def add(self, secret: str) -> None:
        """Hide this text from now on; one that is too short to tell it from other text is ignored."""
        if len(secret.strip()) < SHORTEST:
            return
        with self._lock:
            self._secrets |= {secret}
            placeholders = {spelling for known in self._secrets for spelling in spellings(known)}
            self._pattern = re.compile(
                "|".join(re.escape(text) for text in sorted(placeholders, key=len, reverse=True))
            )

    def hide(self, text: str) -> str:
        """Replace the registered secrets, and nothing else."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def scrub(self, text: str) -> str:
        """Replace the registered secrets, and userinfo and key-like parameters of URLs."""
        text = self.hide(text)
        if "=" in text:
            text = _QUERY.sub(rf"\g<1>{MASK}", text)
        elif ":" not in text:
            return text
        text = _USERINFO.sub(f"{MASK}@", text) if "://" in text else text
        return _TELEGRAM.sub(MASK, _HEADER.sub(rf"\g<1>{MASK}", text))


def spellings(secret: str) -> frozenset[str]:
    """Return the ways in which a secret may be written: plain, in URLs, in JSON, in HTML, by repr()."""
    plain = secret.strip()
    in_json = {json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1]}
    in_json |= {text.replace("/", "\\/") for text in in_json}
    in_urls = {quote(plain), quote(plain, safe=""), quote_plus(plain)}
    return frozenset({plain, html.escape(plain), repr(plain)[1:-1]} | in_json | in_urls)


_shared = Redactor()


def register_secret(secret: str) -> None:
    """Hide this secret in every text that the process scrubs from now on."""
    _shared.add(secret)


def scrub(text: str) -> str:
    """Replace every registered secret, and whatever looks like one, in a text."""
    return _shared.scrub(text)
