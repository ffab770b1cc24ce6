"""Orders that are queued again and again: of the config, and those that were added by a command.

Each order has a ref of its name and its time: whatever is restarted, restored or set back, there is one for each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from tracker.config.settings import Config
from tracker.lib import moments, recurrence
from tracker.lib.times import SECOND, rfc3339
from tracker.operations.drafts import draft_of
from tracker.store import recurring
from tracker.store.database import Database


class Rule(NamedTuple):
    """One recurring order. Lengths of time are microseconds."""

    name: str
    every: str
    #: The values of its orders, by the column of a file.
    row: Mapping[str, object]
    #: How long after its time an order may still be sent.
    expires: int | None = None
    #: No order is queued from then on.
    until: str | None = None
    is_in_config: bool = True

    @property
    def panel(self) -> str:
        """The panel that it orders from."""
        return str(self.row["panel"])


class Upcoming(NamedTuple):
    """A rule, and when it comes next; None: never more."""

    rule: Rule
    next_at: int | None
    last_ref: str | None


_COLUMNS = ("service", "link", "quantity", "comments", "tags", "priority")


def rules(config: Config, db: Database) -> dict[str, Rule]:
    """Return every rule by its name; one of the config hides one of the same name."""
    return {name: added_rule(name, kept) for name, kept in recurring.added(db).items()} | rules_of(config)


def rules_of(config: Config) -> dict[str, Rule]:
    """Return the rules of a config by their names."""
    found = {}
    for name, one in config.recurring.items():
        row = {column: getattr(one, column) for column in _COLUMNS}
        row["panel"] = one.panel or next(iter(config.panels))
        found[name] = Rule(name, one.every, row, one.expires, one.until)
    return found


def faults_of(config: Config) -> Iterator[tuple[str, str]]:
    """Yield the name of each rule of a config of which no order can be made, and why."""
    reserved = {name: panel.dialect.reserved for name, panel in config.panels.items()}
    for name, rule in rules_of(config).items():
        try:
            draft_of(rule.row, None, reserved)
        except ValueError as wrong:
            yield name, str(wrong)


def added_rule(name: str, kept: Mapping[str, Any]) -> Rule:
    """Return a rule that was added by a command, as it is kept."""
    return Rule(
        name,
        kept["every"],
        {**kept["row"], "panel": kept["panel"]},
        kept["expires"],
        kept["until"],
        is_in_config=False,
    )


def upcoming(db: Database, config: Config, now: int) -> list[Upcoming]:
    """Return every rule with its next time, those that come first first."""
    found = []
    for rule in rules(config, db).values():
        last = recurring.last(db, rule.name) or recurring.Last(now, None)
        found.append(Upcoming(rule, next_time(rule, last.at, now, config), last.ref))
    return sorted(found, key=lambda one: (one.next_at is None, one.next_at or 0, one.rule.name))


def stray_rules(config: Config, db: Database) -> list[str]:
    """Say of each rule whose panel is not in the config that it queues nothing."""
    return [
        f"the recurring order {name} is of panel {rule.panel}, which is not in the config: nothing is queued; put the "
        f"panel back, or run `tracker rename-panel {rule.panel} NEW` or `tracker recurring remove {name}`"
        for name, rule in rules(config, db).items()
        if rule.panel not in config.panels
    ]


def next_time(rule: Rule, anchor: int, now: int, config: Config) -> int | None:
    """Return when a rule comes next; None: never more, or its panel is not in the config."""
    if rule.panel not in config.panels:
        return None
    at = recurrence.next_after(rule.every, max(now, anchor), anchor, config.timezone)
    return at if at is not None and at < end_of(rule, config) else None


def end_of(rule: Rule, config: Config) -> int:
    """Return from when on no order of a rule is queued."""
    if rule.until is None:
        return 2**62
    return moments.read_coming(rule.until, 0, config.timezone)


def ref_of(name: str, at: int) -> str:
    """Return the ref of a recurring order of a time."""
    moment = datetime.fromisoformat(rfc3339(at // SECOND * SECOND))
    return f"every:{name}:{moment:%Y-%m-%dT%H:%M}{f':{moment:%S}' if moment.second else ''}Z"
