"""How well a panel is kept up with: how late its news is, and how much of its budget of calls is used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tracker.config.panel_settings import PanelConfig
from tracker.lib.counts import counted
from tracker.lib.times import DAY, HOUR, about, seconds
from tracker.store import meters
from tracker.store.database import Database
from tracker.store.meters import CALLS, NEWS
from tracker.web.svg import Curve, curve

SHOWN = 7 * DAY
STEP = HOUR
"""What one point of a curve stands for."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What is said of a panel's pace, and its curves of a week; None where nothing was measured."""

    news: str | None
    news_curve: Curve | None
    calls: str
    calls_curve: Curve | None


def pace(db: Database, config: PanelConfig, now: int) -> Pace:
    """Return the pace of a panel."""
    return Pace(
        _news(db, config.name, now), _news_curve(db, config.name, now),
        _calls(db, config, now), _calls_curve(db, config, now),
    )  # fmt: skip


def _news(db: Database, panel: str, now: int) -> str | None:
    """Say how late, at most, ends were noticed in the last day."""
    day = meters.over(db, panel, NEWS, now - DAY)
    if day is None or day.median is None or day.ninetieth is None:
        return None
    half, most = about(day.median), about(day.ninetieth)
    return f"{counted(day.count, 'end')} noticed: half at most {half} late, nine of ten at most {most}"


def _news_curve(db: Database, panel: str, now: int) -> Curve | None:
    found = meters.series(db, panel, NEWS, now - SHOWN, STEP)
    readings = [(one.at, Decimal(one.ninetieth)) for one in found if one.ninetieth is not None]
    return curve(readings, None, now - SHOWN, now)


def _calls(db: Database, config: PanelConfig, now: int) -> str:
    """Say how much of the budget is used now."""
    used = meters.per_second(db, CALLS, now).get(config.name, 0.0)
    return f"{used:.2g} of {config.calls_per_second:g} a second ({used / config.calls_per_second:.0%})"


def _calls_curve(db: Database, config: PanelConfig, now: int) -> Curve | None:
    """Draw the calls a second of each hour below the line that is allowed; the hour that runs has too few yet."""
    found = meters.counts(db, config.name, CALLS, now - SHOWN, STEP)
    if not found:
        return None
    hours = range(min(found), now - now % STEP, STEP)
    readings = [(at, Decimal(found.get(at, 0)) / round(seconds(STEP))) for at in hours]
    return curve(readings, Decimal(str(config.calls_per_second)), now - SHOWN, now)
