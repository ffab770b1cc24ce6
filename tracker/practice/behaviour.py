"""How a practice panel behaves from its start on."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from tracker.practice.api import SHAPES
from tracker.practice.languages import LANGUAGES
from tracker.practice.validation import DripFeedRule


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The settings of one practice panel. ValueError: there is no such dialect or language."""

    dialect: str = "tagrani"
    key: str = "practice-key"
    #: What the wallet holds at the start.
    balance: Decimal = Decimal(100_000)
    currency: str = "Tomans"
    #: Seconds that each request waits before it is answered.
    latency: float = 0.0
    #: Seconds of an order's lifecycle that pass in a second; at 0 orders make no progress.
    pace: float = 1.0
    #: The largest step from one order id to the next: the ids between belong to other customers.
    gap: int = 1
    #: The id of the first order.
    first_id: int = 5001
    #: Whether ids are seven random digits, as some panels give them, rather than ever higher.
    random_ids: bool = False
    #: For how many seconds an equal order is answered with the id of the one before it; 0: never.
    dedupe_window: float = 0.0
    #: The language of its refusals.
    language: str = "english"
    #: Makes the ids, and the steps between them, repeatable.
    seed: int | None = None
    #: How it counts and limits drip-feeds.
    drip_feed: DripFeedRule = field(default_factory=DripFeedRule)

    def __post_init__(self) -> None:
        if self.dialect not in SHAPES:
            raise ValueError(
                f"{self.dialect!r} is not a dialect of the practice panel: write {' or '.join(SHAPES)}"
            )
        if self.language != "english" and self.language not in LANGUAGES:
            raise ValueError(f"{self.language!r} is not a language of it: write {', '.join(LANGUAGES)}")


DEFAULT = Behaviour()
