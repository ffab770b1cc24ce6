"""Listens to one bot: asks for its updates, one long call after the other, and has each answered.

Only long polling works behind a router. A call that waits is given up at a stop: nothing of it was confirmed, so the
updates come again at the next start. Read answers.py next.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import structlog

from tracker.chat.answers import Answers
from tracker.chat.bot_api import CALL_S, CONFLICT, BotApi, Failed
from tracker.chat.site import Bot, ChatSite
from tracker.chat.updates import LARGEST, Press, Text, Update, read_update
from tracker.lib.times import HOUR, MINUTE, SECOND, seconds
from tracker.store import chat
from tracker.store.database import StorageFault
from tracker.store.engines.engine import Lease

log = structlog.get_logger(__name__)

WAIT_S = 25
"""Seconds that the server keeps a call open while there is nothing to tell."""

AT_ONCE = 100
"""Updates in one answer, at most; a server that sends more is not Telegram's."""

LEASE_DELAY = 5 * SECOND
"""How soon to try again to be the one daemon that listens."""

FIRST_RETRY, LONGEST_RETRY = SECOND, 5 * MINUTE
SHORTEST_ROUND = SECOND
"""How soon the next call follows one that brought nothing, whatever the server says."""

CONFLICT_TIME = MINUTE
"""How long somebody else may ask for the updates before it is told: after a restart, it is an old call of our own."""

PRUNE_EVERY = HOUR

STRANGERS = 1000
"""Chats whose presses and texts were ignored, of which each is logged once."""


