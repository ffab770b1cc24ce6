"""`refill`, `cancel`, `refill_status`: what a client asks about its own orders. Recorded here, sent by the daemon.

The panel is not asked while a client waits: that a request is recorded is all that its answer says, as with panels.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from tracker.config.web_settings import WebClient
from tracker.operations.refused import Refused
from tracker.operations.requesting import ask
from tracker.orders.order import Order
from tracker.orders.requests import Kind, OrderRequest, RequestState
from tracker.store import clients, requests
from tracker.web.gateway.answers import NO_ORDER, Answer
from tracker.web.gateway.errors import ApiError
from tracker.web.gateway.statuses import ids_in, number_in
from tracker.web.site import Site

log = structlog.get_logger(__name__)

NO_REFILL = "Refill not found"
NOT_NOW = {
    Kind.REFILL: "The order cannot be refilled now",
    Kind.CANCEL: "The order cannot be canceled now",
}
"""What is said of an order that is unfit: why stands in the log, in words for the operator."""

_WORDS = {
    **dict.fromkeys((RequestState.QUEUED, RequestState.SENDING, RequestState.UNKNOWN), "Pending"),
    RequestState.ACCEPTED: "In progress",
    RequestState.COMPLETED: "Completed",
    **dict.fromkeys((RequestState.REFUSED, RequestState.DROPPED), "Rejected"),
}
"""The API's words for a refill. Of an unknown one nobody knows that it was refused, so that it stays Pending."""


def refill(site: Site, client: WebClient, fields: Mapping[str, str]) -> object:
    """Ask for the refill of one order, or of many; ApiError where a single one cannot be asked for."""
    if "orders" not in fields:
        return {"refill": _alone(_asked(site, client, Kind.REFILL, fields.get("order", "").strip()))}
    return [
        {"order": _named(one), "refill": _asked(site, client, Kind.REFILL, one)}
        for one in ids_in(fields["orders"])
    ]


def cancel(site: Site, client: WebClient, fields: Mapping[str, str]) -> object:
    """Ask for the cancel of orders; what comes of it is in their status."""
    found = []
    for one in ids_in(fields.get("orders") or fields.get("order", "")):
        said = _asked(site, client, Kind.CANCEL, one)
        found.append({"order": _named(one), "cancel": said if isinstance(said, dict) else 1})
    if not found:
        raise ApiError("There are missing required parameters: orders")
    return found


def refill_status(site: Site, client: WebClient, fields: Mapping[str, str]) -> object:
    """Say how refills stand, by the ids that `refill` gave."""
    if "refills" not in fields:
        return {"status": _alone(_status(site, client, fields.get("refill", "").strip()))}
    return [
        {"refill": _named(one), "status": _status(site, client, one)} for one in ids_in(fields["refills"])
    ]


def _asked(site: Site, client: WebClient, kind: Kind, text: str) -> str | Answer:
    """Record a request; return its id, or the error of this order alone."""
    order = _own(site, client, number_in(text))
    if order is None:
        return {"error": NO_ORDER}
    try:
        (asked,) = ask(site.db, site.config, kind, [order], by=f"the client {client.name}", now=site.now())
    except Refused as refused:
        log.info("gateway.not_asked", client=client.name, order=order.id, why=str(refused))
        return {"error": NOT_NOW[kind]}
    return str(asked.request.id)


def _status(site: Site, client: WebClient, text: str) -> str | Answer:
    number = number_in(text)
    found = None if number is None else requests.some(site.db, [number]).get(number)
    if found is None or found.kind is not Kind.REFILL or _own(site, client, found.order_id) is None:
        return {"error": NO_REFILL}
    return status_word(found)


def status_word(request: OrderRequest) -> str:
    """Return the API's word for where a refill stands."""
    return _WORDS[request.state]


def _own(site: Site, client: WebClient, number: int | None) -> Order | None:
    return None if number is None else clients.owned(site.db, client.name, [number]).get(number)


def _alone(said: str | Answer) -> str:
    """Return what is said of the only one that was asked about; ApiError where that is an error."""
    if isinstance(said, str):
        return said
    raise ApiError(str(said["error"]))


def _named(text: str) -> int | str:
    """Return an id as panels write it back: as a number where it is one."""
    number = number_in(text)
    return text if number is None else number
