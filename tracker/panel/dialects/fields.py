"""The names that a panel has for each value in its requests and answers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Fields:
    """Our name of each value -> the panel's name; the defaults are common to the whole family."""

    # In requests.
    key: str = "key"
    action: str = "action"
    service: str = "service"
    link: str = "link"
    quantity: str = "quantity"
    comments: str = "comments"
    order: str = "order"
    """Also in the answer to an `add`, and in rows of a status answer."""
    orders: str = "orders"
    limit: str = "limit"
    """How many orders a list is to hold."""

    # In answers.
    service_id: str = "service"
    """The id in a row of the catalogue: some panels give it another name than in an `add`."""
    name: str = "name"
    price: str = "rate"
    min: str = "min"
    max: str = "max"
    category: str = "category"
    type: str = "type"
    description: str = "description"
    refill: str = "refill"
    cancel: str = "cancel"
    dripfeed: str = "dripfeed"
    charge: str = "charge"
    start_count: str = "start_count"
    status: str = "status"
    remains: str = "remains"
    currency: str = "currency"
    balance: str = "balance"
    runs: str = "runs"
    """Also a further field of an `add`: in how many runs it is delivered."""
    parts: str = "orders"
    """The ids of the orders that the panel has made for a drip-feed or a subscription."""
    posts: str = "posts"
    expiry: str = "expiry"
    date: str = "date"
    """When an order in a list was placed."""


REQUEST_FIELDS = ("key", "action", "service", "link", "quantity", "comments", "order", "orders", "limit")
"""Our names of the values in requests."""

NAMES = tuple(field.name for field in fields(Fields))