class Listener:
    """Listens to one bot in a thread of its own. `elapsed` is a clock that nobody can set."""

    def __init__(self, site: ChatSite, bot: Bot, elapsed: Callable[[], int]) -> None:
        self._answers = Answers(site, bot, BotApi(bot.token, bot.server))
        self._elapsed = elapsed
        self._stopping = threading.Event()
        self._busy = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=f"chat-{bot.id}", daemon=True)
        self._failures = 0
        self._conflict_since: int | None = None
        self._is_conflict_told = False
        self._pruned_at: int | None = None
        self._strangers: set[int] = set()

    @property
    def bot(self) -> Bot:
        """The bot that is listened to."""
        return self._answers.bot

    def follow(self, site: ChatSite, bot: Bot) -> None:
        """Answer by another config from now on; it is the same bot.

        Without waiting: what is being done may be waiting for this very reload.
        """
        self._answers.site, self._answers.bot = site, bot

    def start(self) -> None:
        """Listen from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping.set()

    def wait(self, longest: float) -> None:
        """Wait until what is being done is done, so many seconds at most; a call that waits is not waited for."""
        if self._busy.acquire(timeout=max(0.0, longest)):
            self._busy.release()

    def close(self) -> None:
        """Close the connections of this thread."""
        self._answers.api.close()
        self._answers.site.db.close()

    def _run(self) -> None:
        db = self._answers.site.db
        while not self._stopping.is_set():
            try:
                with db.lease(f"chat:{self.bot.id}") as lease:
                    delay = self._listen(lease)
            except StorageFault as fault:
                log.error("database.unavailable", why=str(fault))
                delay = LEASE_DELAY
            except Exception:  # whatever it is, it must not end the chat until the next restart
                log.exception("chat.crashed")
                delay = MINUTE
            self._stopping.wait(seconds(delay))
        self.close()

    def _listen(self, lease: Lease) -> int:
        """Ask as long as this is the daemon that does; return how soon to try again, in microseconds."""
        while lease.holds() and not self._stopping.is_set():
            self._stopping.wait(seconds(self.round(lease)))
        return LEASE_DELAY

    def round(self, lease: Lease) -> int:
        """Ask for the updates once and have them answered; return how long to wait, in microseconds."""
        db, api, began = self._answers.site.db, self._answers.api, self._elapsed()
        first = chat.offset(db, self.bot.id)
        if not db.shared:  # or a stop would leave a connection open, and the file's log beside it
            db.close()
        wanted = {"offset": first, "timeout": WAIT_S, "limit": AT_ONCE}
        answer = api.call(
            "getUpdates", {**wanted, "allowed_updates": ["message", "callback_query"]}, WAIT_S + CALL_S
        )
        if self._stopping.is_set() or not lease.holds():
            return 0
        if isinstance(answer, Failed):
            return self._after_failure(answer)
        self._after_answer()
        last = self._answer_all(answer.result, first, lease)
        self._prune()
        is_idle = last == first and self._elapsed() - began < SHORTEST_ROUND
        return SHORTEST_ROUND if is_idle else 0

    # -- updates ------------------------------------------------------------------------------------------

    def _answer_all(self, raw: object, first: int, lease: Lease) -> int:
        """Answer new updates in their order; return the id of the first that was not dealt with."""
        found = [read_update(one) for one in raw[:AT_ONCE]] if isinstance(raw, list) else []
        new = sorted(
            (one for one in found if one and first <= one.update < LARGEST - 1), key=lambda one: one.update
        )
        next_update = kept = first
        for update in new:
            if update.update < next_update:  # the same id twice
                continue
            if self._stopping.is_set() or not lease.holds():
                break
            next_update = update.update + 1
            if self._answer(update):
                chat.set_offset(self._answers.site.db, self.bot.id, next_update)
                kept = next_update
        if kept != next_update:
            chat.set_offset(self._answers.site.db, self.bot.id, next_update)
        return next_update

    def _answer(self, update: Update) -> bool:
        """Have one update answered; False where nobody is answered."""
        if not isinstance(update, Press | Text):
            return False
        with self._busy:
            if not self.bot.may_decide(update.chat, update.person):
                self._note_stranger(update)
                return False
            try:
                if isinstance(update, Press):
                    self._answers.press(update)
                else:
                    self._answers.text(update)
            except StorageFault:
                raise
            except Exception:  # or the same update would come again for ever
                log.exception("chat.crashed")
        return True

    def _note_stranger(self, update: Press | Text) -> None:
        """Log once who was ignored where: the ids are what the config needs, where it should not have been so."""
        if update.chat not in self._strangers and len(self._strangers) < STRANGERS:
            self._strangers.add(update.chat)
            log.info("chat.ignored", chat=update.chat, user=update.person.id)

    def _prune(self) -> None:
        now = self._elapsed()
        if self._pruned_at is None or now - self._pruned_at >= PRUNE_EVERY:
            self._pruned_at = now
            chat.prune(self._answers.site.db, self._answers.site.now())

    # -- failures -----------------------------------------------------------------------------------------

    def _after_answer(self) -> None:
        if self._failures:
            log.info("chat.listening", bot=self.bot.id)
        self._failures = 0
        self._conflict_since = None
        self._is_conflict_told = False

    def _after_failure(self, failed: Failed) -> int:
        """Tell of the first failure of a row, and return how long to wait."""
        if failed.status == CONFLICT:
            self._note_conflict(failed)
        elif not self._failures:
            log.warning("chat.failed", bot=self.bot.id, why=failed.why)
        self._failures += 1
        longest = min(LONGEST_RETRY, FIRST_RETRY << min(self._failures, 16))
        return max(failed.retry_after or 0, FIRST_RETRY, round(longest * random.uniform(0.5, 1)))

    def _note_conflict(self, failed: Failed) -> None:
        """Tell once that somebody else hears what is said to the bot, in the log and in its chats."""
        now = self._elapsed()
        if self._conflict_since is None:
            self._conflict_since = now
        has_webhook = "webhook" in failed.why.casefold()
        if self._is_conflict_told or not (has_webhook or now - self._conflict_since >= CONFLICT_TIME):
            return
        self._is_conflict_told = True
        why = (
            "a webhook is set for this bot: delete it (deleteWebhook of the Bot API), or give tracker a bot of its own"
            if has_webhook
            else "another program asks for the updates of this bot: stop it, or give tracker a bot of its own"
        )
        log.error("chat.conflict", bot=self.bot.id, why=why)
        for chat_id in self.bot.allowed:
            text = f"tracker hears no buttons and no commands here: {why}. Alerts still come."
            self._answers.api.call("sendMessage", {"chat_id": chat_id, "text": text})
