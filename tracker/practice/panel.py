"""The practice panel: the panel API over real HTTP on loopback, with faults on request."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any
from urllib.parse import unquote

from tracker.lib.counts import counted
from tracker.lib.times import SECOND
from tracker.practice import control_api, inbox
from tracker.practice.api import SHAPES, TAKING, Api, add_form, asked_ids
from tracker.practice.behaviour import DEFAULT, Behaviour
from tracker.practice.http11 import HTML, Request
from tracker.practice.inbox import Alert
from tracker.practice.injector import ArmedFault, FaultInjector, arm
from tracker.practice.languages import LANGUAGES
from tracker.practice.mutations import MutationContext, encode
from tracker.practice.replies import Reply
from tracker.practice.request_log import LoggedRequest, Requests
from tracker.practice.requests import Asking
from tracker.practice.server import Afterwards, LoopbackServer
from tracker.practice.state import PanelState
from tracker.practice.validation import TEXTS, Refusal

PATHS = frozenset({"/api/v1", "/api/v1/", "/api/v2", "/api/v2/"})
LATE_S = 1.0
MIN_KEY_LENGTH = 8
"""A shorter key could occur by chance inside of other text."""

Watch = Callable[[LoggedRequest, str], None]


class PracticePanel:
    """A panel to practise on; a context manager, or `start` and `stop`.

    `clock` returns seconds since 1970. `watch` is called for each request, with a short text of the answer.
    OSError: the port is taken.
    """

    def __init__(
        self,
        behaviour: Behaviour = DEFAULT,
        *,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        watch: Watch | None = None,
    ) -> None:
        self.dialect = behaviour.dialect
        self.key = behaviour.key
        self.latency = behaviour.latency
        self.state = PanelState(
            behaviour.balance, clock, pace=behaviour.pace, gap=behaviour.gap, first_id=behaviour.first_id,
            random_ids=behaviour.random_ids, seed=behaviour.seed,
        )  # fmt: skip
        self.state.services = SHAPES[behaviour.dialect].catalogue()
        self.state.drip_feed = behaviour.drip_feed
        self.state.repeats.window = behaviour.dedupe_window
        #: The text of each refusal; tests may change it.
        self.reject_texts = {**TEXTS, **LANGUAGES.get(behaviour.language, {})}
        #: Refuse every key, as if the account were closed.
        self.refuse_key = False
        #: The HTTP status of refusals.
        self.error_status = 200
        #: Where the key was sent outside of the form, which is not allowed; never the key itself.
        self.leaks: list[str] = []
        self.requests = Requests()
        #: Called for each alert that arrives at `/alerts`; None: there is no such address.
        self.on_alert: Callable[[Alert], None] | None = None
        self._clock = clock
        self._watch = watch
        self._api = Api(self.state, SHAPES[behaviour.dialect], behaviour.currency, self.reject_texts)
        self._injector = FaultInjector()
        self._server = LoopbackServer(self._respond, port)

    @property
    def url(self) -> str:
        """The URL for a config."""
        return f"http://127.0.0.1:{self._server.port}/api/v1"

    @property
    def control_url(self) -> str:
        """The URL of the control API, for other processes."""
        return f"http://127.0.0.1:{self._server.port}{control_api.ROOT}"

    @property
    def currency(self) -> str:
        """The currency of the wallet."""
        return self._api.currency

    @property
    def asking(self) -> Asking:
        """The refills and cancels that it took."""
        return self._api.asking

    @property
    def over_limit(self) -> str:
        """The answer to a call with more than 100 ids: `error` or `truncate`."""
        return self._api.over_limit

    @over_limit.setter
    def over_limit(self, value: str) -> None:
        self._api.over_limit = value

    def start(self) -> None:
        """Begin to answer; after a `stop` again on the same port and with the same state."""
        if self._server.stopping.is_set():
            self._server = LoopbackServer(self._respond, self._server.port)
        self._server.start()

    def stop(self) -> None:
        """Cut every connection and refuse new ones; late orders that were not yet taken are not taken."""
        self._server.stop()

    def __enter__(self) -> PracticePanel:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def fault(
        self, action: str, name: str, times: int | None = 1, skip: int = 0, *,
        seconds: float | None = None, order: int | str | None = None,
    ) -> None:  # fmt: skip
        """Make the next requests of an action (`*`: any) go wrong; ValueError when there is no such fault.

        `times` None: until cleared. The first `skip` requests do not meet the fault. The table of faults says
        what `seconds` and `order` mean; with `order`, only calls that ask about this order meet the fault.
        """
        armed = arm(action, name, times, skip, seconds, order)
        with self.state.lock:
            self._injector.arm(armed)

    def word(self, kind: str, text: str) -> None:
        """Refuse in these words from now on; ValueError when there is no such kind of refusal."""
        if kind not in TEXTS:
            raise ValueError(f"{kind!r} is not a kind of refusal: write {', '.join(TEXTS)}")
        self.reject_texts[kind] = text

    def clear_faults(self) -> None:
        """Disarm all faults."""
        with self.state.lock:
            self._injector.clear()

    def _respond(self, request: Request) -> tuple[Reply, Afterwards | None]:
        path = request.path
        if path.startswith(control_api.ROOT):
            return control_api.answer(self, request), None
        if path.rstrip("/") == inbox.PATH and self.on_alert is not None:
            return self._take_alert(request, self.on_alert), None
        if path not in PATHS:
            return Reply(b"<h1>404 Not Found</h1>\n", 404, HTML), None
        if request.method != "POST":
            return Reply(encode({"error": "Only POST is allowed here"}), 405), None
        return self._serve(request)

    def _take_alert(self, request: Request, show: Callable[[Alert], None]) -> Reply:
        alert = inbox.read_alert(request.body)
        if alert is None:
            return Reply(encode({"error": "This is no message of apprise's json://"}), 400)
        show(alert)
        return Reply(encode({"done": True}))

    def _serve(self, request: Request) -> tuple[Reply, Afterwards | None]:
        """Answer one request of the panel API, correctly or with the fault that is armed for it."""
        form = request.form
        action = form.get("action") or request.query.get("action", "")
        armed = self._record(action, form)
        if self.latency > 0:
            self._server.stopping.wait(self.latency)
        if armed is None:
            payload, status = self._correct(request, action)
            self._notify(action, form, armed, payload)
            return Reply(encode(payload), status), None
        return self._faulty(request, action, armed)

    def _record(self, action: str, form: dict[str, str]) -> ArmedFault | None:
        ids = asked_ids(form)
        with self.state.lock:
            armed = self._injector.take(action, ids)
            self.requests.record(self._logged(action, form, armed), len(ids))
        return armed

    def _logged(self, action: str, form: dict[str, str], armed: ArmedFault | None) -> LoggedRequest:
        without_key = {name: value for name, value in form.items() if name != "key"}
        return LoggedRequest(
            round(self._clock() * SECOND), action, without_key, armed.name if armed else None
        )

    def _notify(self, action: str, form: dict[str, str], armed: ArmedFault | None, payload: Any) -> None:
        if self._watch is not None:
            self._watch(self._logged(action, form, armed), outcome(payload))

    def _correct(self, request: Request, action: str) -> tuple[Any, int]:
        """The correct answer to a request, with its effect on the state: the JSON value and the HTTP status."""
        if self._leaks_key(request):
            return {"error": "The key is allowed only in the form, never in the URL or a header"}, 400
        try:
            self._check(request, action)
            return self._api.answer(action, request.form), 200
        except Refusal as refused:
            return {"error": refused.text(self.reject_texts)}, self.error_status

    def _check(self, request: Request, action: str) -> None:
        """Refuse a wrong key, and a URL whose action differs from the form's."""
        if self.refuse_key or request.form.get("key") != self.key:
            raise Refusal("key")
        if request.query.get("action", action) != action:
            raise Refusal("action")

    def _faulty(self, request: Request, action: str, armed: ArmedFault) -> tuple[Reply, Afterwards | None]:
        if armed.fault.forgets:
            with self.state.lock:
                self.state.repeats.forget()
        if action in TAKING and armed.side != "after":
            payload: Any = {"error": self.reject_texts["trouble"]}
            self._leaks_key(request)
        else:
            payload, _ = self._correct(request, action)
        late = armed.side == "late"
        seconds = None if late else armed.seconds
        context = MutationContext(
            payload, request.target, self.state, self.reject_texts, seconds, armed.order
        )
        self._notify(action, request.form, armed, payload)
        return armed.fault.mutation(context), self._late(request, armed) if late else None

    def _late(self, request: Request, armed: ArmedFault) -> Afterwards:
        def take() -> None:
            delay = LATE_S if armed.seconds is None else armed.seconds
            if not self._server.stopping.wait(delay) and request.form.get("key") == self.key:
                with suppress(Refusal):
                    self.state.place(add_form(request.form))

        return take

    def _leaks_key(self, request: Request) -> bool:
        """Whether the key is where it must not be; recorded without the key."""
        leaks = ["in the URL"] if "key" in request.query or self._holds_key(unquote(request.target)) else []
        leaks += [f"in the header {name}" for name, text in request.headers.items() if self._holds_key(text)]
        self.leaks.extend(leaks)
        return bool(leaks)

    def _holds_key(self, text: str) -> bool:
        return len(self.key) >= MIN_KEY_LENGTH and self.key in text


def outcome(payload: Any) -> str:
    """A short text of an answer, for a log."""
    if isinstance(payload, list):
        return counted(len(payload), _row_of(payload))
    if "error" in payload:
        return str(payload["error"])
    if "refill" in payload:
        return f"refill {payload['refill']}"
    if "order" in payload:
        return f"order {payload['order']}"
    if "balance" in payload:
        return f"{payload['balance']} {payload['currency']}"
    return str(payload["status"]) if "status" in payload else counted(len(payload), "order")


def _row_of(rows: list[Any]) -> str:
    """What a row of an answer is."""
    first = rows[0] if rows else {}
    if isinstance(first, dict) and "order" in first:
        return "order"
    return "refill" if isinstance(first, dict) and {*first} == {"refill", "status"} else "service"
