"""`practice`: the practice panel alone, in the foreground."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import urlsplit

import click

from tracker.cli.numbers import Number, Whole
from tracker.cli.setup.practice_files import CONFIG as WRITTEN
from tracker.cli.setup.practice_files import DATABASE, ORDERS, PORT, refuse_old_orders, write_files
from tracker.config.template import yaml_scalar
from tracker.lib.right_to_left import without_isolates
from tracker.lib.times import rfc3339
from tracker.practice.behaviour import Behaviour
from tracker.practice.control_api import summary
from tracker.practice.faults import describe
from tracker.practice.inbox import Alert
from tracker.practice.languages import LANGUAGES
from tracker.practice.panel import PracticePanel
from tracker.practice.request_log import LoggedRequest
from tracker.practice.validation import DripFeedRule

CONFIG = """\
A practice panel answers at {url} (key: {key}); nothing there costs money.
To use it, put this into a config.yaml:

panels:
  practice:
    url: {url}
    key: {key}
    dialect: {dialect}

Ctrl-C stops it and prints a summary.
"""

READY = """\
A practice panel answers at {url}; nothing there costs money. Alerts are shown here as they arrive.
Ctrl-C stops it and prints a summary.
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
@click.option("--port", type=Whole(0, 65535), default=0, help="The port. 0, the default, takes any free one.")
@click.option(
    "--dialect",
    type=click.Choice(["tagrani", "perfectpanel"]),
    default="tagrani",
    show_default=True,
    help="The dialect of its API.",
)
@click.option("--key", default="practice-key", show_default=True, help="The key that it accepts.")
@click.option("--balance", type=amount, default="100000", show_default=True, help="The balance at the start.")
@click.option("--latency", type=Number(0), default=0.0, help="The seconds that each request waits first.")
@click.option(
    "--pace",
    type=Number(0),
    default=1.0,
    show_default=True,
    help="How fast orders progress: at 1 they end within half a minute, at 0 they do not move.",
)
@click.option(
    "--drip-feed",
    type=click.Choice(["run", "total"]),
    default="run",
    show_default=True,
    help="What the quantity of a drip-feed is for: each run, or all of them.",
)
@click.option("--random-ids", is_flag=True, help="Give orders seven random digits as ids, as some panels do.")
@click.option(
    "--dedupe-window",
    type=Number(0),
    default=0.0,
    help="For this many seconds, answer an equal order with the id of the one before it.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="ACTION=FAULT[:TIMES]",
    help="A fault: `add=reset-after`, `status=502:3`, `balance=hang:none` (always). It can be given more than once.",
)
@click.option(
    "--language",
    metavar="LANGUAGE",
    type=click.Choice(["english", *LANGUAGES]),
    default="english",
    show_default=True,
    help=f"The language of its refusals: english, {', '.join(LANGUAGES)}.",
)
@click.option(
    "--text",
    "texts",
    multiple=True,
    metavar="KIND=TEXT",
    help="Other words for a refusal: `funds=Top up first`, `odd=…`, `archived=…`. It can be given more than once.",
)
@click.option(
    "--write",
    "config",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Write a config for it, and {ORDERS} beside it; the port is {PORT} unless you name one.",
)
@click.option("--force", is_flag=True, help="With --write: overwrite files that exist.")
@click.option("--faults", "listing", is_flag=True, help="List the faults and exit.")
@click.option("--quiet", is_flag=True, help="Do not print a line for each request.")
@click.option("--json", "as_json", is_flag=True, help="Print the url and the key as JSON, on the first line.")
def practice(
    port: int, dialect: str, key: str, balance: Decimal, latency: float, pace: float, drip_feed: str,
    random_ids: bool, dedupe_window: float, faults: tuple[str, ...], language: str, texts: tuple[str, ...],
    listing: bool, quiet: bool, as_json: bool, config: Path | None, force: bool,
) -> None:  # fmt: skip
    """Run a practice panel on this machine.

    Try a config with it before you spend real money. It has the panel API on loopback, with a catalogue, a wallet
    and orders that progress, and it runs until Ctrl-C. Other programs can read its ledger and requests under
    /_practice/, and control it there.
    """
    if listing:
        click.echo(_fault_list())
        return
    try:
        behaviour = Behaviour(
            dialect, key, balance, latency=latency, pace=pace, random_ids=random_ids, language=language,
            drip_feed=DripFeedRule(drip_feed), dedupe_window=dedupe_window,
        )  # fmt: skip
        if config is not None:
            refuse_old_orders(config)
            port = port or PORT
        panel = PracticePanel(behaviour, port=port, watch=None if quiet else _log)
    except OSError as error:
        raise click.ClickException(
            f"Port {port} cannot be used: {os.strerror(error.errno or 0)}. Name another: --port {port + 1}"
        ) from error
    try:
        _prepare(panel, faults, texts)
        if config is not None:
            _write(config, panel, force)
        _run_until_stopped(panel, as_json)
    finally:
        panel.stop()
    click.echo(_summary(panel, as_json))


