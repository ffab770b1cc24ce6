"""The requests to the practice panel: exact counts, and the details of the last ones."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tracker.practice.api import asked_ids

MAX_DETAILS = 20_000


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request as it arrived, without the key. `at` is microseconds since 1970 UTC."""

    at: int
    action: str
    form: Mapping[str, str]
    fault: str | None = None
    """The name of the fault that it met."""

    @property
    def ids(self) -> list[str]:
        """The order ids that it asked for."""
        return asked_ids(self.form)


class Requests:
    """The requests so far. Details of the oldest are dropped, counts never."""

    def __init__(self) -> None:
        self._last: deque[LoggedRequest] = deque(maxlen=MAX_DETAILS)
        self._counts: Counter[str] = Counter()
        self.ids_asked = 0

    def record(self, request: LoggedRequest, ids: int) -> None:
        """Record a request that just arrived."""
        self._last.append(request)
        self._counts[request.action] += 1
        self.ids_asked += ids

    def count(self, action: str | None = None) -> int:
        """How many arrived, of one action or of all."""
        return self._counts.total() if action is None else self._counts[action]

    def counts(self) -> dict[str, int]:
        """How many arrived, by action."""
        return dict(self._counts)

    def of(self, action: str) -> list[LoggedRequest]:
        """Those of one action, oldest first."""
        return [request for request in self if request.action == action]

    def clear(self) -> None:
        """Drop everything, for a test that counts from here."""
        self._last.clear()
        self._counts.clear()
        self.ids_asked = 0

    def __len__(self) -> int:
        return self.count()

    def __iter__(self) -> Iterator[LoggedRequest]:
        return iter(list(self._last))
