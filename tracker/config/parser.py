"""Reads each key of the file by the type of its setting, and notes every fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tracker.config import lookalikes, sources
from tracker.config.annotations import FieldType, Key, field_type_of, keys_of
from tracker.config.dialect import read_dialect
from tracker.config.faults import KeyPath
from tracker.config.parse_context import INVALID, MISSING, Entries, ParseContext, value_of
from tracker.config.scalars import read
from tracker.config.secret_values import read_value_or_file
from tracker.config.yaml_tree import Node, ScalarNode, SequenceNode
from tracker.lib.counts import counted


def read_part(
    context: ParseContext,
    field_type: FieldType,
    node: Node | None,
    path: KeyPath,
    known: Mapping[str, Any] | None = None,
) -> Any:
    """Read a mapping as a part of the config; INVALID when any value in it is. `known`: values from elsewhere."""
    entries = context.entries(node, path)
    if entries is None:
        return INVALID
    keys = keys_of(field_type.holds)
    meant = set(context.note_unknown_keys(entries, _names(keys), path).values())
    values = {key.name: _read_key(context, key, entries, path) for key in keys}
    for key in keys:
        if values[key.name] is not MISSING:
            continue
        if meant & {key.name, key.in_file}:
            values[key.name] = INVALID  # its value stands under another name
        elif key.required:
            values[key.name] = INVALID
            _missing(context, key, path)
    context.parts[path] = {key.name: _or_default(key, values[key.name]) for key in keys}
    if INVALID in values.values():
        return INVALID
    return field_type.holds(
        **(known or {}), **{name: value for name, value in values.items() if value is not MISSING}
    )


def _names(keys: list[Key]) -> list[str]:
    return [name for key in keys for name in (key.name, key.in_file) if name]


def _or_default(key: Key, value: Any) -> Any:
    return key.default if value is MISSING else value


def _missing(context: ParseContext, key: Key, path: KeyPath) -> None:
    what = "is missing"
    if key.in_file:
        what += f": give {key.in_file}: PATH, or {key.name}: ${{NAME}} from the environment"
    context.fault((*path, key.name), what, context.place(path))


def _read_key(context: ParseContext, key: Key, entries: Entries, path: KeyPath) -> Any:
    if key.in_file:
        return read_value_or_file(context, key, entries, path)
    node = value_of(entries, key.name)
    return MISSING if node is None else _read_value(context, key.field_type, node, (*path, key.name))


def _read_value(context: ParseContext, field_type: FieldType, node: Node, path: KeyPath) -> Any:
    return _READERS.get(field_type.form, _scalar)(context, field_type, node, path)


def _folder(context: ParseContext, _: FieldType, node: Node, path: KeyPath) -> Any:
    text = context.text(node, path)
    if text is INVALID:
        return INVALID
    return context.read(path, sources.folder, text, context.folder, context.environ)


def _dialect(context: ParseContext, _: FieldType, node: Node, path: KeyPath) -> Any:
    return read_dialect(context, node, path)


def _scalar(context: ParseContext, field_type: FieldType, node: Node, path: KeyPath) -> Any:
    text = context.text(node, path)
    if text is INVALID:
        return INVALID
    try:
        return read(text, field_type)
    except ValueError as wrong:
        strange = lookalikes.fault_in(text)
        what = strange[1] if strange is not None else str(wrong)
        # A panel's address is not shown: its fault may be an API key in the query.
        context.fault(path, what if field_type.form == "address" else f"{_shown(node)}: {what}")
        return INVALID


def _shown(node: Node) -> str:
    """Quote a value as the file has it: a value from the environment may be a secret."""
    text = node.text if isinstance(node, ScalarNode) else ""
    return repr(text if len(text) <= 60 else text[:57] + "…")


def _list(context: ParseContext, field_type: FieldType, node: Node, path: KeyPath) -> Any:
    if not isinstance(node, SequenceNode):
        context.wrong_shape(node, path, "write a list here, like [one, two]")
        return INVALID
    if not _enough(context, field_type, len(node.items), path):
        return INVALID
    inner = field_type_of(field_type.holds[0])
    items = []
    for index, item in enumerate(node.items):
        context.note_place((*path, index), item, item.at)
        items.append(_read_value(context, inner, item, (*path, index)))
    return INVALID if INVALID in items else tuple(items)


def _named(context: ParseContext, field_type: FieldType, node: Node, path: KeyPath) -> Any:
    """Read a mapping whose keys are names that the user chose."""
    entries = context.entries(node, path)
    if entries is None or not _enough(context, field_type, len(entries), path):
        return INVALID
    name_type, part_type = map(field_type_of, field_type.holds)
    parts: dict[str, Any] = {}
    for written, (at, value) in entries.items():
        name = written
        try:
            name = read(written, name_type)
        except ValueError as wrong:
            context.fault((*path, name), str(wrong), at)
        if name in parts:
            context.fault(
                (*path, written), "this name is already given, in other characters that look the same", at
            )
        own = {"name": name} if "name" in part_type.holds.__struct_fields__ else {}
        parts[name] = read_part(context, part_type, value, (*path, name), own)
    return INVALID if INVALID in parts.values() else parts


def _enough(context: ParseContext, field_type: FieldType, count: int, path: KeyPath) -> bool:
    if count < field_type.min_length:
        context.fault(path, "is empty: give at least one")
    elif field_type.max_length is not None and count > field_type.max_length:
        context.fault(
            path, f"has {counted(count, 'entry', 'entries')}: at most {field_type.max_length:,} may be given"
        )
    else:
        return True
    return False


_READERS: Mapping[str, Callable[[ParseContext, FieldType, Node, KeyPath], Any]] = {
    "part": read_part,
    "list": _list,
    "named": _named,
    "dialect": _dialect,
    "folder": _folder,
}
"""Form of a field -> what reads it; every other form is a single value."""
