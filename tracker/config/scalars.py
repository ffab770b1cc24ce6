"""How each kind of single value is read and written, and what a message asks for instead. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from tracker.alerts.quiet_hours import read_quiet_hours, read_zone
from tracker.alerts.subscriptions import is_pattern
from tracker.config import addresses
from tracker.config.annotations import FieldType
from tracker.config.faults import nearest
from tracker.config.structs import msgspec
from tracker.events import Event
from tracker.lib.recurrence import read_every
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND, duration
from tracker.orders.tags import tag_of

DURATION = r"\d+(\.\d+)?\s*[smhd]"
MONEY = r"\d{1,12}(\.\d{1,6})?"
PRICE = r"\d{1,12}(\.\d{1,12})?"
"""Of one unit: panels that price by the thousand have many digits of it."""
SHARE = r"\d{1,4}(\.\d{1,3})?\s*%"
CHAT_ID = r"-?[1-9]\d{0,14}"
"""Ids of Telegram have at most 52 significant bits; those of groups are below 0."""

_WHOLE = r"0|-?[1-9]\d{0,17}"
_NUMBER = r"(0|[1-9]\d{0,11})(\.\d{1,12})?"


def read(text: str, field_type: FieldType) -> Any:
    """Read a text as one value; ValueError says what to write instead, and does not repeat the text."""
    try:
        value = _READERS[field_type.form](text)
        return (
            value if field_type.form in ("quiet", "zone") else msgspec.convert(value, field_type.annotation)
        )
    except (KeyError, ValueError, msgspec.ValidationError):
        raise ValueError(_EXPECTED[field_type.form](text, field_type)) from None


def format_duration(span: int) -> str:
    """Write a duration as in a config: `30s`, `6h`, `365d`."""
    for unit, letter in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if span >= unit and span % unit == 0:
            return f"{span // unit}{letter}"
    return f"{span / SECOND:g}s"


def _matching(pattern: str, read_as: Callable[[str], Any]) -> Callable[[str], Any]:
    def reader(text: str) -> Any:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError
        return read_as(text)

    return reader


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError
    return text.strip()


def _day(text: str) -> str:
    datetime.fromisoformat(text)
    return text


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _event(text: str) -> str:
    if not is_pattern(text):
        raise ValueError
    return text


def _address(text: str) -> str:
    if _address_fault(text):
        raise ValueError
    return text


def _address_fault(text: str) -> str:
    """Say why a text is not the address of a panel's API, or "". It may contain a key, so it is not shown."""
    if wrong := addresses.fault(text, "https://example.com/api/v2"):
        return wrong
    url = urlsplit(text)
    if url.username is not None or url.password is not None:
        return (
            "a user name and password in the URL are not sent: remove them, and give the API key under `key`"
        )
    if url.query or url.fragment or "?" in text or "#" in text:
        return "remove everything from ? or # on; tracker adds `action` and `key`"
    return ""


_LISTEN = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:\[\]/@]+):(?P<port>\d{1,5})")
_HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"


def _listen(text: str) -> str:
    found = _LISTEN.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < 65_536:
        raise ValueError
    return text


def _fault_from(reader: Callable[[str], object], text: str) -> str:
    try:
        reader(text)
    except ValueError as wrong:
        return str(wrong)
    return ""


_READERS: Mapping[str, Callable[[str], Any]] = {
    "boolean": _boolean,
    "integer": _matching(_WHOLE, int),
    "number": _matching(_NUMBER, float),
    "money": _matching(MONEY, Decimal),
    "price": _matching(PRICE, Decimal),
    "share": _matching(SHARE, lambda text: Decimal(text.rstrip("% \t")) / 100),
    "duration": _matching(DURATION, duration),
    "choice": str,
    "name": str,
    "event": _event,
    "tag": tag_of,
    "text": _text,
    "every": read_every,
    "day": _day,
    "address": _address,
    "listen": _listen,
    "host": _matching(_HOST, str.lower),
    "chat_id": _matching(CHAT_ID, int),
    "bot_server": _address,
    "quiet": read_quiet_hours,
    "zone": read_zone,
}

_EVENTS = [event for event in Event if event is not Event.ALERT_TEST]
PATTERNS = [*_EVENTS, "*", *sorted({f"{event.partition('.')[0]}.*" for event in _EVENTS})]


def _choice_wanted(text: str, field_type: FieldType) -> str:
    return _one_of(text, [str(word) for word in field_type.holds])


def _event_wanted(text: str, _: FieldType) -> str:
    near = nearest(text, PATTERNS)
    return f"there is no such event; did you mean {near}?" if near else f"write one of {', '.join(PATTERNS)}"


def _duration_wanted(_: str, field_type: FieldType) -> str:
    shortest, longest = format_duration(field_type.ge), format_duration(field_type.le)
    return f"write a duration from {shortest} to {longest}, like 45s, 5m, 2h or 1d"


def _one_of(text: str, words: list[str]) -> str:
    near = nearest(text, words)
    return f"write {' or '.join(words)}" + (f"; did you mean {near}?" if near and len(words) > 2 else "")


_BOOLEANS = dict.fromkeys(("yes", "on", "y", "1"), "true") | dict.fromkeys(("no", "off", "n", "0"), "false")
"""What other programs take for true and false."""

_EXPECTED: Mapping[str, Callable[[str, FieldType], str]] = {
    "boolean": lambda text, _: f"write {_BOOLEANS.get(text.lower(), 'true or false')}",
    "integer": lambda _, field_type: f"write a whole number from {field_type.ge} to {field_type.le}",
    "number": lambda _, field_type: f"write a number from {field_type.ge} to {field_type.le}",
    "money": lambda *_: "write an amount like 50000 or 12.50, without a currency or thousands separators",
    "price": lambda *_: (
        "write the price of one unit as `tracker services` shows it, like 0.0125, without a currency"
    ),
    "share": lambda *_: "write a share in percent, like 20%",
    "duration": _duration_wanted,
    "choice": _choice_wanted,
    "name": lambda *_: "a name has 1 to 64 letters, digits, dots, underscores and hyphens",
    "event": _event_wanted,
    "text": lambda *_: "it is empty",
    "every": lambda text, _: _fault_from(read_every, text),
    "day": lambda *_: "write a day like 2026-12-31, or a time like 2026-12-31T18:00",
    "tag": lambda text, _: _fault_from(tag_of, text),
    "address": lambda text, _: _address_fault(text),
    "listen": lambda *_: "write an address and a port, like 127.0.0.1:8787 or [::1]:8787",
    "host": lambda *_: "write a name like tracker.example.com, without a port",
    "bot_server": lambda *_: "write the address of the server alone, like https://bots.example.com",
    "chat_id": lambda *_: "write an id of Telegram: a whole number, that of a group with its -",
    "quiet": lambda text, _: _fault_from(read_quiet_hours, text),
    "zone": lambda text, _: _fault_from(read_zone, text),
}
