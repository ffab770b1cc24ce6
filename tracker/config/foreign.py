"""Whether a file that is called like the config belongs to another program, which is passed over."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path

from tracker.config.annotations import keys_of
from tracker.config.settings import Config
from tracker.config.yaml_tree import MappingNode, ScalarNode, SequenceNode, Unreadable, compose

_OURS = re.compile(r"^[\"']?panels[\"']?\s*:", re.MULTILINE)
"""What every config of tracker has: then nothing else needs to be read."""

_ALIKE = 0.75
"""From which likeness on a key counts as one of ours that is misspelt: that is a fault to tell, not another's file."""


def is_another_programs(path: Path, most: int) -> bool:
    """Tell whether a file of at most so many bytes is plainly the config of another program.

    It has keys that tracker does not know, and nothing like `panels`. What cannot be read is not plainly another's.
    """
    try:
        with path.open("rb") as file:
            text = file.read(most + 1).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return False
    return len(text) <= most and not _OURS.search(text) and _is_foreign(text)


def _is_foreign(text: str) -> bool:
    try:
        root, _ = compose(text)
    except Unreadable:
        return False
    if not isinstance(root, MappingNode):
        return isinstance(root, SequenceNode)
    names = [key.text for key, _ in root.entries if isinstance(key, ScalarNode)]
    known = [key.name for key in keys_of(Config)] + [key.in_file for key in keys_of(Config) if key.in_file]
    alike = [get_close_matches(name.lower(), known, 1, _ALIKE) for name in names]
    return ["panels"] not in alike and [] in alike
