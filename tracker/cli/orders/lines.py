"""Writes orders as JSON Lines and as CSV, many at a time, from what is stored of them: no `Order` is made of each.

A line is what `order_json` makes of the order. Column by column, what returns often is written once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any, TypeVar

from tracker.cli.files.cells import csv_rows, without_formula
from tracker.lib.times import rfc3339
from tracker.lib.visible import visible
from tracker.orders.order_json import ORDER_KEYS, TIMES
from tracker.store.order_pages import PLACE, Row
from tracker.store.rows import PLAIN, compact

T = TypeVar("T")


def json_lines(rows: Collection[Row]) -> str:
    """Return a line of JSON for each row of `order_pages.pages` with ORDER_KEYS, as `print_json` prints it.

    There is at least one row.
    """
    parts, columns = [], []
    for key, values in _columns(rows):
        different = set(values)
        if len(different) > 1 or key == "id":
            parts.append(f'"{key}": %s')
            columns.append(_written(values, different, _json(key, different)))
        else:
            parts.append(f'"{key}": {_json(key, different)(values[0])}'.replace("%", "%%"))
    line = f"{{{', '.join(parts)}}}\n"
    text = "".join(map(line.__mod__, zip(*columns, strict=True)))
    # JSON itself has no control characters but this one.
    return text if text.isascii() and "\x7f" not in text else visible(text)


def csv_lines(rows: Collection[Row]) -> str:
    """Return a line of CSV for each row of `order_pages.pages` with ORDER_KEYS; there is at least one."""
    columns = (_written(values, set(values), _cell(key)) for key, values in _columns(rows))
    return csv_rows(zip(*columns, strict=True))


def _columns(rows: Collection[Row]) -> Iterable[tuple[str, Sequence[Any]]]:
    return zip(ORDER_KEYS, list(zip(*rows, strict=True))[len(PLACE) :], strict=True)


def _written(values: Sequence[Any], different: Collection[Any], write: Callable[[Any], T]) -> Iterable[T]:
    """Write each of these values; one that returns often is written once."""
    if 2 * len(different) > len(values):
        return map(write, values)
    return map({value: write(value) for value in different}.__getitem__, values)


def _json(key: str, values: Collection[Any]) -> Callable[[Any], str]:
    """Return what writes these stored values as JSON."""
    if key in TIMES:
        return _moment
    plain = PLAIN.get(key)
    if plain is not None:
        return lambda stored: _text(plain(stored))
    types = set(map(type, values))
    return _OF_ONE_TYPE[types.pop()] if len(types) == 1 else _text


def _moment(at: int | None) -> str:
    return "null" if at is None else f'"{rfc3339(at)}"'


def _text(value: object) -> str:
    """Write a value as JSON; most are texts, and to set up the library's encoder for each took most of the time."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return encode_basestring(value)
    return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False)


_OF_ONE_TYPE: Mapping[type, Callable[[Any], str]] = {
    str: encode_basestring, int: str, type(None): _text,
}  # fmt: skip


def _cell(key: str) -> Callable[[Any], object]:
    """Return what writes a stored value as a cell that no spreadsheet runs."""
    if key in TIMES:
        return _time
    plain = PLAIN.get(key)
    return _harmless if plain is None else lambda stored: _harmless(_flat(plain(stored)))


def _time(at: int | None) -> str | None:
    return None if at is None else rfc3339(at)


def _flat(value: object) -> object:
    """Return a value as one cell: tags with spaces between them, fields as JSON."""
    if isinstance(value, list):
        return " ".join(value)
    return compact(value) if isinstance(value, Mapping) else value


def _harmless(value: object) -> object:
    return without_formula(value) if isinstance(value, str) else value
