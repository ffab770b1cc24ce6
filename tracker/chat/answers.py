"""Answers one update: does what a button stands for, once, and says what was done.

Whoever may not decide gets no answer at all. The act is durable before anybody is told of it: when the daemon dies in
between, the update comes again, finds the button used, and is answered with what was done.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

import structlog

from tracker.chat import keyboards, talk
from tracker.chat.bot_api import Answer, BotApi, Failed, Said
from tracker.chat.buttons import ABOUT_AN_ORDER, WARNINGS, Act, Rows, again, candidates, left, sure
from tracker.chat.deeds import DEEDS, SLOW_DEEDS, order_of
from tracker.chat.site import Bot, ChatSite, name_of
from tracker.chat.updates import Person, Press, Text
from tracker.lib.times import MINUTE, SECOND
from tracker.operations.paired import is_paired
from tracker.operations.refused import Refused
from tracker.orders.order import Order, State
from tracker.orders.service_names import by_digits
from tracker.store import accounts, chat, evidence, orders, silences
from tracker.store.chat import Pressed

log = structlog.get_logger(__name__)

LATE = 10 * MINUTE
"""After this long nobody waits for the answer to a command any more."""

ANSWERS, ANSWERS_TIME = 10, MINUTE
"""So many commands of a chat are answered within so long; what else comes is noise."""

CANDIDATES = 5
"""Ids of the panel that are offered for one order."""

LONGEST_POPUP = 200
"""Characters that Telegram shows above a chat."""

NEEDED = {
    "order.unknown": State.UNKNOWN, "order.rejected": State.REJECTED, "order.expired": State.DROPPED,
}  # fmt: skip
"""The state in which an order can still be decided about, by the event; any other is about queued orders."""

HAS_ARRIVED = "The panel has this order. Which one is not known, as others were lost too; on the server run"
UNKNOWN_BUTTON = "This button means nothing here. Nothing was done."
TOO_OLD = "This button is more than 3 days old. Nothing was done; /status says how things are."


class Answers:
    """Answers those who may decide through one bot."""

    def __init__(self, site: ChatSite, bot: Bot, api: BotApi) -> None:
        self.site = site
        self.bot = bot
        self.api = api
        self._answered: dict[int, deque[int]] = {}

    # -- presses ------------------------------------------------------------------------------------------

    def press(self, press: Press) -> None:
        """Do what a button stands for, where it can be pressed still."""
        pressed = self._pressed(press)
        if pressed is None:
            self._over(press, UNKNOWN_BUTTON)
        elif pressed.done_at is not None:
            self._over(press, f"Already done: {pressed.done}")
        elif self.site.now() >= pressed.about.expires_at:
            self._over(press, TOO_OLD)
        else:
            try:
                self._obey(press, pressed, Act(pressed.act))
            except Refused as why:
                self._refuse(press, pressed, str(why))

    def _pressed(self, press: Press) -> Pressed | None:
        """Return the button; None for one of another chat or message, as one that was forwarded is."""
        found = chat.by_nonce(self.site.db, self.bot.id, press.data)
        if found is None or found.about.chat != press.chat or found.act not in set(Act):
            return None
        if found.message_id is None:
            chat.place(self.site.db, found.keyboard, press.message)
            return replace(found, message_id=press.message)
        return found if found.message_id == press.message else None

    def _obey(self, press: Press, pressed: Pressed, act: Act) -> None:
        if act in DEEDS or act in SLOW_DEEDS:
            self._done(press, pressed, act, self.do(pressed, act, press.person))
        elif act is Act.BACK:
            self._edit(press, self._rest(press, pressed, frozenset()))
            self._pop_up(press, "")
        elif act is Act.ASK_ID:
            self._ask_id(press, pressed)
        else:
            self._next_keyboard(press, pressed, self._following(pressed, act), WARNINGS.get(act, ""))

    def do(self, pressed: Pressed, act: Act, person: Person) -> str:
        """Do what a button stands for, and use it up; return what was done. Refused when nothing was."""
        db, by = self.site.db, name_of(person)
        slow = SLOW_DEEDS.get(act)
        done = slow(self.site, pressed, by) if slow is not None else ""
        with db.transaction():
            if slow is None:
                done = DEEDS[act](self.site, pressed, by)
            used = chat.finish(db, pressed, f"{done} ({person.name})", self.site.now())
            if not used and slow is None:
                raise Refused("this was decided already. Nothing was done.")
        log.info("chat.decided", act=str(act), what=done, who=person.id)
        return done

    def _following(self, pressed: Pressed, act: Act) -> Rows:
        """Return the buttons that follow one that asks once more."""
        order = order_of(self.site, pressed)
        if not self._may_decide(pressed, order):
            raise Refused(f"order {order.id} is {order.state} by now. Nothing was done.")
        if act is Act.RELEASE and is_paired(self.site.db, order):
            raise Refused(f"{HAS_ARRIVED}: tracker resolve {order.id} --adopt-in-order. Nothing was done.")
        return candidates(self._candidates(order)) if act is Act.ADOPT else sure(act)

    def _rest(self, press: Press, pressed: Pressed, gone: frozenset[Act]) -> dict[str, Any]:
        """Make the keyboard of what can still be pressed about the same alert, as things are now."""
        db, now, about = self.site.db, self.site.now(), pressed.about
        order = None if about.order_id is None else orders.by_id(db, about.order_id)
        if about.order_id is not None and (order is None or not self._may_decide(pressed, order)):
            gone |= {*ABOUT_AN_ORDER, Act.PAUSE, Act.SILENCE}
        if order is not None and is_paired(db, order):
            gone |= {Act.RELEASE}
        if any((one.event, one.panel) == (about.event, about.panel) for one in silences.on(db, now)):
            gone |= {Act.SILENCE}
        is_paused = about.panel is not None and accounts.read(db, about.panel).paused_at is not None
        rows = left(again(about.event, about.panel, about.order_id), gone, is_paused)
        if not rows:
            return keyboards.NONE
        return keyboards.made(db, about._replace(made_at=now), rows, press.message)[1]

    def _candidates(self, order: Order) -> list[str]:
        """Return the ids that the newest check of a lost order has found and no order has."""
        db = self.site.db
        for check in reversed(evidence.checks(db, order.id)):
            found = check.facts.get("own_ids_found") or {}
            free = [one for one in found if orders.owner_of_number(db, order.panel, one) is None]
            if free:
                return free[:CANDIDATES]
        return []

    def _next_keyboard(self, press: Press, pressed: Pressed, rows: Rows, warning: str) -> None:
        _, markup = keyboards.made(self.site.db, pressed.about, rows, press.message)
        self._edit(press, markup)
        self._pop_up(press, warning)

    def _ask_id(self, press: Press, pressed: Pressed) -> None:
        order = order_of(self.site, pressed)
        text = f"Reply to this message with the id that {order.panel} shows for order {order.id}."
        markup = {"force_reply": True, "selective": True, "input_field_placeholder": "the panel's order id"}
        asked = self._say(press.chat, text, press.message, reply_markup=markup)
        message_id = _message_id(asked)
        if message_id is not None:
            subject = pressed.about
            told = chat.NewButton(str(Act.TOLD_ID), str(press.message))
            chat.make(self.site.db, subject, [told], message_id)
        self._pop_up(press, "")

    def _done(self, press: Press, pressed: Pressed, act: Act, done: str) -> None:
        """Leave what can still be pressed, and say to all in the chat what was done, and by whom."""
        self._edit(press, self._rest(press, pressed, frozenset({act})))
        self._pop_up(press, "")
        self._say(press.chat, f"{done} ({press.person.name}).", press.message)

    def _refuse(self, press: Press, pressed: Pressed, why: str) -> None:
        """Say why nothing was done; what cannot be decided any more loses its buttons."""
        if pressed.about.order_id is not None:
            order = orders.by_id(self.site.db, pressed.about.order_id)
            if order is None or not self._may_decide(pressed, order):
                self._edit(press, keyboards.NONE)
        text = _sentence(why)
        self._pop_up(press, text)
        if len(text) > LONGEST_POPUP:
            self._say(press.chat, text, press.message)

    def _may_decide(self, pressed: Pressed, order: Order) -> bool:
        needed = NEEDED.get(pressed.about.event, State.QUEUED)
        return order.attempts == pressed.about.attempt and order.state is needed

    def _over(self, press: Press, text: str) -> None:
        """Say why a button does nothing, and take it away, unless others are there by now."""
        if not chat.any_open(self.site.db, self.bot.id, press.chat, press.message, self.site.now()):
            self._edit(press, keyboards.NONE)
        self._pop_up(press, text)

    # -- texts --------------------------------------------------------------------------------------------

    def text(self, text: Text) -> None:
        """Answer a command, or take the id that was asked for."""
        asked = None
        if text.reply_to is not None:
            asked = chat.at_message(self.site.db, self.bot.id, text.chat, text.reply_to, str(Act.TOLD_ID))
        if asked is not None:
            self._take_id(text, asked)
        elif (
            text.at * SECOND > self.site.now() - LATE
            and text.text.startswith("/")
            and self._has_room(text.chat)
        ):
            said = talk.answer(self.site, text.text, text.chat)
            if said is not None:
                self._say(text.chat, said, text.message)

    def _take_id(self, text: Text, asked: Pressed) -> None:
        if asked.done_at is not None:
            self._say(text.chat, f"Already done: {asked.done}.", text.message)
        elif self.site.now() >= asked.about.expires_at:
            self._say(text.chat, TOO_OLD, text.message)
        else:
            told = replace(asked, argument=by_digits(text.text.strip()))
            try:
                done = self.do(told, Act.TOLD_ID, text.person)
            except Refused as why:
                self._say(text.chat, _sentence(str(why)), text.message)
            else:
                self._take_buttons(text.chat, int(asked.argument or 0))
                self._say(text.chat, f"{done} ({text.person.name}).", text.message)

    def _has_room(self, chat_id: int) -> bool:
        """Tell whether another command of a chat is answered now."""
        now, times = self.site.now(), self._answered.setdefault(chat_id, deque(maxlen=ANSWERS))
        if len(times) == ANSWERS and 0 <= now - times[0] < ANSWERS_TIME:
            return False
        times.append(now)
        return True

    # -- what is said -------------------------------------------------------------------------------------

    def _edit(self, press: Press, markup: dict[str, Any]) -> None:
        self._call(
            "editMessageReplyMarkup", chat_id=press.chat, message_id=press.message, reply_markup=markup
        )

    def _take_buttons(self, chat_id: int, message_id: int) -> None:
        values = {"chat_id": chat_id, "message_id": message_id}
        self._call("editMessageReplyMarkup", **values, reply_markup=keyboards.NONE)

    def _pop_up(self, press: Press, text: str) -> None:
        shown = text if len(text) <= LONGEST_POPUP else text[: LONGEST_POPUP - 1] + "…"
        more = {"text": shown, "show_alert": True} if shown else {}
        self._call("answerCallbackQuery", callback_query_id=press.query, **more)

    def _say(self, chat_id: int, text: str, answers: int, **more: Any) -> Answer:
        reply = {"message_id": answers, "allow_sending_without_reply": True}
        return self._call("sendMessage", chat_id=chat_id, text=text, reply_parameters=reply, **more)

    def _call(self, method: str, **values: Any) -> Answer:
        """Make a call whose failure changes nothing: what was done is done, and stands in the history."""
        answer = self.api.call(method, values)
        if isinstance(answer, Failed):
            log.info("chat.unsaid", method=method, why=answer.why)
        return answer


def _message_id(answer: Answer) -> int | None:
    found = (
        answer.result.get("message_id")
        if isinstance(answer, Said) and isinstance(answer.result, dict)
        else None
    )
    return found if isinstance(found, int) else None


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")
