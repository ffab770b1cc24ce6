"""`plan`: what the queue, or a file, would cost, and how long it would take."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli.commands.import_ import show_plan, wishes_of
from tracker.cli.completers import complete_panels
from tracker.cli.output import json_option, print_json
from tracker.cli.queueing.plans import PanelPlan, plan_json, print_plan, reject_json
from tracker.cli.session import Session, pass_session
from tracker.cli.terminal import screen

LISTED = 20
"""The most orders that are listed of those that will be rejected; the rest are counted."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "xlsx"]),
    help="The format of FILE, as for `import`.",
)
@click.option("--encoding", help="The encoding of FILE, as for `import`.")
@click.option(
    "--panel",
    shell_complete=complete_panels,
    help="Only this panel; for FILE, the panel of rows that name none.",
)
@json_option
@pass_session
def plan(
    session: Session,
    file: Path | None,
    form: str | None,
    encoding: str | None,
    panel: str | None,
    as_json: bool,
) -> None:
    """Show what the queue, or FILE, will cost and how long it takes.

    Without FILE it is about the orders that are queued now. FILE is as for `import`, and comes behind them. Nothing is
    changed and no panel is asked: prices, limits and the balance are as the daemon, `services` and `balance` read them
    last.
    """
    if file is not None:
        show_plan(session, file, (form, encoding), wishes_of(session, panel, False, False), as_json)
        return
    plans = [PanelPlan(session, one) for one in session.panels(panel)]
    if as_json:
        rejects = [reject_json(reject) for one in plans for reject in one.queue[1]]
        panels = [plan_json(one.name, one.of_queue(), one.offers) for one in plans]
        print_json(
            {"would_send": sum(one.queue[0].orders for one in plans), "rejects": rejects, "panels": panels}
        )
        return
    for one in plans:
        print_plan(one.name, one.of_queue(), one.offers)
        _print_rejects(one)


def _print_rejects(plan: PanelPlan) -> None:
    rejects = plan.queue[1]
    for reject in rejects[:LISTED]:
        screen.say(f"  order {reject.order.id} will be rejected: {reject.why}")
    if len(rejects) > LISTED:
        click.echo(f"  … and {len(rejects) - LISTED} more will be rejected")
