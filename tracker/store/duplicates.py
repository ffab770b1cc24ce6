"""Tells which drafts are in the queue already, or were: by their ref, the key of their row, or their panel's id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tracker.orders.order import Draft
from tracker.store import pruned
from tracker.store.database import Database
from tracker.store.names import CONTENT, Content, Name, asked_for, content_of, digest, names_of
from tracker.store.pruned import Pruned
from tracker.store.rows import placeholders


@dataclass(frozen=True, slots=True)
class Entry:
    """A draft to be queued; `key` identifies an imported row that has no ref."""

    draft: Draft
    key: str | None = None
    #: Names that the draft's panel may have had, each with the key of the row under that name.
    former: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A draft that was not queued, because an order has, or had, its ref, import key or panel id.

    `same` tells whether that order asks for exactly the same; if not, the caller refuses the draft.
    """

    index: int
    order_id: int
    what: str
    same: bool
    #: What is kept of that order, when it was pruned.
    pruned: Pruned | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """The order that has a name, or had it."""

    order_id: int
    #: What it asks for.
    digest: str
    pruned: Pruned | None = None

    def asks_for(self, content: Content) -> bool:
        """Tell whether it asks for exactly that."""
        return self.digest == digest(content)


Owners = dict[Name, Owner]
"""The orders that have a name, by it."""


def _names(entry: Entry) -> list[Name]:
    """Return every name that only one order may have."""
    draft = entry.draft
    return names_of(draft.ref, entry.key, draft.panel, draft.panel_order_id)


def _all_names(entry: Entry) -> list[Name]:
    """Return every name under which the order may stand in the queue, whatever its panel was called."""
    names = _names(entry)
    for panel, key in entry.former.items():
        names += names_of(None, key, panel, entry.draft.panel_order_id)
    return names


def _is_same(entry: Entry, owner: Owner) -> bool:
    """Tell whether a draft asks for what an order asked for; the panel may have been renamed since."""
    panel, *rest = content_of(entry.draft)
    return any(owner.asks_for((one, *rest)) for one in (panel, *entry.former))


def sort(entries: Sequence[Entry], taken: Owners) -> tuple[list[Entry], list[Duplicate]]:
    """Return the new entries and the duplicates, and take the names of the new ones."""
    new, duplicates = [], []
    for index, entry in enumerate(entries):
        found = _find(taken, entry)
        if found is None:
            new.append(entry)
            asks = digest(content_of(entry.draft))
            taken.update((name, Owner(0, digest=asks)) for name in _names(entry))
        else:
            name, owner = found
            what, same = " ".join((name[0], name[-1])), _is_same(entry, owner)
            duplicates.append(Duplicate(index, owner.order_id, what, same, owner.pruned))
    return new, duplicates


def _find(taken: Owners, entry: Entry) -> tuple[Name, Owner] | None:
    """Return the first name of a draft that another order has, and that order."""
    return next(((name, taken[name]) for name in _all_names(entry) if name in taken), None)


def taken_names(db: Database, entries: Sequence[Entry]) -> Owners:
    """Find the orders that already have one of the names, and what is kept of those that had one.

    In this order: an order that is pruned meanwhile is found among one of the two.
    """
    refs = [entry.draft.ref for entry in entries if entry.draft.ref is not None]
    keys = [key for entry in entries for key in (entry.key, *entry.former.values()) if key is not None]
    ids = [entry.draft.panel_order_id for entry in entries if entry.draft.panel_order_id is not None]
    taken: Owners = {}
    for panel, wanted in _by_panel(entries) if ids else ():
        _read_taken(
            db, f"panel = ? AND panel_order_id IN ({placeholders(len(wanted))})", (panel, *wanted), taken
        )
    for column, names in (("ref", refs), ("import_key", keys)):
        if names:
            _read_taken(db, f"{column} IN ({placeholders(len(names))})", names, taken)
    gone = pruned.find(db, (name for entry in entries for name in _all_names(entry)))
    return {name: Owner(kept.order_id, kept.content, kept) for name, kept in gone.items()} | taken


def _by_panel(entries: Sequence[Entry]) -> list[tuple[str, list[str]]]:
    """Return the ids of orders that were placed elsewhere, for each panel."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        if entry.draft.panel_order_id is not None:
            for panel in (entry.draft.panel, *entry.former):
                found.setdefault(panel, []).append(entry.draft.panel_order_id)
    return list(found.items())


_TAKEN = f"SELECT id, ref, import_key, attempts, {', '.join(CONTENT)} FROM orders"


def _read_taken(db: Database, where: str, values: Sequence[str], taken: Owners) -> None:
    for order_id, ref, key, attempts, *stored in db.sql(f"{_TAKEN} WHERE {where}", values):
        owner = Owner(order_id, digest(asked_for(tuple(stored), attempts)))
        taken.update((name, owner) for name in names_of(ref, key, stored[0], stored[-1]))


def standing(db: Database, entries: Sequence[Entry]) -> list[bool]:
    """Tell of each entry whether an order has, or had, one of its names already."""
    taken = taken_names(db, entries)
    return [_find(taken, entry) is not None for entry in entries]


class Rehearsal:
    """Tells what `enqueue` would make of entries, one call after the other, and changes nothing."""

    def __init__(self, db: Database | None) -> None:
        """Compare with what is in a database; None stands for an empty one."""
        self._db = db
        self._earlier: Owners = {}

    def enqueue(self, entries: Sequence[Entry]) -> list[Duplicate]:
        """Return the duplicates, among the orders that stand and the entries of earlier calls."""
        stored = {} if self._db is None else taken_names(self._db, entries)
        taken = stored | self._earlier
        new, duplicates = sort(entries, taken)
        self._earlier |= {name: taken[name] for entry in new for name in _names(entry)}
        return duplicates

    def standing(self, entries: Sequence[Entry]) -> list[bool]:
        """Tell of each entry whether an order has, or had, one of its names already."""
        return [False] * len(entries) if self._db is None else standing(self._db, entries)
