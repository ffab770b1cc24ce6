"""The names under which a panel takes and tells each value. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Fields:
    """Our name of each value -> the panel's; the defaults are what the whole family shares."""

    # What a request says.
    key: str = "key"
    action: str = "action"
    service: str = "service"
    link: str = "link"
    quantity: str = "quantity"
    comments: str = "comments"
    order: str = "order"
    """In requests, in the answer to an `add`, and in rows of a status answer."""
    orders: str = "orders"

    # What an answer says.
    service_id: str = "service"
    """The id in a line of the catalogue, which some panels call otherwise than in an `add`."""
    name: str = "name"
    price: str = "rate"
    min: str = "min"
    max: str = "max"
    category: str = "category"
    type: str = "type"
    description: str = "description"
    charge: str = "charge"
    start_count: str = "start_count"
    status: str = "status"
    remains: str = "remains"
    currency: str = "currency"
    balance: str = "balance"


ASKED = ("key", "action", "service", "link", "quantity", "comments", "order", "orders")
"""Our names of the values that requests carry."""

NAMES = tuple(field.name for field in fields(Fields))
