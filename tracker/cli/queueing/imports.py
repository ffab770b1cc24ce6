"""Takes the rows of a file in, in blocks, and keeps what is wrong with which of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter

from tracker.cli.files.rows import BadRow, OrderFile, Raw
from tracker.cli.orders.pruned import pruned_sentence
from tracker.cli.queueing import import_rows
from tracker.cli.queueing.import_targets import Target
from tracker.cli.streams import exact
from tracker.lib import collector
from tracker.lib.clock import now
from tracker.lib.counts import counted
from tracker.operations.drafts import Reserved, Row, When, local_time, past_fault
from tracker.operations.refused import Refused
from tracker.orders.catalogue import Listed
from tracker.orders.kinds import is_subscription
from tracker.orders.links import are_plain, link_doubt
from tracker.orders.order import Draft
from tracker.store.duplicates import Duplicate, Entry
from tracker.store.queue import SimpleRow

BLOCK_ROWS = 1000
"""The most rows that are written together."""

BLOCK_CHARACTERS = 4_000_000
"""When so many characters are read they are written, however few the rows."""

LISTED = 50
"""The most bad rows, and the most doubtful ones, that are listed; the rest are counted."""

OR_A_NAME = "(some services take a name instead: --anyway takes it)"

SOUND_LINK = "https://x.example/"
"""Stands for the links of many rows when all else about them is checked."""

_KIND = itemgetter(0, 1, 3)
"""Panel, service and quantity of a simple row."""


class _RolledBack(Exception):
    """Bad rows were found: nothing must be taken."""


@dataclass(slots=True)
class Outcome:
    """What became of the rows of a file."""

    taken: int = 0
    already: int = 0
    #: How many of those were pruned since.
    pruned: int = 0
    #: The first bad rows, and the first that are probably wrong, with their lines; and how many there are.
    bad: list[tuple[int, str]] = field(default_factory=list)
    bad_count: int = 0
    doubts: list[tuple[int, str]] = field(default_factory=list)
    doubt_count: int = 0
    #: Panel and service of what was taken, to say what could not be checked.
    kinds: set[tuple[str, str]] = field(default_factory=set)
    #: The services that rows gave by name: what the panel calls each, by its panel and id.
    named: dict[tuple[str, str], str] = field(default_factory=dict)

    def note_bad(self, line: int, why: str) -> None:
        """Keep a bad row, or only count it."""
        self.bad_count += 1
        if len(self.bad) < LISTED:
            self.bad.append((line, why))

    def note_doubt(self, line: int, why: str) -> None:
        """Keep a row that is probably wrong, or only count it."""
        self.doubt_count += 1
        if len(self.doubts) < LISTED:
            self.doubts.append((line, why))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user says of an import."""

    default_panel: str | None
    #: Leave the bad rows out, instead of stopping at them.
    skip_bad: bool
    #: Take rows although they are known to be refused.
    anyway: bool
    #: Reads the points in time that rows name.
    when: When = local_time


