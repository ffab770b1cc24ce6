"""`alerts silence`, `alerts silences` and `alerts unsilence`: what is kept back for a while."""

from __future__ import annotations

from collections.abc import Sequence

import click

from tracker.alerts.silences import Silence
from tracker.cli.completers import complete_events, complete_orders, complete_panels
from tracker.cli.numbers import Whole
from tracker.cli.orders.find_order import find_order
from tracker.cli.output import json_option, print_json, print_table, time_or_none
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.streams import note_done
from tracker.cli.terminal import columns, screen
from tracker.cli.terminal.columns import Column, text_column
from tracker.lib import moments
from tracker.lib.clock import now
from tracker.lib.lines import lines_of
from tracker.lib.times import duration
from tracker.lib.visible import unseen
from tracker.operations import silencing
from tracker.orders.resolution import By
from tracker.store import silences as stored

HEADER = ("id", "event", "panel", "order", "tag", "until", "who", "because")
"""What is printed where no terminal is; the longest last."""

COLUMNS = (
    Column("id", right=True),
    text_column("event"),
    text_column("panel"),
    Column("order", right=True),
    text_column("tag"),
    Column("until"),
    text_column("who", from_width=100),
    text_column("because", least=12),
)
"""The table as a terminal shows it, where there is room."""

LONGEST_REASON = 300


class _Span(click.ParamType):  # type: ignore[type-arg]  # older releases of click take no argument
    """A length of time like 8h or 2d, in microseconds."""

    name = "duration"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return duration(value)
        except ValueError as wrong:
            self.fail(str(wrong), param, ctx)


@click.command()
@click.argument("event", shell_complete=complete_events)
@click.option("--panel", shell_complete=complete_panels, help="Only what is about this panel.")
@click.option("--order", shell_complete=complete_orders, help="Only what is about this order: its id or ref.")
@click.option("--tag", help="Only what is about orders with this tag.")
@click.option("--for", "span", type=_Span(), required=True, help="For how long: 45m, 8h, 2d.")
@click.option("--because", required=True, help="Why, for whoever looks at the list of silences.")
@json_option
@pass_session
def silence(
    session: Session,
    event: str,
    panel: str | None,
    order: str | None,
    tag: str | None,
    span: int,
    because: str,
    as_json: bool,
) -> None:
    """Keep alerts of EVENT back for a while.

    EVENT is one like order.unknown, or a family like panel.*. What is kept back is recorded, and `tracker alerts list`
    shows it. The reminders of a condition that lasts are kept back too; the next incident after its end is told again,
    and what still lasts when the time is over is told then.
    """
    if panel is not None:
        session.panel(panel)
    order_id = None if order is None else find_order(session, order).id
    at = now()
    wanted = Silence(event, at, at + span, _reason(because), By.OPERATOR, panel, order_id, tag)
    made = silencing.silence(session.db, wanted)
    outcome = f"{made.subject} is silenced until {moments.short(made.until, at, session.config.timezone)}"
    note_done(outcome)
    if as_json:
        print_json(_row(made))
    else:
        screen.say(f"{outcome}; `tracker alerts unsilence {made.id}` ends that.")


def _reason(text: str) -> str:
    reason = " ".join(lines_of(text)).strip()
    if not reason or len(reason) > LONGEST_REASON or unseen(reason):
        raise Refused(f"--because takes a sentence of at most {LONGEST_REASON} characters")
    return reason


@click.command()
@click.option("--all", "also_over", is_flag=True, help="Show those too that are over, the newest first.")
@click.option("--limit", type=Whole(1), default=100, show_default=True, help="Show no more than this many.")
@json_option
@pass_session
def silences(session: Session, also_over: bool, limit: int, as_json: bool) -> None:
    """List what is kept back, until when, who wanted it and why."""
    found = stored.newest(session.view, limit) if also_over else stored.on(session.view, now())[:limit]
    if as_json:
        for one in found:
            print_json(_row(one))
    elif screen.is_terminal():
        _print_for_people(session, found)
    else:
        rows = [_row(one) for one in found]
        print_table(HEADER, ([row[key] for key in HEADER] for row in rows), "Nothing is silenced.")


def _print_for_people(session: Session, found: Sequence[Silence]) -> None:
    at, zone, room = now(), session.config.timezone, screen.width()
    rows = [{**_row(one), "until": moments.short(one.ended_at or one.until, at, zone)} for one in found]
    used = [column for column in columns.shown(COLUMNS, room) if any(row[column.name] for row in rows)]
    if not columns.print_columns(used, ([row[column.name] for column in used] for row in rows), room):
        click.echo("Nothing is silenced.", err=True)


def _row(one: Silence) -> dict[str, object]:
    return {
        "id": one.id, "event": one.event, "panel": one.panel, "order": one.order_id, "tag": one.tag,
        "made_at": time_or_none(one.made_at), "until": time_or_none(one.until),
        "ended_at": time_or_none(one.ended_at), "who": one.who, "because": one.because,
    }  # fmt: skip


@click.command()
@click.argument("silence_ids", metavar="ID...", nargs=-1, type=Whole(1))
@click.option("--all", "every", is_flag=True, help="End all of them.")
@json_option
@pass_session
def unsilence(session: Session, silence_ids: tuple[int, ...], every: bool, as_json: bool) -> None:
    """End silences before their time.

    Each by the ID that `tracker alerts silences` shows. What still lasts is told within a minute.
    """
    if bool(silence_ids) == every:
        raise Refused("give the ID of each silence to end, or --all")
    on = {one.id: one for one in stored.on(session.db, now())}
    for silence_id in on if every else silence_ids:
        if silence_id not in on:
            raise Refused(
                f"no silence with the id {silence_id} holds; `tracker alerts silences` lists those that do"
            )
        silencing.unsilence(session.db, on[silence_id], By.OPERATOR, now())
        note_done(f"the silence of {on[silence_id].subject} is over")
        if as_json:
            print_json({"id": silence_id, "silenced": False})
        else:
            screen.say(f"The silence of {on[silence_id].subject} is over.")
    if every and not on and not as_json:
        click.echo("Nothing was silenced.")
