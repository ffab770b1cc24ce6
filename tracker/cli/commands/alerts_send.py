"""`alerts test` and `alerts died`: alerts that a command sends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import click

from tracker.alerts.subscriptions import wanted
from tracker.cli.completers import complete_targets
from tracker.cli.output import json_option, print_json
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.terminal import screen
from tracker.config.target_settings import Target
from tracker.daemon.passes.deliver import Deliver
from tracker.events import Event, Notice
from tracker.lib.clock import now
from tracker.operations.wording import wording_of
from tracker.service.ends import in_words
from tracker.store import outbox
from tracker.store.deliveries import Outgoing


@dataclass(frozen=True, slots=True)
class _Result:
    """The outcome of one message to one target; its fields are the JSON keys."""

    target: str
    delivered: bool
    error: str | None

    def __str__(self) -> str:
        return f"{self.target}: {'delivered' if self.delivered else f'failed: {self.error}'}"


@click.command()
@click.option(
    "--target",
    "only",
    multiple=True,
    shell_complete=complete_targets,
    help="Test only this target. It can be given more than once.",
)
@json_option
@pass_session
def test(session: Session, only: tuple[str, ...], as_json: bool) -> None:
    """Send a test message to every target, through the real outbox."""
    targets = [target for target in session.config.alerts if not only or target.name in only]
    if not targets:
        raise Refused("the config has no such alert target; add one: `alerts: [{name: ops, url: …}]`")
    results = [
        _send(session, target, Notice(Event.ALERT_TEST, facts={"target": target.name})) for target in targets
    ]
    _report(results, as_json, "the daemon tries again for 10 minutes")


@click.command()
@click.option("--why", help="What is known about it, such as systemd's $SERVICE_RESULT.")
@json_option
@pass_session
def died(session: Session, why: str | None, as_json: bool) -> None:
    """Alert every target that the daemon died.

    The unit tracker-died.service does it, through OnFailure=.
    """
    facts = {"kind": "died", "host": socket.gethostname(), "why": in_words(why) if why else None}
    notice = Notice(Event.DAEMON_STOPPED, facts=facts)
    targets = [target for target in session.config.alerts if wanted(notice.event, target.events)]
    results = [_send(session, target, notice) for target in targets]
    _report(results, as_json, "the message waits until the daemon runs again")


def _send(session: Session, target: Target, notice: Notice) -> _Result:
    """Send a notice to one target now, through the outbox."""
    db = session.db
    with db.transaction():
        outbox.post(db, [notice], now(), only=[target.name])
        posted = outbox.listed(db, limit=1)[0]
    if posted.state == "waiting":
        wording = wording_of(session.config, db)
        Deliver(target, db, now, threading.Event(), wording).send(Outgoing(target.name, now(), posted))
    sent = outbox.by_id(db, posted.id) or posted
    if sent.state == "silenced":
        return _Result(target.name, False, "it is silenced; `tracker alerts silences` lists what is")
    return _Result(target.name, sent.state == "sent", sent.last_error)


def _report(results: Sequence[_Result], as_json: bool, then: str) -> None:
    for result in results:
        if as_json:
            print_json({"target": result.target, "delivered": result.delivered, "error": result.error})
        else:
            screen.say(str(result))
    if not all(result.delivered for result in results):
        raise click.ClickException("not every target was reached; the daemon tries again for 10 minutes")
