"""Which orders a practice panel takes for ones that it has already: by their key, or because they are equal. Pure."""

from __future__ import annotations

from tracker.lib.times import SECOND
from tracker.practice.records import Placed
from tracker.practice.validation import AddForm, Refusal


class Repeats:
    """What a panel remembers of orders that it has taken. Guarded by the panel's lock."""

    def __init__(self, window: float = 0.0) -> None:
        #: For how many seconds an equal order is answered with the id of the one before it; 0: never.
        self.window = window
        self._by_key: dict[str, tuple[AddForm, Placed]] = {}
        self._by_content: dict[tuple[object, ...], Placed] = {}

    def find(self, form: AddForm, now: int) -> Placed | None:
        """The order that this request has made already; raises Refusal where its key was another order's."""
        if form.request_key in self._by_key:
            known, placed = self._by_key[form.request_key]
            if known != form:
                raise Refusal("conflict")
            return placed
        equal = self._by_content.get(_content(form))
        return equal if equal is not None and now - equal.at < self.window * SECOND else None

    def keep(self, form: AddForm, placed: Placed) -> None:
        """Remember an order that was just taken."""
        if form.request_key:
            self._by_key[form.request_key] = form, placed
        self._by_content[_content(form)] = placed

    def forget(self) -> None:
        """Remember nothing, as a panel that takes no notice of keys, or whose window is over."""
        self._by_key.clear()
        self._by_content.clear()


def _content(form: AddForm) -> tuple[object, ...]:
    """What an order asks for, without its key."""
    return form.service, form.link, form.quantity, form.comments, *sorted(form.fields.items())
