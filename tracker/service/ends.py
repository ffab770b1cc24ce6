"""What systemd calls the ends of a service, in words for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping

SAYS = "systemd says: "
"""How the unit for a dead daemon passes on systemd's word."""

_ENDS: Mapping[str, str] = {
    "exit-code": "it ended with an error",
    "signal": "it was killed",
    "core-dump": "it was killed",
    "oom-kill": "the machine had no memory left, and ended it",
    "watchdog": "it hung, and was ended",
    "timeout": "it took too long to start or to stop, and was ended",
}
"""`$SERVICE_RESULT` (systemd.exec(5)), and what it means."""


def in_words(why: str) -> str:
    """Return why the daemon ended in words for people; what systemd never says is left as it is."""
    return _ENDS.get(why.removeprefix(SAYS).strip(), why)
