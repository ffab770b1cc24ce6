"""Finds out whether the daemon of a service runs: by its heartbeat in the database, and by systemd where that runs."""

from __future__ import annotations

import re
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

from tracker.lib.clock import now
from tracker.lib.times import about
from tracker.service.layout import Layout
from tracker.service.machine import at
from tracker.service.seen import Seen
from tracker.service.status import Running
from tracker.store import daemons
from tracker.store.backup import KEPT_NAME
from tracker.store.database import Database, StorageFault


def running(layout: Layout, seen: Seen, root: Path) -> Running:
    """Return what runs, and the copies that were made."""
    copies = _copies(at(root, layout.backups))
    newest = max(copies, default=None)
    return Running(
        _daemons(seen),
        _is_active(layout) if seen.has_systemd else None,
        None if newest is None else max(0, now() - newest),
        len(copies),
    )


def _daemons(seen: Seen) -> list[str] | None:
    """Return a sentence for each living daemon; None when the database is not there or cannot be read."""
    url = seen.database
    if url is None or (url.startswith("sqlite:") and not Path(url.removeprefix("sqlite:///")).is_file()):
        return None
    database = Database(url)
    at_ = now()
    try:
        database.open()
        with closing(database):
            found = daemons.listed(database)
    except (StorageFault, OSError):
        return None
    return [
        f"running on {one.host} (process {one.pid}, version {one.version}), "
        f"last heartbeat {about(max(0, at_ - one.beat_at))} ago"
        for one in found
        if one.is_alive(at_)
    ]


def _is_active(layout: Layout) -> str | None:
    systemctl = shutil.which("systemctl")
    if systemctl is None:
        return None
    command = [systemctl, "is-active", layout.unit("tracker")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603  ours
    return done.stdout.strip() or "unknown"


def _copies(folder: Path) -> list[int]:
    """Return when each copy was made that the timer keeps (microseconds)."""
    try:
        found = [path for path in folder.iterdir() if re.fullmatch(KEPT_NAME, path.name)]
        return [int(path.stat().st_mtime * 1_000_000) for path in found]
    except OSError:
        return []
