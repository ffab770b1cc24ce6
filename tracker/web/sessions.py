"""Who a browser is from one request to the next, and which forms are ours.

A session is a signed cookie: nothing of it is kept here, so that strangers who ask for thousands cost no memory. Only
those that were signed out of are remembered, until their cookies are too old, so that a copy of one is worth nothing.
The key is made anew with each process; after a restart one signs in again.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Request, Response

from tracker.web.views import plain

COOKIE, TOLD = "tracker_session", "tracker_told"
"""The cookie of a session, and the one that says on the next page what a change did."""

LONGEST_TOLD = 500
"""Characters of that: a header has little room."""

LASTS_S = 12 * 3600
"""Seconds after which one signs in again."""


MOST_ENDED = 10_000
"""Sessions that were signed out of and are remembered; whoever makes one knows the password."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser. `id` is random, and secret between it and us."""

    id: str
    is_signed_in: bool = False


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makes and reads the cookies of one process. `elapsed` gives seconds of a clock that nobody can set."""

    #: Whether browsers come by https only.
    https: bool
    elapsed: Callable[[], float] = time.monotonic
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    #: The ids that were signed out of, and when their last cookie is too old; the first of them first.
    _ended: OrderedDict[str, float] = field(default_factory=OrderedDict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def read(self, request: Request) -> Session:
        """Return the session of a request; a new one where it has none, or an old or foreign one."""
        try:
            known = self._serializer().loads(request.cookies.get(COOKIE, ""), max_age=LASTS_S)
            found = Session(str(known["id"]), bool(known["in"]))
        except (BadData, KeyError, TypeError):
            found = None
        if found is None or self._is_ended(found):
            return Session(secrets.token_urlsafe(24))
        return found

    def signed_in(self) -> Session:
        """Return a new session of someone who knew the password: the id of before may be known to others."""
        return Session(secrets.token_urlsafe(24), is_signed_in=True)

    def keep(self, response: Response, session: Session) -> None:
        """Have the browser send this session with what it asks next."""
        text = self._serializer().dumps({"id": session.id, "in": session.is_signed_in})
        response.set_cookie(
            COOKIE, text, max_age=LASTS_S, httponly=True, samesite="Strict", secure=self.https, path="/"
        )

    def end(self, response: Response, session: Session) -> None:
        """Sign out: the browser forgets its session, and no copy of its cookie is good any more."""
        if session.is_signed_in:
            with self._turn:
                now = self.elapsed()
                self._ended[session.id] = now + LASTS_S
                while len(self._ended) > MOST_ENDED or next(iter(self._ended.values())) < now:
                    self._ended.popitem(last=False)
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="Strict", secure=self.https)

    def _is_ended(self, session: Session) -> bool:
        with self._turn:
            return session.id in self._ended

    def tell(self, response: Response, text: str) -> None:
        """Have the next page say what was done. It is signed: a link cannot put words into a page."""
        signed = self._serializer().dumps({"told": plain(text)[:LONGEST_TOLD]})
        response.set_cookie(
            TOLD, signed, max_age=60, httponly=True, samesite="Strict", secure=self.https, path="/"
        )

    def told(self, request: Request) -> str | None:
        """Return what the change before this page did; None when there was none."""
        try:
            return str(self._serializer().loads(request.cookies.get(TOLD, ""), max_age=60)["told"])
        except (BadData, KeyError, TypeError):
            return None

    def forget_told(self, response: Response) -> None:
        """Say it once only."""
        response.delete_cookie(TOLD, path="/", httponly=True, samesite="Strict", secure=self.https)

    def token(self, session: Session) -> str:
        """Return what every form of a session carries, so that no other page can send one."""
        return hmac.new(self._key, f"form:{session.id}".encode(), "sha256").hexdigest()

    def is_token(self, session: Session, text: str) -> bool:
        """Tell whether a form carries the token of its session, in constant time."""
        return hmac.compare_digest(self.token(session).encode(), text.encode())

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._key, salt="session")
