"""The columns of `list`: what each shows of an order, for people and for programs that read a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tracker.cli.session import Session
from tracker.lib import money
from tracker.lib.times import about
from tracker.orders.order import Held, Order, State
from tracker.orders.order_json import ORDER_KEYS, TIMES, plain
from tracker.orders.why_held import why_held
from tracker.store import catalogue, clients
from tracker.store.clients import ClientOrder

DEFAULT = (
    "id",
    "ref",
    "state",
    "name",
    "done",
    "age",
    "link",
    "charge",
    "held",
    "panel",
    "held_why",
    "last_error",
)
"""What `list` shows on a terminal, as far as there is room."""

WIDE = (
    "id", "ref", "state", "panel", "service", "name", "done", "charge", "panel_order_id", "age", "held", "held_why",
    "last_error", "link",
)  # fmt: skip
"""What `list --wide` shows; the link last, as a long one would push all others away."""

CLIENTS = ("client", "client_ref")
"""Who queued an order through the gateway, and under which ref of its own."""

NAMES = tuple(dict.fromkeys((*DEFAULT, *WIDE, "age", *CLIENTS, *ORDER_KEYS)))
"""Every column that `list --columns` takes."""

_HELD: Mapping[str, str] = {Held.TIME: "for later", Held.TAG: "tag paused"}

_UNSENT = frozenset({State.QUEUED, State.SUBMITTING, State.REJECTED, State.DROPPED})


class Services:
    """What the services of the panels are called; each panel's catalogue is read when it is first asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._names: dict[str, dict[str, str]] = {}

    def name(self, panel: str, service: str) -> str:
        """Return the name of a service, or its number where the catalogue has none."""
        if panel not in self._names:
            self._names[panel] = catalogue.names(self._session.view, panel)
        return self._names[panel].get(service) or f"service {service}"


class Clients:
    """Which client queued each order through the gateway."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def made(self, order: Order) -> ClientOrder:
        """Return who queued an order; nobody's name where it came another way."""
        return clients.of_orders(self._session.view, [order.id]).get(order.id) or ClientOrder("")


def done(order: Order) -> str | None:
    """Say how much was delivered: `250/1,000`; `?` where that is not known. None where nothing is counted."""
    total = order.total
    if total is None:
        return None
    delivered: int | None
    if order.state in _UNSENT:
        delivered = 0
    elif order.remains is not None:
        delivered = max(0, total - max(0, order.remains))
    else:
        delivered = total if order.state is State.COMPLETED else None
    return f"{'?' if delivered is None else f'{delivered:,}'}/{total:,}"


def charge(order: Order) -> str | None:
    """Write what an order costs; `~` stands before what the catalogue says, while the panel has not said it."""
    if order.charge is not None:
        return money.shown(order.charge, order.currency)
    return None if order.expected_charge is None else f"~{money.shown(order.expected_charge, order.currency)}"


def state(order: Order) -> str:
    """Write the state, and of a queued order that is not to be sent yet why."""
    return f"{order.state}, {_HELD.get(order.held, order.held)}" if order.held else str(order.state)


Show = Callable[[Order], object]


@dataclass(frozen=True)
class Cells:
    """Makes the cells of a table of orders. `moment` writes a point in time."""

    services: Services
    clients: Clients
    now: int
    moment: Callable[[int], str]
    #: Whether people read it: money and counts are written for them.
    for_people: bool = True

    @cached_property
    def _special(self) -> Mapping[str, Show]:
        found: dict[str, Show] = {
            "name": lambda order: self.services.name(order.panel, order.service),
            "done": done,
            "client": lambda order: self.clients.made(order).client or None,
            "client_ref": lambda order: self.clients.made(order).ref,
            "age": lambda order: about(max(0, self.now - order.created_at)),
        }
        found |= {"tags": lambda order: " ".join(order.tags) or None}
        found |= {name: self._time(name) for name in TIMES}
        if not self.for_people:
            return found
        return found | {
            "charge": charge, "state": state, "held_why": lambda order: why_held(order, self.moment),
        }  # fmt: skip

    def _time(self, name: str) -> Show:
        def show(order: Order) -> str | None:
            at = getattr(order, name)
            return None if at is None else self.moment(at)

        return show

    def row(self, names: Sequence[str], order: Order) -> list[object]:
        """Return the cells of these columns."""
        special = self._special
        return [special[name](order) if name in special else plain(name, order) for name in names]

    def rows(self, names: Sequence[str], found: Iterator[Order]) -> Iterator[list[object]]:
        """Yield the cells of these columns for each order."""
        return (self.row(names, order) for order in found)
