"""`reload`: the daemon reads its config and the files of its secrets again."""

from __future__ import annotations

import json
from contextlib import closing

import click

from tracker.cli.session import Session, pass_session
from tracker.cli.terminal import screen
from tracker.config.faults import ConfigError
from tracker.operations.reloading import PATIENCE, Answer, longest_wait, reload_daemons
from tracker.store.database import Database

WRONG_CONFIG = 78
FAILED = 1

NOBODY = (
    "No daemon runs on this database: it reads the config when it starts. If you changed `database:`, restart the "
    "daemon: a reload does not change that."
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each daemon.")
@pass_session
def reload(session: Session, as_json: bool) -> int:
    """Have the daemon read the config and its secrets again.

    Calls in flight end first. A wrong config changes nothing: its faults are printed, and the daemon goes on with the
    one that it had. `kill -HUP` does the same, without an answer.
    """
    answers = []
    wrong, db, patience = _to_ask(session)
    for answer in reload_daemons(db, patience) if db is not None else ():
        _print(answer, as_json)
        answers.append(answer)
    if not answers and wrong is not None:
        raise wrong
    if not answers:
        screen.say(NOBODY, err=True)
        return FAILED
    if any(answer.faults for answer in answers):
        return WRONG_CONFIG
    return 0 if all(answer.is_taken for answer in answers) else FAILED


def _to_ask(session: Session) -> tuple[ConfigError | None, Database | None, int]:
    """Return what is wrong with the config, the database whose daemons are asked, and how long they may take.

    They are asked about a wrong config too: it is theirs to say so in the log and in an alert. And what is wrong here
    may be right there, where the environment is another.
    """
    try:
        url, wrong, patience = session.config.database, None, longest_wait(session.config)
    except ConfigError as error:
        if error.database is None:
            raise
        url, wrong, patience = error.database, error, PATIENCE
    with closing(Database(url)) as seen:
        if not seen.open_to_read():  # to ask must not make a second database
            return wrong, None, patience
    if wrong is None:
        return None, session.db, patience
    db = Database(url)
    db.open()
    session.close_at_end(db.close)
    return wrong, db, patience


def _print(answer: Answer, as_json: bool) -> None:
    if as_json:
        facts = answer.facts or {"changed": None, "needs_restart": None, "faults": None}
        screen.say(
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
        screen.say(fault, err=True)
    sentence = f"{answer.daemon[0].upper()}{answer.daemon[1:]} {answer.outcome}."
    screen.say(sentence, err=not answer.is_taken)