def _write(config: Path, panel: PracticePanel, force: bool) -> None:
    """Write the files to practise with, and show the alerts of that config."""
    port = urlsplit(panel.url).port
    text = WRITTEN.format(
        database=DATABASE,
        url=panel.url,
        key=_in_config(panel.key),
        dialect=_dialect(panel),
        orders=ORDERS,
        port=port,
    )
    written = write_files(config, text, force)
    panel.on_alert = _show_alert
    if written:
        click.echo(f"Wrote {' and '.join(str(path) for path in written)}.")


def _show_alert(alert: Alert) -> None:
    body = "\n".join(f"    {line}" for line in alert.body.splitlines())
    click.echo(without_isolates(f"ALERT  {alert.title}\n{body}"), err=True)


def _prepare(panel: PracticePanel, faults: tuple[str, ...], texts: tuple[str, ...]) -> None:
    for text in faults:
        _arm(panel.fault, text)
    for text in texts:
        _word(panel.word, text)


def _arm(fault: Callable[..., None], text: str) -> None:
    action, _, rest = text.partition("=")
    name, _, times = rest.partition(":")
    try:
        fault(action, name, None if times == "none" else int(times or 1))
    except ValueError as wrong:
        why = str(wrong) if "invalid literal" not in str(wrong) else "TIMES is a number or none"
        raise click.UsageError(f"--fault {text}: {why}") from wrong


def _word(word: Callable[[str, str], None], text: str) -> None:
    kind, _, words = text.partition("=")
    try:
        word(kind, words)
    except ValueError as wrong:
        raise click.UsageError(f"--text {text}: {wrong}") from wrong


def _run_until_stopped(panel: PracticePanel, as_json: bool) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    panel.start()
    if as_json:
        click.echo(json.dumps({"url": panel.url, "key": panel.key}))
    elif panel.on_alert is not None:
        click.echo(READY.format(url=panel.url))
    else:
        click.echo(CONFIG.format(url=panel.url, key=_in_config(panel.key), dialect=_dialect(panel)))
    stop.wait()


def _in_config(key: str) -> str:
    """Write a key so that a config means exactly that text."""
    return yaml_scalar(key.replace("${", "$${"))


def _dialect(panel: PracticePanel) -> str:
    """The dialect, as a config for the panel has to say it."""
    if panel.state.drip_feed.quantity == "run":
        return panel.dialect
    return f"{{base: {panel.dialect}, drip_feed_quantity: {panel.state.drip_feed.quantity}}}"


def _log(seen: LoggedRequest, outcome: str) -> None:
    """Print a line on stderr for a request; its form never holds the key."""
    asked = " ".join(f"{name}={_short(text)}" for name, text in seen.form.items() if name != "action")
    fault = f"  [{seen.fault}]" if seen.fault else ""
    click.echo(f"{rfc3339(seen.at)}  {seen.action or '?'} {asked} -> {outcome}{fault}", err=True)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else flat[:57] + "..."


def _fault_list() -> str:
    width = max(len(name) for name, _ in describe())
    rows = [f"  {name:<{width}}  {text}" for name, text in describe()]
    intro = "With -before the panel did not take the order; with -after it took it and then failed."
    return "\n".join([intro, *rows])


def _summary(panel: PracticePanel, as_json: bool) -> str:
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
