"""`reload`: the daemon reads its config and the files of its secrets again."""

from __future__ import annotations

import json

import click

from tracker.cli.reloading import Answer, longest_wait, reload_daemons
from tracker.cli.session import Session, pass_session

WRONG_CONFIG = 78
FAILED = 1


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each daemon.")
@pass_session
def reload(session: Session, as_json: bool) -> int:
    """Have the daemon read the config and its secrets again.

    Calls in flight end first. A wrong config changes nothing: its faults are printed, and the daemon goes on with the
    one that it had. `kill -HUP` does the same, without an answer.
    """
    answers = []
    for answer in reload_daemons(session.db, longest_wait(session.config)):
        _print(answer, as_json)
        answers.append(answer)
    if not answers:
        click.echo("No daemon runs on this database: it reads the config when it starts.", err=True)
        return FAILED
    if any(answer.faults for answer in answers):
        return WRONG_CONFIG
    return 0 if all(answer.is_taken for answer in answers) else FAILED


def _print(answer: Answer, as_json: bool) -> None:
    if as_json:
        facts = answer.facts or {"changed": None, "needs_restart": None, "faults": None}
        click.echo(
            json.dumps(
                {
                    "host": answer.row.host,
                    "pid": answer.row.pid,
                    "answered": answer.is_taken or bool(answer.faults),
                    **facts,
                }
            )
        )
        return
    for fault in answer.faults:
        click.echo(fault, err=True)
    sentence = f"{answer.daemon[0].upper()}{answer.daemon[1:]} {answer.outcome}."
    click.echo(sentence, err=not answer.is_taken)
