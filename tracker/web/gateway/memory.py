"""What the gateway remembers from one request to the next; losing it loses nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracker.store.gathered import Gathered
from tracker.web.gateway.keys import WrongKeys
from tracker.web.gateway.listings import Listings


@dataclass(frozen=True, slots=True)
class Memory:
    """Wrong keys by address, catalogues as they were sent last, and the orders that are being written."""

    wrong_keys: WrongKeys = field(default_factory=WrongKeys)
    listings: Listings = field(default_factory=Listings)
    writes: Gathered = field(default_factory=lambda: Gathered("queue"))
