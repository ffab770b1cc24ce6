"""The lines of the config that make a panel's words known, for a person to paste. Pure."""

from __future__ import annotations

import json
import re

from tracker.orders.answers import Reason, Unlisted

REFUSAL = str(Reason.INPUT), "  # or funds, rate, link_busy, account, service, passing"
"""The key for the refusal of an `add`, and a comment on it: one that is not sent again by itself, so that a wrong guess
costs nothing."""

_PLAIN = re.compile(r"[A-Za-z][\w-]*")


def listing(panel: str, said: Unlisted, key: str, comment: str = "") -> list[str]:
    """Return the lines that list what a panel said under a key of `refusals:`; none where it is too short."""
    if not said.text:
        return []
    text = json.dumps(said.text.replace("${", "$${"), ensure_ascii=False)
    name = panel if _PLAIN.fullmatch(panel) else json.dumps(panel, ensure_ascii=False)
    return [
        "panels:",
        f"  {name}:",
        "    dialect:",
        f"      base: {said.base}",
        "      refusals:",
        f"        {key}: [{text}]{comment}",
    ]
