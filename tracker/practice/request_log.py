"""What the practice panel was asked: exact counts, and the last requests in detail."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tracker.practice.api import asked_ids

MAX_DETAILS = 20_000


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived, without the key. `at` is microseconds since 1970 UTC."""

    at: int
    action: str
    form: Mapping[str, str]
    fault: str | None = None
    """The name of the fault that met it."""

    @property
    def ids(self) -> list[str]:
        """The order ids that it asked for."""
        return asked_ids(self.form)


class Requests:
    """The requests seen so far; the oldest details are forgotten, the counts never."""

    def __init__(self) -> None:
        self._last: deque[Seen] = deque(maxlen=MAX_DETAILS)
        self._counts: Counter[str] = Counter()
        self.ids_asked = 0

    def note(self, seen: Seen, ids: int) -> None:
        """Count one that just arrived."""
        self._last.append(seen)
        self._counts[seen.action] += 1
        self.ids_asked += ids

    def count(self, action: str | None = None) -> int:
        """How many came, of one action or of all."""
        return self._counts.total() if action is None else self._counts[action]

    def counts(self) -> dict[str, int]:
        """How many came, by action."""
        return dict(self._counts)

    def of(self, action: str) -> list[Seen]:
        """Those of one action, oldest first."""
        return [seen for seen in self if seen.action == action]

    def clear(self) -> None:
        """Forget all of them, for a test that counts from here on."""
        self._last.clear()
        self._counts.clear()
        self.ids_asked = 0

    def __len__(self) -> int:
        return self.count()

    def __iter__(self) -> Iterator[Seen]:
        return iter(list(self._last))
