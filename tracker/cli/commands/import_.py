"""`import`: takes many orders in."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from tracker.cli.output import json_option, print_json
from tracker.cli.session import Refused, Session

if TYPE_CHECKING:
    from tracker.cli.order_files import OrderFile
    from tracker.store.queue import Entry

Rows = list[tuple[int, Any]]
"""Rows as they stand in the file, each with its line."""

TOGETHER = 1000
"""Rows written at a time."""

LARGEST = 4_000_000
"""Characters of rows that are read before they are written."""

LISTED = 50
"""Bad rows that are listed; the rest is counted."""


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl"]),
    help="What FILE holds, where its name does not tell.",
)
@click.option("--panel", help="The panel for rows that name none.")
@click.option(
    "--skip-bad", is_flag=True, help="Queue the good rows and list the bad; without it a bad row stops all."
)
@json_option
@click.pass_obj
def import_(
    session: Session, file: Path, form: str | None, panel: str | None, skip_bad: bool, as_json: bool
) -> None:
    """Queue many orders from FILE (.csv with a header row, .jsonl, or - for stdin).

    Columns: service, link, quantity, comments, ref, panel, panel_order_id. A row with a panel_order_id was
    placed elsewhere: it is followed and never sent. A row that was imported before, from any file, is not
    queued again; give it a ref of its own to order the same thing once more.
    """
    from tracker.cli import order_files

    if file.is_dir():
        raise Refused(f"{file} is a folder; name a file in it")
    form = form or {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}.get(file.suffix.lower())
    if form is None:
        raise Refused("is it CSV or JSON Lines? Say --format csv or --format jsonl")
    default = session.panel(panel).name if panel or len(session.config.panels) == 1 else None
    job = _Import(session, default, skip_bad)
    try:
        with _open(file) as stream:
            job.run(order_files.CsvFile(stream) if form == "csv" else order_files.JsonFile(stream))
    except order_files.BadFile as error:
        raise Refused(f"{file}: {error}") from None
    except UnicodeDecodeError:
        raise Refused(f"{file} is not UTF-8 text; nothing was queued") from None
    job.report(file, as_json)


def _open(file: Path) -> TextIO:
    if str(file) == "-":
        return io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
    try:
        stream = file.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from None
    return stream


class _RolledBack(Exception):
    """Bad rows were found: nothing is to be queued."""


class _Import:
    """One import: what was queued, what stood already and what was bad."""

    def __init__(self, session: Session, default_panel: str | None, skip_bad: bool) -> None:
        from tracker.lib.clock import now

        self.session = session
        self.panels = session.reserved()
        self.default_panel = default_panel
        self.now = now()
        self.seen: dict[bytes, int] = {}
        self.skip_bad = skip_bad
        self.queued = 0
        self.already = 0
        self.bad: list[tuple[int, str]] = []
        self.bad_count = 0

    def run(self, sheet: OrderFile) -> None:
        """Queue every row in one transaction; with a bad row nothing is queued, unless they are skipped."""
        progress = _Progress()
        try:
            with self.session.db.transaction():
                for rows in _blocks(sheet):
                    if not self._enqueue_plain(sheet, rows):
                        self._enqueue(list(self._entries(sheet, rows)))
                    progress.show(self.queued + self.already)
                if self.bad_count and not self.skip_bad:
                    raise _RolledBack
        except _RolledBack:
            self.queued = 0
        finally:
            progress.end()

    def _enqueue_plain(self, sheet: OrderFile, rows: Rows) -> bool:
        """Queue rows at once that need no closer look; False when they do."""
        from tracker.cli import drafts
        from tracker.store import queue

        cells = [raw for _, raw in rows]
        plain = drafts.simple_rows(sheet.header, cells, self.default_panel, self.panels)
        if plain is None or not queue.enqueue_simple(self.session.db, plain, self.now):
            return False
        self.queued += len(plain)
        return True

    def _entries(self, sheet: OrderFile, rows: Rows) -> Iterator[tuple[int, Entry]]:
        from tracker.cli import drafts, order_files

        for line, raw in rows:
            row = sheet.row(line, raw)
            if isinstance(row, order_files.BadRow):
                self._note(line, row.why)
                continue
            try:
                yield line, drafts.entry_of(row, self.default_panel, self.panels, self.seen)
            except ValueError as error:
                self._note(line, str(error))

    def _enqueue(self, entries: list[tuple[int, Entry]]) -> None:
        from tracker.store import queue

        standing = queue.enqueue(self.session.db, [entry for _, entry in entries], self.now)
        for stood in standing:
            if stood.same:
                self.already += 1
            else:
                where = f"order {stood.order_id}" if stood.order_id else "an earlier row"
                self._note(entries[stood.index][0], f"{stood.what} is {where} already, with other content")
        self.queued += len(entries) - len(standing)

    def _note(self, line: int, why: str) -> None:
        self.bad_count += 1
        if len(self.bad) < LISTED:
            self.bad.append((line, why))

    def report(self, file: Path, as_json: bool) -> None:
        """Print the outcome; exit 2 when nothing was queued because of bad rows."""
        if as_json:
            bad = [{"line": line, "error": why} for line, why in self.bad]
            print_json(
                {"queued": self.queued, "already": self.already, "bad_rows": self.bad_count, "bad": bad}
            )
        for line, why in self.bad:
            click.echo(f"{file}:{line}: {why}", err=True)
        if self.bad_count > len(self.bad):
            click.echo(f"… and {self.bad_count - len(self.bad)} more bad rows", err=True)
        if self.bad_count and not self.skip_bad:
            raise Refused("nothing was queued; mend the rows above, or take the good ones with --skip-bad")
        if not as_json:
            bad_text = f", {self.bad_count} bad rows left out" if self.bad_count else ""
            click.echo(f"{self.queued} orders queued, {self.already} were in the queue already{bad_text}.")


class _Progress:
    """A running count on a terminal, silent elsewhere."""

    def __init__(self) -> None:
        self._on = sys.stderr.isatty()

    def show(self, rows: int) -> None:
        if self._on:
            click.echo(f"\r{rows:,} rows", nl=False, err=True)

    def end(self) -> None:
        if self._on:
            click.echo("\r\033[K", nl=False, err=True)


def _blocks(sheet: OrderFile) -> Iterator[Rows]:
    """Yield the rows so many together, and fewer where they are long."""
    rows = iter(sheet)
    if not sheet.has_long_rows:
        while block := list(islice(rows, TOGETHER)):
            yield block
        return
    block, size = [], 0
    for line, raw in rows:
        block.append((line, raw))
        size += len(raw) if isinstance(raw, str) else sum(map(len, raw)) if isinstance(raw, list) else 0
        if len(block) == TOGETHER or size > LARGEST:
            yield block
            block, size = [], 0
    if block:
        yield block
