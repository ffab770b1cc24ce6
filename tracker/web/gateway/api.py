"""Answers `POST /api/v2`: who asks, what for, and what may go wrong. Read adding.py next."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import structlog
from werkzeug.wrappers import Request, Response

from tracker.config.web_settings import WebClient
from tracker.store.database import StorageFault
from tracker.web.gateway.adding import add
from tracker.web.gateway.answers import Answer
from tracker.web.gateway.errors import TROUBLE, ApiError
from tracker.web.gateway.forms import fields_of, ref_in_header
from tracker.web.gateway.keys import FREE, WINDOW, client_of
from tracker.web.gateway.listings import balance
from tracker.web.gateway.panels import panels_of
from tracker.web.gateway.requesting import cancel, refill, refill_status
from tracker.web.gateway.statuses import status
from tracker.web.site import Site

log = structlog.get_logger(__name__)

RETRY_S = 5
"""Seconds after which to try again, where a database was not there."""


def answer(site: Site, request: Request) -> Response:
    """Answer one request, always with JSON; an error is `{"error": …}` with the status that panels send, 200."""
    try:
        return _answer(site, request)
    except ApiError as error:
        return _response({"error": str(error)}, error.status)
    except StorageFault as fault:
        log.warning("gateway.unavailable", why=str(fault))
        return _response({"error": TROUBLE}, 503)
    except Exception:
        log.exception("gateway.failed")
        return _response({"error": TROUBLE}, 500)


def refusal(why: str, status: int) -> Response:
    """Refuse a request before it is read, as a client of the API expects it."""
    return _response({"error": why}, status)


def _answer(site: Site, request: Request) -> Response:
    if request.method != "POST":
        raise ApiError("send the fields by POST, in the body", 405)
    fields = fields_of(request)
    client = _client(site, fields.get("key", ""), request.remote_addr or "")
    act = _ACTIONS.get(fields.get("action", ""))
    if act is None:
        raise ApiError("Incorrect request: this action is not offered here")
    site.db.refuse_replaced()
    said = act(site, client, fields, request)
    site.db.refuse_replaced()  # or an id may be given for an order that nobody reads again
    return _response(said)


def _client(site: Site, key: str, address: str) -> WebClient:
    """Return the client whose key it is. The answer does not tell what is wrong with another one."""
    found = client_of(site.config.web.clients if site.config.web else (), key)
    if found is not None:
        return found
    count = site.gateway.wrong_keys.count(address, site.now())
    if count == FREE + 1:
        log.warning("gateway.wrong_keys", address=address, count=count)
    if count > FREE:
        raise ApiError("Too many requests with an invalid API key", 429)
    raise ApiError("Invalid API key")


Act = Callable[[Site, WebClient, Mapping[str, str], Request], object]


def _add(site: Site, client: WebClient, fields: Mapping[str, str], request: Request) -> Answer:
    return add(site, client, fields, ref_in_header(request))


def _status(site: Site, client: WebClient, fields: Mapping[str, str], _: Request) -> Answer:
    return status(site, client, fields)


def _services(site: Site, client: WebClient, _fields: Mapping[str, str], _: Request) -> bytes:
    return site.gateway.listings.services(site.db, panels_of(site.config, client))


def _balance(site: Site, client: WebClient, _fields: Mapping[str, str], _: Request) -> Answer:
    return balance(site.db, panels_of(site.config, client))


def _refill(site: Site, client: WebClient, fields: Mapping[str, str], _: Request) -> object:
    return refill(site, client, fields)


def _cancel(site: Site, client: WebClient, fields: Mapping[str, str], _: Request) -> object:
    return cancel(site, client, fields)


def _refill_status(site: Site, client: WebClient, fields: Mapping[str, str], _: Request) -> object:
    return refill_status(site, client, fields)


_ACTIONS: Mapping[str, Act] = {
    "add": _add, "status": _status, "services": _services, "balance": _balance, "refill": _refill,
    "cancel": _cancel, "refill_status": _refill_status,
}  # fmt: skip


def _response(said: object, code: int = 200) -> Response:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    response = Response(body, code, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    if code == 429:
        response.headers["Retry-After"] = str(WINDOW // 1_000_000)
    if code == 503:
        response.headers["Retry-After"] = str(RETRY_S)
    return response
