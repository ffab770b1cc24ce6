"""Which ids near a lost order the panel is asked about, and when it is looked for again. Pure.

Ids grow with time, so an id below an own one was given before it: once denied, it is denied for good. The
second denial is there because some panels know a new order only seconds after they gave its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from tracker.reconciliation.lost_order import LostOrder

DENIALS_NEEDED = 2
"""Denials after which an id is not asked about again."""

CALLS_A_CHECK = 5
"""Status calls that one check spends on ids that may be other customers'."""

WIDEST = 20_000
"""With more ids than this between two own ones they are no counter: looking them up would be a scan."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the ids of an account."""

    #: Ids that local orders own, and strangers that the operator has acknowledged.
    owned: frozenset[int]
    #: Id -> how often it was denied while a higher own id was known.
    denied: Mapping[int, int]

    @property
    def highest(self) -> int | None:
        """The highest own id."""
        return max(self.owned, default=None)


def matters(other: LostOrder, open_orders: Iterable[LostOrder]) -> bool:
    """Tell whether an id or a charge may be one of these orders' or the other's, which a person has settled."""
    if other.is_absent:
        return False
    return not other.is_settled or any(
        _may_share_id(other, one) or _may_share_charge(other, one) for one in open_orders
    )


def _may_share_id(other: LostOrder, lost: LostOrder) -> bool:
    """Tell whether the other may have arrived after the last id that is known to be below the lost order's."""
    return lost.floor_attempt is None or other.settled_by is None or other.settled_by >= lost.floor_attempt


def _may_share_charge(other: LostOrder, lost: LostOrder) -> bool:
    """Tell whether the other may have been charged after the reading that the lost order's wallet is compared with."""
    return lost.before is not None and (lost.before.at is None or other.settles_at > lost.before.at)


@dataclass(frozen=True, slots=True)
class Denial:
    """What it proves that the panel just said that an id is none of ours."""

    number: int
    #: Whether the id lies below a later own one: ids grow, so it was given by then, and not to us.
    is_final: bool
    #: No order of this attempt or an earlier one could arrive any more.
    past: int


def denials_of(numbers: Iterable[int], highest: int, past: int) -> list[Denial]:
    """Return what it proves that these ids were denied; `highest` is the highest own id."""
    return [Denial(number, number < highest, past) for number in numbers]


def ids_to_ask(lost_orders: Sequence[LostOrder], known: Known, ids_per_call: int) -> list[str]:
    """Return the ids to ask about now: the open ones between own ids, and as many above as fill the last call."""
    asking = [lost for lost in lost_orders if lost.is_open and lost.newest_id is not None]
    if known.highest is None or not asking:
        return []
    between = list(islice(_between(asking, known), CALLS_A_CHECK * ids_per_call))
    rest = -len(between) % ids_per_call or (0 if between else ids_per_call)
    waiting = any(lost.ceiling is None for lost in asking)
    above = range(known.highest + 1, known.highest + 1 + rest) if waiting else range(0)
    return [str(one) for one in (*between, *above)]


def _between(lost_orders: Sequence[LostOrder], known: Known) -> Iterator[int]:
    seen: set[int] = set()
    for lost in lost_orders:
        for one in _window(lost, known):
            if one not in seen and known.denied.get(one, 0) < DENIALS_NEEDED:
                seen.add(one)
                yield one


def _window(lost: LostOrder, known: Known) -> Iterator[int]:
    """Return the ids that may be the lost order's and that no local order owns, up to a later own id."""
    top = lost.ceiling or known.highest
    if lost.newest_id is None or top is None or top - lost.newest_id > WIDEST:
        return iter(())
    return (one for one in range(lost.newest_id + 1, top) if one not in known.owned)


def possible_ids(lost_orders: Sequence[LostOrder], highest: int) -> list[int]:
    """Return every id that may be a lost order's: whoever owns one of them here rules it out."""
    found: set[int] = set()
    for lost in lost_orders:
        top = lost.ceiling or highest
        if lost.is_open and lost.newest_id is not None and top - lost.newest_id <= WIDEST:
            found |= set(range(lost.newest_id + 1, top))
    return sorted(found)


def all_denied(lost: LostOrder, known: Known) -> bool:
    """Tell whether every id that could be the lost order's own was denied often enough."""
    if lost.newest_id is None or lost.ceiling is None:
        return False
    if lost.ceiling - lost.newest_id > WIDEST:
        return False
    return all(known.denied.get(one, 0) >= DENIALS_NEEDED for one in _window(lost, known))
