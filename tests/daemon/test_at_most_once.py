"""Whatever happens in whatever order: no order twice, none lost, and none under another's id.

`python -m tests.at_most_once` tries it for as long as you like.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.at_most_once.machine import AtMostOnce
from tests.support import databases

EXAMPLES = 25 if isinstance(databases.home, databases.Files) else 6
"""Each example is a whole life; what is asked of a server takes ten times as long."""

AtMostOnce.TestCase.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
test_at_most_once = AtMostOnce.TestCase