class Import:
    """One import of a file."""

    def __init__(self, target: Target, panels: Reserved, wishes: Wishes) -> None:
        self._target = target
        self._panels = panels
        self._wishes = wishes
        self._seen: dict[bytes, int] = {}
        self._sound: set[tuple[str, str, int | None]] = set()
        self._meant: dict[tuple[str, str], str] = {}
        self.outcome = Outcome()

    def run(self, file: OrderFile[Raw]) -> Outcome:
        """Take every row, or none where there is a bad one, unless those are skipped."""
        progress, outcome = _Progress(), self.outcome
        try:
            with collector.seldom(), self._target.transaction():
                for rows in blocks(file):
                    if not self._take_simple(file, rows):
                        self._take(list(self._entries(file, file.looked_at(rows))))
                    progress.show(outcome.taken + outcome.already)
                if outcome.bad_count and not self._wishes.skip_bad:
                    raise _RolledBack
        except _RolledBack:
            outcome.taken = 0
        finally:
            progress.end()
        return outcome

    def _take_simple(self, file: OrderFile[Raw], rows: list[tuple[int, Raw]]) -> bool:
        """Take rows all at once; False, and nothing is taken, where they must be read one by one."""
        cells = file.columns([raw for _, raw in rows])
        simple = import_rows.simple_rows(cells, self._wishes.default_panel, self._panels)
        if simple is None or not self._are_sound(simple) or not self._target.enqueue_simple(simple):
            return False
        self.outcome.taken += len(simple)
        self.outcome.kinds |= {(panel, service) for panel, service, _ in set(map(_KIND, simple))}
        return True

    def _are_sound(self, rows: Sequence[SimpleRow]) -> bool:
        """Tell whether nothing is known against any of these rows."""
        if not are_plain([row[2] for row in rows]):
            return False
        kinds = set(map(_KIND, rows)) - self._sound
        if not all(self._is_id(panel, one) for panel, one, _ in kinds):
            return False
        if any(self._refusal(Draft(panel, one, SOUND_LINK, quantity)) for panel, one, quantity in kinds):
            return False
        self._sound |= kinds
        return True

    def _entries(self, file: OrderFile[Raw], rows: Iterable[tuple[int, Raw]]) -> Iterator[tuple[int, Entry]]:
        for line, raw in rows:
            row = file.row(line, raw)
            if isinstance(row, BadRow):
                self.outcome.note_bad(line, row.why)
                continue
            try:
                yield line, self._entry(row)
            except ValueError as error:
                self.outcome.note_bad(line, str(error))

    def _entry(self, row: Row) -> Entry:
        wishes, names = self._wishes, self._target.former_names
        entry = import_rows.entry_of(row, wishes.default_panel, self._panels, self._seen, names, wishes.when)
        draft = entry.draft
        if draft.panel_order_id is not None:
            return entry  # it is never sent: its service is only remembered
        # Only here, as the key of a row is made of what stands in the file: a name that means another service later
        # must not have the row queued once more.
        service = self._service(draft.panel, draft.service)
        return entry if service == draft.service else replace(entry, draft=replace(draft, service=service))

    def _service(self, panel: str, text: str) -> str:
        """Return the id of the service that a row gives by its id or its name; ValueError says why it is not known."""
        if (panel, text) not in self._meant:
            try:
                found, service = self._target.offers(panel).meant_by_row(text)
            except Refused as fault:
                raise ValueError(str(fault)) from None
            self._meant[panel, text] = found
            if service is not None:
                self.outcome.named[panel, found] = service.name
        return self._meant[panel, text]

    def _is_id(self, panel: str, text: str) -> bool:
        try:
            return self._service(panel, text) == text
        except ValueError:
            return False

    def _take(self, found: list[tuple[int, Entry]]) -> None:
        fit = self._without_refused(found)
        entries = [entry for _, entry in fit]
        known = self._target.enqueue(entries)
        for one in known:
            if one.same:
                self.outcome.already += 1
                self.outcome.pruned += one.pruned is not None
            else:
                self.outcome.note_bad(fit[one.index][0], _clash(one))
        self.outcome.taken += len(entries) - len(known)
        new = set(range(len(fit))) - {one.index for one in known}
        for line, entry in (fit[index] for index in sorted(new)):
            if entry.draft.panel_order_id is None:
                self.outcome.kinds.add((entry.draft.panel, entry.draft.service))
                if (doubt := self._doubt(entry.draft)) is not None:
                    self.outcome.note_doubt(line, doubt)

    def _without_refused(self, found: list[tuple[int, Entry]]) -> list[tuple[int, Entry]]:
        """Leave out the entries that are known to be refused, and are not in the queue already."""
        faults = {at: why for at, (_, entry) in enumerate(found) if (why := self._refusal(entry.draft))}
        standing = self._target.standing([found[at][1] for at in faults]) if faults else []
        refused = {at for at, stands in zip(faults, standing, strict=True) if not stands}
        for at in sorted(refused):
            self.outcome.note_bad(found[at][0], faults[at])
        return [one for at, one in enumerate(found) if at not in refused]

    def _refusal(self, draft: Draft) -> str | None:
        """Say why a draft would be refused, or probably is no order; one that was placed elsewhere is never sent."""
        past = past_fault(draft, now()) if draft.not_before or draft.expires_at else None
        if past or self._wishes.anyway or draft.panel_order_id is not None:
            return past
        doubt = self._doubt(draft)
        return self._target.offers(draft.panel).refusal(draft) or (f"{doubt} {OR_A_NAME}" if doubt else None)

    def _doubt(self, draft: Draft) -> str | None:
        """Say why the link of a draft is probably none."""
        why = link_doubt(draft.link)
        if why is None:
            return None
        found = self._target.offers(draft.panel).find(draft.service)
        return None if is_subscription(draft, found.service if isinstance(found, Listed) else None) else why


def _clash(found: Duplicate) -> str:
    """Say whose the name of a row is that asks for something else."""
    if found.pruned is not None:
        return f"{pruned_sentence(found.what, found.pruned)}, and had other content"
    where = f"order {found.order_id}" if found.order_id else "in an earlier row"
    return f"{found.what} is already {where}, with other content"


class _Progress:
    """A running count on a terminal, silent elsewhere."""

    def __init__(self) -> None:
        self._on = sys.stderr.isatty()

    def show(self, rows: int) -> None:
        if self._on:
            self._write(f"\r{counted(rows, 'row')}")

    def end(self) -> None:
        if self._on:
            self._write("\r\033[K")

    def _write(self, text: str) -> None:
        with exact(sys.stderr) as terminal:
            terminal.write(text)


def blocks(file: OrderFile[Raw]) -> Iterator[list[tuple[int, Raw]]]:
    """Yield the rows in blocks, which are shorter where the rows are long."""
    while block := _short_rows(file) if file.has_long_rows else file.unread(BLOCK_ROWS):
        yield block


def _short_rows(file: OrderFile[Raw]) -> list[tuple[int, Raw]]:
    """Return the next rows, as many as are short enough together."""
    block: list[tuple[int, Raw]] = []
    size = 0
    while len(block) < BLOCK_ROWS and size <= BLOCK_CHARACTERS and (found := file.unread(1)):
        block += found
        size += sum(
            len(raw) if isinstance(raw, str) else sum(map(len, raw)) if isinstance(raw, list) else 0
            for _, raw in found
        )
    return block
