"""Which request meets which fault: faults are armed first, and used up in order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tracker.practice.faults import Fault, Side, find_fault


@dataclass(slots=True)
class ArmedFault:
    """A fault that waits for requests. `times` None: until cleared. `order`: only calls that name this id."""

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

    def matches(self, action: str, ids: Collection[str]) -> bool:
        """Whether this fault waits for such a request."""
        return self.action in ("*", action) and (self.order is None or self.order in ids)


class FaultInjector:
    """The armed faults; the first that fits is used. Guarded by the panel's lock."""

    def __init__(self) -> None:
        self._armed: list[ArmedFault] = []

    def arm(self, armed: ArmedFault) -> None:
        """Add a fault after those that are already armed."""
        self._armed.append(armed)

    def clear(self) -> None:
        """Disarm all."""
        self._armed.clear()

    def take(self, action: str, ids: Collection[str]) -> ArmedFault | None:
        """The fault for this request, or None; the fault counts as used."""
        for armed in self._armed:
            if not armed.matches(action, ids):
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
    """Read an armed fault as a user or a test writes it; ValueError says what is wrong with it."""
    fault, side = find_fault(name, action)
    if times is not None and times < 1:
        raise ValueError("times must be 1 or more, or none for always")
    return ArmedFault(action, fault, side, times, skip, seconds, None if order is None else str(order))
