"""`alerts test`, `alerts list`, `alerts retry`, `alerts died`; see `texts` for the other two."""

from __future__ import annotations

import threading
from typing import Any

import click

from tracker.cli.commands.messages import preview, templates
from tracker.cli.output import json_option, print_json, print_table, time_or_none
from tracker.cli.session import Refused, Session

STATES = ("waiting", "sent", "dead", "superseded", "folded")
"""What `alerts list --state` takes; `folded` is what older versions called `superseded`."""


@click.group()
def alerts() -> None:
    """Test, list and send again what people are told."""


@alerts.command()
@click.option("--target", "only", multiple=True, help="Only this target; may be given more than once.")
@json_option
@click.pass_obj
def test(session: Session, only: tuple[str, ...], as_json: bool) -> None:
    """Send a test message to every target, through the real outbox."""
    targets = [target for target in session.config.alerts if not only or target.name in only]
    if not targets:
        raise Refused("the config has no such alert target; add one under `alerts:` (see the README)")
    _report([_sent(session, target, _test_notice(target.name)) for target in targets], as_json)


@alerts.command()
@click.option("--why", default="see its log", help="What is known of it, as systemd's $SERVICE_RESULT.")
@click.pass_obj
def died(session: Session, why: str) -> None:
    """Tell every target that the daemon died; the unit tracker-died.service does it, through OnFailure=."""
    import socket

    from tracker.alerts.subscriptions import wanted
    from tracker.events import Event, Notice

    facts = {"kind": "died", "host": socket.gethostname(), "why": why}
    notice = Notice(Event.DAEMON_STOPPED, facts=facts)
    targets = [target for target in session.config.alerts if wanted(notice.event, target.events)]
    _report([_sent(session, target, notice) for target in targets], as_json=False)


def _report(results: list[dict[str, Any]], as_json: bool) -> None:
    for result in results:
        if as_json:
            print_json(result)
        else:
            click.echo(
                f"{result['target']}: {'delivered' if result['delivered'] else 'failed: ' + result['error']}"
            )
    if not all(result["delivered"] for result in results):
        raise click.ClickException(
            "not every target was reached; the message waits in the outbox and the daemon tries again"
        )


def _test_notice(target: str) -> Any:
    from tracker.events import Event, Notice

    return Notice(Event.ALERT_TEST, facts={"target": target})


def _sent(session: Session, target: Any, notice: Any) -> dict[str, Any]:
    """Send a notice to one target now, through the outbox; say what became of it."""
    from tracker.alerts.templates import own_texts
    from tracker.daemon.passes.deliver import Deliver
    from tracker.lib.clock import now
    from tracker.store import outbox
    from tracker.store.deliveries import Outgoing

    db = session.db
    with db.transaction():
        outbox.post(db, [notice], now(), only=[target.name])
        posted = outbox.listed(db, limit=1)[0]
    if posted.state == "waiting":
        deliver = Deliver(target, db, now, threading.Event(), own_texts(session.config.templates))
        deliver.send(Outgoing(target.name, now(), posted))
    sent = outbox.by_id(db, posted.id) or posted
    return {"target": target.name, "delivered": sent.state == "sent", "error": sent.last_error}


@alerts.command(name="list")
@click.option("--state", type=click.Choice(STATES), help="Only these.")
@click.option("--target", help="Only those of this target.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="How many at the most.")
@json_option
@click.pass_obj
def list_(session: Session, state: str | None, target: str | None, limit: int, as_json: bool) -> None:
    """List alerts and how far their deliveries are, the newest first.

    `superseded` ones were not sent because their incident ended before the target could be reached.
    """
    from tracker.alerts.messages import message
    from tracker.store import outbox

    found = outbox.listed(session.view, "superseded" if state == "folded" else state, limit, target)
    rows = [
        {
            "id": d.id, "at": time_or_none(d.at), "event": str(d.notice.event), "target": d.target, "state": d.state,
            "attempts": d.attempts, "due_at": time_or_none(d.due_at), "sent_at": time_or_none(d.sent_at),
            "last_error": d.last_error, "title": message(d.notice, d.at).title,
        }
        for d in found
    ]  # fmt: skip
    if as_json:
        for row in rows:
            print_json(row)
        return
    keys = ("id", "at", "event", "target", "state", "attempts", "last_error", "title")
    print_table(keys, ([row[key] for key in keys] for row in rows), "No alerts.")


@alerts.command()
@click.pass_obj
def retry(session: Session) -> None:
    """Send every dead alert again; the daemon does it at once."""
    from tracker.lib.clock import now
    from tracker.store import outbox

    count = outbox.requeue_dead(session.db, now())
    click.echo(f"{count} dead alerts wait in the outbox again." if count else "No alert is dead.")


alerts.add_command(preview)
alerts.add_command(templates)
