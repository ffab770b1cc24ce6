"""`import`: queues many orders."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from tracker.cli import drafts
from tracker.cli.files.opening import open_orders
from tracker.cli.files.rows import BadFile, BadRow, OrderFile, Raw
from tracker.cli.output import json_option, print_json
from tracker.cli.pruned_orders import pruned_sentence
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.streams import exact, note_done
from tracker.lib.clock import now
from tracker.store import queue
from tracker.store.queue import Duplicate, Entry

BLOCK_ROWS = 1000
"""The most rows that are written together."""

BLOCK_CHARACTERS = 4_000_000
"""When so many characters are read they are written, however few the rows."""

LISTED = 50
"""The most bad rows that are listed; the rest are counted."""


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl", "xlsx"]),
    help="The format of FILE. It is needed when the name does not tell.",
)
@click.option("--encoding", help="The encoding of FILE, like utf-8 or cp1254. Without it the file tells.")
@click.option("--panel", help="The panel for rows that name no panel.")
@click.option(
    "--skip-bad",
    is_flag=True,
    help="Queue the good rows and list the bad ones. Without it one bad row stops the whole import.",
)
@json_option
@pass_session
def import_(
    session: Session,
    /,
    file: Path,
    form: str | None,
    encoding: str | None,
    panel: str | None,
    skip_bad: bool,
    as_json: bool,
) -> None:
    """Queue many orders from a CSV, JSON Lines or Excel file.

    FILE is .csv with a header row (parted by commas, semicolons or tabs), .xlsx (its first visible sheet), .jsonl,
    or - for stdin. The columns are: service, link, quantity, comments, ref, panel, panel_order_id. A row with a
    panel_order_id was placed elsewhere: it is followed and never sent. A row that was imported before, from any file,
    is not queued again; give it a new ref to order the same thing once more.
    """
    if file.is_dir():
        raise Refused(f"{file} is a folder; name a file in it")
    default = session.panel(panel).name if panel or len(session.config.panels) == 1 else None
    job = _Import(session, default, skip_bad)
    try:
        with open_orders(
            file, form, encoding, lambda said: click.echo(f"{file}: {said}.", err=True)
        ) as found:
            job.run(found)
    except BadFile as error:
        raise Refused(f"{file}: {error}. Nothing was queued.") from None
    job.report(file, as_json)


class _RolledBack(Exception):
    """Bad rows were found: nothing must be queued."""


class _Import:
    """One import: what was queued, what already existed and what was bad."""

    def __init__(self, session: Session, default_panel: str | None, skip_bad: bool) -> None:
        self.session = session
        self.panels = session.reserved()
        self.default_panel = default_panel
        self.now = now()
        self.seen: dict[bytes, int] = {}
        self.skip_bad = skip_bad
        self.queued = 0
        self.already = 0
        self.pruned = 0
        self.bad: list[tuple[int, str]] = []
        self.bad_count = 0

    def run(self, file: OrderFile[Raw]) -> None:
        """Queue every row in one transaction; with a bad row nothing is queued, unless they are skipped."""
        progress = _Progress()
        try:
            with self.session.db.transaction():
                for rows in _blocks(file):
                    if not self._enqueue_simple(file, rows):
                        self._enqueue(list(self._entries(file, rows)))
                    progress.show(self.queued + self.already)
                if self.bad_count and not self.skip_bad:
                    raise _RolledBack
        except _RolledBack:
            self.queued = 0
        finally:
            progress.end()

    def _enqueue_simple(self, file: OrderFile[Raw], rows: list[tuple[int, Raw]]) -> bool:
        """Queue rows all at once; False, and nothing is queued, where they must be read one by one."""
        cells = [raw for _, raw in rows]
        simple = drafts.simple_rows(file.header, cells, self.default_panel, self.panels)
        if simple is None or not queue.enqueue_simple(self.session.db, simple, self.now):
            return False
        self.queued += len(simple)
        return True

    def _entries(self, file: OrderFile[Raw], rows: list[tuple[int, Raw]]) -> Iterator[tuple[int, Entry]]:
        for line, raw in rows:
            row = file.row(line, raw)
            if isinstance(row, BadRow):
                self._note(line, row.why)
                continue
            try:
                names = self.session.former_names
                yield line, drafts.entry_of(row, self.default_panel, self.panels, self.seen, names)
            except ValueError as error:
                self._note(line, str(error))

    def _enqueue(self, entries: list[tuple[int, Entry]]) -> None:
        duplicates = queue.enqueue(self.session.db, [entry for _, entry in entries], self.now)
        for found in duplicates:
            if found.same:
                self.already += 1
                self.pruned += found.pruned is not None
            else:
                self._note(entries[found.index][0], _clash(found))
        self.queued += len(entries) - len(duplicates)

    def _note(self, line: int, why: str) -> None:
        self.bad_count += 1
        if len(self.bad) < LISTED:
            self.bad.append((line, why))

    def report(self, file: Path, as_json: bool) -> None:
        """Print the outcome; exit 2 when nothing was queued because of bad rows."""
        if self.skip_bad or not self.bad_count:
            note_done(self._outcome())
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
            raise Refused(
                "nothing was queued; fix the rows above, or queue only the good ones with --skip-bad"
            )
        if not as_json:
            click.echo(f"{self._outcome()}.")

    def _outcome(self) -> str:
        gone_text = f" ({self.pruned} of them were pruned since)" if self.pruned else ""
        bad_text = f", {self.bad_count} bad rows left out" if self.bad_count else ""
        return f"{self.queued} orders queued, {self.already} were already in the queue{gone_text}{bad_text}"


def _clash(found: Duplicate) -> str:
    """Say whose the name of a row is that asks for something else."""
    if found.pruned is not None:
        return f"{pruned_sentence(found.what, found.pruned)}, and had other content"
    where = f"order {found.order_id}" if found.order_id else "in an earlier row"
    return f"{found.what} is already {where}, with other content"


class _Progress:
    """A running count on a terminal, silent elsewhere."""

    def __init__(self) -> None:
        self._on = sys.stderr.isatty()

    def show(self, rows: int) -> None:
        if self._on:
            self._write(f"\r{rows:,} rows")

    def end(self) -> None:
        if self._on:
            self._write("\r\033[K")

    def _write(self, text: str) -> None:
        with exact(sys.stderr) as terminal:
            terminal.write(text)


def _blocks(file: OrderFile[Raw]) -> Iterator[list[tuple[int, Raw]]]:
    """Yield the rows in blocks, which are shorter where the rows are long."""
    rows = iter(file)
    if not file.has_long_rows:
        while block := list(islice(rows, BLOCK_ROWS)):
            yield block
        return
    block, size = [], 0
    for line, raw in rows:
        block.append((line, raw))
        size += len(raw) if isinstance(raw, str) else sum(map(len, raw)) if isinstance(raw, list) else 0
        if len(block) == BLOCK_ROWS or size > BLOCK_CHARACTERS:
            yield block
            block, size = [], 0
    if block:
        yield block
