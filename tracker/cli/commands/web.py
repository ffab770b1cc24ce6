"""`web`: the page, beside a daemon or without one."""

from __future__ import annotations

import sys
from contextlib import closing

import click

from tracker.cli.clients import new_client
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.terminal import screen
from tracker.config.checks import SHORTEST_PASSWORD
from tracker.config.faults import ConfigError
from tracker.config.web_settings import Web
from tracker.daemon.context import PanelContext
from tracker.daemon.passes.adopt import adopted_or_refused
from tracker.daemon.signals import Signals, Wish
from tracker.orders.order import Order

LOOK_S = 3600.0
"""Seconds to wait for a signal at a time; nothing happens in between."""


REPLACED = (
    "while this page was made from it. Nothing is shown, changed or queued here until `tracker web` is started again; "
    "put the right file in place first"
)


@click.command()
@click.option(
    "--hash-password",
    is_flag=True,
    help="Ask for a password, or read it from stdin, and print what password_file may hold instead of it.",
)
@pass_session
def web(session: Session, hash_password: bool) -> None:
    """Serve the page beside the daemon.

    A daemon whose config has `web:` serves the page itself; this is for a page of its own, or none while it is off.
    """
    if hash_password:
        _print_hash()
        return
    session.check_alert_urls()
    wanted = session.config.web
    if wanted is None:
        raise Refused("the config has no page: add the line `web: {}` to it")
    session.log(session.config.log.level, session.config.log.format)
    session.warn()
    _serve(session, wanted)


def _print_hash() -> None:
    from tracker.web.passwords import hashed

    if sys.stdin.isatty():
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    # The config cannot see from the hash how long it is.
    if len(password) < SHORTEST_PASSWORD:
        raise Refused(f"the password is too short: give at least {SHORTEST_PASSWORD} characters")
    click.echo(hashed(password))


def _serve(session: Session, wanted: Web) -> None:
    from tracker.web.server import CannotListen
    from tracker.web.serving import Serving
    from tracker.web.site import Doors

    signals = Signals()
    signals.receive()
    session.db.watch_file(REPLACED)
    serving = Serving(session.db, Doors(lambda order, panel_id, by: _adopt(session, order, panel_id, by)))
    try:
        serving.follow(session.config)
        screen.say(
            f"The page is at http://{wanted.listen.rpartition(':')[0]}:{serving.port}/; Ctrl-C ends it.",
            err=True,
        )
        while _goes_on(session, signals):
            serving.follow(session.config)
    except CannotListen as fault:
        raise Refused(str(fault)) from None
    finally:
        serving.close()


def _goes_on(session: Session, signals: Signals) -> bool:
    """Wait for a signal; read the config again when it asks for that. False when it asks for the end."""
    received = signals.next(LOOK_S)
    if received is not None and received[1] is Wish.RELOAD:
        try:
            session.config = session.read_again()
        except ConfigError as error:
            for fault in error.faults:
                screen.say(str(fault), err=True)
    return received is None or received[1] is not Wish.STOP


def _adopt(session: Session, order: Order, panel_order_id: str, by: str) -> Order:
    panel, config = session.panel(order.panel), session.config
    with closing(new_client(session, panel)) as client:
        context = PanelContext(panel, config.schedule, config.unknown, client, session.db)
        return adopted_or_refused(context, order, panel_order_id, by)
