"""Orders of panels that are not in the config: nobody places or follows them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tracker.lib.counts import counted
from tracker.orders.order import State

OPEN = (State.QUEUED, State.SUBMITTING, State.UNKNOWN, State.ACTIVE)
"""States in which an order still needs its panel."""

Counts = Mapping[str, Mapping[str, int]]
"""How many orders each panel has in each state."""


def strays(counts: Counts, configured: Collection[str]) -> dict[str, Mapping[str, int]]:
    """Return the counts of the panels that have orders and are not in the config."""
    return {panel: states for panel, states in sorted(counts.items()) if panel not in configured}


def stray_sentences(counts: Counts, configured: Collection[str]) -> list[str]:
    """Say for each panel that is not in the config how many of its orders wait for it in vain."""
    found = strays(counts, configured)
    return [sentence for panel in found if (sentence := _sentence(panel, found[panel]))]


def _sentence(panel: str, states: Mapping[str, int]) -> str:
    waiting = {str(state): count for state in OPEN if (count := states.get(str(state)))}
    total = sum(waiting.values())
    if not total:
        return ""
    listed = ", ".join(f"{count:,} {state}" for state, count in waiting.items())
    return (
        f"{counted(total, 'order')} of panel {panel}, which is not in the config ({listed}): nobody places or follows "
        f"{'them' if total > 1 else 'it'}; put the panel back, or run `tracker rename-panel {panel} NEW`"
    )
