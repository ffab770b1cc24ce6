"""The kinds of single values that settings are made of: how each is written, and the limits of each."""

from __future__ import annotations

from datetime import tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from tracker.alerts.quiet_hours import QuietHours
from tracker.config.structs import Meta
from tracker.lib.times import DAY, SECOND


class Secret:
    """A text that is never shown: only `reveal` returns it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself; never log or print it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


def form(name: str) -> Meta:
    """Mark how a value is written in the file, for the reader and for the schema."""
    return Meta(extra={"form": name})


def described(description: str, ge: int | float | None = None, le: int | float | None = None) -> Meta:
    """Say what a setting is, and between which values it lies."""
    return Meta(description=description, ge=ge, le=le)


NotInFile = Annotated[str, form("not_in_file")]
"""A field that is not a key of the file."""
Name = Annotated[str, form("name"), Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Address = Annotated[str, form("address")]
Database = Annotated[str, form("database")]
Text = Annotated[str, form("text"), Meta(min_length=1)]
Every = Annotated[str, form("every")]
Day = Annotated[str, form("day")]
Tag = Annotated[str, form("tag")]
EventPattern = Annotated[str, form("event")]
Duration = Annotated[int, form("duration")]
ReminderDelay = Annotated[Duration, Meta(ge=60 * SECOND, le=365 * DAY)]
Quiet = Annotated[QuietHours, form("quiet")]
Zone = Annotated[tzinfo, form("zone")]
Folder = Annotated[Path, form("folder")]
CheckDelay = Annotated[Duration, Meta(ge=SECOND, le=365 * DAY)]
Money = Annotated[Decimal, form("money")]
Price = Annotated[Decimal, form("price")]
Share = Annotated[Decimal, form("share")]
"""A share of a whole, written in percent."""
Events = Annotated[tuple[EventPattern, ...], Meta(min_length=1, max_length=100)]
Listen = Annotated[str, form("listen")]
HostName = Annotated[str, form("host")]
BotServer = Annotated[str, form("bot_server")]
ChatId = Annotated[int, form("chat_id")]
