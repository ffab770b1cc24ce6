"""Measures what the passes of a daemon do, and keeps it in memory until it is written to the database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from tracker.daemon.context import Client, PanelContext
from tracker.lib.histogram import Histogram
from tracker.lib.http import Permit
from tracker.panel.exchange import Exchange, Request
from tracker.store.meters import CALLS, NEWS, Figures, Key, Meter

TOO_MANY = 429

NoteCall = Callable[[Exchange], None]
"""Is told of each exchange that was tried."""


class Meters:
    """Counts from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._figures: dict[Key, Histogram] = {}

    def note_news(self, panel: str, late: int) -> None:
        """Count an order whose end was noticed so late, in microseconds."""
        self._note(panel, NEWS, "", late)

    def note_call(self, panel: str, exchange: Exchange) -> None:
        """Count a call to a panel."""
        label = f"{exchange.request.action} {call_outcome(exchange)}"
        self._note(panel, CALLS, label, exchange.took or 0)

    def _note(self, panel: str, meter: Meter, label: str, value: int) -> None:
        key = Key(panel, meter.name, label)
        with self._lock:
            self._figures.setdefault(key, Histogram()).note(value, meter.bounds)

    def take(self) -> Figures:
        """Return what was counted since the last time, and begin anew."""
        with self._lock:
            taken, self._figures = self._figures, {}
        return taken

    def give_back(self, figures: Figures) -> None:
        """Take in again what could not be written."""
        with self._lock:
            for key, figure in figures.items():
                self._figures.setdefault(key, Histogram()).add(figure)


CALL_OUTCOMES = ("answered", "too_many", "http_error", "cut_short", "no_answer", "not_sent")


def call_outcome(exchange: Exchange) -> str:
    """Return what came of a call, as HTTP tells it: what the panel says in an answer is not looked at."""
    if not exchange.sent:
        return "not_sent"
    if exchange.status is None:
        return "no_answer"
    if exchange.status == TOO_MANY:
        return "too_many"
    if not exchange.whole:
        return "cut_short"
    return "answered" if exchange.status < 400 else "http_error"


class MeteredClient:
    """A panel's client that tells of each call, once it is over."""

    def __init__(self, client: Client, note_call: NoteCall) -> None:
        self._client = client
        self._note_call = note_call
        self.acquire_slot = client.acquire_slot

    def call(self, request: Request) -> Exchange:
        """Make a call that may be repeated."""
        return self._told(self._client.call(request))

    def send_once(self, request: Request, permit: Permit, timeout: int | None = None) -> Exchange:
        """Make a call that spends money."""
        return self._told(self._client.send_once(request, permit, timeout))

    def _told(self, exchange: Exchange) -> Exchange:
        if exchange.took is not None:
            self._note_call(exchange)
        return exchange


def measured(context: PanelContext, meters: Meters) -> PanelContext:
    """Have all counted that the passes of a panel do."""
    return replace(
        context,
        client=MeteredClient(context.client, partial(meters.note_call, context.name)),
        note_news=partial(meters.note_news, context.name),
    )
