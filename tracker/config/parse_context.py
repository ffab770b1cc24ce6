"""What the parser knows while it reads one file: the place of each value, and every fault so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from tracker.config import lookalikes, sources
from tracker.config.faults import Fault, KeyPath, Place, dotted, nearest
from tracker.config.yaml_tree import MappingNode, Node, RefusedNode, ScalarNode, SequenceNode

INVALID: Final = object()
"""Stands for a value that cannot be read; its fault is already noted."""

MISSING: Final = object()
"""Stands for a value that the file does not give."""

Entries = Mapping[str, tuple[Place, Node]]
"""Key -> the place of the key, and its value."""


class ParseContext:
    """The state of parsing one file."""

    def __init__(self, file: Path, environ: Mapping[str, str]) -> None:
        self.file = file
        self.folder = file.absolute().parent
        self.environ = environ
        self.faults: list[Fault] = []
        #: The values of each part of the config as far as they could be read, defaults included.
        self.parts: dict[KeyPath, dict[str, Any]] = {}
        #: Secrets that are written in the config file itself.
        self.inline_secrets: list[KeyPath] = []
        self._places: dict[KeyPath, Place] = {(): Place(1, 1)}

    def fault(self, path: KeyPath, what: str, place: Place | None = None) -> None:
        """Note what is wrong with a value."""
        self.faults.append(self.remark(path, what, place))

    def remark(self, path: KeyPath, what: str, place: Place | None = None) -> Fault:
        """Return a remark on the value at a path."""
        return Fault(str(self.file), place or self.place(path), dotted(path), what)

    def has(self, path: KeyPath) -> bool:
        """Tell whether the file has a value at a path."""
        return path in self._places

    def place(self, path: KeyPath) -> Place:
        """Return the place of a value, or of the nearest part around it that the file has."""
        while path not in self._places:
            path = path[:-1]
        return self._places[path]

    def note_place(self, path: KeyPath, node: Node, key: Place) -> None:
        """Note the place of a value: where it begins, or its key where that is more helpful."""
        self._places[path] = _place_of(node) or key

    def read(self, path: KeyPath, act: Callable[..., Any], *arguments: Any) -> Any:
        """Return what `act` returns, or INVALID; its ValueError is noted as the fault of the value at `path`."""
        try:
            return act(*arguments)
        except ValueError as wrong:
            self.fault(path, str(wrong))
            return INVALID

    def entries(self, node: Node | None, path: KeyPath) -> Entries | None:
        """Return the keys of a mapping and note the place of each value; None when it is not a mapping."""
        if node is None or (isinstance(node, ScalarNode) and node.is_null):
            return {}
        if not isinstance(node, MappingNode):
            self.wrong_shape(node, path, "write keys and values here, like `name: value`")
            return None
        found: dict[str, tuple[Place, Node]] = {}
        for key, value in node.entries:
            if not isinstance(key, ScalarNode):
                self.wrong_shape(key, path, "a key is a text, followed by a colon")
            elif key.text in found:
                self.fault(
                    (*path, key.text), f"this key is already given in line {found[key.text][0].line}", key.at
                )
            else:
                found[key.text] = (key.at, value)
                self.note_place((*path, key.text), value, key.at)
        return found

    def note_unknown_keys(
        self, entries: Entries, valid: Iterable[str], path: KeyPath
    ) -> dict[str, str | None]:
        """Note the keys that do not exist; return each with the one that was probably meant."""
        valid = list(valid)
        meant = {name: nearest(name, valid) for name in entries if name not in valid}
        for name, near in meant.items():
            hint = f"did you mean {near}?" if near else f"the keys here are {', '.join(valid)}"
            strange = lookalikes.fault_in(name) if near else None
            cure = strange[1] if strange is not None else lookalikes.invisible_in(name)
            what = cure or f"there is no such key; {hint}"
            self.fault((*path, name), what, entries[name][0])
        return meant

    def text(self, node: Node, path: KeyPath) -> Any:
        """Return a value as text, with environment variables replaced; INVALID when it is not one value."""
        if isinstance(node, ScalarNode):
            return self.read(path, sources.expand, node.text, self.environ)
        self.wrong_shape(node, path, "write one value here, not a list or a mapping")
        return INVALID

    def wrong_shape(self, node: Node, path: KeyPath, wanted: str) -> None:
        """Note a value of the wrong shape, unless its fault is already noted."""
        if not isinstance(node, RefusedNode):
            self.fault(path, wanted)


def value_of(entries: Entries, name: str) -> Node | None:
    """Return a key's value; None when it is missing or empty."""
    node = entries[name][1] if name in entries else None
    return None if isinstance(node, ScalarNode) and node.is_null else node


def _place_of(node: Node) -> Place | None:
    """Return where a value begins; None when the place of its key is more helpful."""
    if isinstance(node, MappingNode | SequenceNode) or (isinstance(node, ScalarNode) and node.is_null):
        return None
    return node.at
