"""What makes two orders the same: the names that only one order may have, and what was asked for."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tracker.orders.order import Draft
from tracker.store.rows import compact

CONTENT = ("panel", "service", "link", "quantity", "comments", "fields", "panel_order_id")
"""The columns that are equal when two orders ask for the same."""

Name = tuple[str, ...]
"""A name that only one order may have: of which kind it is, then the name itself."""

Content = tuple[Any, ...]
"""The values of CONTENT."""


def names_of(ref: str | None, key: str | None, panel: str, placed_as: str | None) -> list[Name]:
    """Return the names of an order; `key` is that of an imported row, `placed_as` its id at the panel."""
    names: list[Name] = []
    if ref is not None:
        names.append(("ref", ref))
    if key is not None:
        names.append(("row", key))
    if placed_as is not None:
        names.append(("panel order id", panel, placed_as))
    return names


def content_of(draft: Draft) -> Content:
    """Return what a draft asks for."""
    d = draft
    return d.panel, d.service, d.link, d.quantity, d.comments, compact(d.fields), d.panel_order_id


def asked_for(stored: Content, attempts: int) -> Content:
    """Return what a stored order asks for: an id that the panel gave in its answer to our `add` is no part of that."""
    return (*stored[:-1], None) if attempts else tuple(stored)


def digest(content: Content) -> str:
    """Return a short text that is equal for equal contents only."""
    return hashlib.sha256(json.dumps(list(content)).encode()).hexdigest()[:32]
