"""Tells and does the steps of a change of the services, for people or as JSON."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli.output import print_json
from tracker.cli.streams import OutputLost, note_done
from tracker.cli.terminal import screen
from tracker.service.carry_out import StepFailed, carry_out
from tracker.service.steps import Plan, Step, WriteFile


def do_steps(plan: Plan, root: Path, word: str, as_json: bool) -> None:
    """Say each step and do it; a click.ClickException where one fails."""
    lost: OutputLost | None = None
    for step in plan.steps:
        try:
            _tell(step, as_json, will_be_done=True)
        except (
            OutputLost
        ) as left:  # whoever read has left: half a service is worse than one that nobody saw made
            lost = left
        try:
            carry_out(step, root)
        except StepFailed as failed:
            raise click.ClickException(f"{failed}. What was done before stays; run this again.") from None
    note_done(f"The {word} of the service is done")
    if lost is not None:
        raise lost
    if not plan.steps and not as_json:
        click.echo("Nothing to do.")


def show_steps(plan: Plan, as_json: bool) -> None:
    """Print the steps, then the texts that they write; do nothing."""
    for step in plan.steps:
        _tell(step, as_json, will_be_done=False)
    if as_json:
        return
    if not plan.steps:
        click.echo("Nothing to do.")
    for step in plan.steps:
        if isinstance(step, WriteFile):
            click.echo(f"\n--- {step.path}\n{step.text}", nl=False)
    click.echo("\nNothing was done: this only says what would be.")


def show_remarks(plan: Plan, as_json: bool) -> None:
    """Print what is left for a person, or good to know."""
    if not as_json:
        screen.say("\n".join(plan.remarks))
        return
    for remark in plan.remarks:
        print_json({"what": "remark", "text": remark, "done": None, "path": None, "content": None})


def _tell(step: Step, as_json: bool, *, will_be_done: bool) -> None:
    if not as_json:
        text = str(step)
        screen.say(f"{text[0].upper()}{text[1:]}.")
        return
    path = getattr(step, "path", None)
    print_json({
        "what": "step", "text": str(step), "done": will_be_done, "path": None if path is None else str(path),
        "content": step.text if isinstance(step, WriteFile) else None,
    })  # fmt: skip
