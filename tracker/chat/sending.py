"""Sends alerts to the chats of one Telegram target, with buttons where somebody may decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracker.alerts.channels.telegram import Place, TelegramUrl, as_text, read_url
from tracker.alerts.channels.tries import HARD_LIMIT_S, Delivered, Outcome, Tries, Undelivered
from tracker.alerts.delivery import Delivery
from tracker.alerts.digest_message import digest
from tracker.alerts.wording import Wording
from tracker.chat import keyboards
from tracker.chat.bot_api import BotApi, Failed
from tracker.chat.buttons import offered, order_of
from tracker.chat.site import server_of
from tracker.config.target_settings import Target
from tracker.store import chat
from tracker.store.database import Database

CURES = (
    ("unauthorized", "the token of the bot is wrong or was revoked; @BotFather has the right one"),
    ("supergroup", "name it under `chats` too"),
)


@dataclass(slots=True)
class _Letter:
    """One message to one chat."""

    place: Place
    values: dict[str, Any]
    #: The keyboard under it, until it is known under which message that is.
    keyboard: int | None = None
    message_id: int | None = None


@dataclass(slots=True)
class _Taken:
    """The chats that took a message of which others did not: they do not get it again."""

    alerts: tuple[int, ...] = ()
    places: set[Place] = field(default_factory=set)


class ChatRoute:
    """The way to the chats of one target. A try returns within `limit` seconds and never raises."""

    most: int | None = None

    def __init__(self, target: Target, db: Database, wording: Wording, limit: float = HARD_LIMIT_S) -> None:
        self._target = target
        self._db = db
        self._wording = wording
        self._tries = Tries(limit)
        self._taken = _Taken()

    def send(self, alerts: Iterable[Delivery], now: int) -> Outcome:
        """Send one message about these alerts, however many they are, to each chat that has not taken it yet."""
        ids: list[int] = []
        first: Delivery | None = None

        def noted() -> Iterable[Delivery]:
            nonlocal first
            for one in alerts:
                first = first or one
                ids.append(one.id)
                yield one

        try:
            url = read_url(self._target.url.reveal() if self._target.url else "")
        except ValueError as fault:
            return Undelivered(str(fault))
        message = digest(((one.notice, one.at) for one in noted()), self._target.name, self._wording)
        if self._taken.alerts != tuple(ids):
            self._taken = _Taken(tuple(ids))
        text = as_text(message)
        only = first if len(ids) == 1 else None
        letters = [self._letter(place, url, text, only, now) for place in self._places(url)]
        outcome = self._tries.run(lambda: self._send(url, letters))
        self._note(letters)
        if isinstance(outcome, Delivered):
            self._taken = _Taken()
        return outcome

    def _places(self, url: TelegramUrl) -> Sequence[Place]:
        places = url.places or tuple(Place(one) for one in self._target.chats)
        return [place for place in places if place not in self._taken.places]

    def _letter(self, place: Place, url: TelegramUrl, text: str, only: Delivery | None, now: int) -> _Letter:
        values: dict[str, Any] = {
            "chat_id": place.chat, "text": text, "parse_mode": "HTML", "disable_notification": url.silent,
            "link_preview_options": {"is_disabled": not url.preview},
        }  # fmt: skip
        if place.topic:
            values["message_thread_id"] = place.topic
        letter = _Letter(place, values)
        if only is not None and isinstance(place.chat, int) and place.chat in self._target.chats:
            rows, notice = offered(only.notice), only.notice
            if rows:
                what = str(notice.event), notice.panel, order_of(notice)
                subject = keyboards.about(self._db, url.bot, place.chat, what, now)
                letter.keyboard, values["reply_markup"] = keyboards.made(self._db, subject, rows)
        return letter

    def _send(self, url: TelegramUrl, letters: Sequence[_Letter]) -> Outcome:
        """Send to each chat once; the first that failed says why."""
        api = BotApi(url.token, server_of(self._target))
        failed: Failed | None = None
        try:
            for letter in letters:
                answer = api.call("sendMessage", letter.values)
                if isinstance(answer, Failed):
                    failed = failed or answer
                else:
                    letter.message_id = _message_id(answer.result)
        finally:
            api.close()
        return Delivered() if failed is None else Undelivered(_cured(failed.why), failed.retry_after)

    def _note(self, letters: Sequence[_Letter]) -> None:
        for letter in letters:
            if letter.message_id is None:
                continue
            self._taken.places.add(letter.place)
            if letter.keyboard is not None and letter.message_id:
                chat.place(self._db, letter.keyboard, letter.message_id)


def _message_id(result: object) -> int:
    """Return the id of a message that was sent; 0 where the server does not tell."""
    found = result.get("message_id") if isinstance(result, Mapping) else None
    return found if isinstance(found, int) and 0 < found < 2**52 else 0


def _cured(why: str) -> str:
    cure = next((cure for words, cure in CURES if words in why.casefold()), None)
    return why if cure is None or why.endswith(cure) else f"{why}; {cure}"
