"""Changes that change nothing that anybody could see, each with a word why.

One is named by the function that it is in and the line that it makes of one there: when the code changes, look again.
"""

from __future__ import annotations

EQUIVALENT: dict[str, tuple[str, ...]] = {}
"""Why -> the changes, each as `module.function: the changed line`."""
