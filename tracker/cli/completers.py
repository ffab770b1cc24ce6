"""What a shell completes: refs, panels, alert targets, columns. Fast, and silent about whatever is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import islice
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from tracker.cli.session import Session
from tracker.events import Event
from tracker.orders.order import State
from tracker.store import orders

MOST = 50
"""Orders that are offered at once."""

MOST_READ = 5000
"""Orders among which those are looked for that begin like what is typed."""

Offer = Callable[[Session, str], Iterable[tuple[str, str]]]
"""Returns texts that begin like what is typed, each with a word about it."""

Decorated = TypeVar("Decorated", bound=Callable[..., Any] | click.Command)

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def completer(offer: Offer) -> Completer:
    """Return what click asks for completions."""

    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        with closing(Session(ctx.find_root().params.get("config"))) as session:
            found = offer(session, incomplete)
            return [CompletionItem(text, help=about) for text, about in found if text.startswith(incomplete)]

    return complete


@completer
def complete_orders(session: Session, begun: str) -> Iterator[tuple[str, str]]:
    """Offer the refs of orders, the newest first; the id of an order that has none."""
    with closing(session.closed_db) as db:
        if db.open_to_read():
            for order_id, ref, state in orders.names(db, begun, MOST):
                yield ref or str(order_id), state


def complete_orders_in(*states: State) -> Completer:
    """Return what offers the orders of some states only, the newest first."""

    def offer(session: Session, begun: str) -> Iterator[tuple[str, str]]:
        with closing(session.closed_db) as db:
            if db.open_to_read():
                with closing(orders.listed(db, states, limit=MOST_READ)) as listed:
                    named = ((order.ref or str(order.id), str(order.state)) for order in listed)
                    yield from islice((one for one in named if one[0].startswith(begun)), MOST)

    return completer(offer)


def orders_argument(*states: State) -> Callable[[Decorated], Decorated]:
    """Give a command the argument `names`: the ids or refs of one or more orders; those in these states are offered."""
    return click.argument(
        "names", nargs=-1, required=True, metavar="ORDER...", shell_complete=complete_orders_in(*states)
    )


@completer
def complete_panels(session: Session, _begun: str) -> Iterator[tuple[str, str]]:
    """Offer the panels of the config."""
    return ((name, panel.url) for name, panel in session.config.panels.items())


@completer
def complete_targets(session: Session, _begun: str) -> Iterator[tuple[str, str]]:
    """Offer the alert targets of the config."""
    return ((target.name, "") for target in session.config.alerts)


@completer
def complete_events(_session: Session, _begun: str) -> Iterator[tuple[str, str]]:
    """Offer the events."""
    return ((str(event), "") for event in Event)
