"""Writes the documents that are made from the code."""

from __future__ import annotations

from pathlib import Path

from tests.documents import commands, log_events, manual_pages

DOCS = Path(__file__).parent.parent.parent / "docs"


def made() -> dict[Path, str]:
    """Every document that is made from the code, by its path."""
    return {
        DOCS / "commands.md": commands.reference(),
        DOCS / "log-events.md": log_events.reference(),
        **{DOCS / "man" / name: text for name, text in manual_pages.pages().items()},
    }


def main() -> None:
    """Write them, and delete manual pages of commands that are gone."""
    documents = made()
    (DOCS / "man").mkdir(parents=True, exist_ok=True)
    for path in (DOCS / "man").glob("*.1"):
        if path not in documents:
            path.unlink()
    for path, text in documents.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
