"""`demo`: the whole story on a practice panel."""

from __future__ import annotations

import threading
import time

import click

COLOURS = {"you": "cyan", "tracker": "green", "wallet": "yellow", "alert": "magenta", "summary": "bold"}


@click.command()
def demo() -> int:
    """Show the whole story in about half a minute: no account, no config, nothing left behind."""
    from tracker.demo import tell_story

    click.echo("A practice panel runs on this machine; the daemon below is the real one. No money moves.\n")
    return tell_story(_Narrator().say)


class _Narrator:
    """Prints the story, one whole line at a time, with the second at which it happened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = time.monotonic()

    def say(self, who: str, what: str) -> None:
        """Print one line."""
        with self._lock:
            click.echo(f"{self._stamp(who)}{self._styled(who)} {what}".rstrip())

    def _stamp(self, who: str) -> str:
        return f"{time.monotonic() - self._began:5.1f}s  " if who else " " * 8

    def _styled(self, who: str) -> str:
        colour = COLOURS.get(who)
        if colour is None:
            return f"{who:<8}"
        return (
            click.style(f"{who:<8}", bold=True) if colour == "bold" else click.style(f"{who:<8}", fg=colour)
        )
