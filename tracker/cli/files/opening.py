"""Opens a file of orders: which format it has, how its text is encoded, and what the user should know of both."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from tracker.cli.files.delimited import CsvFile
from tracker.cli.files.encodings import Taken, encoding_of, named
from tracker.cli.files.json_lines import JsonFile
from tracker.cli.files.rows import BadFile, OrderFile
from tracker.cli.files.workbook import OLD, ZIP, WorkbookFile

FORMATS = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt"), "csv"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls"), "xlsx"),
}
"""How a file's name ends -> its format."""

IN_MEMORY = 16 << 20
"""Bytes of a pipe that are kept in memory; what is more goes to a temporary file."""


@contextmanager
def open_orders(
    file: Path,
    form: str | None,
    encoding: str | None,
    tell: Callable[[str], None],
    with_hidden: bool = False,
) -> Iterator[OrderFile[Any]]:
    """Open a file of orders, or standard input for `-`; BadFile when it cannot be read.

    `tell` is called with what the user should know: a guessed encoding, or which sheet of a workbook is read.
    The hidden rows of a workbook are bad ones unless they are asked for.
    """
    form = form or FORMATS.get(file.suffix.lower())
    if form is None:
        raise BadFile("the name does not tell the format; add --format csv, --format jsonl or --format xlsx")
    with _binary(file) as source:
        try:
            yield (
                _workbook(source, tell, with_hidden)
                if form == "xlsx"
                else _read(source, form, encoding, tell)
            )
        except UnicodeDecodeError as error:
            raise BadFile(f"it is not {error.encoding.upper()} text") from None


def _workbook(source: BinaryIO, tell: Callable[[str], None], with_hidden: bool) -> OrderFile[Any]:
    book = WorkbookFile(source, with_hidden)
    for remark in book.remarks:
        tell(remark)
    return book


def _read(source: BinaryIO, form: str, encoding: str | None, tell: Callable[[str], None]) -> OrderFile[Any]:
    text = _text(source, encoding, tell)
    return CsvFile(text) if form == "csv" else JsonFile(text)


def _text(source: BinaryIO, encoding: str | None, tell: Callable[[str], None]) -> io.TextIOWrapper:
    head = source.read(4)
    source.seek(0)
    if head in (ZIP, OLD):
        raise BadFile("it is a workbook, whatever its name says; add --format xlsx")
    taken = _taken(source, encoding)
    if taken.is_guessed:
        tell(taken.sentence)
    return io.TextIOWrapper(source, encoding=taken.encoding, newline="")


def _taken(source: BinaryIO, encoding: str | None) -> Taken:
    if encoding is None:
        return encoding_of(source)
    try:
        return named(encoding)
    except ValueError as error:
        raise BadFile(str(error)) from None


@contextmanager
def _binary(file: Path) -> Iterator[BinaryIO]:
    """Open a file so that it can be read twice: a pipe is kept until then."""
    is_pipe = str(file) == "-"
    try:
        source = sys.stdin.buffer if is_pipe else file.open("rb")
    except OSError as error:
        raise BadFile(str(error.strerror)) from None
    if not is_pipe and source.seekable():
        with source:
            yield source
        return
    with SpooledTemporaryFile(IN_MEMORY) as kept:
        shutil.copyfileobj(source, kept)
        kept.seek(0)
        yield cast(BinaryIO, kept)
