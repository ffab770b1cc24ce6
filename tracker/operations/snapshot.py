"""Reads the state of everything at one moment."""

from __future__ import annotations

from decimal import Decimal

from tracker.accounts.account import Account
from tracker.accounts.balance import estimated, runway
from tracker.config.panel_settings import PanelConfig
from tracker.config.settings import Config
from tracker.lib.times import DAY
from tracker.operations.health import PanelStatus, Status
from tracker.operations.limits import held_sentences, rooms, rules_of, rules_of_tags
from tracker.operations.recurring import stray_rules, upcoming
from tracker.operations.waiting import waiting_sentences
from tracker.orders.strays import strays
from tracker.orders.submission import ADD_MARGIN
from tracker.store import (
    accounts,
    counters,
    daemons,
    equal_orders,
    orders,
    paused_tags,
    queue,
    recent,
    silences,
    tag_counts,
    uptime,
)  # fmt: skip
from tracker.store.database import Database

LATELY = DAY
"""How long a rejected order is shown."""


def read_status(db: Database, config: Config, now: int, start: str, *, may_rest: bool = False) -> Status:
    """Return the state of everything; `start` starts a daemon, which may have nothing to do and rest."""
    counts = counters.counts(db)
    panels = [_panel(db, config, panel, counts.get(panel.name, {}), now) for panel in config.panels.values()]
    others, clock = strays(counts, config.panels), uptime.read(db)
    tags, paused = tag_counts.going_on(db), paused_tags.paused(db)
    again = [(one.rule.name, one.next_at) for one in upcoming(db, config, now)]
    kept_back = len(silences.on(db, now))
    return Status(
        panels,
        daemons.listed(db),
        counters.alerts(db),
        others,
        clock,
        start,
        tags,
        paused,
        again,
        kept_back,
        rooms(db, rules_of_tags(config), now, tags=config.tags or ()),
        may_rest,
        stray_rules(config, db),
    )


def _panel(db: Database, config: Config, panel: PanelConfig, counts: dict[str, int], now: int) -> PanelStatus:
    readings = accounts.balances_since(db, panel.name, now - DAY)
    account = accounts.read(db, panel.name)
    rejected, rejected_count = recent.rejected(db, panel.name, now - LATELY)
    known = panel.dialect.refusals.reason
    unlisted = [one for one in orders.unlisted_words(db, panel.name) if known([one.words]) is None]
    return PanelStatus(
        panel.name, counts, account, panel.balance.every,
        unlisted=unlisted,
        runway=runway(readings),
        waits_for_equal=_waits_for_equal(db, panel, now),
        waiting=[
            *waiting_sentences(db, config.unknown, panel, now),
            *held_sentences(db, panel.name),
        ],
        rooms=rooms(db, rules_of(config, panel.name), now, panel.name),
        estimate=estimated(account, _charges_since(db, account)),
        rejected=rejected,
        rejected_count=rejected_count,
        held=queue.held(db, panel.name) if counts.get("queued") else {},
    )  # fmt: skip


def _charges_since(db: Database, account: Account) -> list[Decimal | None]:
    """Return what each order costs that was sent since the last reading of the wallet, where that is known."""
    return [] if account.balance_at is None else recent.charges(db, account.panel, account.balance_at)


def _waits_for_equal(db: Database, panel: PanelConfig, now: int) -> list[tuple[int, int, int]]:
    """Return which queued orders wait for the end of an equal one's window."""
    window = panel.dialect.dedupe_window
    if window is None:
        return []
    found = equal_orders.waiting_for_equal(db, panel.name, now, window + ADD_MARGIN, panel.add_timeout)
    return [(order.id, equal.id, until) for order, equal, until in found]
