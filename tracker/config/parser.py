"""The walk along the types: each key of the document is read as its type tells, and every fault is noted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker.config import sources
from tracker.config.annotations import FieldType, Key, field_type_of, keys_of
from tracker.config.dialect import read_dialect
from tracker.config.faults import KeyPath
from tracker.config.parse_context import INVALID, MISSING, Entries, ParseContext, given
from tracker.config.scalars import read
from tracker.config.secret_values import read_guarded
from tracker.config.yaml_tree import Node, Scalar, Sequence


def read_part(
    walk: ParseContext,
    kind: FieldType,
    node: Node | None,
    path: KeyPath,
    known: Mapping[str, Any] | None = None,
) -> Any:
    """Read a mapping as a part of the config; FAULTY when anything in it is. `known` are values not of the file."""
    entries = walk.entries(node, path)
    if entries is None:
        return INVALID
    keys = keys_of(kind.holds)
    meant = set(walk.unknown(entries, _names(keys), path).values())
    values = {key.name: _value_of(walk, key, entries, path) for key in keys}
    for key in keys:
        if values[key.name] is MISSING and key.required:
            values[key.name] = INVALID
            if not meant & {key.name, key.in_file}:
                _missing(walk, key, path)
    walk.parts[path] = {key.name: _or_default(key, values[key.name]) for key in keys}
    if INVALID in values.values():
        return INVALID
    return kind.holds(
        **(known or {}), **{name: value for name, value in values.items() if value is not MISSING}
    )


def _names(keys: list[Key]) -> list[str]:
    return [name for key in keys for name in (key.name, key.in_file) if name]


def _or_default(key: Key, value: Any) -> Any:
    return key.default if value is MISSING else value


def _missing(walk: ParseContext, key: Key, path: KeyPath) -> None:
    what = "is missing"
    if key.in_file:
        what += f": give {key.in_file}: PATH, or {key.name}: ${{NAME}} from the environment"
    walk.fault((*path, key.name), what, walk.place(path))


def _value_of(walk: ParseContext, key: Key, entries: Entries, path: KeyPath) -> Any:
    if key.in_file:
        return read_guarded(walk, key, entries, path)
    node = given(entries, key.name)
    return MISSING if node is None else _value(walk, key.kind, node, (*path, key.name))


def _value(walk: ParseContext, kind: FieldType, node: Node, path: KeyPath) -> Any:
    reader = {"part": read_part, "list": _list, "named": _named, "dialect": _dialect, "folder": _folder}.get(
        kind.form, _leaf
    )
    return reader(walk, kind, node, path)


def _folder(walk: ParseContext, _: FieldType, node: Node, path: KeyPath) -> Any:
    text = walk.text(node, path)
    return text if text is INVALID else walk.attempt(path, sources.folder, text, walk.folder, walk.environ)


def _dialect(walk: ParseContext, _: FieldType, node: Node, path: KeyPath) -> Any:
    return read_dialect(walk, node, path)


def _leaf(walk: ParseContext, kind: FieldType, node: Node, path: KeyPath) -> Any:
    text = walk.text(node, path)
    if text is INVALID:
        return INVALID
    try:
        return read(text, kind)
    except ValueError as wrong:
        # A panel's address is not shown: a key in its query is what may be wrong with it.
        walk.fault(path, str(wrong) if kind.form == "address" else f"{_shown(node)}: {wrong}")
        return INVALID


def _shown(node: Node) -> str:
    """Quote a value as the file has it: what the environment put into it is nobody's business."""
    text = node.text if isinstance(node, Scalar) else ""
    return repr(text if len(text) <= 60 else text[:57] + "…")


def _list(walk: ParseContext, kind: FieldType, node: Node, path: KeyPath) -> Any:
    if not isinstance(node, Sequence):
        walk.unlike(node, path, "write a list here, like [one, two]")
        return INVALID
    if not _enough(walk, kind, len(node.items), path):
        return INVALID
    inner = field_type_of(kind.holds[0])
    items = []
    for index, item in enumerate(node.items):
        walk.stands((*path, index), item, item.at)
        items.append(_value(walk, inner, item, (*path, index)))
    return INVALID if INVALID in items else tuple(items)


def _named(walk: ParseContext, kind: FieldType, node: Node, path: KeyPath) -> Any:
    """Read a mapping whose keys are names of the user's choice."""
    entries = walk.entries(node, path)
    if entries is None or not _enough(walk, kind, len(entries), path):
        return INVALID
    name_kind, part_kind = map(field_type_of, kind.holds)
    parts = {}
    for name, (at, value) in entries.items():
        try:
            read(name, name_kind)
        except ValueError as wrong:
            walk.fault((*path, name), str(wrong), at)
        parts[name] = read_part(walk, part_kind, value, (*path, name), {"name": name})
    return INVALID if INVALID in parts.values() else parts


def _enough(walk: ParseContext, kind: FieldType, count: int, path: KeyPath) -> bool:
    if count < kind.fewest:
        walk.fault(path, "is empty: give at least one")
    elif kind.most is not None and count > kind.most:
        walk.fault(path, f"has {count} entries: {kind.most} are the most")
    else:
        return True
    return False
