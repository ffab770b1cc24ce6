"""What the panel was asked to take, and why an order was taken more than once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.daemon.test_every_fault import PROOFS
from tracker.practice.faults import FAULTS
from tracker.practice.request_log import LoggedRequest


@dataclass(frozen=True, slots=True)
class Add:
    """One `add` as it reached the panel: the fault that it met, if any, and what the panel did, in short."""

    link: str
    fault: str | None
    did: str

    @property
    def may_have_been_taken(self) -> bool:
        """Whether the panel took it at once, or takes it late."""
        return self.did.startswith("order ") or (self.fault or "").startswith("late")

    @property
    def lies(self) -> bool:
        """Whether the panel took it and answered in words, or with a status, that prove that it did not.

        No client can tell that answer from an honest one, which it must believe: the order would never be sent.
        """
        name, _, side = (self.fault or "").rpartition("-")
        return side == "after" and name in PROOFS

    def __str__(self) -> str:
        return f"{self.did} ({self.fault or 'no fault'})"


def lying() -> list[str]:
    """Return the faults in which the panel takes an order and proves that it did not."""
    return [f"{name}-after" for name in FAULTS if name in PROOFS]


class Takings:
    """Remembers every `add` that reached the panel, by its link."""

    def __init__(self) -> None:
        self.by_link: dict[str, list[Add]] = {}

    def watch(self, request: LoggedRequest, did: str) -> None:
        """Take in one request; called from the panel's threads."""
        if request.action == "add":
            link = request.form.get("link", "")
            self.by_link.setdefault(link, []).append(Add(link, request.fault, did))


@dataclass(frozen=True, slots=True)
class Double:
    """An order that the panel took more than once."""

    link: str
    times: int
    adds: tuple[Add, ...]

    @property
    def is_excused(self) -> bool:
        """Whether each time that it was sent again, the panel had proven falsely that it had not taken it."""
        takers = [add for add in self.adds if add.may_have_been_taken]
        return len(takers) >= self.times and all(add.lies for add in takers[:-1])

    def __str__(self) -> str:
        return f"{self.link} {self.times} times: {', then '.join(map(str, self.adds))}"


def doubles(placed: Mapping[str, int], adds: Mapping[str, Sequence[Add]]) -> list[Double]:
    """Return the orders that were placed more than once; `placed` is how often each link was."""
    return [Double(link, times, tuple(adds.get(link, ()))) for link, times in placed.items() if times > 1]


def unexcused(found: Iterable[Double]) -> list[Double]:
    """Return those for which nobody but the tool is to blame."""
    return [one for one in found if not one.is_excused]
