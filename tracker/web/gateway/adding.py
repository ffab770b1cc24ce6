"""`add`: queues a client's order, and answers with its id once it is on the disk. The panel is not asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import structlog

from tracker.config.web_settings import WebClient
from tracker.operations.drafts import draft_of
from tracker.operations.offers import Offers
from tracker.orders.catalogue import BAD_LINK
from tracker.orders.order import Draft, Order
from tracker.store import clients, orders, queue, renames
from tracker.store.clients import ClientOrder
from tracker.store.duplicates import Duplicate, Rehearsal
from tracker.web.gateway.answers import Answer
from tracker.web.gateway.errors import ApiError
from tracker.web.gateway.forms import REF_HEADER
from tracker.web.gateway.limits import limit_refusal
from tracker.web.gateway.panels import Meant, meant, panels_of
from tracker.web.site import Site

log = structlog.get_logger(__name__)

REF, ANYWAY = "ref", "anyway"
"""Fields of ours: the client's own reference; and that a link is meant although it looks like none."""

_COLUMNS = ("service", "link", "quantity", "comments")
_OWN = frozenset({"key", "action", REF, ANYWAY, *_COLUMNS})


def add(site: Site, client: WebClient, fields: Mapping[str, str], header: str | None) -> Answer:
    """Queue an order, or find the one that has its ref; ApiError when it is refused.

    `header` is the value of `Idempotency-Key`, which stands for the ref where no field does.
    """
    of = meant(panels_of(site.config, client), _required(fields, "service"))
    if of is None:
        raise ApiError("Incorrect service ID")
    offers = Offers(site.db, of.panel)
    draft = _draft(of, _with_link(offers, of, fields), _ref(fields, header))
    made = ClientOrder(client.name, draft.ref, offers.cost(draft))
    entry = _entry(site, client, draft)
    fault = _fault(offers, draft, is_sure=fields.get(ANYWAY) == "1")
    if fault is not None:
        return _standing(site, entry, fault)
    return _queue(site, client, entry, made)


def _required(fields: Mapping[str, str], name: str) -> str:
    if name not in fields:
        raise ApiError(f"There are missing required parameters: {name}")
    return fields[name]


def _ref(fields: Mapping[str, str], header: str | None) -> str | None:
    given = {text.strip() for text in (fields.get(REF), header) if text and text.strip()}
    if len(given) > 1:
        raise ApiError(f"the field {REF} and the header {REF_HEADER} differ: send one of them")
    return next(iter(given), None)


def _with_link(offers: Offers, of: Meant, fields: Mapping[str, str]) -> Mapping[str, str]:
    """Return the fields of an order with a link: of a subscription, clients send none."""
    user = fields.get("username")
    if user is None or "link" in fields:
        return fields
    link = offers.link_of(of.service, {"username": user} if "quantity" in fields else fields)
    return fields if link is None else {**fields, "link": link}


def _draft(of: Meant, fields: Mapping[str, str], ref: str | None) -> Draft:
    """Make a draft of the fields as `add` does; what is none of the usual ones goes to the panel as it is."""
    panel, further = of.panel, {name: text for name, text in fields.items() if name not in _OWN}
    runs = panel.dialect.cost_rules.runs
    if "runs" in further:
        further[runs] = further.pop("runs")
    row: dict[str, object] = {name: fields[name] for name in _COLUMNS if name in fields}
    if fields.get("quantity", "").strip() == "0":
        del row["quantity"]  # some clients say 0 where there is none: for comments, for a package
    row |= {"service": of.service, "link": _required(fields, "link"), "fields": further}
    if ref is not None:
        row["ref"] = ref
    try:
        return draft_of(row, panel.name, {panel.name: panel.dialect.reserved})
    except ValueError as error:
        raise ApiError(str(error)) from None


def _entry(site: Site, client: WebClient, draft: Draft) -> queue.Entry:
    """Return what is queued: the ref is the client's, and no ref of the queue."""
    key = None if draft.ref is None else clients.key_of(client.name, draft.ref)
    former = renames.former_names(site.db, draft.panel, site.config.panels)
    return queue.Entry(replace(draft, ref=None), key, dict.fromkeys(former))


def _fault(offers: Offers, draft: Draft, is_sure: bool) -> str | None:
    """Say what is wrong with a draft, in the words of panels."""
    fault = offers.fault(draft)
    if fault is not None:
        return fault.panel_words
    doubt = None if is_sure else offers.link_doubt(draft)
    if doubt is None:
        return None
    return f"{BAD_LINK}: {doubt}; a service that takes a name needs the field {ANYWAY}=1"


def _standing(site: Site, entry: queue.Entry, fault: str) -> Answer:
    """Answer for what may not be queued: with the order that stands, where it was queued before that was so."""
    duplicates = Rehearsal(site.db).enqueue([entry])
    if not duplicates:
        raise ApiError(fault)
    return _repeated(duplicates[0])


def _queue(site: Site, client: WebClient, entry: queue.Entry, made: ClientOrder) -> Answer:
    found = site.gateway.writes.run(site.db, lambda: _write(site, client, entry, made))
    if isinstance(found, Duplicate):
        return _repeated(found)
    if isinstance(found, str):
        raise ApiError(found)
    log.info("gateway.queued", client=client.name, order=found.id, ref=made.ref, panel=found.panel)
    return {"order": found.id}


def _write(site: Site, client: WebClient, entry: queue.Entry, made: ClientOrder) -> Order | Duplicate | str:
    """Queue an order; return it, or the one that has its ref already, or why the client's limit rules it out.

    Nobody else queues anything meanwhile: neither the limit nor a ref can be had by two.
    """
    db, now = site.db, site.now()
    duplicates = Rehearsal(db).enqueue([entry])
    if duplicates:
        return duplicates[0]
    refusal = limit_refusal(site, client, made.expected, now)
    if refusal is not None:
        return refusal
    queue.enqueue(db, [entry], now)
    order = orders.newest(db)
    clients.note(db, order.id, made, now)
    return order


def _repeated(duplicate: Duplicate) -> Answer:
    if not duplicate.same:
        raise ApiError(
            f"this ref is already order {duplicate.order_id}, with other content; nothing was queued"
        )
    return {"order": duplicate.order_id}
