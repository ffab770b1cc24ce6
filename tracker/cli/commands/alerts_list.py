"""`alerts list` and `alerts retry`: what is in the outbox."""

from __future__ import annotations

import click

from tracker.alerts.delivery import Delivery
from tracker.alerts.messages import message
from tracker.cli.output import json_option, print_json, print_table, time_or_none
from tracker.cli.session import Session, pass_session
from tracker.cli.streams import note_done
from tracker.lib.clock import now
from tracker.store import outbox

STATES = ("waiting", "sent", "dead", "superseded", "folded")
"""What `alerts list --state` takes; `folded` is what older versions called `superseded`."""


@click.command(name="list")
@click.option(
    "--state",
    type=click.Choice(STATES),
    help="Show only alerts in this state.",
)
@click.option("--target", help="Show only alerts for this target.")
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="Show no more than this many."
)
@json_option
@pass_session
def list_(session: Session, state: str | None, target: str | None, limit: int, as_json: bool) -> None:
    """List alerts and the state of their deliveries, the newest first.

    `superseded` alerts were not sent, because their incident ended before the target could be reached.
    """
    state = "superseded" if state == "folded" else state
    rows = [_row(delivery) for delivery in outbox.listed(session.view, state, limit, target)]
    if as_json:
        for row in rows:
            print_json(row)
        return
    header = ("id", "at", "event", "target", "state", "attempts", "last_error", "title")
    print_table(header, ([row[key] for key in header] for row in rows), "No alerts.")


def _row(delivery: Delivery) -> dict[str, object]:
    return {
        "id": delivery.id, "at": time_or_none(delivery.at), "event": str(delivery.notice.event),
        "target": delivery.target, "state": delivery.state, "attempts": delivery.attempts,
        "due_at": time_or_none(delivery.due_at), "sent_at": time_or_none(delivery.sent_at),
        "last_error": delivery.last_error, "title": message(delivery.notice, delivery.at).title,
    }  # fmt: skip


@click.command()
@pass_session
def retry(session: Session) -> None:
    """Send every dead alert again.

    The daemon sends them at once.
    """
    count = outbox.requeue_dead(session.db, now())
    outcome = f"{count} dead alerts wait in the outbox again" if count else "No alert is dead"
    note_done(outcome)
    click.echo(f"{outcome}.")
