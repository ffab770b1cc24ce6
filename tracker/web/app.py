"""The WSGI application: what each request must pass, and where it leads. Read routes.py next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

import structlog
from werkzeug.exceptions import HTTPException
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from tracker.config.web_settings import Web
from tracker.operations.refused import Refused
from tracker.store.database import StorageFault
from tracker.web import guards, monitors, static
from tracker.web.changes import CHANGES
from tracker.web.gateway import api
from tracker.web.pages.login import login_page
from tracker.web.passwords import Password, Tries
from tracker.web.routes import LOGIN, LOGOUT, PAGES, ROUTES, is_gateway
from tracker.web.sessions import Session, Sessions
from tracker.web.site import Site
from tracker.web.views import Page, drawn

log = structlog.get_logger(__name__)

LARGEST_FORM, FORM_PARTS = 64 * 1024, 50
"""Bytes and fields of a form of the page: none of its fields is long."""


class App:
    """Answers every request about one config."""

    def __init__(self, site: Site, web: Web) -> None:
        self._site = site
        self._web = web
        self._tries = Tries(shared=web.https)
        self._sessions = Sessions(web.https)
        self._gate = monitors.Gate(self._password, self._tries)

    @cached_property
    def _password(self) -> Password | None:
        return None if self._web.password is None else Password(self._web.password.reveal())

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        request = Request(environ)
        response = self._answer(request)
        for name, value in guards.HEADERS.items():
            response.headers.setdefault(name, value)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            fault = guards.host_fault(request.headers.get("Host", ""), self._web.hosts)
            return self._misdirected(request, fault) if fault else self._lead(request)
        except StorageFault as fault:
            return _plain(503, str(fault))
        except HTTPException as error:
            return _plain(error.code or 500, _WORDS.get(error.code or 500, error.name.lower()))
        except Exception:
            log.exception("web.crashed", path=request.path)
            return _plain(500, "tracker has met a fault of its own; its log says more")

    def _misdirected(self, request: Request, fault: str) -> Response:
        return api.refusal(fault, 421) if is_gateway(request.path) else _plain(421, fault)

    def _lead(self, request: Request) -> Response:
        """Find where a request leads; NotFound and the like where it leads nowhere."""
        endpoint, values = ROUTES.bind_to_environ(request.environ).match()
        if endpoint == "static":
            return static.file(values["name"])
        if endpoint in ("health", "metrics"):
            return self._monitor(endpoint, request)
        if endpoint == "gateway":
            return api.answer(self._site, request)
        self._site.db.refuse_replaced()
        request.max_content_length = request.max_form_memory_size = LARGEST_FORM
        request.max_form_parts = FORM_PARTS
        return self._browser(endpoint, values, request)

    def _monitor(self, endpoint: str, request: Request) -> Response:
        if not self._gate.is_open(request):
            return monitors.refusal()
        return monitors.health_of(self._site) if endpoint == "health" else monitors.figures_of(self._site)

    # -- a person with a browser ----------------------------------------------------------------------------

    def _browser(self, endpoint: str, values: Mapping[str, Any], request: Request) -> Response:
        session = self._sessions.read(request)
        if request.method == "POST":
            fault = self._form_fault(request, session)
            if fault is not None:
                return _plain(403, fault)
        if endpoint in (LOGIN, LOGOUT):
            return self._sign_in(request, session) if endpoint == LOGIN else self._sign_out(session)
        if self._password is not None and not session.is_signed_in:
            if request.method == "POST":
                return _plain(403, "sign in first")
            return redirect(f"/login?next={_quoted(request)}", 303)
        if endpoint in CHANGES:
            return self._change(endpoint, values, request)
        return self._shown(PAGES[endpoint](self._site, request, **values), request, session)

    def _form_fault(self, request: Request, session: Session) -> str | None:
        """Say why a form is not taken: only forms of this very session are."""
        fault = guards.origin_fault(dict(request.headers), request.headers.get("Host", ""))
        if fault is None and not self._sessions.is_token(session, request.form.get("token", "")):
            fault = "this form is too old, or not ours: load the page anew and try again"
        return fault and f"nothing was changed: {fault}"

    def _change(self, endpoint: str, values: Mapping[str, Any], request: Request) -> Response:
        by = f"the operator, on the page from {request.remote_addr}"
        try:
            told = CHANGES[endpoint](self._site, request.form, str(values.get("name", "")), by)
            log.info("web.changed", what=endpoint, name=values.get("name"), address=request.remote_addr)
        except Refused as refused:
            told = f"Nothing was done: {refused}"
        self._site.db.refuse_replaced()  # or what was done may be lost, and nothing is told of it
        response = redirect(guards.inner_path(request.form.get("back")), 303)
        self._sessions.tell(response, f"{told}." if not told.endswith((".", "?")) else told)
        return response

    def _sign_in(self, request: Request, session: Session) -> Response:
        onward = guards.inner_path(request.values.get("next"))
        if self._password is None:
            return redirect(onward, 303)
        if request.method != "POST":
            return self._shown(login_page(onward), request, session)
        address = request.remote_addr or ""
        if not self._tries.may_try(address):
            return self._shown(
                login_page(onward, "Too many wrong passwords: wait a minute.", 429), request, session
            )
        if not self._password.matches(request.form.get("password", "")):
            self._tries.note_wrong(address)
            log.warning("web.wrong_password", address=address)
            return self._shown(login_page(onward, "This is not the password.", 403), request, session)
        response = redirect(onward, 303)
        self._sessions.keep(response, self._sessions.signed_in())
        return response

    def _sign_out(self, session: Session) -> Response:
        response = redirect("/", 303)
        self._sessions.end(response, session)
        return response

    def _shown(self, page: Page, request: Request, session: Session) -> Response:
        """Draw a page for one session."""
        told = self._sessions.told(request)
        more = {
            "token": self._sessions.token(session),
            "told": told,
            "here": request.full_path.rstrip("?"),
            "path": request.path,
            "can_sign_out": self._password is not None and session.is_signed_in,
        }
        site = self._site
        html = drawn(page, site.now(), site.config.timezone, **more)
        response = Response(html, page.status, mimetype="text/html")
        self._sessions.keep(response, session)
        if told:
            self._sessions.forget_told(response)
        return response


_WORDS = {
    404: "there is no such page",
    405: "this cannot be asked so",
    413: "this is too large",
}
"""What a status says to a person."""


def _plain(status: int, words: str) -> Response:
    return Response(f"Error: {words.rstrip('.')}.\n", status, mimetype="text/plain")


def _quoted(request: Request) -> str:
    return quote(request.full_path.rstrip("?"), safe="")
