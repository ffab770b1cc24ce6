"""Which fault meets which request: armed beforehand, used up in order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tracker.practice.faults import Fault, Side, find_fault


@dataclass(slots=True)
class ArmedFault:
    """A fault that waits for its requests: `times` None until cleared, `order` only calls naming this id."""

    action: str
    fault: Fault
    side: Side
    times: int | None = 1
    skip: int = 0
    seconds: float | None = None
    order: str | None = None

    @property
    def name(self) -> str:
        """The fault's name with its side, as it is written to arm it."""
        return f"{self.fault.name}-{self.side}" if self.fault.sided else self.fault.name

    def meets(self, action: str, ids: Collection[str]) -> bool:
        """Whether a request is one that this fault waits for."""
        return self.action in ("*", action) and (self.order is None or self.order in ids)


class FaultInjector:
    """The faults that are armed, first come first used. Guarded by the panel's lock."""

    def __init__(self) -> None:
        self._armed: list[ArmedFault] = []

    def arm(self, armed: ArmedFault) -> None:
        """Add one behind those that are armed already."""
        self._armed.append(armed)

    def clear(self) -> None:
        """Disarm all."""
        self._armed.clear()

    def take(self, action: str, ids: Collection[str]) -> ArmedFault | None:
        """The fault for this request, if one is due; it counts as used."""
        for armed in self._armed:
            if not armed.meets(action, ids):
                continue
            if armed.skip > 0:
                armed.skip -= 1
                continue
            if armed.times is not None:
                armed.times -= 1
                if armed.times <= 0:
                    self._armed.remove(armed)
            return armed
        return None


def arm(
    action: str, name: str, times: int | None, skip: int, seconds: float | None, order: int | str | None
) -> ArmedFault:
    """Read what a person or a test wrote into an armed fault; ValueError says what is wrong with it."""
    fault, side = find_fault(name, action)
    if times is not None and times < 1:
        raise ValueError("times is 1 or more, or none for always")
    return ArmedFault(action, fault, side, times, skip, seconds, None if order is None else str(order))
