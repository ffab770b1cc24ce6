"""`dialect:` of a panel: the name of a dialect, or a mapping that names a base and what differs."""

from __future__ import annotations

import re
from typing import Any

from tracker.config.faults import KeyPath, nearest
from tracker.config.parse_context import INVALID, ParseContext, given
from tracker.config.yaml_tree import Mapping as MappingNode
from tracker.config.yaml_tree import Node, Scalar, Sequence
from tracker.panel.dialects.custom import BASES, KEYS, DialectError, custom, named

_PLAIN = {"true": True, "false": False}


def read_dialect(walk: ParseContext, node: Node, path: KeyPath) -> Any:
    """Return the Dialect, or FAULTY."""
    try:
        return _adapted(walk, node, path) if isinstance(node, MappingNode) else _named(walk, node, path)
    except DialectError as error:
        for inner, what in error.faults:
            walk.fault((*path, *inner), what)
        return INVALID


def _named(walk: ParseContext, node: Node, path: KeyPath) -> Any:
    name = walk.text(node, path)
    return INVALID if name is INVALID or not _is_base(walk, name, path) else named(name)


def _is_base(walk: ParseContext, name: str, path: KeyPath) -> bool:
    if name not in BASES:
        near = nearest(name, BASES)
        walk.fault(
            path, f"there is no such dialect; {f'did you mean {near}?' if near else f'choose {_bases()}'}"
        )
    return name in BASES


def _bases() -> str:
    return " or ".join(BASES)


def _adapted(walk: ParseContext, node: Node, path: KeyPath) -> Any:
    before = len(walk.faults)
    entries = walk.entries(node, path) or {}
    walk.unknown(entries, ("base", *KEYS[()]), path)
    base = given(entries, "base")
    if base is None:
        walk.fault(
            (*path, "base"), f"is missing: say which dialect it is nearest to, {_bases()}", walk.place(path)
        )
    name: Any = INVALID if base is None else walk.text(base, (*path, "base"))
    if name is not INVALID:
        _is_base(walk, name, (*path, "base"))
    differences = {
        key: _plain(walk, value, (*path, key), (key,))
        for key in KEYS[()]
        if (value := given(entries, key)) is not None
    }
    described = _described(walk, name if name in BASES else next(iter(BASES)), differences, path)
    return described if len(walk.faults) == before else INVALID


def _described(walk: ParseContext, base: str, differences: dict[str, Any], path: KeyPath) -> Any:
    return custom(base, {key: value for key, value in differences.items() if value is not INVALID})


def _plain(walk: ParseContext, node: Node, path: KeyPath, inside: tuple[str, ...]) -> Any:
    """Return a value as Python has it; texts stay as they are written, a `no` among the words too."""
    if isinstance(node, Scalar):
        return _scalar(walk, node, path, inside)
    if isinstance(node, Sequence):
        return _items(walk, node, path, inside)
    entries = walk.entries(node, path)
    if entries is None:
        return INVALID
    valid = KEYS.get(inside, ())
    walk.unknown(entries, valid, path)
    read = {
        key: _plain(walk, entry[1], (*path, key), (*inside, key))
        for key, entry in entries.items()
        if key in valid
    }
    return INVALID if INVALID in read.values() else read


def _items(walk: ParseContext, node: Sequence, path: KeyPath, inside: tuple[str, ...]) -> Any:
    read = []
    for index, item in enumerate(node.items):
        walk.stands((*path, index), item, item.at)
        read.append(_plain(walk, item, (*path, index), (*inside, "")))
    return INVALID if INVALID in read else read


def _scalar(walk: ParseContext, node: Scalar, path: KeyPath, inside: tuple[str, ...]) -> Any:
    text = walk.text(node, path)
    if text is INVALID or len(inside) > 1:
        return text
    if re.fullmatch(r"\d{1,9}", text):
        return int(text)
    return _PLAIN.get(text.lower(), text)
