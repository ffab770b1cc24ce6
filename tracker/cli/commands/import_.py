"""`import`: queues many orders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tracker.cli.completers import complete_panels
from tracker.cli.files.opening import open_orders
from tracker.cli.files.rows import BadFile
from tracker.cli.no_daemon import warn_without_daemon
from tracker.cli.output import json_option, print_json
from tracker.cli.queueing.import_targets import Planned, Queue, Target
from tracker.cli.queueing.imports import Import, Outcome, Wishes
from tracker.cli.queueing.plans import Plans, plan_json, print_plan
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.streams import note_done
from tracker.cli.terminal import screen
from tracker.lib.counts import counted

MOST_WARNINGS = 10
"""Sentences about figures that cannot be read; the rest are counted."""


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "xlsx"]),
    help="The format of FILE. It is needed when the name does not tell.",
)
@click.option("--encoding", help="The encoding of FILE, like utf-8 or cp1254. Without it the file tells.")
@click.option("--panel", shell_complete=complete_panels, help="The panel for rows that name no panel.")
@click.option(
    "--skip-bad",
    is_flag=True,
    help="Queue the good rows and list the bad ones. Without it one bad row stops the whole import.",
)
@click.option(
    "--anyway",
    is_flag=True,
    help="Queue rows although they are known to be refused, their links look like none, or they are hidden. The "
    "daemon checks them again before it sends them, and "
    "rejects, with an alert, what is still wrong then.",
)
@click.option(
    "--dry-run", is_flag=True, help="Show what is wrong, what it would cost and how long it would take."
)
@json_option
@pass_session
def import_(
    session: Session,
    /,
    file: Path,
    form: str | None,
    encoding: str | None,
    dry_run: bool,
    as_json: bool,
    **wishes: Any,
) -> None:
    """Queue many orders from a CSV, JSON Lines or Excel file.

    FILE is .csv with a header row (parted by commas, semicolons or tabs), .xlsx (its first visible sheet), .jsonl,
    or - for stdin. The columns are: service, link, quantity, comments, ref, panel, tags, priority, not_before, expires,
    panel_order_id. A service is an id, or a name that fits exactly one service. A row with a panel_order_id was placed
    elsewhere: it is followed and never sent. A row that was imported before, from any file, is not queued again; give
    it a new ref to order the same thing once more. A row that is known to be refused, whose link looks like none, or
    that is hidden in its sheet, is a bad row.
    """
    wish = wishes_of(session, **wishes)
    if dry_run:
        show_plan(session, file, (form, encoding), wish, as_json)
        return
    target = Queue(session)
    outcome = take(session, file, (form, encoding), wish, target)
    _print_named(outcome)
    _report(file, outcome, wish.skip_bad, as_json)
    _print_unread(outcome, target)
    warn_without_daemon(session)


def wishes_of(session: Session, panel: str | None, skip_bad: bool, anyway: bool) -> Wishes:
    """Return what the user says of an import; Refused when there is no such panel."""
    default = session.panel(panel).name if panel or len(session.config.panels) == 1 else None
    return Wishes(default, skip_bad, anyway, session.when)


def take(
    session: Session, file: Path, form: tuple[str | None, str | None], wishes: Wishes, target: Target
) -> Outcome:
    """Read a file of a format and an encoding, where these are told, into a target; Refused when it cannot be read."""
    if file.is_dir():
        raise Refused(f"{file} is a folder; name a file in it")
    job = Import(target, session.reserved(), wishes)

    def tell(said: str) -> None:
        screen.say(f"{file}: {said}.", err=True)

    try:
        with open_orders(file, *form, tell, wishes.anyway) as found:
            return job.run(found)
    except BadFile as error:
        raise Refused(f"{file}: {error}. Nothing was queued.") from None


def show_plan(
    session: Session, file: Path, form: tuple[str | None, str | None], wishes: Wishes, as_json: bool
) -> None:
    """Show what an import would do and cost, and change nothing; Refused when it would be."""
    target = Planned(session)
    outcome = take(session, file, form, wishes, target)
    if as_json:
        print_json(_planned_json(outcome, target.plans, wishes.skip_bad))
    _print_named(outcome)
    _print_faults(file, outcome)
    _print_unread(outcome, target)
    if not as_json:
        for name, plan in target.plans.items():
            print_plan(name, plan.of_added(), plan.offers)
        if outcome.already:
            screen.say(f"{outcome.already:,} {'is' if outcome.already == 1 else 'are'} already in the queue.")
    if outcome.bad_count and not wishes.skip_bad:
        raise Refused(
            "nothing would be queued; fix the rows above, or queue only the good ones with --skip-bad"
        )
    if not as_json:
        click.echo("Nothing was queued: this was a dry run.", err=True)


def _planned_json(outcome: Outcome, plans: Plans, skip_bad: bool) -> dict[str, object]:
    good = sum(plan.of_added().orders.orders for plan in plans.values())
    stops = outcome.bad_count and not skip_bad
    return {
        "would_queue": 0 if stops else outcome.taken, "good_rows": good, **_rows_json(outcome),
        "panels": [plan_json(name, plan.of_added(), plan.offers) for name, plan in plans.items()],
    }  # fmt: skip


def _rows_json(outcome: Outcome) -> dict[str, object]:
    return {
        "already": outcome.already, "bad_rows": outcome.bad_count,
        "bad": [{"line": line, "error": why} for line, why in sorted(outcome.bad)],
        "doubtful_rows": outcome.doubt_count,
        "doubtful": [{"line": line, "warning": why} for line, why in sorted(outcome.doubts)],
    }  # fmt: skip


def _report(file: Path, outcome: Outcome, skip_bad: bool, as_json: bool) -> None:
    """Print the outcome; exit 2 when nothing was queued because of bad rows."""
    if skip_bad or not outcome.bad_count:
        note_done(_sentence(outcome))
    if as_json:
        print_json({"queued": outcome.taken, **_rows_json(outcome)})
    _print_faults(file, outcome)
    if outcome.bad_count and not skip_bad:
        raise Refused("nothing was queued; fix the rows above, or queue only the good ones with --skip-bad")
    if not as_json:
        screen.say(f"{_sentence(outcome)}.")


def _print_named(outcome: Outcome) -> None:
    """Say which services are meant by the names in the file."""
    for (_, service_id), name in list(outcome.named.items())[:MOST_WARNINGS]:
        screen.say(f"Service {service_id}: {name}", err=True)
    if len(outcome.named) > MOST_WARNINGS:
        click.echo(f"… and {counted(len(outcome.named) - MOST_WARNINGS, 'more service')} by name", err=True)


def _print_faults(file: Path, outcome: Outcome) -> None:
    """Print the bad rows and the doubtful ones, with their lines."""
    for line, why in sorted(outcome.bad):
        screen.say(f"{file}:{line}: {why}", err=True)
    if outcome.bad_count > len(outcome.bad):
        click.echo(f"… and {counted(outcome.bad_count - len(outcome.bad), 'more bad row')}", err=True)
    for line, why in sorted(outcome.doubts):
        screen.say(f"{file}:{line}: Warning: {why}", err=True)
    if outcome.doubt_count > len(outcome.doubts):
        screen.say(
            f"… and {counted(outcome.doubt_count - len(outcome.doubts), 'more doubtful link')}", err=True
        )


def _print_unread(outcome: Outcome, target: Target) -> None:
    """Say what of the taken rows could not be checked, because the catalogue was not read, or a figure in it."""
    if not outcome.taken:
        return
    said: dict[str, None] = {}
    for panel, service in sorted(outcome.kinds):
        offers = target.offers(panel)
        said |= dict.fromkeys(
            [offers.unread_sentence] if offers.unread_sentence else offers.unread_figures(service)
        )
    for sentence in list(said)[:MOST_WARNINGS]:
        screen.say(f"Warning: {sentence}", err=True)
    if len(said) > MOST_WARNINGS:
        click.echo(f"… and {counted(len(said) - MOST_WARNINGS, 'more warning')}", err=True)


def _sentence(outcome: Outcome) -> str:
    were = "was" if outcome.already == 1 else "were"
    gone = "was" if outcome.pruned == 1 else "were"
    gone_text = f" ({outcome.pruned:,} of them {gone} pruned since)" if outcome.pruned else ""
    bad_text = f", {counted(outcome.bad_count, 'bad row')} left out" if outcome.bad_count else ""
    queued = f"{counted(outcome.taken, 'order')} queued"
    return f"{queued}, {outcome.already:,} {were} already in the queue{gone_text}{bad_text}"
