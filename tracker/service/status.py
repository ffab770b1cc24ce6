"""What `tracker service status` says of a service, from what the machine has. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tracker import __version__
from tracker.lib.times import DAY, about
from tracker.service import units
from tracker.service.install import is_example, service_files
from tracker.service.layout import LINK, Layout
from tracker.service.seen import Kind, Seen

OLD_BACKUP = 2 * DAY
"""A copy is made each day; after two days one was missed."""


@dataclass(frozen=True, slots=True)
class Running:
    """Whether the daemon runs, by the database and by systemd."""

    #: A sentence about each daemon that works on the database; None where the database cannot be read.
    daemons: Sequence[str] | None
    #: What `systemctl is-active` says; None where systemd does not run.
    systemd: str | None
    #: How long ago the newest copy was made (microseconds); None when there is none.
    backup_age: int | None = None
    backups: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One thing about the service, what is known of it, and whether it is as it should be."""

    what: str
    text: str
    is_well: bool = True


def status_lines(layout: Layout, seen: Seen, running: Running) -> list[Line]:
    """Return what there is to know, in the order in which it was installed."""
    return [
        *_units(layout, seen),
        *_start(layout, seen),
        _config(layout, seen),
        *_owner(layout, seen),
        *_command(layout, seen),
        *_daemon(running),
        *_backup(layout, running),
    ]


def _units(layout: Layout, seen: Seen) -> Iterator[Line]:
    for path, text in layout.units.items():
        found = seen.texts.get(path)
        if found is None:
            yield Line("unit", f"{path} is not installed; `tracker service install` writes it", False)
        elif found == units.sealed(text):
            yield Line("unit", f"{path}, as version {__version__} writes it")
        elif units.is_as_written(found):
            yield Line("unit", f"{path} is of version {units.version_of(found)} or of another command; "
                       "`tracker service install` upgrades it", False)  # fmt: skip
        else:
            yield Line(
                "unit", f"{path} is not as an install left it; `tracker service install` sets it aside", False
            )


def _start(layout: Layout, seen: Seen) -> Iterator[Line]:
    for link in layout.enabled:
        yield Line("start", f"{link.name} {'starts' if seen.has(link) else 'does not start'} with the machine",
                   seen.has(link))  # fmt: skip


def _config(layout: Layout, seen: Seen) -> Line:
    if seen.config_faults is None:
        return Line("config", f"there is no {layout.config}; `tracker service install` writes one", False)
    if is_example(layout, seen):
        how = f"`sudo tracker --config {layout.config} init --force` asks for it"
        return Line("config", f"{layout.config} is still the example, without your panel; {how}", False)
    if seen.config_faults:
        return Line("config", "; ".join(seen.config_faults), False)
    return Line("config", f"{layout.config} is good")


def _owner(layout: Layout, seen: Seen) -> Iterator[Line]:
    if seen.user is None:
        yield Line("user", f"there is no user {layout.user}; `tracker service install` makes it", False)
        return
    wrong = [path for path in service_files(layout, seen) if seen.entries[path].owner != seen.user]
    if wrong:
        yield Line("user", f"{wrong[0]} does not belong to {layout.user}, who may not be able to use it; "
                   "`tracker service install` gives it back", False)  # fmt: skip
    else:
        yield Line("user", f"{layout.user}, who owns {layout.config_folder} and {layout.state}")


def _command(layout: Layout, seen: Seen) -> Iterator[Line]:
    link = seen.entries.get(LINK)
    if link is not None and link.kind is Kind.LINK:
        yield Line("command", f"{LINK}, which is {link.target}")
    else:
        yield Line("command", str(layout.command))


def _daemon(running: Running) -> Iterator[Line]:
    if running.daemons is None:
        yield Line("daemon", "nothing is known: its database is not there yet, or cannot be read", False)
    for sentence in running.daemons or ():
        yield Line("daemon", sentence)
    if running.daemons is not None and not running.daemons:
        yield Line("daemon", "not running: no heartbeat in the database", False)
    if running.systemd is None:
        yield Line("systemd", "does not run on this machine")
    else:
        yield Line("systemd", f"the unit is {running.systemd}", running.systemd == "active")


def _backup(layout: Layout, running: Running) -> Iterator[Line]:
    if running.backup_age is None:
        yield Line("backup", f"no copy in {layout.backups} yet")
    else:
        text = f"{running.backups} in {layout.backups}, the newest {about(running.backup_age)} old"
        yield Line("backup", text, running.backup_age < OLD_BACKUP)
