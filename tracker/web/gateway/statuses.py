"""`status`: what is known here of a client's own orders. The panel is never asked, however often a client is."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.config.web_settings import WebClient
from tracker.store import accounts, clients
from tracker.web.gateway.answers import NO_ORDER, Answer, status_answer
from tracker.web.gateway.errors import ApiError
from tracker.web.site import Site

MOST_ORDERS = 100
"""Orders in one call. More are refused: panels that leave the rest out unsaid make clients lose sight of orders."""


def status(site: Site, client: WebClient, fields: Mapping[str, str]) -> Answer:
    """Answer for one order, or for many by their ids; ApiError where a single one is not the client's."""
    if "orders" not in fields:
        wanted = fields.get("order", "").strip()
        found = _answers(site, client, [wanted])[wanted]
        if found is None:
            raise ApiError(NO_ORDER)
        return found
    found = _answers(site, client, ids_in(fields["orders"]))
    return {one: answer or {"error": NO_ORDER} for one, answer in found.items()}


def ids_in(text: str) -> list[str]:
    """Return the ids of a list as they were written; ApiError where there are too many."""
    ids = [one.strip() for one in text.split(",") if one.strip()]
    if len(ids) > MOST_ORDERS:
        raise ApiError(f"Too many order IDs: {MOST_ORDERS} at most")
    return ids


def _answers(site: Site, client: WebClient, ids: list[str]) -> dict[str, Answer | None]:
    """Return what is said of each id as it was written; None for what is no order of the client."""
    numbers = {one: number for one in ids if (number := number_in(one)) is not None}
    owned = clients.owned(site.db, client.name, list(set(numbers.values())))
    currencies = {
        panel: accounts.read(site.db, panel).currency for panel in {order.panel for order in owned.values()}
    }
    answers: dict[str, Answer | None] = {}
    for one in ids:
        order = owned.get(numbers.get(one, 0))
        answers[one] = None if order is None else status_answer(order, currencies[order.panel])
    return answers


def number_in(text: str) -> int | None:
    """Read an id of ours; None for what no database holds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
