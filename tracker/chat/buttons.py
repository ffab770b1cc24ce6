"""Which buttons an alert carries, and which follow when one of them is pressed. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tracker.events import Notice


class Act(StrEnum):
    """What a button stands for."""

    ADOPT = "adopt"
    ADOPT_AS = "adopt_as"
    ASK_ID = "ask_id"
    #: Not a button but a message that asks for an id: whoever answers it adopts.
    TOLD_ID = "told_id"
    RELEASE = "release"
    RELEASE_SURELY = "release_surely"
    DROP = "drop"
    DROP_SURELY = "drop_surely"
    RETRY = "retry"
    APPROVE = "approve"
    PAUSE = "pause"
    RESUME = "resume"
    SILENCE = "silence"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Button:
    """One button: what it does, what stands on it, and what it is about beside the order."""

    act: Act
    label: str
    argument: str | None = None


Rows = tuple[tuple[Button, ...], ...]
"""Buttons as they are shown, row by row."""

ADOPT = Button(Act.ADOPT, "Adopt …")
RELEASE = Button(Act.RELEASE, "Release …")
DROP = Button(Act.DROP, "Drop …")
RETRY = Button(Act.RETRY, "Retry")
APPROVE = Button(Act.APPROVE, "Approve")
PAUSE = Button(Act.PAUSE, "Pause the panel")
RESUME = Button(Act.RESUME, "Resume the panel")
SILENCE = Button(Act.SILENCE, "Silence for a day")
BACK = Button(Act.BACK, "Back")

OFFERED: Mapping[str, Rows] = {
    "order.unknown": ((ADOPT, RELEASE, DROP), (PAUSE, SILENCE)),
    "order.rejected": ((RETRY,),),
    "order.expired": ((RETRY,),),
    "limit.max_price": ((APPROVE, DROP), (SILENCE,)),
    "limit.price_jump": ((APPROVE, DROP), (SILENCE,)),
    "limit.approval": ((APPROVE, DROP), (SILENCE,)),
    "limit.spend": ((PAUSE, SILENCE),),
    "panel.refused": ((RESUME,), (SILENCE,)),
    "panel.down": ((PAUSE, SILENCE),),
    "spend.unexplained": ((RESUME, PAUSE), (SILENCE,)),
    "order.stuck": ((SILENCE,),),
    "balance.low": ((SILENCE,),),
    "balance.short": ((PAUSE, SILENCE),),
    "service.changed": ((PAUSE, SILENCE),),
}
"""What an alert of each event carries; an event that is not here has nothing to decide."""

ABOUT_AN_ORDER = frozenset({Act.ADOPT, Act.RELEASE, Act.DROP, Act.RETRY, Act.APPROVE})
"""Acts that need one order that the alert is about."""

ENDS = frozenset({"settled", "moves", "made", "over", "adopted"})
"""Kinds of events that say that a condition is over; a delivery does not say what it ends."""

WARNINGS: Mapping[Act, str] = {
    Act.RELEASE: "Look at the panel's own page first. If the panel did take the order, you pay for it twice.",
    Act.DROP: "The order is given up. If the panel has it, it goes on there, and nobody follows it.",
}
"""What is said before an act is asked for once more."""

SURE: Mapping[Act, Button] = {
    Act.RELEASE: Button(Act.RELEASE_SURELY, "The panel has no such order: queue it again"),
    Act.DROP: Button(Act.DROP_SURELY, "Give it up"),
}
"""The button that asks once more."""


def offered(notice: Notice) -> Rows:
    """Return the buttons of an alert; none at the end of a condition, where there is nothing to decide."""
    if notice.facts.get("kind") in ENDS or "lasted" in notice.facts:
        return ()
    rows = again(str(notice.event), notice.panel, order_of(notice))
    return left(rows, {Act.RELEASE}, is_paused=False) if notice.facts.get("kind") == "paired" else rows


def order_of(notice: Notice) -> int | None:
    """Return the order that a notice is about; of several that wait for one reason, the one that it names."""
    named = notice.facts.get("order")
    found = named.get("id") if isinstance(named, Mapping) else None
    return notice.order_id if notice.order_id is not None or not isinstance(found, int) else found


def again(event: str, panel: str | None, order_id: int | None) -> Rows:
    """Return the buttons that an alert came with."""
    return _fitting(OFFERED.get(event, ()), panel, order_id)


def left(rows: Rows, gone: Container[Act], is_paused: bool) -> Rows:
    """Return what can still be pressed of the buttons of an alert; a panel that is paused can be resumed instead."""
    swapped = ((RESUME if one.act is Act.PAUSE and is_paused else one for one in row) for row in rows)
    found = (tuple(one for one in row if one.act not in gone) for row in swapped)
    return tuple(row for row in found if row)


def sure(act: Act) -> Rows:
    """Return what an act is confirmed with."""
    return ((SURE[act],), (BACK,))


def candidates(ids: Iterable[str]) -> Rows:
    """Return a button for each id of the panel that an order may have, and one for any other."""
    offers = tuple((Button(Act.ADOPT_AS, f"Adopt {one}", one),) for one in ids)
    return (*offers, (Button(Act.ASK_ID, "Another id …"), BACK))


def _fitting(rows: Rows, panel: str | None, order_id: int | None) -> Rows:
    found = (tuple(one for one in row if _fits(one, panel, order_id)) for row in rows)
    return tuple(row for row in found if row)


def _fits(button: Button, panel: str | None, order_id: int | None) -> bool:
    if button.act in ABOUT_AN_ORDER:
        return order_id is not None
    return button.act is Act.SILENCE or panel is not None
