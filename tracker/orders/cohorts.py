"""Which active orders are kept as due together: a poll without news then writes one row for all of them. Pure.

A cohort is orders of one panel that were checked at one moment and are due again at one. Whoever is due at another time
leaves its cohort, and small cohorts that are due at the same time become one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

SIZE = 100
"""The most orders of a cohort: what panels take in one call."""

SMALL = SIZE // 2
"""A cohort of no more joins others, or there would be ever more of them, as orders end and leave."""


class Polled(NamedTuple):
    """An active order that is due anew: it was polled, or is put off. Times are microseconds since 1970 UTC."""

    order_id: int
    #: Of which it was when it was read.
    cohort: int
    due_at: int
    checked_at: int | None


class Cohort(NamedTuple):
    """A cohort as it stands in the store."""

    id: int
    panel: str
    size: int
    #: With `size`, what tells whether its orders are still those that were read.
    id_sum: int

    def is_of(self, order_ids: Sequence[int]) -> bool:
        """Tell whether these are its orders, and all of them."""
        return len(order_ids) == self.size and sum(order_ids) == self.id_sum


class Slot(NamedTuple):
    """When orders of a panel are due, and were checked: what the orders of a cohort have in common."""

    panel: str
    due_at: int
    checked_at: int | None


@dataclass(slots=True)
class Regrouped:
    """What becomes of the cohorts whose orders are due anew."""

    #: Cohorts that go on with most of their orders, or all.
    kept: list[tuple[int, Slot]] = field(default_factory=list)
    #: Orders that go over to a cohort that is kept.
    joined: list[tuple[int, int]] = field(default_factory=list)
    #: New cohorts, and their orders.
    founded: list[tuple[Slot, Sequence[int]]] = field(default_factory=list)
    #: Cohorts without any order left.
    emptied: list[int] = field(default_factory=list)


def members(polled: Iterable[Polled]) -> dict[int, list[int]]:
    """Return the ids of the orders that are due anew, by their cohorts."""
    found: dict[int, list[int]] = {}
    for order_id, cohort, _, _ in polled:
        found.setdefault(cohort, []).append(order_id)
    return found


def regroup(polled: Iterable[Polled], standing: Mapping[int, Cohort]) -> Regrouped:
    """Decide in which cohorts orders are from now on that are due anew; each of them stands in one of `standing`.

    A cohort goes on with those of its orders that are due together again, if none of it is left with the old times:
    only a part may have been polled.
    """
    shares: dict[tuple[int, int, int | None], list[int]] = {}
    for order_id, cohort, due_at, checked_at in polled:
        shares.setdefault((cohort, due_at, checked_at), []).append(order_id)
    by_cohort: dict[int, list[tuple[Slot, list[int]]]] = {}
    for (cohort, due_at, checked_at), order_ids in shares.items():
        slot = Slot(standing[cohort].panel, due_at, checked_at)
        by_cohort.setdefault(cohort, []).append((slot, order_ids))
    keeping: dict[Slot, list[tuple[int, list[int]]]] = {}
    leaving: dict[Slot, list[int]] = {}
    for cohort, parts in by_cohort.items():
        if sum(len(order_ids) for _, order_ids in parts) == standing[cohort].size:
            slot, order_ids = max(parts, key=lambda part: len(part[1]))
            keeping.setdefault(slot, []).append((cohort, order_ids))
            parts = [part for part in parts if part[0] != slot]
        for slot, order_ids in parts:
            leaving.setdefault(slot, []).extend(order_ids)
    done = Regrouped(emptied=[one.id for one in standing.values() if not one.size])
    for slot in keeping | leaving:
        _settle(slot, keeping.get(slot, ()), leaving.get(slot, ()), done)
    return done


def _settle(
    slot: Slot, keeping: Iterable[tuple[int, list[int]]], leaving: Iterable[int], done: Regrouped
) -> None:
    """Let those without a cohort join the ones that are kept, the largest first; the rest found new ones."""
    largest_first = sorted(keeping, key=lambda one: len(one[1]), reverse=True)
    kept = [one for one in largest_first if len(one[1]) > SMALL]
    small = largest_first[len(kept) :]
    homeless = [*leaving, *(order_id for _, order_ids in small[1:] for order_id in order_ids)]
    done.emptied += [cohort for cohort, _ in small[1:]]
    for cohort, order_ids in [*kept, *small[:1]]:
        done.kept.append((cohort, slot))
        room = SIZE - len(order_ids)
        done.joined += [(cohort, order_id) for order_id in homeless[:room]]
        homeless = homeless[room:]
    done.founded += [(slot, homeless[start : start + SIZE]) for start in range(0, len(homeless), SIZE)]
