"""What `tracker service uninstall` does, from what the machine has. Pure. What a person has written or bought stays."""

from __future__ import annotations

from collections.abc import Iterator

from tracker.service import units
from tracker.service.install import aside
from tracker.service.layout import LINK, UNITS, USER, Layout
from tracker.service.seen import Kind, Seen
from tracker.service.steps import Plan, Remove, SetAside, Step, Systemctl


def uninstall_plan(layout: Layout, seen: Seen) -> Plan:
    """Return the steps that stop the service and take its units away."""
    steps = (*_stop(layout, seen), *_links(layout, seen), *_units(layout, seen), *_command(layout, seen))
    if seen.has_systemd and steps:
        steps = (*steps, Systemctl(("daemon-reload",)))
    return Plan(steps, tuple(_remarks(layout, seen)))


def _stop(layout: Layout, seen: Seen) -> Iterator[Step]:
    is_there = any(path in seen.texts for path in layout.units)
    if seen.has_systemd and is_there:
        for name in (layout.unit("tracker-backup", "timer"), layout.unit("tracker")):
            yield Systemctl(("stop", name))


def _links(layout: Layout, seen: Seen) -> Iterator[Step]:
    for link in layout.enabled:
        if seen.has(link):
            yield Remove(link)


def others(layout: Layout, seen: Seen) -> list[str]:
    """Return the other services of this machine that are enabled, by their units."""
    wanted = UNITS / "multi-user.target.wants"
    return sorted(
        path.name
        for path in seen.entries
        if path.parent == wanted and path.name.startswith("tracker") and path not in layout.enabled
    )


def _units(layout: Layout, seen: Seen) -> Iterator[Step]:
    if layout.instance is not None and any("@" in name for name in others(layout, seen)):
        return
    for path in layout.units:
        text = seen.texts.get(path)
        if text is not None:
            yield Remove(path) if units.is_as_written(text) else SetAside(path, aside(path, seen))


def _command(layout: Layout, seen: Seen) -> Iterator[Step]:
    found = seen.entries.get(LINK)
    if found and found.kind is Kind.LINK and found.target == layout.command and not others(layout, seen):
        yield Remove(LINK)


def _remarks(layout: Layout, seen: Seen) -> Iterator[str]:
    if users := others(layout, seen):
        yield f"Other services of tracker stay: {', '.join(users)}."
    kept = [folder for folder in (layout.config_folder, layout.state) if seen.has(folder)]
    if kept:
        yield f"Your config, keys, orders and backups stay: {' and '.join(map(str, kept))}."
    if kept and (layout.instance is not None or not users):  # the folders of the others are inside
        yield f"To delete them too, for good: rm -r {' '.join(map(str, kept))}"
    if seen.user is not None and not users and layout.user == USER:
        yield f"The user {layout.user} stays as well: userdel {layout.user}"
