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
from markupsafe import Markup
from werkzeug.wrappers import Request

from tracker import __version__
from tracker.lib import moments, money
from tracker.lib.counts import counted
from tracker.lib.links import cut_link
from tracker.lib.redaction import scrub
from tracker.lib.times import about, rfc3339
from tracker.lib.visible import visible
from tracker.orders.order import Order
from tracker.orders.why_held import why_held

TEMPLATES = Path(__file__).with_name("templates")

LONGEST_LINK, LONGEST_SHORT, LONGEST_TITLE = 60, 160, 1000
"""Characters of a link and of another text in a table, and of what is shown where one points at it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page before it is drawn: which template, and what it shows."""

    template: str
    title: str
    values: Mapping[str, Any]
    status: int = 200
    #: Seconds after which a browser may ask for it again by itself; None: never.
    refresh: int | None = None


LONGEST_ASKED = 200
"""Characters that are read of what is asked for."""


def asked_text(request: Request, name: str) -> str:
    """Return what an address asks for under a name: short, and without characters that no text has."""
    text = request.args.get(name, "")[: 4 * LONGEST_ASKED]
    return "".join(one for one in text if one == visible(one)).strip()[:LONGEST_ASKED]


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters |= {
        "money": shown_money, "count": lambda number: f"{number:,}", "about": about, "text": shown_text,
        "link": shown_link, "short": shown_short,
        "sentence": shown_sentence, "counted": counted,
    }  # fmt: skip
    made.tests["plain"] = is_plain
    return made


def drawn(page: Page, now: int, zone: tzinfo | None, **more: Any) -> str:
    """Draw a page as HTML. `more` is what every page needs beside its own values."""

    def moment(at: int | None) -> Markup:
        return Markup("–") if at is None else shown_moment(at, now, zone)

    def why(order: Order) -> str | None:
        return why_held(order, lambda at: moments.exact(at, now, zone))

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
            why_held=why,
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
    return "unknown" if amount is None else plain(money.shown(amount, currency))


def plain(text: object) -> str:
    """Return a text as it may be shown: no secret is in it, and nothing that steers how the rest is read."""
    return visible(scrub(str(text)))


def is_plain(text: str) -> bool:
    """Tell whether a text may stand in an address as it is."""
    return plain(text) == text


def shown_text(text: object) -> Markup:
    """Write what a panel or a file said: apart from the text around it, whichever way it is read."""
    return Markup("<bdi>{}</bdi>").format(plain(text))


def shown_sentence(text: str) -> Markup:
    """Write a sentence of tracker's own: what stands between backticks is typed as it is."""
    code, words = Markup("<code>{}</code>"), Markup("<bdi>{}</bdi>")
    parts = [
        (code if number % 2 else words).format(part) for number, part in enumerate(plain(text).split("`"))
    ]
    return Markup("").join(parts)


def shown_short(text: object, longest: int = LONGEST_SHORT) -> Markup:
    """Write the beginning of it, for a table."""
    whole = plain(text)
    cut = whole if len(whole) <= longest else f"{whole[:longest]}…"
    return Markup('<bdi title="{}">{}</bdi>').format(whole[:LONGEST_TITLE], cut)


def shown_link(link: str, longest: int = LONGEST_LINK) -> Markup:
    """Write a link as text, cut in its middle; it is never one to follow: a file may hold anything."""
    whole = plain(link)
    return Markup('<bdi class="link" title="{}">{}</bdi>').format(
        whole[:LONGEST_TITLE], cut_link(whole, longest)
    )
