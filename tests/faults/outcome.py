"""What a run came to: the panel's ledger, compared with the tool's orders, and what people were told of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.faults.takings import Add, Double, doubles, unexcused
from tests.faults.upsets import Life
from tracker.orders.order import ENDED, Order, State
from tracker.practice.records import Placed
from tracker.store import orders
from tracker.store.database import Database

ENDS = (*sorted(ENDED), State.REJECTED)

_ENDED = f"""
    SELECT order_id, 'order.' || to_state FROM history
    WHERE from_state IN ('queued', 'submitting', 'active') AND to_state IN ({", ".join(f"'{one}'" for one in ENDS)})
"""
_POSTED = "SELECT order_id, event FROM alerts WHERE order_id IS NOT NULL"
_OF_STATE = """
    SELECT alerts.order_id, alerts.event FROM deliveries JOIN alerts ON alerts.id = deliveries.alert_id
    WHERE deliveries.target = ? AND alerts.order_id IS NOT NULL
    AND (deliveries.state = ? OR deliveries.state = 'superseded' AND alerts.event = 'order.unknown')
"""
"""A loss that was over before it could be told comes as one message with its end."""

_WENT_UNKNOWN = "SELECT DISTINCT order_id, 'order.unknown' FROM history WHERE to_state = 'unknown'"


@dataclass(frozen=True)
class Outcome:
    """What became of the orders of a run; the counts that must be 0 are in `broken`."""

    queued: int
    #: Orders that the tool has no row of.
    missing: list[str]
    adds: int
    placed: int
    states: Counter[str]
    doubles: list[Double]
    #: Taken by the panel, and no order here has that id or is unknown.
    lost: list[str]
    #: Orders here with an id that is another order's.
    mistaken: list[str]
    ends: int
    #: Of these, how many are still to be told.
    waiting: int
    untold: list[str]
    told_twice: list[str]
    lives: Sequence[Life] = ()

    @property
    def broken(self) -> list[str]:
        """What breaks a promise, as lines."""
        found = {
            "PLACED TWICE": [str(one) for one in unexcused(self.doubles)],
            "LOST": self.lost,
            "MISSING": self.missing,
            "MISTAKEN": self.mistaken,
            "UNTOLD": self.untold,
            "TOLD TWICE": self.told_twice,
        }
        return [f"{what}: {line}" for what, lines in found.items() for line in lines]

    @property
    def excused(self) -> list[str]:
        """The doubles of which the panel itself is the cause, as lines."""
        return [f"PLACED TWICE after a false proof: {one}" for one in self.doubles if one.is_excused]

    def __str__(self) -> str:
        blamed = len(unexcused(self.doubles))
        rows = {
            "orders queued": f"{self.queued:,}",
            "adds received by the panel": f"{self.adds:,}, {self.placed:,} orders taken",
            "placed twice": f"{blamed:,}, and {len(self.doubles) - blamed:,} after a false proof of refusal",
            "lost": f"{len(self.lost):,}, {len(self.missing):,} without a row, {len(self.mistaken):,} mistaken",
            "told": f"{self.ends:,} ends and losses, {self.waiting:,} waiting, {len(self.untold):,} untold, "
            f"{len(self.told_twice):,} told twice",
            "orders by state": ", ".join(f"{count:,} {state}" for state, count in self.states.most_common()),
            "lives": _lives(self.lives),
        }
        return "\n".join(f"{name:<28}{text}" for name, text in rows.items())


def _lives(lives: Sequence[Life]) -> str:
    if not lives:
        return "none"
    oldest, largest = max(one.age for one in lives), max(one.memory for one in lives)
    return f"{len(lives):,}, the oldest {oldest:.0f} s; {largest:.1f} MiB at most at its end"


def outcome(
    db: Database,
    queued: Iterable[str],
    ledger: Sequence[Placed],
    adds: dict[str, list[Add]],
    target: str,
    lives: Sequence[Life] = (),
) -> Outcome:
    """Compare everything; `queued` are the links of all orders that were queued, `target` is who was told."""
    links = list(queued)
    known = {order.link: order for order in orders.listed(db, limit=0)}
    owners = {order.panel_order_id: order.link for order in known.values() if order.panel_order_id}
    true = {str(one.order_id): one.link for one in ledger}
    found = doubles(Counter(one.link for one in ledger), adds)
    # Of an order that was placed twice, one id is nobody's: that is counted once, as a double.
    twice = {one.link for one in found}
    lost = [
        f"{one.link} as {one.order_id}, here {known[one.link].state if one.link in known else 'without a row'}"
        for one in ledger
        if str(one.order_id) not in owners and one.link not in twice and not _is_held(known, one.link)
    ]
    ends, losses, posted = (_counted(db, query) for query in (_ENDED, _WENT_UNKNOWN, _POSTED))
    sent, waiting = (_counted(db, _OF_STATE, target, state) for state in ("sent", "waiting"))
    return Outcome(
        queued=len(links),
        missing=[link for link in links if link not in known],
        adds=sum(map(len, adds.values())),
        placed=len(ledger),
        states=Counter(str(order.state) for order in known.values()),
        doubles=found,
        lost=lost,
        mistaken=[f"{link} as {one}" for one, link in owners.items() if true.get(one) != link],
        ends=(ends + losses).total(),
        waiting=((ends + losses - sent) & waiting).total(),
        untold=[f"{event} of order {order}" for order, event in ends + losses - sent - waiting],
        told_twice=[f"{event} of order {order}" for (order, event) in _ends_only(posted) - ends],
        lives=lives,
    )


def _counted(db: Database, query: str, *values: str) -> Counter[tuple[int, str]]:
    return Counter((order_id, event) for order_id, event in db.sql(query, values))


def _is_held(known: dict[str, Order], link: str) -> bool:
    return link in known and known[link].state is State.UNKNOWN


def _ends_only(posted: Counter[tuple[int, str]]) -> Counter[tuple[int, str]]:
    events = {f"order.{state}" for state in ENDS}
    return Counter({key: count for key, count in posted.items() if key[1] in events})
