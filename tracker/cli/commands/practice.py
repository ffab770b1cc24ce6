"""`tracker practice`: the practice panel by itself, in the foreground."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import click

CONFIG = """\
A practice panel answers at {url} (key: {key}); nothing there costs money.
To use it, put this into a config.yaml:

panels:
  practice:
    url: {url}
    key: {key}
    dialect: {dialect}

Ctrl-C stops it and shows what it took.
"""


def amount(text: str) -> Decimal:
    """Read an exact decimal amount, zero or more; a usage error when it is not one."""
    try:
        read = Decimal(text)
    except InvalidOperation:
        read = Decimal("NaN")
    if not read.is_finite() or read < 0:
        raise click.BadParameter(f"{text!r} is not an amount: write a number like 100000 or 12.50")
    return read


@click.command(epilog="`tracker practice --faults` lists the faults.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0, the default, takes any free port.")
@click.option(
    "--dialect", type=click.Choice(["tagrani", "perfectpanel"]), default="tagrani", show_default=True
)
@click.option("--key", default="practice-key", show_default=True, help="The key that it accepts.")
@click.option("--balance", type=amount, default="100000", show_default=True, help="The wallet to begin with.")
@click.option(
    "--latency", type=click.FloatRange(0), default=0.0, help="Seconds before each request is worked on."
)
@click.option(
    "--pace",
    type=click.FloatRange(0),
    default=1.0,
    show_default=True,
    help="How fast orders go on: at 1 they end within half a minute, at 0 they stand still.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="ACTION=FAULT[:TIMES]",
    help="What goes wrong: `add=reset-after`, `status=502:3`, `balance=hang:none` (always). Repeatable.",
)
@click.option("--faults", "listing", is_flag=True, help="List the faults and exit.")
@click.option("--quiet", is_flag=True, help="No line for each request.")
@click.option("--json", "as_json", is_flag=True, help="Print url and key as the first line, in JSON.")
def practice(
    port: int, dialect: str, key: str, balance: Decimal, latency: float, pace: float,
    faults: tuple[str, ...], listing: bool, quiet: bool, as_json: bool,
) -> None:  # fmt: skip
    """Run a practice panel on this machine, to try a config before real money moves.

    It speaks the panel API on loopback, with a catalogue, a wallet and orders that progress; it answers
    until Ctrl-C. Other programs look into it under /_practice/ (ledger, requests) and steer it there.
    """
    from tracker.practice.behaviour import Behaviour
    from tracker.practice.panel import PracticePanel  # so that other commands start without it

    if listing:
        click.echo(_fault_list())
        return
    try:
        behaviour = Behaviour(dialect, key, balance, latency=latency, pace=pace)
        panel = PracticePanel(behaviour, port=port, watch=None if quiet else _log)
    except OSError as error:
        raise click.ClickException(
            f"Port {port} cannot be used: {os.strerror(error.errno or 0)}. Choose another."
        ) from error
    try:
        for text in faults:
            _arm(panel.fault, text)
        _run_until_told(panel, as_json)
    finally:
        panel.stop()
    click.echo(_summary(panel, as_json))


def _arm(fault: Callable[..., None], text: str) -> None:
    action, _, rest = text.partition("=")
    name, _, times = rest.partition(":")
    try:
        fault(action, name, None if times == "none" else int(times or 1))
    except ValueError as wrong:
        why = str(wrong) if "invalid literal" not in str(wrong) else "TIMES is a number or none"
        raise click.UsageError(f"--fault {text}: {why}") from wrong


def _run_until_told(panel: Any, as_json: bool) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    panel.start()
    if as_json:
        click.echo(json.dumps({"url": panel.url, "key": panel.key}))
    else:
        click.echo(CONFIG.format(url=panel.url, key=panel.key, dialect=panel.dialect))
    stop.wait()


def _log(seen: Any, outcome: str) -> None:
    """One line on stderr for a request; the form that it is made from never holds the key."""
    from tracker.lib.times import rfc3339

    asked = " ".join(f"{name}={_short(text)}" for name, text in seen.form.items() if name != "action")
    fault = f"  [{seen.fault}]" if seen.fault else ""
    click.echo(f"{rfc3339(seen.at)}  {seen.action or '?'} {asked} -> {outcome}{fault}", err=True)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else flat[:57] + "..."


def _fault_list() -> str:
    from tracker.practice.faults import describe

    width = max(len(name) for name, _ in describe())
    rows = [f"  {name:<{width}}  {text}" for name, text in describe()]
    intro = "With -before the panel did not take the order, with -after it did and then failed."
    return "\n".join([intro, *rows])


def _summary(panel: Any, as_json: bool) -> str:
    from tracker.practice.control_api import summary

    ledger = summary(panel.state)
    if as_json:
        return json.dumps(ledger)
    spent = sum((placed.charge for placed in panel.state.ledger), Decimal(0))
    back = sum((move.amount for move in panel.state.moves if move.kind == "refund"), Decimal(0))
    asked = ", ".join(f"{count} {action or '?'}" for action, count in panel.requests.counts().items())
    lines = [
        f"Orders taken: {len(panel.state.ledger)}, for {spent.normalize():f} {panel.currency}",
        f"Refunded: {back.normalize():f}; the wallet went from {ledger['opening']} to {ledger['balance']}",
        f"Requests: {asked or 'none'}",
        *(f"Warning: the key was sent {leak}" for leak in sorted(set(panel.leaks))),
    ]
    return "\n".join(lines)
