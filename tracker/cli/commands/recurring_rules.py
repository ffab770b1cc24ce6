"""`recurring list`, `add` and `remove`."""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import Any

import click

from tracker.cli.completers import complete_panels
from tracker.cli.no_daemon import warn_without_daemon
from tracker.cli.output import json_option, print_json, print_table, time_or_none
from tracker.cli.session import Refused, Session, full_stop, pass_session
from tracker.cli.streams import note_done
from tracker.cli.terminal import columns, screen
from tracker.cli.terminal.columns import Column, link_column, text_column
from tracker.lib import moments, recurrence
from tracker.lib.clock import now
from tracker.lib.times import DAY, MINUTE, duration, rfc3339
from tracker.operations.drafts import WHEN, draft_of
from tracker.operations.offers import Offers
from tracker.operations.recurring import Upcoming, added_rule, next_time, rules, upcoming
from tracker.store import recurring as kept

NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
HEADER = ("name", "every", "next", "panel", "service", "quantity", "link", "last")
COLUMNS = (
    text_column("name"),
    text_column("every"),
    Column("next"),
    text_column("panel"),
    text_column("service"),
    Column("quantity", right=True),
    link_column("link"),
    text_column("last", from_width=100),
)


@click.command(name="list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List the recurring orders, with their next times."""
    found = upcoming(session.view, session.config, now())
    if as_json:
        for one in found:
            print_json(_as_json(one))
        return
    rows = [_row(one, session) for one in found]
    if not rows or not screen.is_terminal():
        print_table(HEADER, rows, "No recurring orders.")
        return
    room = screen.width()
    columns.print_columns(columns.shown(COLUMNS, room), rows, room)


@click.command()
@click.argument("name")
@click.argument("service")
@click.argument("link")
@click.argument("quantity", required=False)
@click.option(
    "--every",
    required=True,
    metavar="WHEN",
    help='Five cron words like "0 9 * * mon-fri" (minute, hour, day, month, weekday), or a length of time like 1d.',
)
@click.option("--panel", shell_complete=complete_panels, help="The panel to order from.")
@click.option("--comments", help="The comments, one a line.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="A tag of its orders; several.")
@click.option("--priority", metavar="N", help="From -100 to 100; 0 unless told.")
@click.option(
    "--expires", metavar="SPAN", help="Give an order up that was not sent so long after its time: 2h."
)
@click.option("--until", metavar="DAY", help="Queue none from this day or time on: 2026-12-31.")
@click.option("--anyway", is_flag=True, help="Add it although the panel is known to refuse its orders.")
@json_option
@pass_session
def add(
    session: Session,
    /,
    name: str,
    every: str,
    expires: str | None,
    until: str | None,
    anyway: bool,
    as_json: bool,
    **values: Any,
) -> None:
    """Queue an order again and again, from now on.

    SERVICE is an id, or a name that fits exactly one service. The first one is queued when its time comes next: with a
    length of time, so long after now.
    """
    if not NAME.fullmatch(name):
        raise Refused("a name has 1 to 64 letters, digits, dots, underscores and hyphens")
    config = session.panel(values.pop("panel"))
    panel, offers = config.name, Offers(session.db, config)
    values["service"], _ = offers.meant(values["service"])
    row = {column: value for column, value in values.items() if value not in (None, ())}
    try:
        rule = {
            "every": recurrence.read_every(every), "row": row,
            "until": None if until is None else _until(until, session.config.timezone),
            "expires": None if expires is None else _expires(expires),
        }  # fmt: skip
        draft = draft_of({**row, "panel": panel}, None, session.reserved())
        row |= {"quantity": draft.quantity, "tags": draft.tags, "priority": draft.priority}
        if next_time(added_rule(name, {**rule, "panel": panel}), now(), now(), session.config) is None:
            raise ValueError("it never comes" + (f" before --until {until}" if until else ""))
    except ValueError as wrong:
        raise Refused(f"{wrong}. Nothing was changed") from None
    if not anyway and (fault := offers.objection(draft)):
        raise Refused(f"{full_stop(fault)} Nothing was changed; --anyway adds it all the same")
    if name in rules(session.config, session.db) or not kept.add(session.db, name, panel, rule, now()):
        raise Refused(f"there is a recurring order {name!r} already. Nothing was changed")
    note_done(f"The recurring order {name} is added")
    (one,) = (one for one in upcoming(session.db, session.config, now()) if one.rule.name == name)
    if as_json:
        print_json(_as_json(one))
    else:
        screen.say(f"The recurring order {name} is queued {_next(one, session)} for the first time.")
    warn_without_daemon(session)


def _until(text: str, zone: tzinfo | None) -> str:
    """Read from when on none is queued, and write it so that it means the same at any later time."""
    at = now()
    try:
        until = moments.read_coming(text, at, zone)
    except ValueError:
        raise ValueError(f"--until {text}: {WHEN}") from None
    if until <= at:
        raise ValueError(f"--until {text} is in the past")
    return text if moments.read_coming(text, 0, zone) == until else rfc3339(until)


def _expires(text: str) -> int:
    """Read within what time an order is to be sent, with the bounds of the config."""
    span = duration(text)
    if not MINUTE <= span <= 365 * DAY:
        raise ValueError(f"--expires {text}: an order expires after 1m to 365d")
    return span


@click.command()
@click.argument("name")
@json_option
@pass_session
def remove(session: Session, name: str, as_json: bool) -> None:
    """Queue an order no more.

    Orders that were queued stay.
    """
    if name in session.config.recurring:
        raise Refused(f"{name!r} stands in the config: remove it there, then run `tracker reload`")
    if not kept.remove(session.db, name):
        raise Refused(f"there is no recurring order {name!r}; `tracker recurring list` lists them")
    note_done(f"The recurring order {name} is removed")
    if as_json:
        print_json({"name": name, "removed": True})
    else:
        screen.say(f"The recurring order {name} is removed; orders that it has queued stay.")


def _as_json(one: Upcoming) -> dict[str, object]:
    rule = one.rule
    return {
        "name": rule.name, "every": rule.every, "next_at": time_or_none(one.next_at), "last_ref": one.last_ref,
        "panel": rule.panel,
        **{key: rule.row.get(key) for key in ("service", "link", "quantity", "comments")},
        "tags": rule.row["tags"], "priority": rule.row["priority"],
        "expires_seconds": None if rule.expires is None else rule.expires // 1_000_000, "until": rule.until,
        "in_config": rule.is_in_config,
    }  # fmt: skip


def _row(one: Upcoming, session: Session) -> tuple[object, ...]:
    row = one.rule.row
    return (
        one.rule.name, one.rule.every, _next(one, session), one.rule.panel, row["service"], row.get("quantity"),
        row["link"], one.last_ref,
    )  # fmt: skip


def _next(one: Upcoming, session: Session) -> str:
    if one.next_at is None:
        return "never"
    if not screen.is_terminal():
        return str(time_or_none(one.next_at))
    return moments.exact(one.next_at, now(), session.config.timezone)
