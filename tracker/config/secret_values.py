"""Values that may stand in the config or in a file of their own: secrets, and the database's URL."""

from __future__ import annotations

from typing import Any

from tracker.config import sources
from tracker.config.annotations import Key
from tracker.config.faults import KeyPath
from tracker.config.parse_context import INVALID, MISSING, Entries, ParseContext, given
from tracker.config.settings import Secret
from tracker.config.yaml_tree import Node, Scalar


def read_guarded(walk: ParseContext, key: Key, entries: Entries, path: KeyPath) -> Any:
    """Read a Secret, or a resolved database URL, from `NAME` or `NAME_file`; FAULTY or ABSENT where there is none."""
    own, text = _text(walk, key, entries, path)
    if text is INVALID or text is MISSING or text is None:
        return text
    if key.kind.form == "secret":
        return Secret(text)
    return walk.attempt(own, sources.database_url, text, walk.folder, walk.environ)


def _text(walk: ParseContext, key: Key, entries: Entries, path: KeyPath) -> tuple[KeyPath, Any]:
    """Return the text, and the path of the key that gave it."""
    here, there = (*path, key.name), (*path, str(key.in_file))
    inline, file = given(entries, key.name), given(entries, str(key.in_file))
    if inline is not None and file is not None:
        walk.fault(there, f"give {key.name} or {key.in_file}, not both")
        return there, INVALID
    if file is not None:
        return there, _from_file(walk, file, there)
    if inline is not None:
        return here, _inline(walk, inline, here, key.kind.form == "secret")
    return here, MISSING if key.required else key.default


def _from_file(walk: ParseContext, node: Node, path: KeyPath) -> Any:
    name = walk.text(node, path)
    if name is INVALID:
        return INVALID
    return walk.attempt(path, sources.from_file, name, walk.folder, walk.environ)


def _inline(walk: ParseContext, node: Node, path: KeyPath, is_secret: bool) -> Any:
    text = walk.text(node, path)
    if text is INVALID:
        return INVALID
    wrong = sources.fault_in(text)
    if wrong:
        walk.fault(path, f"this {wrong}")
        return INVALID
    if is_secret and isinstance(node, Scalar) and not sources.has_variable(node.text):
        walk.inline.append(path)
    return text
