"""What the practice panel refuses, and the text of each refusal. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tracker.lib.lines import lines_of
from tracker.practice.offerings import LISTED_IN, NEEDS, SUBSCRIPTIONS, Offering
from tracker.practice.parts import PartPlan

TEXTS = {
    "key": "Invalid API key",
    "action": "Incorrect request",
    "service": "Incorrect service ID",
    "link": "Bad link",
    "comments": "Comments field is required",
    "field": "There are missing required parameters: {limit}",
    "dripfeed": "This services does not support Dripfeed feature!",
    "runs": "Runs is required",
    "interval": "Interval time is required",
    "minimum": "Quantity less than minimal {limit}",
    "maximum": "Quantity more than maximum {limit}",
    "funds": "Not enough funds on balance",
    "busy": "You have active order with this link. Please wait until order being completed.",
    "order": "Incorrect order ID",
    "no_refill": "Refill is disabled for this service",
    "not_completed": "The order is not completed",
    "refilled": "The order was completed or refill was requested less than 24 hours ago",
    "no_cancel": "The order cannot be canceled",
    "refill": "Refill not found",
    "trouble": "There was an error processing your request. Please try again later",
    "conflict": "request_id was used for another order",
    "maintenance": "maintenance",
    "odd": "Something odd happened",
    "archived": "This order is in the archive",
    "many": "Too many order IDs: {limit} at most",
}
"""The text of each refusal; each panel has its own copy in `reject_texts`, which tests may change."""

_LINK = re.compile(r"(?!https?://$)\S+")
_NUMBER = re.compile(r"[0-9]{1,12}")


class Refusal(Exception):
    """The panel refuses; `kind` is a key of `TEXTS`."""

    def __init__(self, kind: str, limit: int | str | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.limit = limit

    def text(self, texts: dict[str, str]) -> str:
        """The error message for the customer."""
        return texts[self.kind].replace("{limit}", str(self.limit))


@dataclass(frozen=True, slots=True)
class AddForm:
    """The form of an `add`, as it arrived."""

    service: str
    link: str
    quantity: str = ""
    comments: str = ""
    #: All other fields, by name.
    fields: Mapping[str, str] = field(default_factory=dict)
    #: The idempotency key, where the customer sent one.
    request_key: str = ""

    def text(self, name: str) -> str:
        """A field of the form; empty when it is not there."""
        return self.comments if name == "comments" else self.fields.get(name, "")


@dataclass(frozen=True, slots=True)
class DripFeedRule:
    """What `quantity` is beside `runs`, and what a service's limits are for: `run` or `total`."""

    quantity: str = "run"
    limits: str = "total"


@dataclass(frozen=True, slots=True)
class Bill:
    """What an order comes to. `quantity` is all that is delivered, over all runs."""

    quantity: int
    charge: Decimal
    parts: PartPlan | None = None


def comment_lines(comments: str) -> int:
    """How many comments a text holds: lines that are not blank."""
    return sum(1 for line in lines_of(comments) if line.strip())


def admitted(form: AddForm, services: dict[int, Offering], rule: DripFeedRule) -> tuple[Offering, Bill]:
    """The service, and what an order of it comes to; raises Refusal as a panel would."""
    offering = services.get(int(form.service)) if _NUMBER.fullmatch(form.service) else None
    if offering is None:
        raise Refusal("service")
    if offering.type != SUBSCRIPTIONS and not _LINK.fullmatch(form.link):
        raise Refusal("link")
    for name in NEEDS.get(offering.type, ()):
        if not comment_lines(form.text(name)):
            raise Refusal("comments" if name == "comments" else "field", name)
    if offering.is_package:
        return offering, Bill(1, offering.price)
    if offering.type == SUBSCRIPTIONS:
        return offering, _subscription(form, offering)
    return offering, _counted(form, offering, rule)


def _counted(form: AddForm, offering: Offering, rule: DripFeedRule) -> Bill:
    listed = LISTED_IN.get(offering.type)
    if listed:
        quantity = comment_lines(form.text(listed))
        _check_limits(quantity, quantity, offering)
        return Bill(quantity, offering.price * quantity)
    quantity, runs = _number(form.quantity), _runs(form, offering)
    total = quantity * runs if rule.quantity == "run" else quantity
    if rule.limits == "total":
        _check_limits(total, total, offering)
    else:
        _check_limits(total // runs, -(-total // runs), offering)
    plan = PartPlan("runs", runs, total // runs, total // runs, total) if form.text("runs") else None
    return Bill(total, offering.price * total, plan)


def _runs(form: AddForm, offering: Offering) -> int:
    runs, interval = form.text("runs"), form.text("interval")
    if not runs and not interval:
        return 1
    if not offering.dripfeed:
        raise Refusal("dripfeed")
    if _number(runs) < 1:
        raise Refusal("runs")
    if _number(interval) < 0:
        raise Refusal("interval")
    return _number(runs)


def _subscription(form: AddForm, offering: Offering) -> Bill:
    low, high = _number(form.text("min")), _number(form.text("max"))
    _check_limits(low, high, offering)
    posts = _number(form.text("posts"))
    return Bill(0, Decimal(0), PartPlan("posts", posts if posts > 0 else None, low, max(low, high)))


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else -1


def _check_limits(lowest: int, highest: int, offering: Offering) -> None:
    if lowest < offering.minimum:
        raise Refusal("minimum", offering.minimum)
    if highest > offering.maximum:
        raise Refusal("maximum", offering.maximum)
