"""Counts in sentences: never "1 orders"."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracker.lib.counts import counted

TRACKER = Path(__file__).parents[2] / "tracker"

PLURAL = re.compile(
    r" (?:(?!has |in )[a-z]+ )?(?:orders|comments|rows|services|lines|alerts|files|panels|ids|targets|minutes|seconds|times|entries|"
    r"cells|links|copies|failures|attempts|days|hours|messages|warnings|units|words|columns|readings|requests|"
    r"daemons|tries|posts|faults|deliveries|are|were)\b"
)

SEVERAL = {
    "daemon/passes/gather.py: active orders move it": "a constant",
    "reconciliation/evidence.py: ids fit it": "only where several fit",
    "panel/dialects/read_services.py: services can be read": "one is said before",
    "orders/unread.py: services has a price": "one is said before",
    "orders/catalogue.py: comments: give one a line": "the name of the service stands before it",
    "accounts/renaming.py: were added": "the name of a panel stands before it",
    "cli/commands/rename_panel.py: are the same": "the name of a panel stands before it",
    "operations/offers.py: were never read": "the name of a panel stands before it",
    "cli/commands/backup.py: are": "one is said before",
    "cli/files/workbook.py: others were": "one is said before",
    "operations/offers.py: services are called so": "only where several are",
    "cli/orders/page.py: lines": "only where there are several",
    "cli/commands/demo.py: orders": "the demo has so many",
    "operations/health.py: alerts are": "one is said before",
    "operations/waiting.py: queued orders wait": "one is said before",
    "reconciliation/rollback.py: queued orders cost": "one is said before",
    "panel/dialects/json_rows.py: rows": "a constant",
    "panel/dialects/dialect.py: orders in a call": "only where there are several",
    "web/gateway/listings.py: were not read": "the name of a panel stands before it",
    "operations/health.py: alerts back": "one silence is said before",
    "operations/limits.py: orders are held": "one is said before",
    "cli/terminal/sentences.py: orders a call": "only where several are asked",
}
"""Sentences that only tell of several, and why."""


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries"), (1200, "1,200 entries")]
)
def test_one_is_told_from_several(count: int, said: str) -> None:
    assert counted(count, "entry", "entries") == said


def test_no_sentence_counts_what_may_be_one_as_several() -> None:
    found = {place for path in sorted(TRACKER.rglob("*.py")) for place in _plurals(path)}
    unexplained = {place for place in found if not any(place.startswith(known) for known in SEVERAL)}

    assert not unexplained


def _plurals(path: Path) -> Iterator[str]:
    """Every place where a text goes on with a plural after a value that is filled in."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            for value, after in zip(node.values, node.values[1:], strict=False):
                text = str(after.value) if isinstance(after, ast.Constant) else ""
                if isinstance(value, ast.FormattedValue) and PLURAL.match(text):
                    yield f"{path.relative_to(TRACKER)}:{text}"
