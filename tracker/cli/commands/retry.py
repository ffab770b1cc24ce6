"""`retry`, `drop` and `approve`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from tracker.cli.completers import orders_argument
from tracker.cli.no_daemon import warn_without_daemon
from tracker.cli.orders.decisions import print_approved, print_decided
from tracker.cli.orders.find_order import find_order
from tracker.cli.output import json_option
from tracker.cli.session import Session, pass_session
from tracker.lib.clock import now
from tracker.operations import decisions
from tracker.orders.order import Order, State
from tracker.orders.resolution import By


@click.command()
@orders_argument(State.REJECTED, State.DROPPED)
@json_option
@pass_session
def retry(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Queue orders again that were rejected, or dropped unsent.

    ORDER is the id or the ref.
    """
    found = _named(session, names)
    print_decided(decisions.retry(session.db, found, By.OPERATOR, now()), len(found), as_json)
    warn_without_daemon(session)


@click.command()
@orders_argument(State.QUEUED, State.UNKNOWN)
@json_option
@pass_session
def drop(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Give up orders that are queued or unknown.

    ORDER is the id or the ref.
    """
    found = _named(session, names)
    print_decided(decisions.drop(session.db, found, By.OPERATOR, now()), len(found), as_json)


@click.command()
@orders_argument(State.QUEUED)
@json_option
@pass_session
def approve(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Let queued orders go that wait for your word.

    ORDER is the id or the ref. It is about `approve_above`, `max_price` and `price_jump` of `limits`. An order is
    approved at its price of now; if that rises by more than `price_jump` allows, it is held again. What may be spent
    in a day or a month stays as it is.
    """
    found = _named(session, names)
    print_approved(decisions.approve(session.db, found, By.OPERATOR, now()), len(found), as_json)
    warn_without_daemon(session)


def _named(session: Session, names: Sequence[str]) -> list[Order]:
    """Return the orders of these names, each once."""
    found = [find_order(session, name) for name in names]
    return list({order.id: order for order in found}.values())
