"""Asks questions one at a time. What is typed or pasted for one of them never becomes the answer to the next."""

from __future__ import annotations

import select
import sys
from collections.abc import Callable

import click

from tracker.cli.terminal import screen

PASTE_S = 0.05
"""Seconds in which the rest of a pasted text arrives."""

Check = Callable[[str], str]
"""Returns an answer as it is to be kept; click.UsageError says what to write instead."""


def ask(question: str, check: Check, default: str | None = None, *, hidden: bool = False) -> str:
    """Ask until the answer is good, and return it; `default` is what an empty line stands for.

    Where there is no terminal, nobody would see why a line was refused and the next one would answer instead: so a
    refused answer ends the command.
    """
    while True:
        answer = _line(question, default, hidden)
        try:
            if _is_more_waiting():
                raise click.UsageError("that was more than one line")
            return answer if answer == default else check(answer)
        except click.UsageError as error:
            if not sys.stdin.isatty():
                raise
            said = error.message.rstrip(".")
            screen.say(f"  {said}{'' if said.endswith('?') else '.'} Write it again.")


def confirm(question: str, *, default: bool) -> bool:
    """Ask a question that is answered by yes or no."""
    _drop_waiting()
    return click.confirm(question, default=default)


def _line(question: str, default: str | None, hidden: bool) -> str:
    _drop_waiting()
    try:
        # Where there is no terminal nobody watches, and hiding the input would need one.
        is_hidden = hidden and sys.stdin.isatty()
        return str(click.prompt(question, default=default, show_default=bool(default), hide_input=is_hidden))
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise click.UsageError(
            f"there is no answer to: {question}. Give every answer as an option, with --yes"
        ) from None


def _is_more_waiting() -> bool:
    return sys.stdin.isatty() and bool(select.select([sys.stdin], [], [], PASTE_S)[0])


def _drop_waiting() -> None:
    """Forget what was typed before the question could be read."""
    if sys.stdin.isatty():
        import termios  # not on every system that has a terminal

        termios.tcflush(sys.stdin, termios.TCIFLUSH)
