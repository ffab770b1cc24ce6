"""What the practice panel sells: one service for each way in which an order can end."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from tracker.practice.lifecycle import CANCELED, FAILED, PARTIAL, Lifecycle

DEFAULT = "Default"
CUSTOM_COMMENTS = "Custom Comments"


@dataclass(slots=True)
class Offering:
    """One service on sale; it may be changed at any time. `price` is for ONE unit."""

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
    lifecycle: Lifecycle = field(default_factory=Lifecycle)

    @property
    def wants_comments(self) -> bool:
        """Whether the quantity is the number of comment lines."""
        return self.type == CUSTOM_COMMENTS


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
