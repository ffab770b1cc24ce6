"""What the practice panel sells: one service for each way in which an order can end."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from tracker.practice.lifecycle import CANCELED, FAILED, PARTIAL, Lifecycle

DEFAULT = "Default"
CUSTOM_COMMENTS = "Custom Comments"
COMMENTS_PACKAGE = "Custom Comments Package"
CUSTOM_LIST = "Mentions Custom List"
PACKAGE = "Package"
SUBSCRIPTIONS = "Subscriptions"

NEEDS = {
    CUSTOM_COMMENTS: ("comments",),
    COMMENTS_PACKAGE: ("comments",),
    CUSTOM_LIST: ("usernames",),
    "Comment Replies": ("comments", "username"),
    "Comment Likes": ("username",),
    "Mentions with Hashtags": ("usernames", "hashtags"),
    "Mentions Hashtag": ("hashtag",),
    "Mentions User Followers": ("username",),
    "Mentions Media Likers": ("media",),
    "SEO": ("keywords",),
    "Poll": ("answer_number",),
    "Invites from Groups": ("groups",),
    SUBSCRIPTIONS: ("username", "min", "max"),
}
"""Type of a service -> the fields that an `add` must have beside the link, as the API pages list them."""

LISTED_IN = {CUSTOM_COMMENTS: "comments", "Comment Replies": "comments", CUSTOM_LIST: "usernames"}
"""Type of a service -> the field whose lines are counted in place of a quantity."""


@dataclass(slots=True)
class Offering:
    """One service on sale; it may be changed at any time. `price` is for ONE unit, or for a whole package."""

    id: int
    name: str
    price: Decimal
    minimum: int = 50
    maximum: int = 5000
    category: str = "Instagram"
    description: str = ""
    type: str = DEFAULT
    refill: bool = False
    cancel: bool = False
    dripfeed: bool = False
    lifecycle: Lifecycle = field(default_factory=Lifecycle)

    @property
    def is_package(self) -> bool:
        """Whether an order is for one package, whatever it says."""
        return self.type in (PACKAGE, COMMENTS_PACKAGE)


def catalogue() -> dict[int, Offering]:
    """A fresh catalogue by id: 1 to 7 end completed, 8 partial, 9 canceled, 10 failed."""
    offerings = [
        Offering(1, "Followers", Decimal(12), refill=True, lifecycle=Lifecycle(3, 25)),
        Offering(2, "Likes", Decimal(3), lifecycle=Lifecycle(2, 12)),
        Offering(3, "Views", Decimal("0.27"), 100, 100_000, cancel=True, lifecycle=Lifecycle(1, 10)),
        Offering(
            4, "Comments", Decimal(40), 1, 200, "Instagram", "One comment a line", CUSTOM_COMMENTS,
            lifecycle=Lifecycle(3, 20),
        ),
        Offering(5, "Plays", Decimal("0.0035"), 100, 1_000_000, "Podcasts", "The cheap one"),
        Offering(6, "Reviews", Decimal(2500), 1, 50, "Maps", "The expensive one", lifecycle=Lifecycle(4, 30)),
        Offering(7, "Saves", Decimal(5), 100, 110, "Instagram", "Tight limits"),
        Offering(
            8, "Shares", Decimal(4), description="Always ends partial", lifecycle=Lifecycle(2, 14, PARTIAL, 40)
        ),
        Offering(
            9, "Reposts", Decimal(6), description="Always canceled", lifecycle=Lifecycle(2, 8, CANCELED, 100)
        ),
        Offering(
            10, "Subscribers", Decimal(2), category="Video", description="Always fails",
            lifecycle=Lifecycle(2, 10, FAILED, 100),
        ),
    ]  # fmt: skip
    return {offering.id: offering for offering in offerings}


def typed_catalogue() -> dict[int, Offering]:
    """The catalogue of a panel that tells each service's type: the same, and from 11 on one of each other type."""
    special = [
        Offering(11, "Drip followers", Decimal("0.7"), 100, 10_000, dripfeed=True, refill=True, cancel=True),
        Offering(12, "Gold package", Decimal("699.99"), 1, 1, type=PACKAGE),
        Offering(13, "Comments package", Decimal("89.5"), 1, 1, type=COMMENTS_PACKAGE),
        Offering(14, "Mentions, your list", Decimal("1.25"), 2, 500, type=CUSTOM_LIST),
        Offering(15, "Subscription of likes", Decimal("0.003"), 10, 1000, type=SUBSCRIPTIONS),
        Offering(16, "Replies", Decimal(25), 1, 50, type="Comment Replies"),
    ]
    kept = {offering.type for offering in special}
    others = [name for name in NEEDS if name not in kept and name != CUSTOM_COMMENTS]
    special += [
        Offering(at, f"{name} service", Decimal("0.45"), 20, 2000, type=name)
        for at, name in enumerate(others, 17)
    ]
    return {**catalogue(), **{offering.id: offering for offering in special}}
