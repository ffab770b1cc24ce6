"""How values are written on a page, and the templates that pages are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from tracker import __version__
from tracker.lib import moments, money
from tracker.lib.links import cut_link
from tracker.lib.times import about, rfc3339
from tracker.lib.visible import visible

TEMPLATES = Path(__file__).with_name("templates")

LONGEST_LINK = 60
"""Characters of a link in a table; the whole of it is on the order's own page."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page before it is drawn: which template, and what it shows."""

    template: str
    title: str
    values: Mapping[str, Any]
    status: int = 200
    #: Seconds after which a browser may ask for it again by itself; None: never.
    refresh: int | None = None


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters |= {
        "money": shown_money, "count": lambda number: f"{number:,}", "about": about, "text": shown_text,
        "link": shown_link,
    }  # fmt: skip
    return made


def drawn(page: Page, now: int, zone: tzinfo | None, **more: Any) -> str:
    """Draw a page as HTML. `more` is what every page needs beside its own values."""

    def moment(at: int | None) -> Markup:
        return Markup("–") if at is None else shown_moment(at, now, zone)

    def ago(at: int | None) -> str:
        return "never" if at is None else f"{about(max(0, now - at))} ago"

    return (
        _templates()
        .get_template(page.template)
        .render(
            **page.values,
            title=page.title,
            refresh=page.refresh,
            moment=moment,
            ago=ago,
            version=__version__,
            **more,
        )
    )


def shown_moment(at: int, now: int, zone: tzinfo | None) -> Markup:
    """Write a point in time in short, and whole where one points at it."""
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        rfc3339(at), moments.exact(at, now, zone), moments.short(at, now, zone)
    )


def shown_money(amount: Decimal | None, currency: str | None = None) -> str:
    """Write an amount with its currency; "unknown" for None."""
    return "unknown" if amount is None else money.shown(amount, currency)


def shown_text(text: object) -> Markup:
    """Write what a panel or a file said: apart from the text around it, whichever way it is read."""
    return Markup("<bdi>{}</bdi>").format(visible(str(text)))


def shown_link(link: str, longest: int = LONGEST_LINK) -> Markup:
    """Write a link as text, cut in its middle; it is never one to follow: a file may hold anything."""
    return Markup('<bdi class="link" title="{}">{}</bdi>').format(
        visible(link), escape(visible(cut_link(link, longest)))
    )
