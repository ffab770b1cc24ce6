"""The panel API as its customers see it: what each action answers, in each of two dialects.

Written from the API's documentation alone, not from what tracker's own client expects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tracker.lib.times import rfc3339
from tracker.practice.offerings import Offering, catalogue, typed_catalogue
from tracker.practice.parts import PartsStatus
from tracker.practice.records import OrderStatus, Placed
from tracker.practice.requests import Asking
from tracker.practice.state import PanelState
from tracker.practice.validation import AddForm, Refusal

ACTIONS = ("services", "add", "status", "balance", "orders", "refill", "refill_status", "cancel")
TAKING = ("add", "refill", "cancel")
"""Actions that change something: a fault says whether the panel did it all the same."""

MOST_IDS = 100
KEY_FIELD = "request_id"
"""The form field of an idempotency key."""

_OWN_FIELDS = ("key", "action", "service", "link", "quantity", "comments")

LISTED = 100
"""The orders in a list, unless `limit` says otherwise."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What differs between dialects."""

    words: Mapping[str, str]
    service: Callable[[Offering], dict[str, Any]]
    #: What it sells: a catalogue without types has only what needs none.
    catalogue: Callable[[], dict[int, Offering]]
    #: Whether it knows `refill`, `refill_status` and `cancel`.
    takes_requests: bool = False


def money(amount: Decimal) -> str:
    """An exact amount in plain digits."""
    return format(amount.normalize(), "f")


def _tagrani_service(offering: Offering) -> dict[str, Any]:
    return {
        "id": offering.id,
        "name": offering.name,
        "description": offering.description or f"Description of {offering.name}",
        "category": offering.category,
        "min": offering.minimum,
        "max": offering.maximum,
        "price": money(offering.price),
    }


def _v2_service(offering: Offering) -> dict[str, Any]:
    return {
        "service": offering.id,
        "name": offering.name,
        "type": offering.type,
        "category": offering.category,
        "rate": money(offering.price if offering.is_package else offering.price * 1000),
        "min": str(offering.minimum),
        "max": str(offering.maximum),
        "refill": offering.refill,
        "cancel": offering.cancel,
        "dripfeed": offering.dripfeed,
    }


SHAPES: Mapping[str, Shape] = {
    "tagrani": Shape({"Completed": "Done"}, _tagrani_service, catalogue),
    "perfectpanel": Shape({"Processing": "In progress"}, _v2_service, typed_catalogue, takes_requests=True),
}


@dataclass(slots=True)
class Api:
    """Answers customers from the panel's state, in its dialect."""

    state: PanelState
    shape: Shape
    currency: str
    texts: dict[str, str]
    #: More than 100 ids in one call: `error`, or `truncate`, which silently answers for the first 100 only.
    over_limit: str = "error"
    #: The refills and cancels that it took.
    asking: Asking = field(init=False)

    def __post_init__(self) -> None:
        self.asking = Asking(self.state, self.texts)

    def answer(self, action: str, form: Mapping[str, str]) -> Any:
        """The JSON value of the answer to one request with the right key; raises Refusal."""
        if action == "services":
            with self.state.lock:
                return [self.shape.service(offering) for offering in self.state.services.values()]
        if action == "add":
            return {"order": self.state.place(add_form(form)).order_id}
        if action == "status":
            return self._status(form)
        if action == "balance":
            return {"balance": money(self.state.balance), "currency": self.currency}
        if action == "orders":
            return self._orders(form)
        if action in ("refill", "refill_status", "cancel") and self.shape.takes_requests:
            return self.asking.answer(action, form)
        raise Refusal("action")

    def _orders(self, form: Mapping[str, str]) -> list[dict[str, Any]]:
        """The newest orders of the account, the newest first."""
        limit = form.get("limit", "")
        with self.state.lock:
            newest = list(self.state.orders.values())[
                : -1 - (int(limit) if limit.isdecimal() else LISTED) : -1
            ]
            statuses = self.state.statuses(str(order.id) for order in newest)
        rows = zip((order.placed for order in newest), statuses, strict=True)
        return [self._row(placed, status) for placed, status in rows if status is not None]

    def _row(self, placed: Placed, status: OrderStatus) -> dict[str, Any]:
        asked = {"order": placed.order_id, "service": placed.service, "link": placed.link}
        return {**asked, "quantity": placed.quantity, **self._item(status), "date": rfc3339(placed.at)}

    def _status(self, form: Mapping[str, str]) -> Any:
        if "orders" not in form:
            (status,) = self.state.statuses([form.get("order", "")])
            if status is None:
                raise Refusal("order")
            return self._item(status)
        ids = asked_ids(form)
        if len(ids) > MOST_IDS:
            if self.over_limit != "truncate":
                raise Refusal("many", MOST_IDS)
            ids = ids[:MOST_IDS]
        missing = {"error": self.texts["order"]}
        found = zip(ids, self.state.statuses(ids), strict=True)
        return {order_id: self._item(status) if status else missing for order_id, status in found}

    def _item(self, status: OrderStatus) -> dict[str, Any]:
        if status.parts is not None:
            return self._item_with_parts(status.word, status.parts)
        return {
            "charge": _figure_text(status.charge),
            "start_count": _figure_text(status.start_count),
            "status": self.shape.words.get(status.word, status.word),
            "remains": _figure_text(status.remains),
            "currency": self.currency,
        }

    def _item_with_parts(self, word: str, parts: PartsStatus) -> dict[str, Any]:
        said = {"status": self.shape.words.get(word, word), parts.plan.kind: str(parts.plan.count or 0)}
        expiry = {} if parts.plan.is_paid else {"expiry": None}
        return {**said, **expiry, "orders": [str(order_id) for order_id in parts.order_ids]}


def add_form(form: Mapping[str, str]) -> AddForm:
    """The AddForm of the form of a request."""
    fields = {name: text for name, text in form.items() if name not in (*_OWN_FIELDS, KEY_FIELD)}
    service, link, quantity, comments = (form.get(name, "") for name in _OWN_FIELDS[2:])
    return AddForm(service, link, quantity, comments, fields, form.get(KEY_FIELD, ""))


def asked_ids(form: Mapping[str, str]) -> list[str]:
    """The order ids that a `status` asks for, one or many."""
    text = form.get("orders") or form.get("order") or ""
    return [order_id.strip() for order_id in text.split(",") if order_id.strip()]


def _figure_text(value: Decimal | int | str | None) -> str | None:
    if isinstance(value, Decimal):
        return money(value)
    return None if value is None else str(value)
