"""Takes orders in: `add` one, `import` many."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import click

from tracker.commands.output import json_option, order_json, print_json, print_order
from tracker.commands.session import Refused, Session

BATCH = 1000
"""Rows written at a time."""

LISTED = 50
"""Bad rows that are listed; the rest is counted."""


@click.command()
@click.argument("service")
@click.argument("link")
@click.argument("quantity", required=False)
@click.option("--panel", help="The panel to order from, when the config has more than one.")
@click.option("--ref", help="Your own reference: queueing it again changes nothing.")
@click.option("--comments", help="Comments, one a line.")
@click.option("--comments-file", type=click.File(encoding="utf-8"), help="A file of comments, one a line.")
@click.option(
    "--field", "fields", multiple=True, metavar="NAME=VALUE", help="A further field that the service wants."
)
@json_option
@click.pass_obj
def add(session: Session, /, as_json: bool, **values: Any) -> None:
    """Queue one order: QUANTITY of SERVICE for LINK. The daemon places it."""
    from tracker.store import orders, queue

    entry = queue.Entry(_draft(session, **values))
    from tracker.daemon import now

    with session.db.transaction():
        standing = queue.enqueue(session.db, [entry], now())
        if not standing:
            order = orders.newest(session.db)
    if standing:
        if not standing[0].same:
            raise Refused(_clash(standing[0]))
        order = session.order(f"id:{standing[0].order_id}")
    _print_added(session, order, bool(standing), as_json)


def _draft(session: Session, *, fields: tuple[str, ...], comments_file: TextIO | None, **values: Any) -> Any:
    from tracker import intake

    row = {name: value for name, value in values.items() if value is not None}
    if comments_file is not None:
        if "comments" in row:
            raise Refused("give --comments or --comments-file, not both")
        row["comments"] = _read(comments_file)
    row["fields"] = dict(_pair(field) for field in fields)
    try:
        return intake.draft_of(row, session.panel(values["panel"]).name, session.reserved())
    except ValueError as error:
        raise Refused(str(error)) from None


def _read(file: TextIO) -> str:
    try:
        return file.read()
    except UnicodeDecodeError:
        raise Refused(f"{file.name} is not UTF-8 text") from None


def _pair(field: str) -> tuple[str, str]:
    name, equals, value = field.partition("=")
    if not equals:
        raise Refused(f"--field {field}: write NAME=VALUE")
    return name, value


def _clash(standing: Any) -> str:
    return (
        f"{standing.what} is order {standing.order_id} already, with other content; "
        f"`tracker show {standing.order_id}` shows it. Nothing was queued."
    )


def _print_added(session: Session, order: Any, stood: bool, as_json: bool) -> None:
    from tracker import catalogue
    from tracker.store import accounts

    if as_json:
        print_json(order_json(order))
        return
    if stood:
        click.echo(f"Order {order.id} stands already; nothing was queued.", err=True)
    print_order(order)
    if order.state != "queued" or accounts.services_at(session.db, order.panel) is None:
        return
    service = accounts.service(session.db, order.panel, order.service)
    fault = catalogue.fault_in(order, service)
    if fault:
        click.echo(f"Warning: as the catalogue stands, it will be rejected: {fault}", err=True)
        return
    charge = catalogue.expected_charge(order, service)
    if charge is not None:
        currency = accounts.read(session.db, order.panel).currency or ""
        click.echo(f"{'charge':<12} {charge:f} {currency} expected".rstrip())


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
    from tracker import intake

    if file.is_dir():
        raise Refused(f"{file} is a folder; name a file in it")
    form = form or {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}.get(file.suffix.lower())
    if form is None:
        raise Refused("is it CSV or JSON Lines? Say --format csv or --format jsonl")
    default = session.panel(panel).name if panel or len(session.config.panels) == 1 else None
    job = _Import(session, default, skip_bad)
    try:
        with _open(file) as stream:
            job.run(intake.csv_rows(stream) if form == "csv" else intake.jsonl_rows(stream))
    except intake.BadFile as error:
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
        self.session = session
        self.default_panel = default_panel
        self.skip_bad = skip_bad
        self.queued = 0
        self.already = 0
        self.bad: list[tuple[int, str]] = []
        self.bad_count = 0

    def run(self, rows: Iterator[tuple[int, Any]]) -> None:
        """Queue every row in one transaction; with a bad row nothing is queued, unless they are skipped."""
        progress = _Progress()
        try:
            with self.session.db.transaction():
                for batch in _batches(self._entries(rows)):
                    self._enqueue(batch)
                    progress.show(self.queued + self.already)
                if self.bad_count and not self.skip_bad:
                    raise _RolledBack
        except _RolledBack:
            self.queued = 0
        finally:
            progress.end()

    def _entries(self, rows: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
        from tracker import intake

        seen: dict[bytes, int] = {}
        panels = self.session.reserved()
        for line, row in rows:
            if isinstance(row, intake.Bad):
                self._note(line, row.why)
                continue
            try:
                yield line, intake.entry_of(row, self.default_panel, panels, seen)
            except ValueError as error:
                self._note(line, str(error))

    def _enqueue(self, batch: list[tuple[int, Any]]) -> None:
        from tracker.daemon import now
        from tracker.store import queue

        standing = queue.enqueue(self.session.db, [entry for _, entry in batch], now())
        for stood in standing:
            if stood.same:
                self.already += 1
            else:
                where = f"order {stood.order_id}" if stood.order_id else "an earlier row"
                self._note(batch[stood.index][0], f"{stood.what} is {where} already, with other content")
        self.queued += len(batch) - len(standing)

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


def _batches(entries: Iterator[tuple[int, Any]]) -> Iterator[list[tuple[int, Any]]]:
    batch: list[tuple[int, Any]] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
