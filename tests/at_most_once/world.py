"""A world whose daemon is stopped, whose database is put back, copied and deleted, and whose panel answers nonsense."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.at_most_once.kinds import Kind
from tests.soak.world import World
from tracker.daemon.clock_guard import ClockGuard
from tracker.daemon.restore_guard import RestoreGuard
from tracker.daemon.worker import PanelWorker
from tracker.panel.exchange import Exchange, Request
from tracker.store import accounts
from tracker.store.backup import backup
from tracker.store.restore import restore

SETTINGS = "unknown: {{probe: true, resend: when-proven-absent, resend_max: 1000000{unknown}}}\n"

FILES = "tracker.db*"

Garble = Callable[[bytes], tuple[int, bytes]]
"""Makes an HTTP status and a body of a correct body."""

NONSENSE: dict[str, Garble] = {
    "nothing": lambda _body: (200, b""),
    "a page": lambda _body: (200, b"<html><body>Welcome</body></html>"),
    "half": lambda body: (200, body[: len(body) // 2]),
    "null": lambda _body: (200, b"null"),
    "an empty list": lambda _body: (200, b"[]"),
    "an empty object": lambda _body: (200, b"{}"),
    "unlisted words": lambda _body: (200, b'{"error": "Something odd happened"}'),
    "a bad gateway": lambda _body: (502, b"<h1>502 Bad Gateway</h1>"),
    "not a number": lambda _body: (200, b'{"order": NaN, "balance": NaN, "status": NaN}'),
}
"""Answers that prove nothing."""


@dataclass(frozen=True)
class Copy:
    """A copy of the database, and what was queued by then."""

    path: Path
    links: frozenset[str]
    #: Whether `tracker backup` wrote it; else it is all files beside each other, copied while no daemon ran.
    is_backup: bool = True
    #: How often the wallet had moved by then.
    moves: int = 0
    #: Whether the wallet had been read by then: without that, nothing shows what a copy of all files lacks.
    is_wallet_known: bool = False


@dataclass
class Past:
    """What people have done to the database."""

    copies: list[Copy] = field(default_factory=list)
    #: Orders that a database which was put back or deleted no longer knows.
    forgotten: set[str] = field(default_factory=set)
    #: Whether the database was put back and nobody has compared it with the panel since.
    is_put_back: bool = False
    #: Whether it ever was.
    was_put_back: bool = False


class FragileWorld(World):
    """A world where everything can happen to the daemon, the database, the clock and the answers."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        self.folder = folder
        self.kind = kind
        self.past = Past()
        self.garble: Garble | None = None
        super().__init__(folder, SETTINGS.format(unknown=kind.unknown), gap=3, panel=kind.panel)
        self.latest = kind.latest
        self.state.repeats.window = kind.window

    # -- the daemon -----------------------------------------------------------------------------------

    def restarted(self) -> PanelWorker:
        """A worker as after a start of the daemon, which looks at its database and at the clock first."""
        self.guard = RestoreGuard(self.db, ["p"])
        self.clock_guard = ClockGuard(self.db, self.config, self.clock, lambda: self.now, lambda: None)
        self.guard.check_at_start(self.clock())
        self.clock_guard.check(self.clock())
        return super().restarted()

    def resent(self) -> int:
        """How often an order was sent again without a person."""
        return int(self.db.sql("SELECT COUNT(*) FROM history WHERE why LIKE 'sent again%'")[0][0])

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let no daemon run for a block."""
        self.db.close()
        yield
        self.db.open()
        self.worker = self.restarted()

    def set_clock(self, skew: int) -> None:
        """Set the clock while the daemon runs, which notices it."""
        step, self.skew = skew - self.skew, skew
        self.clock_guard.note_step(step)
        self.keep_house()

    def keep_house(self) -> None:
        """Do what the daemon does four times a minute."""
        self.guard.check(self.clock())
        self.clock_guard.check(self.clock())

    # -- the database ---------------------------------------------------------------------------------

    def back_up(self, links: frozenset[str]) -> None:
        """Write a backup while the daemon runs."""
        path = self.folder / f"backup-{len(self.past.copies)}.db"
        backup(self.db, path)
        self.past.copies.append(Copy(path, links))

    def copy_files(self, links: frozenset[str]) -> None:
        """Stop the daemon, copy all files of the database, and start it."""
        path = self.folder / f"copy-{len(self.past.copies)}"
        is_known = accounts.read(self.db, "p").base is not None
        with self.stopped():
            path.mkdir()
            for file in self.folder.glob(FILES):
                shutil.copyfile(file, path / file.name)
        self.past.copies.append(
            Copy(path, links, is_backup=False, moves=len(self.state.moves), is_wallet_known=is_known)
        )

    def snapshots(self) -> list[Copy]:
        """The copies of all files since which the wallet has paid for orders, and nothing else has moved it."""
        found = [copy for copy in self.past.copies if copy.is_wallet_known]
        since = {copy: {move.kind for move in self.state.moves[copy.moves :]} for copy in found}
        return [copy for copy in found if since[copy] == {"charge"}]

    def put_back(self, copy: Copy, *, by_hand: bool, with_epoch: bool, in_place: bool) -> None:
        """Put a copy in place of the database while no daemon runs; by hand, perhaps without what lies beside it.

        `in_place` gives it the inode of the file before, as a new file gets by chance that of one that was deleted.
        """
        with self.stopped():
            if copy.is_backup and not by_hand:
                restore(copy.path, self.db, self.clock())
            else:
                self._replace_by_hand(copy, with_epoch, in_place)
        self.past.is_put_back = self.past.was_put_back = True

    def _replace_by_hand(self, copy: Copy, with_epoch: bool, in_place: bool) -> None:
        for suffix in ("-wal", "-shm", *(() if with_epoch else (".epoch",)), *(() if in_place else ("",))):
            (self.folder / f"tracker.db{suffix}").unlink(missing_ok=True)
        source = copy.path if copy.is_backup else copy.path / "tracker.db"
        shutil.copyfile(source, self.folder / "tracker.db")

    def roll_back(self, copy: Copy) -> None:
        """Put the whole folder back as a snapshot of the machine does: no file is another one than before."""
        with self.stopped():
            for file in self.folder.glob(FILES):
                if not (copy.path / file.name).exists():
                    file.unlink()
            for file in copy.path.iterdir():
                shutil.copyfile(file, self.folder / file.name)
        self.past.is_put_back = self.past.was_put_back = True

    def delete(self, *, with_epoch: bool) -> None:
        """Delete the database while no daemon runs; perhaps with all that lies beside it."""
        with self.stopped():
            for suffix in ("", "-wal", "-shm", *((".epoch", ".seen") if with_epoch else ())):
                (self.folder / f"tracker.db{suffix}").unlink(missing_ok=True)

    # -- the panel ------------------------------------------------------------------------------------

    def call(self, request: Request) -> Exchange:
        """Answer a request, or what is made of the answer."""
        exchange = super().call(request)
        if self.garble is None:
            return exchange
        status, body = self.garble(exchange.body or b"")
        return replace(exchange, status=status, body=body)
