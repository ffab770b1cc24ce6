"""`dialect:` of a panel: the name of a dialect, or a mapping that names a base and what differs."""

from __future__ import annotations

import re
from typing import Any

from tracker.config.faults import KeyPath, nearest
from tracker.config.parse_context import INVALID, ParseContext, value_of
from tracker.config.yaml_tree import MappingNode, Node, ScalarNode, SequenceNode
from tracker.panel.dialects.built_in import BASES, named
from tracker.panel.dialects.custom import KEYS, custom
from tracker.panel.dialects.dialect import DialectError

_PLAIN = {"true": True, "false": False}


def read_dialect(context: ParseContext, node: Node, path: KeyPath) -> Any:
    """Return the Dialect, or INVALID."""
    try:
        return _adapted(context, node, path) if isinstance(node, MappingNode) else _named(context, node, path)
    except DialectError as error:
        for inner, what in error.faults:
            context.fault((*path, *inner), what)
        return INVALID


def _named(context: ParseContext, node: Node, path: KeyPath) -> Any:
    name = context.text(node, path)
    return INVALID if name is INVALID or not _is_base(context, name, path) else named(name)


def _is_base(context: ParseContext, name: str, path: KeyPath) -> bool:
    if name not in BASES:
        near = nearest(name, BASES)
        context.fault(
            path, f"there is no such dialect; {f'did you mean {near}?' if near else f'choose {_bases()}'}"
        )
    return name in BASES


def _bases() -> str:
    return " or ".join(BASES)


def _adapted(context: ParseContext, node: Node, path: KeyPath) -> Any:
    before = len(context.faults)
    entries = context.entries(node, path) or {}
    context.note_unknown_keys(entries, ("base", *KEYS[()]), path)
    base = value_of(entries, "base")
    if base is None:
        context.fault(
            (*path, "base"),
            f"is missing: name the dialect that is closest to it, {_bases()}",
            context.place(path),
        )
    name: Any = INVALID if base is None else context.text(base, (*path, "base"))
    if name is not INVALID:
        _is_base(context, name, (*path, "base"))
    differences = {
        key: _plain(context, value, (*path, key), (key,))
        for key in KEYS[()]
        if (value := value_of(entries, key)) is not None
    }
    readable = {key: value for key, value in differences.items() if value is not INVALID}
    dialect = custom(name if name in BASES else next(iter(BASES)), readable)
    return dialect if len(context.faults) == before else INVALID


def _plain(context: ParseContext, node: Node, path: KeyPath, inside: tuple[str, ...]) -> Any:
    """Return a value as Python has it; texts stay as they are written: a `no` among the status words is not False."""
    if isinstance(node, ScalarNode):
        return _scalar(context, node, path, inside)
    if isinstance(node, SequenceNode):
        return _items(context, node, path, inside)
    entries = context.entries(node, path)
    if entries is None:
        return INVALID
    valid = KEYS.get(inside, ())
    context.note_unknown_keys(entries, valid, path)
    values = {
        key: _plain(context, entry[1], (*path, key), (*inside, key))
        for key, entry in entries.items()
        if key in valid
    }
    return INVALID if INVALID in values.values() else values


def _items(context: ParseContext, node: SequenceNode, path: KeyPath, inside: tuple[str, ...]) -> Any:
    values = []
    for index, item in enumerate(node.items):
        context.note_place((*path, index), item, item.at)
        values.append(_plain(context, item, (*path, index), (*inside, "")))
    return INVALID if INVALID in values else values


def _scalar(context: ParseContext, node: ScalarNode, path: KeyPath, inside: tuple[str, ...]) -> Any:
    text = context.text(node, path)
    if text is INVALID or len(inside) > 1:
        return text
    if re.fullmatch(r"\d{1,9}", text):
        return int(text)
    return _PLAIN.get(text.lower(), text)
