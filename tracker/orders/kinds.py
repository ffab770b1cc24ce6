"""What kinds of services the panels' catalogues have, by the `type` in each line. Pure.

The types are those of the v2 API, whose pages list for each one which fields an `add` takes; `quantity` and `runs`
are among them only where the panel counts units that the customer names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tracker.lib.lines import lines_of
from tracker.orders.answers import Service
from tracker.orders.order import Draft, Order


class Counted(StrEnum):
    """What a panel counts to know how much an order is for."""

    QUANTITY = "quantity"
    COMMENTS = "comments"
    USERNAMES = "usernames"
    NOTHING = "nothing"
    """A package: it has its size, whatever the order says."""
    POSTS = "posts"
    """A subscription: each new post of a user gets a number of units between two limits, until it is over."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How the orders of a service are counted, and what they need beside the link."""

    counted: Counted = Counted.QUANTITY
    #: The fields of the `add` without which the panel cannot carry it out.
    needs: tuple[str, ...] = ()

    @property
    def is_priced_whole(self) -> bool:
        """Whether the catalogue's price is for the whole order, and not for a number of units."""
        return self.counted is Counted.NOTHING


ORDINARY = Kind()
SUBSCRIPTION = Kind(Counted.POSTS, ("username", "min", "max"))
PACKAGE = Kind(Counted.NOTHING)
COMMENTS = Kind(Counted.COMMENTS, ("comments",))

TYPES: Mapping[str, Kind] = {
    "default": ORDINARY,
    "package": PACKAGE,
    "seo": Kind(needs=("keywords",)),
    "customcomments": COMMENTS,
    "customcommentspackage": Kind(Counted.NOTHING, ("comments",)),
    "commentreplies": Kind(Counted.COMMENTS, ("comments", "username")),
    "commentlikes": Kind(needs=("username",)),
    "mentions": Kind(needs=("usernames",)),
    "mentionswithhashtags": Kind(needs=("usernames", "hashtags")),
    "mentionscustomlist": Kind(Counted.USERNAMES, ("usernames",)),
    "mentionshashtag": Kind(needs=("hashtag",)),
    "mentionsuserfollowers": Kind(needs=("username",)),
    "mentionsmedialikers": Kind(needs=("media",)),
    "poll": Kind(needs=("answer_number",)),
    "invitesfromgroups": Kind(needs=("groups",)),
    "subscriptions": SUBSCRIPTION,
    "subscription": SUBSCRIPTION,
}
"""Type of the catalogue, folded -> kind. What a panel's own type is like is told by `_PARTS`."""

_PARTS = (("custom comments", COMMENTS), ("package", PACKAGE), ("subscription", SUBSCRIPTION))


def kind_named(type_: str | None, name: str = "") -> Kind | None:
    """Return the kind that a line of the catalogue names; None where it says nothing that is known."""
    if not type_ or not type_.strip():
        return COMMENTS if "custom comment" in name.casefold() else None
    words = type_.casefold().replace("_", " ").replace("-", " ")
    known = TYPES.get("".join(words.split()))
    return known or next((kind for part, kind in _PARTS if part in words), None)


def kind_of(order: Order | Draft, service: Service | None) -> Kind:
    """Return the kind of an order: as the catalogue says, or else as its own fields look."""
    named = None if service is None else kind_named(service.type, service.name)
    return named or (SUBSCRIPTION if _looks_like_subscription(order) else ORDINARY)


def is_subscription(order: Order | Draft, service: Service | None) -> bool:
    """Tell whether an order is for posts that are still to come: it is about a user, and needs no link."""
    return kind_of(order, service).counted is Counted.POSTS


def _looks_like_subscription(order: Order | Draft) -> bool:
    return order.quantity is None and order.comments is None and {"min", "max"} <= order.fields.keys()


def lines_in(text: str | None) -> int:
    """Count the comments or names in a text: one a line, where panels ignore empty ones."""
    return sum(1 for line in lines_of(text or "") if line.strip())
