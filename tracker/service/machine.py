"""Looks at a machine, or at a folder that is the root of another system, and says what a service has there."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tracker.config import places
from tracker.config.faults import ConfigError
from tracker.config.loader import load
from tracker.config.settings import Config
from tracker.lib.owners import whose_sentence
from tracker.service import units
from tracker.service.layout import LINK, SYSTEMD_RUNS, SYSUSERS, UNITS, Layout
from tracker.service.seen import Entry, Kind, Seen

DYNAMIC_USERS = range(61184, 65520)
"""Ids that systemd gives to users which last as long as a unit runs; see systemd.exec(5), DynamicUser=."""

KINDS = {stat.S_IFREG: Kind.FILE, stat.S_IFDIR: Kind.FOLDER, stat.S_IFLNK: Kind.LINK}


def at(root: Path, path: Path) -> Path:
    """Return where a path of the system is, whose root is a folder here."""
    return root / path.relative_to("/")


def look(layout: Layout, root: Path) -> Seen:
    """Return what there is of a service."""
    entries = {path: entry for path in _paths(layout, root) if (entry := _entry(at(root, path)))}
    text, config, faults = _config(at(root, layout.config))
    return Seen(
        entries,
        {path: at(root, path).read_text(errors="replace") for path in layout.units if path in entries},
        user=user_id(layout.user),
        is_root=os.geteuid() == 0,
        is_image=root != Path("/"),
        has_systemd=root == Path("/") and SYSTEMD_RUNS.is_dir(),
        config_text=text,
        config_faults=faults,
        database=config.database if config else None,
    )


def installed(instance: str | None, root: Path) -> Layout | None:
    """Return the layout of the service that is installed, by its unit; None when there is none."""
    like = Layout(instance, Path())
    try:
        text = at(root, like.main).read_text(errors="replace")
        command = units.command_in(text)
    except (OSError, ValueError):
        return None
    return Layout(instance, Path(command), units.setting(text, "User") or like.user) if command else None


def user_id(name: str) -> int | None:
    """Return the id of a lasting user."""
    with suppress(KeyError):
        found = pwd.getpwnam(name).pw_uid
        return None if found in DYNAMIC_USERS else found
    return None


def _paths(layout: Layout, root: Path) -> Iterator[Path]:
    yield from (LINK, SYSUSERS, *layout.units, *layout.enabled)
    for folder in (*layout.folders, UNITS, UNITS / "multi-user.target.wants"):
        yield folder
        yield from _inside(root, folder)


def _inside(root: Path, folder: Path) -> Iterator[Path]:
    """Yield what is in a folder, and in folders in it that are not the ones of another service."""
    is_ours = folder.is_relative_to(places.CONFIGS) or folder.is_relative_to(places.STATES)
    for path in _listed(root, folder):
        inner = _listed(root, path) if is_ours and not at(root, path).is_symlink() else []
        if not {one.name for one in inner} & {places.CONFIG_NAME, places.DATABASE_NAME}:
            yield from (path, *inner)


def _listed(root: Path, folder: Path) -> list[Path]:
    try:
        return [folder / name for name in sorted(os.listdir(at(root, folder)))]  # noqa: PTH208  names, not paths here
    except OSError:
        return []


def _entry(path: Path) -> Entry | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    kind = KINDS.get(stat.S_IFMT(found.st_mode), Kind.OTHER)
    target = path.readlink() if kind is Kind.LINK else None
    return Entry(kind, found.st_uid, stat.S_IMODE(found.st_mode), target, found.st_nlink == 1)


def _config(path: Path) -> tuple[str | None, Config | None, tuple[str, ...] | None]:
    """Read a config as a command by hand does; return its text, it, and its faults, None without a file."""
    environ = {name: text for name, text in os.environ.items() if name != "STATE_DIRECTORY"}
    text = None
    try:
        text = path.read_text(errors="replace")
        return text, load(path, environ), ()
    except ConfigError as error:
        return text, None, tuple(str(fault) for fault in error.faults)
    except FileNotFoundError:
        return None, None, None
    except OSError as error:
        return None, None, (f"{path}: {error.strerror}; {whose_sentence(path)}",)
