"""Writes the documents that are made from the code; with --first-run it types the README's first run instead."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.documents import commands, config_keys, first_run, log_events, manual_pages

DOCS = Path(__file__).parent.parent.parent / "docs"
MAN = DOCS / "man" / "share" / "man" / "man1"
"""As an installation has them: pyproject.toml puts what is in docs/man into the wheel."""


def made() -> dict[Path, str]:
    """Every document that is made from the code, by its path."""
    return {
        DOCS / "commands.md": commands.reference(),
        DOCS / "config.md": config_keys.reference(),
        DOCS / "log-events.md": log_events.reference(),
        **{MAN / name: text for name, text in manual_pages.pages().items()},
    }


def write() -> None:
    """Write them, and delete manual pages of commands that are gone."""
    documents = made()
    MAN.mkdir(parents=True, exist_ok=True)
    for path in MAN.glob("*.1"):
        if path not in documents:
            path.unlink()
    for path, text in documents.items():
        path.write_text(text, encoding="utf-8")


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser("python -m tests.documents", description=__doc__)
    parser.add_argument("--first-run", action="store_true", help="type the README's first run; half a minute")
    first_run.run() if parser.parse_args().first_run else write()


if __name__ == "__main__":
    main()
