"""One order: all that is known of it, what became of each attempt to send it, and what may be decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request

from tracker.operations.paired import is_paired
from tracker.operations.requesting import may_ask
from tracker.operations.unlisted import lines_to_add
from tracker.operations.waiting import why_queued
from tracker.orders.order import Held, Order
from tracker.orders.progress import progress
from tracker.orders.requests import Kind
from tracker.orders.resolution import drop_fault, retry_fault
from tracker.store import attempts, catalogue, evidence, order_history, orders, requests
from tracker.store.attempts import Attempt
from tracker.web.site import Site
from tracker.web.views import Page, is_plain

ATTEMPTS, CHECKS = 20, 20
"""The newest of each that are shown."""

LONGEST_ANSWER = 4000
"""Characters of a raw answer."""


@dataclass(frozen=True, slots=True)
class ShownAttempt:
    """One time that the order was sent, or was to be."""

    attempt: Attempt
    answer: str | None
    is_cut: bool


def order_page(site: Site, _: Request, number: int) -> Page:
    """Show one order; NotFound where there is none."""
    order = orders.by_id(site.db, number) if number < 2**62 else None
    if order is None:
        raise NotFound
    history = order_history.changes_of(site.db, order)
    sent, panel = attempts.was_sent(site.db, order), site.config.panels.get(order.panel)
    return Page(
        "order.html",
        f"Order {order.id}",
        {
            "order": order, "service": catalogue.names_of(site.db, order.panel, {order.service}).get(order.service),
            "history": history, "checks": evidence.checks(site.db, order.id)[-CHECKS:],
            "is_paired": is_paired(site.db, order),
            "attempts": [_shown(one) for one in attempts.of_order(site.db, order.id, ATTEMPTS)],
            "progress": progress(order, site.now()), "is_web_link": is_web_link(order),
            "may_retry": retry_fault(order, sent) is None, "may_drop": drop_fault(order) is None,
            "requests": requests.of_order(site.db, order.id),
            "may_refill": may_ask(site.db, site.config, Kind.REFILL, order, site.now()),
            "may_cancel": may_ask(site.db, site.config, Kind.CANCEL, order, site.now()),
            "may_approve": order.held in (Held.MAX_PRICE, Held.PRICE_JUMP, Held.APPROVAL),
            "lines": lines_to_add(order, history, panel),
            "waits": None
            if panel is None
            else why_queued(site.db, site.config.unknown, panel, order, site.now()),
        },
        refresh=15 if order.finished_at is None else None,
    )  # fmt: skip


def is_web_link(order: Order) -> bool:
    """Tell whether a browser may be led to the link of an order: a file may hold a script or a secret in its place."""
    try:
        return urlsplit(order.link).scheme in ("http", "https") and is_plain(order.link)
    except ValueError:
        return False


def _shown(attempt: Attempt) -> ShownAttempt:
    if attempt.body is None:
        return ShownAttempt(attempt, None, is_cut=False)
    text = bytes(attempt.body).decode("utf-8", "replace")
    return ShownAttempt(attempt, text[:LONGEST_ANSWER], len(text) > LONGEST_ANSWER)
