"""Values that may be in the config or in a separate file: secrets, and the database's URL."""

from __future__ import annotations

from typing import Any

from tracker.config import sources
from tracker.config.annotations import Key
from tracker.config.faults import KeyPath
from tracker.config.kinds import Secret
from tracker.config.parse_context import INVALID, MISSING, Entries, ParseContext, value_of
from tracker.config.yaml_tree import Node, ScalarNode


def read_value_or_file(context: ParseContext, key: Key, entries: Entries, path: KeyPath) -> Any:
    """Read a Secret, or a resolved database URL, from `NAME` or `NAME_file`; INVALID or MISSING if there is none."""
    source, text = _text(context, key, entries, path)
    if text is INVALID or text is MISSING or text is None:
        return text
    if key.field_type.form == "secret":
        return Secret(text)
    return context.read(source, sources.database_url, text, context.folder, context.environ)


def _text(context: ParseContext, key: Key, entries: Entries, path: KeyPath) -> tuple[KeyPath, Any]:
    """Return the text, and the path of the key that gave it."""
    inline_path, file_path = (*path, key.name), (*path, str(key.in_file))
    inline, file = value_of(entries, key.name), value_of(entries, str(key.in_file))
    if inline is not None and file is not None:
        context.fault(file_path, f"give {key.name} or {key.in_file}, not both")
        return file_path, INVALID
    if file is not None:
        return file_path, _from_file(context, file, file_path)
    if inline is not None:
        return inline_path, _inline(context, inline, inline_path, key.field_type.form == "secret")
    return inline_path, MISSING if key.required or key.default is None else key.default


def _from_file(context: ParseContext, node: Node, path: KeyPath) -> Any:
    name = context.text(node, path)
    if name is INVALID:
        return INVALID
    return context.read(path, sources.read_secret_file, name, context.folder, context.environ)


def _inline(context: ParseContext, node: Node, path: KeyPath, is_secret: bool) -> Any:
    text = context.text(node, path)
    if text is INVALID:
        return INVALID
    wrong = sources.secret_fault(text)
    if wrong:
        context.fault(path, f"this {wrong}")
        return INVALID
    if is_secret and isinstance(node, ScalarNode) and not sources.has_variable(node.text):
        context.inline_secrets.append(path)
    return text
