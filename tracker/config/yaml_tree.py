"""A YAML (or JSON) text as a tree of texts, each with its place. It does not know what the keys mean.

The tree is built from the parser's events not by a loader: a loader turns `no` into False, 012 into 10 and
0.10 into a float, lets the last of two equal keys win, and expands aliases, of which a few hundred bytes can
make gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from yaml.reader import Reader, ReaderError

from tracker.config.faults import Place
from tracker.config.structs import Struct, field
from tracker.config.yaml_faults import QUOTES_NEEDED, Stumble, explain, foreign

MAX_DEPTH = 20
MAX_NODES = 20_000

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = ("", "~", "null", "Null", "NULL")


class ScalarNode(Struct, frozen=True):
    """One value as it is written. `plain`: it is written without quotes."""

    at: Place
    text: str
    plain: bool

    @property
    def is_null(self) -> bool:
        """Whether it is empty or a YAML null."""
        return self.plain and self.text in _NULLS


class MappingNode(Struct, frozen=True):
    """Keys and values in the order of the file; a key may occur twice, and need not be a text."""

    at: Place
    entries: list[tuple[Node, Node]] = field(default_factory=list)


class SequenceNode(Struct, frozen=True):
    """A list of values."""

    at: Place
    items: list[Node] = field(default_factory=list)


class RefusedNode(Struct, frozen=True):
    """Something that a config may not contain; its fault is already noted."""

    at: Place


Node = ScalarNode | MappingNode | SequenceNode | RefusedNode


class Unreadable(Exception):
    """The text is not one YAML document of a reasonable size; says where and why."""

    def __init__(self, place: Place, why: str) -> None:
        super().__init__(why)
        self.place = place
        self.why = why


def compose(text: str) -> tuple[Node | None, list[tuple[Place, str]]]:
    """Return the tree of a text (None when it is empty) and what is not allowed in it; Unreadable: it is not YAML."""
    strange = Reader.NON_PRINTABLE.search(text)
    if strange:
        raise Unreadable(_place_in(text, strange.start()), "a control character; remove it")
    builder = _Builder()
    for event in _events(text):
        builder.add(event)
    if isinstance(builder.root, ScalarNode) and (what := foreign(text)) is not None:
        raise Unreadable(Place(1, 1), what)
    return builder.root, builder.refused


def _events(text: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark, began = error.problem_mark or error.context_mark, error.context_mark
        place = _place(mark) if mark else Place(1, 1)
        stumble = Stumble(text.splitlines(), place, error.problem or "", _place(began) if began else None)
        raise Unreadable(*explain(stumble, text)) from None
    except ReaderError:
        raise Unreadable(Place(1, 1), "this is not a text in UTF-8: save the file as UTF-8") from None


class _Builder:
    """Builds a tree from the parser's events, without recursion: the text may be hostile."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.refused: list[tuple[Place, str]] = []
        self._open: list[MappingNode | SequenceNode] = []
        self._keys: list[Node | None] = []
        self._count = 0

    def add(self, event: Any) -> None:
        """Add the next event."""
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise Unreadable(_place(event.start_mark), "a second document begins here: remove the ---")
        if isinstance(event, yaml.NodeEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()

    def _begin(self, event: Any) -> None:
        at = _place(event.start_mark)
        self._count += 1
        if self._count > MAX_NODES:
            raise Unreadable(at, f"more than {MAX_NODES} values: this is not a config")
        node = self._node(event, at)
        self._attach(node)
        if isinstance(node, MappingNode | SequenceNode):
            self._open.append(node)
            self._keys.append(None)
            if len(self._open) > MAX_DEPTH:
                raise Unreadable(at, f"nested deeper than {MAX_DEPTH} levels: this is not a config")

    def _node(self, event: Any, at: Place) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._refuse(at, "*", "aliases (*name) are not supported: write out the value")
        if event.anchor is not None:
            refused = self._refuse(
                at, "&", "anchors (&name) are not supported: remove it, and write out each value"
            )
        if event.tag is not None:
            refused = self._refuse(at, "!", "tags (!name) are not supported: remove it")
        if isinstance(event, yaml.ScalarEvent) and not event.value and (event.anchor or event.tag):
            return refused
        if isinstance(event, yaml.MappingStartEvent):
            return MappingNode(at)
        if isinstance(event, yaml.SequenceStartEvent):
            return SequenceNode(at)
        return ScalarNode(at, event.value, event.style in (None, ""))

    def _refuse(self, at: Place, start: str, what: str) -> RefusedNode:
        self.refused.append((at, f"{what}; {QUOTES_NEEDED.format(start)}"))
        return RefusedNode(at)

    def _attach(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent, key = self._open[-1], self._keys[-1]
        if isinstance(parent, SequenceNode):
            parent.items.append(node)
        elif key is None:
            self._keys[-1] = node
        else:
            parent.entries.append((key, node))
            self._keys[-1] = None


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _place_in(text: str, index: int) -> Place:
    return Place(text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1)
