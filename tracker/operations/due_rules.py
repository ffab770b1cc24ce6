"""How far ahead each kind of stored time may lie: its own longest interval."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tracker.accounts.breaker import LONGEST_BACKOFF
from tracker.alerts.delivery import LONGEST_RETRY
from tracker.config.panel_settings import PanelConfig
from tracker.config.settings import Config
from tracker.config.target_settings import Target
from tracker.lib.http_headers import LONGEST_WAIT
from tracker.lib.times import DAY, SECOND
from tracker.orders.polling import RECHECKS
from tracker.orders.submission import ADD_MARGIN, LINK_BUSY_REST
from tracker.store import counters, due_times
from tracker.store.database import Database
from tracker.store.due_times import SKEW, Rule

SLACK = 4
"""By what factor polls may be later than calls at full rate would make them: failed calls take their share."""

STEP_SKEW = 2 * SECOND
"""By how much times may lie ahead that are due at once, right after a step of the own clock."""


class Brought(NamedTuple):
    """How many times of which column were brought near."""

    #: What only a wrong clock has written so far ahead.
    by_clock: dict[str, int]
    #: What another config may have let lie so far ahead.
    by_config: dict[str, int]


def bring_near(db: Database, config: Config, now: int, *, stepped: bool) -> Brought:
    """Bring near what lies ahead by more than its own longest interval."""
    active = {panel: states.get("active", 0) for panel, states in counters.counts(db).items()}
    found = rules(config, active, now, stepped=stepped)
    by_clock = due_times.bring_near(db, (rule for rule in found if not rule.kind.by_config), now)
    return Brought(by_clock, due_times.bring_near(db, (rule for rule in found if rule.kind.by_config), now))


def rules(config: Config, active: Mapping[str, int], now: int, *, stepped: bool) -> list[Rule]:
    """Return a rule for each kind of time; `active` counts the active orders of each panel.

    After a step of the clock (`stepped`), a longer wait that a panel or a target had asked for is given up as well:
    it cannot be told from one that the wrong clock wrote.
    """
    skew = STEP_SKEW if stepped else SKEW
    longest_hold = 0 if stepped else LONGEST_WAIT
    found = [Rule(kind, (), skew) for kind in due_times.PAST]
    found.append(Rule(due_times.HEARTBEAT, (socket.gethostname(),), skew))
    for panel in config.panels.values():
        count = active.get(panel.name, 0)
        found += _panel_rules(config, panel, count, now, skew, max(LONGEST_BACKOFF, longest_hold))
    for target in config.alerts:
        found += _target_rules(target, now, skew, max(LONGEST_RETRY, longest_hold))
    return found


def longest_poll(config: Config, panel: PanelConfig, active: int) -> int:
    """Return how late the next poll of an order may be: `poll_max`, or longer where calls are too scarce for that."""
    return max(
        config.schedule.poll_max,
        round(SLACK * active / (panel.ids_per_call * panel.calls_per_second) * SECOND),
    )


def _panel_rules(
    config: Config, panel: PanelConfig, active: int, now: int, skew: int, longest_hold: int
) -> Iterator[Rule]:
    values = (panel.name,)
    first_check = max(config.unknown.looks[0], panel.add_timeout + ADD_MARGIN)
    yield Rule(due_times.NEVER_PUT_OFF, values, skew)
    yield Rule(due_times.QUEUED, values, max(LINK_BUSY_REST, config.schedule.poll) + skew)
    poll = longest_poll(config, panel, active) + skew
    yield Rule(due_times.POLLED_AHEAD, (panel.name, now + skew), poll)
    yield Rule(due_times.POLL, values, poll)
    yield Rule(due_times.RECHECK, values, max(RECHECKS) + skew)
    yield Rule(due_times.REQUEST, values, skew)
    yield Rule(due_times.REFILL_LOOK, values, max(config.schedule.poll, config.schedule.poll_max) + skew)
    # Not at once: another machine's `add` may still be on the wire.
    yield Rule(due_times.FIRST_CHECK, values, first_check + skew, first_check)
    yield Rule(due_times.CHECK, values, max(config.unknown.looks) + skew)
    yield Rule(due_times.HOLD, values, longest_hold + skew)
    yield Rule(due_times.READING, values, skew)


def _target_rules(target: Target, now: int, skew: int, longest_hold: int) -> Iterator[Rule]:
    values = (target.name,)
    quiet_end = None if target.quiet is None else target.quiet.until(now)
    yield Rule(due_times.TARGET_HOLD, values, longest_hold + skew)
    yield Rule(due_times.FIRST_TRY, values, skew)
    yield Rule(due_times.NEXT_TRY, values, longest_hold + skew)
    gathers = (target.digest or 0) + (DAY if target.quiet else 0)
    yield Rule(
        due_times.DIGEST,
        values,
        max(gathers, longest_hold) + skew,
        0 if quiet_end is None else quiet_end - now,
    )
