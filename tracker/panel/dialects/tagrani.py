"""tagrani.com, API v1: the catalogue says `id` and `price`, the price of ONE unit in Tomans. Pure."""

from __future__ import annotations

from tracker.panel.dialects.dialect import Dialect
from tracker.panel.dialects.fields import Fields

TAGRANI = Dialect(
    name="tagrani",
    price_unit=1,
    fields=Fields(service_id="id", price="price"),
    action_in_query=True,
    counts_comments=True,
)
