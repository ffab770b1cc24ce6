"""Checks where the targets of alerts lead: by exactly one way, and a webhook with what signs it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from tracker.config import addresses
from tracker.config.addresses import is_loopback
from tracker.config.faults import KeyPath
from tracker.config.parse_context import INVALID
from tracker.lib.webhook_signature import PREFIX, key_of

SHORTEST = 16
"""Bytes of a key: a shorter one can be guessed from a single message."""

Remark = tuple[KeyPath, str]
Target = tuple[KeyPath, Mapping[str, Any]]


def targets(parts: Mapping[KeyPath, Mapping[str, Any]]) -> Iterator[Target]:
    """Return the targets, and the path of each."""
    return ((path, part) for path, part in parts.items() if len(path) == 2 and path[0] == "alerts")


def faults(parts: Mapping[KeyPath, Mapping[str, Any]]) -> Iterator[Remark]:
    """Yield what is wrong with where targets lead."""
    for path, target in targets(parts):
        url, webhook, secret = (target[name] for name in ("url", "webhook", "secret"))
        if url is None and webhook is None:
            yield (
                (*path, "url"),
                "is missing: give url_file: PATH, or url: ${NAME} from the environment; or `webhook` and `secret`, for "
                "a program",
            )
        if url is not None and webhook is not None:
            yield (*path, "webhook"), "a target has `url` or `webhook`, not both: make two targets of it"
        elif webhook is None and secret is not None and url is not INVALID:
            yield (*path, "secret"), "only a `webhook` is signed: remove this key"
        if webhook is not None:
            yield from _webhook(path, webhook, secret)
        yield from _chat(path, target)


def _chat(path: KeyPath, target: Mapping[str, Any]) -> Iterator[Remark]:
    """Find what is wrong with who may decide in a chat."""
    url, commands, chats = (target[name] for name in ("url", "commands", "chats"))
    if commands is INVALID:
        return
    if not commands:
        for name in ("chats", "users", "api"):
            if target[name] is not INVALID and target[name]:
                yield (*path, name), "has no effect without `commands: true`: add that, or remove this key"
        return
    is_telegram = url not in (None, INVALID) and url.reveal().strip().lower().startswith("tgram://")
    if url is not INVALID and not is_telegram:
        yield (*path, "commands"), "only a Telegram chat can decide: give a `url` that begins with tgram://"
    if chats is not INVALID and not chats:
        yield (*path, "chats"), "is missing: give the ids of the chats that may decide, like [123456789]"


def _webhook(path: KeyPath, webhook: Any, secret: Any) -> Iterator[Remark]:
    if webhook is not INVALID and (wrong := _fault_in_address(webhook.reveal())):
        yield (*path, "webhook"), wrong
    if secret is None:
        yield (
            (*path, "secret"),
            "is missing: give secret_file: PATH, so that the receiver can see who sends; "
            f"`echo {PREFIX}$(openssl rand -base64 32)` makes a secret",
        )
    elif secret is not INVALID:
        try:
            key_of(secret.reveal())
        except ValueError as wrong:
            yield (*path, "secret"), str(wrong)


def _fault_in_address(text: str) -> str:
    """Say why nothing can be posted to an address, or "". It may contain a token, so it is not shown."""
    if wrong := addresses.fault(text, "https://example.com/hooks/tracker"):
        return wrong
    if "@" in urlsplit(text).netloc:
        return "a user name and password in the address are not sent: remove them; the signature proves who sends"
    if "#" in text:
        return "remove everything from # on: it is never sent"
    return ""


def warnings(parts: Mapping[KeyPath, Mapping[str, Any]]) -> Iterator[Remark]:
    """Yield what is allowed but unwise about where targets lead."""
    for path, target in targets(parts):
        webhook, secret, api = target["webhook"], target["secret"], target["api"]
        if api not in (None, INVALID) and urlsplit(api).scheme == "http" and not is_loopback(api):
            yield (*path, "api"), "plain http: others on the network can read the bot's token; use https"
        if _has_open_group(target):
            yield (
                (*path, "chats"),
                "everybody in a group may decide about money: name those who may under `users`",
            )
        if webhook in (None, INVALID) or secret in (None, INVALID):
            continue
        if urlsplit(webhook.reveal()).scheme == "http" and not is_loopback(webhook.reveal()):
            yield (*path, "webhook"), "plain http: others on the network can read these alerts; use https"
        if len(key_of(secret.reveal())) < SHORTEST:
            yield (
                (*path, "secret"),
                f"shorter than {SHORTEST} characters, so that it can be guessed; "
                f"`echo {PREFIX}$(openssl rand -base64 32)` makes one",
            )


def _has_open_group(target: Mapping[str, Any]) -> bool:
    """Tell whether a group may decide of which nobody is named: the ids of groups are below 0."""
    commands, chats, users = (target[name] for name in ("commands", "chats", "users"))
    if INVALID in (commands, chats, users):
        return False
    return bool(commands) and not users and any(chat < 0 for chat in chats)
