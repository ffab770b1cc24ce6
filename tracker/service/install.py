"""What `tracker service install` does, from what the machine has. Pure. The same again is an upgrade."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePath

from tracker.config import places
from tracker.config.template import Answers, first_config
from tracker.service import units
from tracker.service.layout import LINK, SYSUSERS, Layout
from tracker.service.seen import Entry, Kind, Seen
from tracker.service.steps import (
    Give,
    MakeFolder,
    MakeLink,
    MakeUser,
    Plan,
    Remove,
    SetAside,
    Step,
    Systemctl,
    WriteFile,
)

PATH = tuple(
    Path(folder) for folder in ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
)
"""Where a shell and sudo look for commands."""

EXAMPLE = Answers("tagrani", "tagrani", "https://tagrani.com/api/v1", "tagrani.key", "", "")
"""What the first config says until a person has filled it in."""

OTHERS = 0o077
"""Bits of a mode that let others in."""


def install_plan(layout: Layout, seen: Seen) -> Plan:
    """Return the steps that make the service complete and leave what is right as it is."""
    steps = (
        *_stop_old(layout, seen),
        *_user(layout, seen),
        *_folders(layout, seen),
        *_config(layout, seen),
        *_owners(layout, seen),
        *_link(layout, seen),
        *_units(layout, seen),
        *_enable(layout, seen),
    )
    return Plan((*steps, *_start(layout, seen, steps)), tuple(_remarks(layout, seen)))


def _is_dynamic(layout: Layout, seen: Seen) -> bool:
    """Tell whether an older unit runs the service as a user that systemd made up."""
    return "\nDynamicUser=yes" in seen.texts.get(layout.main, "")


def _stop_old(layout: Layout, seen: Seen) -> Iterator[Step]:
    """Yield the stop without which a lasting user of the same name cannot be made."""
    if seen.has_systemd and _is_dynamic(layout, seen):
        yield Systemctl(("stop", layout.unit("tracker")))


def _user(layout: Layout, seen: Seen) -> Iterator[Step]:
    home = places.STATES
    if seen.is_image:
        if seen.user is None and not seen.has(SYSUSERS):
            line = f'u {layout.user} - "tracker" {home}\n'
            yield WriteFile(SYSUSERS, f"# The user of tracker.service; see sysusers.d(5).\n{line}")
    elif seen.user is None:
        yield MakeUser(layout.user, home)


def _folders(layout: Layout, seen: Seen) -> Iterator[Step]:
    for folder in layout.folders:
        if not seen.has(folder) and not _is_below_link(folder, seen):
            yield MakeFolder(folder, layout.user)


def _is_below_link(path: Path, seen: Seen) -> bool:
    """Tell whether a path leads through a link: the state folder of an older unit is one until systemd has moved it."""
    return any(seen.has(one) and seen.entries[one].kind is Kind.LINK for one in (path, *path.parents))


def _config(layout: Layout, seen: Seen) -> Iterator[Step]:
    if not seen.has(layout.config):
        yield WriteFile(layout.config, first_config(EXAMPLE, layout.database), layout.user)


def _owners(layout: Layout, seen: Seen) -> Iterator[Step]:
    """Yield what makes the service's files its user's own: a file that root left there would lock the daemon out."""
    closed = (layout.config_folder, layout.state)
    for path in service_files(layout, seen):
        entry = seen.entries[path]
        is_open = entry.mode & OTHERS and (path in layout.folders or path.parent in closed)
        if is_open or (seen.is_root and _is_owner_wrong(entry, seen)):
            yield Give(path, layout.user)


def service_files(layout: Layout, seen: Seen) -> Iterator[Path]:
    """Yield the files and folders of a service that can be given to its user: none behind a link or with two names."""
    for path, entry in seen.entries.items():
        is_inside = path.is_relative_to(layout.config_folder) or path.is_relative_to(layout.state)
        is_plain = entry.kind is Kind.FOLDER or (entry.kind is Kind.FILE and entry.is_single)
        if is_inside and is_plain and not _is_below_link(path, seen):
            yield path


def _is_owner_wrong(entry: Entry, seen: Seen) -> bool:
    if seen.user is None:
        return not seen.is_image  # the user is made before
    return entry.owner != seen.user


def _link(layout: Layout, seen: Seen) -> Iterator[Step]:
    if layout.command.parent in PATH:
        return
    found = seen.entries.get(LINK)
    if found is None or (
        found.kind is Kind.LINK and found.target != layout.command and _is_ours(found.target)
    ):
        if found is not None:
            yield Remove(LINK)
        yield MakeLink(LINK, layout.command, f"put the command on the PATH: {LINK} leads to {layout.command}")


def _is_ours(target: PurePath | None) -> bool:
    return target is not None and target.name == "tracker"


def _units(layout: Layout, seen: Seen) -> Iterator[Step]:
    for path, text in layout.units.items():
        found, new = seen.texts.get(path), units.sealed(text)
        if found == new:
            continue
        if found is not None and not units.is_as_written(found):
            yield SetAside(path, aside(path, seen))
        yield WriteFile(path, new, verb="write" if found is None else "upgrade")


def aside(path: Path, seen: Seen) -> Path:
    """Return a free name for a file that is set aside; systemd reads none that ends so."""
    names = (path.with_name(f"{path.name}.old{number or ''}") for number in range(len(seen.entries) + 1))
    return next(name for name in names if not seen.has(name))


def _enable(layout: Layout, seen: Seen) -> Iterator[Step]:
    """Yield the links of a first install. Who has disabled the service since keeps it disabled."""
    if _is_installed(layout, seen):
        return
    for link, unit in layout.enabled.items():
        if not seen.has(link):
            yield MakeLink(link, unit, f"enable {link.name}: it starts with the machine")


def _is_installed(layout: Layout, seen: Seen) -> bool:
    if layout.instance is None:
        return layout.main in seen.texts
    return any(seen.has(link) for link in layout.enabled)


def _start(layout: Layout, seen: Seen, before: tuple[Step, ...]) -> Iterator[Step]:
    if not seen.has_systemd:
        return
    daemon, timer = layout.unit("tracker"), layout.unit("tracker-backup", "timer")
    yield Systemctl(("daemon-reload",))
    if not _is_installed(layout, seen):
        yield Systemctl(("start", timer))
        if is_ready(layout, seen):
            yield Systemctl(("start", daemon))
    elif before:
        yield Systemctl(("start" if _is_dynamic(layout, seen) else "try-restart", timer, daemon))


def is_example(layout: Layout, seen: Seen) -> bool:
    """Tell whether the config is still the one that an install writes."""
    return seen.config_text == first_config(EXAMPLE, layout.database)


def is_ready(layout: Layout, seen: Seen) -> bool:
    """Tell whether the daemon can be started: on a database that is not where it looks, it would begin a second one."""
    return seen.config_faults == () and not tuple(_about_database(layout, seen))


# -- what is left ------------------------------------------------------------------------------------------


def _remarks(layout: Layout, seen: Seen) -> Iterator[str]:
    if not seen.has(layout.config) or is_example(layout, seen):
        yield f"Put your panel's address into {layout.config} and your key beside it. This asks for both:"
        yield f"  sudo tracker --config {layout.config} init --force"
    else:
        for fault in seen.config_faults or ():
            yield f"The config was left as it is, and it is wrong: {fault}"
    yield from _about_database(layout, seen)
    yield from _about_second(layout, seen)
    link = seen.entries.get(LINK)
    if layout.command.parent not in PATH and link is not None and not _is_ours(link.target):
        yield f"{LINK} is another program and was left as it is; the command is {layout.command}."
    if (seen.user is None and seen.is_image) or not seen.is_root:
        yield f"Give {layout.config_folder} and {layout.state} to the user {layout.user}, with all in them."
    yield f"Check it: {layout.by_hand('check')}"
    if not seen.has_systemd:
        yield f"systemd does not run here. It starts {layout.unit('tracker')} with the machine; until then, by hand:"
        yield f"  {layout.by_hand('run')}"
    elif not is_ready(layout, seen):
        yield f"Then start it: systemctl start {layout.unit('tracker')}"


def _about_database(layout: Layout, seen: Seen) -> Iterator[str]:
    file = _file_of(seen.database)
    if file is None or file.is_relative_to(layout.state):
        return
    yield (
        f"The config's database is {file}, where the service may not write. Stop what uses it and move it to "
        f"{layout.state} (with its -wal, if there is one), or run `systemctl edit {layout.unit('tracker')}` and add "
        f"two lines: [Service] and ReadWritePaths={file.parent}"
    )


def _about_second(layout: Layout, seen: Seen) -> Iterator[str]:
    second = layout.config_folder / places.DATABASE_NAME
    if seen.has(second) and _file_of(seen.database) != second:
        yield (
            f"{second} is a second database, which a command by hand has made: nobody sends what was queued there. "
            "Queue those orders again, and delete it."
        )


def _file_of(url: str | None) -> Path | None:
    return Path(url.removeprefix("sqlite:///")) if url is not None and url.startswith("sqlite:") else None
