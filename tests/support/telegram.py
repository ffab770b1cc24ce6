"""A server on loopback that speaks Telegram's Bot API as https://core.telegram.org/bots/api has it, for tests."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.project import eventually

TOKEN = "123456789:hush-hush-hush-hush-hush-hush-hush-"
ALI = {"id": 501, "is_bot": False, "first_name": "Ali", "last_name": "Rezaei"}
EVE = {"id": 666, "is_bot": False, "first_name": "Eve"}
CHAT = 42

Json = dict[str, Any]


@dataclass
class Message:
    """One message that the bot has sent."""

    id: int
    chat: int
    text: str
    sent: Json
    #: The buttons that it carries now, each by what stands on it.
    buttons: dict[str, str] = field(default_factory=dict)
    edits: int = 0


class BotServer:
    """The server: what the bot sent, what people do, and how it fails; a context manager."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.popups: list[Json] = []
        self.calls: list[str] = []
        #: What a method answers instead of doing it, as status and body, once for each in the list.
        self.failures: dict[str, list[tuple[int, Any]]] = {}
        self.webhook = False
        self._updates: list[Json] = []
        self._next = 1000
        self._changed = threading.Condition()
        self._polls = 0
        self._open = True
        #: How many calls for updates wait at the moment.
        self.waiting = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
                status, answer = server.answer(self.path, body)
                raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(raw)))
                    self.end_headers()
                    self.wfile.write(raw)
                except OSError:
                    pass

            def log_message(self, *_args: object) -> None:
                """Keep the test's output clean."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def target(self, more: str = "") -> str:
        """A target, as a config names it, whose chat may decide."""
        return f"{{name: phone, url: 'tgram://{TOKEN}/{CHAT}', commands: true, chats: [{CHAT}], api: '{self.url}'{more}}}"

    def __enter__(self) -> BotServer:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        with self._changed:
            self._open = False
            self._changed.notify_all()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    # -- what people do -----------------------------------------------------------------------------------

    def update(self, **what: Any) -> int:
        """Let the bot be told something; return the id of the update."""
        with self._changed:
            self._next += 1
            self._updates.append({"update_id": self._next, **what})
            self._changed.notify_all()
            return self._next

    def again(self, update: Json) -> None:
        """Tell an update as it is, whatever its id."""
        with self._changed:
            self._updates.append(update)
            self._changed.notify_all()

    def press(self, message: Message, data: str, person: Json = ALI, chat: int | None = None) -> int:
        """Press a button under a message."""
        where = {"message_id": message.id, "chat": {"id": chat or message.chat, "type": "private"}, "date": 1}
        query = {"id": f"query-{self._next + 1}", "from": person, "message": where, "data": data}
        return self.update(callback_query=query)

    def say(
        self, text: str, person: Json = ALI, chat: int = CHAT, reply_to: int | None = None, at: int = 0
    ) -> int:
        """Write a text."""
        said = {
            "message_id": 9, "from": person, "chat": {"id": chat, "type": "private"}, "date": at or int(time.time()),
            "text": text,
        }  # fmt: skip
        return self.update(
            message=said | ({"reply_to_message": {"message_id": reply_to}} if reply_to else {})
        )

    # -- what is seen -------------------------------------------------------------------------------------

    def shows(self, words: str) -> Message:
        """Wait for a message with these words; return the newest."""
        found: Message = eventually(
            lambda: next((one for one in self.messages[::-1] if words in one.text), None)
        )
        return found

    def button(self, message: Message, label: str) -> str:
        """Wait until a message carries a button; return its data."""

        def found() -> str | None:
            return next((data for shown, data in dict(message.buttons).items() if label in shown), None)

        data: str = eventually(found)
        return data

    def settled(self) -> None:
        """Wait until everything that was told has been confirmed."""
        eventually(lambda: not self._updates and self.waiting)

    # -- the methods --------------------------------------------------------------------------------------

    def answer(self, path: str, body: Json) -> tuple[int, Any]:
        """Answer one call."""
        _, bot, method = path.split("/")
        self.calls.append(method)
        if bot != f"bot{TOKEN}":
            return _refused(401, "Unauthorized")
        if self.failures.get(method):
            return self.failures[method].pop(0)
        match method:
            case "getUpdates":
                return self._get_updates(body)
            case "sendMessage":
                return self._send(body)
            case "editMessageReplyMarkup":
                return self._edit(body)
            case "answerCallbackQuery":
                self.popups.append(body)
                return 200, {"ok": True, "result": True}
        return _refused(404, "Not Found")

    def _get_updates(self, body: Json) -> tuple[int, Any]:
        until = time.monotonic() + body["timeout"]
        with self._changed:
            if self.webhook:
                return _refused(
                    409,
                    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first",
                )
            self._polls += 1
            mine, self.waiting = self._polls, self.waiting + 1
            self._changed.notify_all()
            try:
                self._updates = [one for one in self._updates if one.get("update_id", 0) >= body["offset"]]
                while self._open and mine == self._polls and not self._updates:
                    if (
                        not self._changed.wait(min(0.5, until - time.monotonic()))
                        and time.monotonic() >= until
                    ):
                        break
                if mine != self._polls:
                    return _refused(409, "Conflict: terminated by other getUpdates request")
                return 200, {"ok": True, "result": self._updates[: body["limit"]]}
            finally:
                self.waiting -= 1

    def _send(self, body: Json) -> tuple[int, Any]:
        chat = int(body["chat_id"])
        message = Message(len(self.messages) + 1, chat, body["text"], body, _buttons(body))
        self.messages.append(message)
        return 200, {"ok": True, "result": {"message_id": message.id, "chat": {"id": chat}}}

    def _edit(self, body: Json) -> tuple[int, Any]:
        found = next((one for one in self.messages if one.id == body["message_id"]), None)
        if found is None:
            return _refused(400, "Bad Request: message to edit not found")
        buttons = _buttons(body)
        if buttons == found.buttons:
            return _refused(400, "Bad Request: message is not modified")
        found.buttons, found.edits = buttons, found.edits + 1
        return 200, {"ok": True, "result": {"message_id": found.id}}


def _buttons(body: Json) -> dict[str, str]:
    rows = body.get("reply_markup", {}).get("inline_keyboard", [])
    found = {button["text"]: button["callback_data"] for row in rows for button in row}
    assert all(len(data.encode()) <= 64 for data in found.values())
    return found


def _refused(status: int, words: str, **parameters: Any) -> tuple[int, Json]:
    return status, {"ok": False, "error_code": status, "description": words, "parameters": parameters}
