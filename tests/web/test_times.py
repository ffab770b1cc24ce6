"""Times that a person writes on the page are of the zone in which the page shows times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.browsers import served
from tests.support.samples import a_database, a_draft, enqueued
from tracker.lib.times import read_rfc3339


@pytest.mark.parametrize(
    ("asked", "is_shown"),
    [
        ("since=2026-03-01 08:29", True),
        ("since=2026-03-01 08:31", False),
        ("since=2026-03-01 05:01Z", False),
        ("until=2026-03-01 08:31", True),
        ("until=2026-03-01 08:29", False),
    ],
)
def test_a_list_is_of_orders_since_and_until_a_time_of_the_configured_zone(
    tmp_path: Path, asked: str, is_shown: bool
) -> None:
    db = a_database(tmp_path)
    enqueued(db, a_draft("https://x.example/mine"), now=read_rfc3339("2026-03-01T05:00:00Z"))

    with served(db, tmp_path, panels="timezone: Asia/Tehran\n") as stage:
        page = stage.browser().get(f"/orders?{asked.replace(' ', '+')}").text

    assert ("x.example/mine" in page) is is_shown
