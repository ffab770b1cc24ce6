"""What a target says when it refuses a message, out of its answer over HTTP. Pure."""

from __future__ import annotations

import json

LARGEST = 64 * 1024
"""Bytes of an answer in which its words are looked for."""

_WORDS = ("description", "message", "error_description", "detail", "error", "errors", "reason")
"""Where targets say why they refuse, the most telling first."""


_CURES = (
    ("bot was blocked by the user", "; unblock it in Telegram"),
    ("bot was kicked", "; add the bot to the group again"),
    ("chat not found", "; write to the bot first, or correct the chat id in the URL"),
)
"""What Telegram says, and what to do about it."""


def refusal(status: int, body: bytes) -> str | None:
    """Return what a target says when it refuses; None when it took the message, or says nothing that can be read."""
    if status < 400:
        return None
    try:
        return _refusal(status, json.loads(body))
    except (ValueError, RecursionError):  # it may be nested as deep as it is long
        return None


def _refusal(status: int, answer: object) -> str | None:
    found = answer if isinstance(answer, dict) else {}
    parameters = found.get("parameters")
    moved = parameters.get("migrate_to_chat_id") if isinstance(parameters, dict) else None
    if isinstance(moved, int):  # Telegram's Bot API, ResponseParameters
        return f"the group has become a supergroup: in the URL, put {moved} in the place of its old chat id"
    said = next((words for name in _WORDS if (words := _said(found.get(name)))), None)
    cure = next((cure for words, cure in _CURES if words in (said or "").casefold()), "")
    return None if said is None else f"it answered {status}: {said}{cure}"


def _said(value: object) -> str | None:
    """Return a sentence out of what may be a text, a list of texts, or an object with one."""
    if isinstance(value, list) and value:
        return _said(value[0])
    if isinstance(value, dict):
        return next((words for name in _WORDS if (words := _said(value.get(name)))), None)
    return " ".join(value.split())[:200] if isinstance(value, str) and value.strip() else None
