"""Where alerts to practise with arrive: apprise's `json://` messages, as the window of the panel shows them."""

from __future__ import annotations

import json
from typing import NamedTuple

PATH = "/alerts"


class Alert(NamedTuple):
    """One message as a person would get it."""

    title: str
    body: str


def read_alert(body: bytes) -> Alert | None:
    """Read the body of a `json://` message; None when it is none."""
    try:
        found = json.loads(body)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    title, text = found.get("title"), found.get("message")
    return Alert(title, text) if isinstance(title, str) and isinstance(text, str) else None
