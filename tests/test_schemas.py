"""On PostgreSQL a test finds a schema as the migrations left it, whatever the test before did to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import databases
from tests.support.samples import a_database, a_draft, enqueued
from tests.support.schemas import Schemas
from tracker.store import counters, epoch

pytestmark = pytest.mark.postgresql


def used(folder: Path, statement: str) -> str:
    """Use a new folder's schema, give it back, and return its URL."""
    folder.mkdir()
    db = a_database(folder)
    enqueued(db, a_draft(), a_draft("https://x.example/b"))
    epoch.advance(db)
    db.sql(statement)
    url = databases.url(folder)
    assert isinstance(databases.home, Schemas)
    databases.home.reclaim()
    return url


def test_a_schema_is_used_again_without_its_rows(tmp_path: Path) -> None:
    url = used(tmp_path / "first", "DELETE FROM schema_migration")

    db = a_database(tmp_path)

    assert databases.url(tmp_path) == url
    assert counters.counts(db) == {}
    assert [order.id for order in enqueued(db, a_draft())] == [1]


def test_a_schema_whose_shape_was_changed_is_not_used_again(tmp_path: Path) -> None:
    url = used(tmp_path / "first", "ALTER TABLE accounts ADD COLUMN more TEXT")

    assert databases.url(tmp_path) != url
