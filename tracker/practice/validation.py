"""What the practice panel refuses, and the text of each refusal. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tracker.practice.offerings import Offering

TEXTS = {
    "key": "Invalid API key",
    "action": "Incorrect request",
    "service": "Incorrect service ID",
    "link": "Bad link",
    "comments": "Comments field is required",
    "minimum": "Quantity less than minimal {limit}",
    "maximum": "Quantity more than maximum {limit}",
    "funds": "Not enough funds on balance",
    "busy": "You have active order with this link. Please wait until order being completed.",
    "order": "Incorrect order ID",
    "trouble": "There was an error processing your request. Please try again later",
    "many": "Too many order IDs: {limit} at most",
}
"""The text of each refusal; each panel has its own copy in `reject_texts`, which tests may change."""

_LINK = re.compile(r"(?!https?://$)\S+")
_NUMBER = re.compile(r"[0-9]{1,12}")


class Refusal(Exception):
    """The panel refuses; `kind` is a key of `TEXTS`."""

    def __init__(self, kind: str, limit: int | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.limit = limit

    def text(self, texts: dict[str, str]) -> str:
        """The error message for the customer."""
        return texts[self.kind].format(limit=self.limit)


@dataclass(frozen=True, slots=True)
class AddForm:
    """The form of an `add`, as it arrived."""

    service: str
    link: str
    quantity: str = ""
    comments: str = ""


def comment_lines(comments: str) -> int:
    """How many comments a text holds: lines that are not blank."""
    return sum(1 for line in comments.splitlines() if line.strip())


def admitted(form: AddForm, services: dict[int, Offering]) -> tuple[Offering, int]:
    """The service and the quantity of an order; raises Refusal as a panel would."""
    offering = services.get(int(form.service)) if _NUMBER.fullmatch(form.service) else None
    if offering is None:
        raise Refusal("service")
    if not _LINK.fullmatch(form.link):
        raise Refusal("link")
    quantity = _quantity(form, offering)
    if quantity < offering.minimum:
        raise Refusal("minimum", offering.minimum)
    if quantity > offering.maximum:
        raise Refusal("maximum", offering.maximum)
    return offering, quantity


def _quantity(form: AddForm, offering: Offering) -> int:
    if not offering.wants_comments:
        return int(form.quantity) if _NUMBER.fullmatch(form.quantity) else -1
    lines = comment_lines(form.comments)
    if not lines:
        raise Refusal("comments")
    return lines
