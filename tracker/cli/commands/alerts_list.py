"""`alerts list` and `alerts retry`: what is in the outbox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import click

from tracker.alerts.delivery import Delivery
from tracker.alerts.messages import message
from tracker.alerts.wording import Wording
from tracker.cli.completers import complete_targets
from tracker.cli.numbers import Whole
from tracker.cli.output import json_option, print_json, print_table, time_or_none
from tracker.cli.session import Session, pass_session
from tracker.cli.streams import note_done
from tracker.cli.terminal import columns, screen
from tracker.cli.terminal.cells import wrapped
from tracker.cli.terminal.columns import Column, text_column
from tracker.lib import moments
from tracker.lib.clock import now
from tracker.lib.counts import counted
from tracker.lib.right_to_left import without_isolates
from tracker.lib.visible import one_line
from tracker.operations.wording import quiet_wording_of
from tracker.store import outbox

STATES = ("waiting", "sent", "dead", "superseded", "silenced", "folded")
"""What `alerts list --state` takes; `folded` is what older versions called `superseded`."""

HEADER = ("id", "at", "event", "target", "state", "attempts", "title", "last_error")
"""What is printed where no terminal is; the longest last, as it would push all others away."""

COLUMNS = (
    Column("id", right=True),
    Column("at", "when"),
    text_column("target"),
    Column("state"),
    text_column("title", "alert", least=12),
    text_column("event", from_width=140),
    text_column("last_error", "last error", least=16, from_width=100),
)
"""The table as a terminal shows it, where there is room."""


NAMED = 5
"""Alerts that a sentence names before it only counts them."""


@click.command(name="list")
@click.option(
    "--state",
    type=click.Choice(STATES),
    help="Show only alerts in this state.",
)
@click.option("--target", shell_complete=complete_targets, help="Show only alerts for this target.")
@click.option("--limit", type=Whole(1), default=100, show_default=True, help="Show no more than this many.")
@json_option
@pass_session
def list_(session: Session, state: str | None, target: str | None, limit: int, as_json: bool) -> None:
    """List alerts and the state of their deliveries, the newest first.

    `superseded` alerts were not sent, because their incident ended before the target could be reached; `silenced`
    ones, because of a silence: `tracker alerts silences` lists them.
    """
    state = "superseded" if state == "folded" else state
    found = outbox.listed(session.view, state, limit, target)
    wording = quiet_wording_of(session.config, session.view)
    rows = [_row(delivery, wording) for delivery in found]
    if as_json:
        for row in rows:
            print_json(row)
        return
    for row in rows:
        row["title"] = without_isolates(str(row["title"]))
    if screen.is_terminal():
        _print_for_people(session, found, rows)
    else:
        print_table(HEADER, ([row[key] for key in HEADER] for row in rows), "No alerts.")


def _print_for_people(
    session: Session, found: Sequence[Delivery], whole: Sequence[Mapping[str, object]]
) -> None:
    at, zone, room = now(), session.config.timezone, screen.width()
    shown = columns.shown(COLUMNS, room)
    if not any(delivery.last_error for delivery in found):
        shown = [column for column in shown if column.name != "last_error"]
    rows = [
        {**row, "at": moments.short(delivery.at, at, zone)}
        for row, delivery in zip(whole, found, strict=True)
    ]
    if not columns.print_columns(shown, ([row[column.name] for column in shown] for row in rows), room):
        click.echo("No alerts.", err=True)
    if not any(column.name == "last_error" for column in shown):
        for sentence in _undelivered(found):
            screen.write(wrapped(one_line(sentence), room))


def _undelivered(found: Sequence[Delivery]) -> Iterator[str]:
    """Say once for each target and reason which alerts were not delivered."""
    ids: dict[tuple[str, str], list[str]] = {}
    for delivery in found:
        if delivery.state == "dead":
            ids.setdefault((delivery.target, delivery.last_error or "unknown"), []).append(str(delivery.id))
    for (target, why), which in ids.items():
        more = f" and {len(which) - NAMED:,} more" if len(which) > NAMED else ""
        yield f"{', '.join(which[:NAMED])}{more} not delivered to {target}: {why}"


def _row(delivery: Delivery, wording: Wording) -> dict[str, object]:
    return {
        "id": delivery.id, "at": time_or_none(delivery.at), "event": str(delivery.notice.event),
        "target": delivery.target, "state": delivery.state, "attempts": delivery.attempts,
        "due_at": time_or_none(delivery.due_at), "sent_at": time_or_none(delivery.sent_at),
        "last_error": delivery.last_error, "title": message(delivery.notice, delivery.at, wording).title,
    }  # fmt: skip


@click.command()
@json_option
@pass_session
def retry(session: Session, as_json: bool) -> None:
    """Send every dead alert again.

    The daemon sends them at once.
    """
    count = outbox.requeue_dead(session.db, now())
    outcome = (
        f"{counted(count, 'dead alert')} {'waits' if count == 1 else 'wait'} in the outbox again"
        if count
        else "No alert is dead"
    )
    note_done(outcome)
    if as_json:
        print_json({"requeued": count})
    else:
        screen.say(f"{outcome}.")
