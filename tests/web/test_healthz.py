"""Whether all is well, for monitors: only what is critical makes it ill, and whatever fails is said in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database
from tracker.accounts.account import Account, AccountChange
from tracker.config.loader import parse
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.operations.health import Health
from tracker.store import accounts, daemons
from tracker.store.database import Database
from tracker.web.healthz import HANGS, health
from tracker.web.site import Doors, Site

CONFIG = "panels: {p: {url: 'https://x.example/api', key: a-secret-key}}\nweb: {}\n"


def a_site(folder: Path, db: Database, is_alive: Callable[[], bool] = lambda: True) -> Site:
    doors = Doors(adopt=lambda order, _id, _by: order, is_alive=is_alive)
    return Site(db, parse(CONFIG, folder / "config.yaml", {}), doors, lambda: NOW)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site where all is well."""
    db = a_database(tmp_path)
    with db.transaction():
        daemons.register(db, "1", NOW - SECOND)
    update(db, balance=Decimal(5), balance_at=NOW - SECOND)
    return a_site(tmp_path, db)


def update(db: Database, **values: object) -> None:
    def decide(account: Account) -> AccountChange:
        return AccountChange(account._replace(**values))  # type: ignore[arg-type]

    with db.transaction():
        accounts.update(db, "p", decide)


def test_all_is_well_and_there_is_nothing_to_say(site: Site) -> None:
    assert health(site) == (True, [])


def test_a_warning_is_told_and_is_no_illness(site: Site) -> None:
    update(site.db, paused_at=NOW)

    is_well, found = health(site)

    assert is_well
    assert found == [(Health.WARNING, "p is paused; `tracker resume p` starts it again")]


def test_what_is_critical_is_told_first_and_makes_it_ill(site: Site) -> None:
    update(site.db, paused_at=NOW, refused_at=NOW, refused_words="Invalid API key")

    is_well, found = health(site)

    assert not is_well
    assert [severity for severity, _ in found] == [Health.CRITICAL, Health.WARNING]
    assert "Invalid API key" in found[0][1]


def test_a_daemon_without_beats_is_critical(site: Site) -> None:
    late = replace(site, now=lambda: NOW + 2 * MINUTE)

    is_well, found = health(late)

    assert not is_well
    assert found[0][0] is Health.CRITICAL
    assert "no heartbeat" in found[0][1]
    with site.db.transaction():
        site.db.sql("DELETE FROM daemons")
    assert "not running" in health(replace(site, now=lambda: NOW + HOUR))[1][0][1]


def test_a_pass_that_hangs_is_critical(site: Site, tmp_path: Path) -> None:
    assert health(a_site(tmp_path, site.db, lambda: False)) == (False, [(Health.CRITICAL, HANGS)])


@pytest.mark.sqlite
def test_a_database_that_is_away_is_critical(tmp_path: Path) -> None:
    (is_well, ((severity, sentence),)) = health(a_site(tmp_path, Database(f"sqlite:///{tmp_path}/none/t.db")))

    assert (is_well, severity) == (False, Health.CRITICAL)
    assert sentence.startswith("the database cannot be read: ")
    assert "a-secret-key" not in sentence
