"""What of a catalogue cannot be read, counted and with an example, as people are told. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracker.lib.counts import counted as how_many
from tracker.orders.answers import Catalogue, Service

NAMES = {"price": "price", "min": "minimum", "max": "maximum"}
"""The figures of a line: our name in `Service.unread` -> the attribute and the word for it."""

CURE = (
    "if these are numbers in the panel's own form, say so in its dialect, like "
    '`numbers: {decimal: ",", thousands: "."}`'
)


def catalogue_warnings(services: Sequence[Service]) -> list[str]:
    """Say what of a catalogue cannot be read, one sentence for each kind; empty when all can."""
    figures = [sentence for name in NAMES if (sentence := counted(name, services)) is not None]
    cure = [CURE] if figures else []
    return [*_broken_lines(services), *figures, *cure, *_without_prices(services)]


def service_warnings(service: Service, services: Sequence[Service]) -> list[str]:
    """Say which figures of one service cannot be read, and in how many others of its catalogue."""
    found = []
    for name, said in service.unread.items():
        effect = "so what it will cost is not known" if name == "price" else "so it is not checked"
        others = counted(name, services)
        found.append(
            f'the {NAMES[name]} of service {service.id} cannot be read: "{said}", {effect}'
            + (f"; {others}" if others else "")
        )
    return [*found, CURE] if found else []


def counted(name: str, services: Sequence[Service]) -> str | None:
    """Count the figures of this name that cannot be read, among those that the panel gives, with an example."""
    unread = [service for service in services if name in service.unread]
    if not unread:
        return None
    given = len(unread) + sum(getattr(service, NAMES[name]) is not None for service in services)
    example = f'"{unread[0].unread[name]}" (service {unread[0].id})'
    return f"{len(unread):,} of {how_many(given, NAMES[name])} cannot be read, e.g. {example}"


def _broken_lines(services: Sequence[Service]) -> Iterator[str]:
    broken = services.broken if isinstance(services, Catalogue) else ()
    if broken:
        total = len(services) + len(broken)
        yield f"{len(broken):,} of {how_many(total, 'line')} cannot be read, e.g. {broken[0].name}: {broken[0].why}"


def _without_prices(services: Sequence[Service]) -> Iterator[str]:
    if services and all(one.price is None and "price" not in one.unread for one in services):
        many = f"none of the {len(services):,} services has a price"
        none = "its only service has no price" if len(services) == 1 else many
        yield f"{none}: is `price` among the `fields` of the dialect the panel's name for it?"
