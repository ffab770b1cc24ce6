"""What the page of a panel says of how late its news is, and of its budget of calls."""

from __future__ import annotations

from pathlib import Path

from werkzeug.test import Client

from tests.support.samples import NOW, a_database
from tracker.config.loader import parse
from tracker.lib.histogram import Histogram
from tracker.lib.times import DAY, HOUR, MINUTE
from tracker.store import meters
from tracker.store.database import Database
from tracker.store.meters import CALLS, NEWS, SLOT, Key, Meter
from tracker.web.app import App
from tracker.web.pages.pace import pace
from tracker.web.site import Doors, Site
from tracker.web.svg import HEIGHT, MARGIN

TEXT = "panels: {p: {url: 'https://x.example/api', key: a-secret-key, calls_per_second: 2}}\nweb: {}\n"


def add(db: Database, meter: Meter, at: int, *values: int) -> None:
    figure = Histogram()
    for value in values:
        figure.note(value, meter.bounds)
    meters.add(db, {Key("p", meter.name): figure}, at)


def test_without_figures_only_the_budget_is_told(tmp_path: Path) -> None:
    config = parse(TEXT, tmp_path / "config.yaml", {}).panels["p"]

    found = pace(a_database(tmp_path), config, NOW)

    assert (found.news, found.news_curve, found.calls_curve) == (None, None, None)
    assert found.calls == "0 of 2 a second (0%)"


def test_news_and_calls_are_told_and_drawn_against_the_budget(tmp_path: Path) -> None:
    config = parse(TEXT, tmp_path / "config.yaml", {})
    db = a_database(tmp_path)
    with db.transaction():
        for hours in (3 * 24, 30, 2):
            add(db, NEWS, NOW - hours * HOUR, *[MINUTE] * 5, *[10 * MINUTE] * 5)
        add(db, CALLS, NOW - 2 * DAY, *[1] * 3600)
        add(db, CALLS, NOW - SLOT, *[1] * 300)

    found = pace(db, config.panels["p"], NOW)

    assert found.news == "10 ends noticed: half at most 60 s late, nine of ten at most 9 min"
    used = 300 / (300 + (NOW % SLOT) / 1_000_000)
    assert found.calls == f"{used:.2g} of 2 a second ({used / 2:.0%})"
    assert found.news_curve is not None
    assert found.calls_curve is not None
    assert found.calls_curve.low == MARGIN
    assert found.calls_curve.top == 2
    assert f",{HEIGHT / 2:g}" in found.calls_curve.line
    assert f",{HEIGHT - MARGIN}" in found.calls_curve.line

    site = Site(db, config, Doors(adopt=lambda order, _id, _by: order), lambda: NOW)
    assert config.web is not None
    page = Client(App(site, config.web)).get("/panels/p", base_url="http://127.0.0.1:8787")
    assert page.status_code == 200
    assert found.news in page.text
    assert page.text.count("<polyline") == 2
