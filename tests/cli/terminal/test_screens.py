"""The screens on a real terminal of 80 columns: nothing is folded inside a word, and columns stand under their titles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.support import terminals
from tests.support.project import Project
from tests.support.stepped_project import opened
from tracker.cli.terminal.cells import cells
from tracker.lib.clock import now
from tracker.lib.times import MINUTE
from tracker.orders.answers import Service
from tracker.orders.order import Draft
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import queue
from tracker.store.catalogue import replace_catalogue
from tracker.store.database import Database

NAMES = (
    "Instagram Followers [Real] [Refill 30 Days] [Max 100K]",
    "بازدید پست اینستاگرام",
    "抖音粉丝 [高质量]",
    "🔥 Views 🔥",
)
REFS = ("july-campaign-1", "کمپین-تابستان", "キャンペーン夏", "🎉party🎉")
LINK = "https://example.com/" + "x" * 2970 + "/end"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = Project(tmp_path, panel)
        with_orders(project)
        yield project


def with_orders(project: Project) -> None:
    """Queue an order for each service, with the names that people give them."""
    with opened(project.folder) as db:
        _fill(db)


def _fill(db: Database) -> None:
    services = [
        Service(str(number), name, Decimal("0.00123"), 10, 1_000_000)
        for number, name in zip((2, 10, 4, 33), NAMES, strict=True)
    ]
    replace_catalogue(db, "p", services, now())
    drafts = [Draft("p", one.id, LINK, 2000, ref=ref) for one, ref in zip(services, REFS, strict=True)]
    queue.enqueue(db, [queue.Entry(draft) for draft in drafts], now())
    with db.transaction():
        db.many(
            "UPDATE orders SET created_at = ? WHERE id = ?",
            [(now() - n * 50 * MINUTE, n) for n in (1, 2, 3, 4)],
        )


def lines(project: Project, *arguments: str, columns: int = 80) -> list[str]:
    return terminals.shown(project.command(*arguments), columns).splitlines()


def test_a_list_shows_what_people_ask_for_and_fits(project: Project) -> None:
    found = lines(project, "list")

    assert found[0].split() == ["id", "ref", "state", "service", "done", "age"]
    assert all(cells(line) <= 80 for line in found)
    assert all(ref in found[number + 1] for number, ref in enumerate(REFS))
    ends = {cells(line[: line.index("0/2,000") + 7]) for line in found[1:]}
    assert ends == {cells(found[0][: found[0].index("done") + 4])}


def test_a_wide_list_cuts_nothing_and_chosen_columns_come_as_chosen(project: Project) -> None:
    assert any(line.count(LINK) == 1 for line in lines(project, "list", "--wide"))
    found = lines(project, "list", "--columns", "link,id")
    assert found[0].split() == ["link", "id"]
    assert "example.com" in found[1]
    assert "/end" in found[1]
    assert cells(found[1]) <= 80
    assert LINK in project.run("list", "--columns", "link,id").stdout
    assert "did you mean link" in project.run("list", "--columns", "lnik", code=2).stderr


def test_services_come_by_number(project: Project) -> None:
    found = lines(project, "services")

    assert [line.split()[0] for line in found[1:-1]] == ["2", "4", "10", "33"]
    assert found[-1] == "A price is for 1 unit, or for a whole package."
    assert all(cells(line) <= 80 for line in found)
    assert "1,000,000" in found[1]


def test_one_order_is_broken_between_words_and_shows_local_times(project: Project) -> None:
    found = terminals.shown(project.command("show", "1"), env=terminals.environment(TZ="Asia/Tehran"))

    assert "2  Instagram Followers" in found
    assert "2,000" in found
    assert "Z" not in found
    assert LINK not in found
    assert LINK in terminals.shown(project.command("show", "1", "--wide"))


def test_the_comments_of_an_order_are_counted_as_they_are_paid(project: Project) -> None:
    project.run(
        "add", "4", "https://x.example/1", "--anyway", "--comments", "a\u2028b\x85c\x0bd\x0ce\r\nsecond"
    )

    assert "comments     a\\u2028b\\u0085c\\u000bd\\u000ce … (2 lines)" in lines(project, "show", "5")


def test_the_facts_of_an_orders_history_have_local_times_and_amounts_as_all_others(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=50)) as panel:
        project = Project(tmp_path, panel)
        project.run("add", "2", "https://x.example/1", "1000")
        project.run("run", "--until-idle")
        project.config.write_text(f"{project.config.read_text()}timezone: Asia/Kathmandu\n")
        shown = terminals.shown(project.command("show", "1"))
        stored = json.loads(project.run("show", "1", "--json").stdout)["history"][1]["evidence"]
        plain = project.run("show", "1").stdout

    sent = datetime.fromisoformat(stored["submitted_at"]).astimezone(ZoneInfo("Asia/Kathmandu"))
    assert f"submitted at: {sent:%H:%M:%S}\n" in shown
    assert "balance before: 100,000\n" in shown
    assert "expected charge: 3,000\n" in shown
    assert f"submitted at: {stored['submitted_at']}\n" in plain


def test_what_is_wrong_is_broken_between_words_and_each_panel_begins_a_line(project: Project) -> None:
    project.config.write_text(
        project.config.read_text().replace(project.panel.url, "http://127.0.0.1:9/api/v2")
    )
    text = project.config.read_text()
    begin, end = text.index("  p:"), text.index("schedule:")
    other = text[begin:end].replace("  p:", "  another-panel:").replace("/api/v2", "/api/v3")
    project.config.write_text(text[:end] + other + text[end:])

    found = lines(project, "balance")
    assert all(cells(line) <= 80 for line in found)
    assert [line.partition(":")[0] for line in found if "the balance could not be read" in line] == [
        "Error",
        "another-panel",
    ]
    shown = lines(project, "check")
    assert all(cells(line) <= 80 for line in shown if str(project.folder) not in line)


def test_alerts_that_one_target_refused_are_told_in_one_sentence(project: Project) -> None:
    with opened(project.folder) as db, db.transaction():
        for number in range(7):
            db.sql("INSERT INTO alerts (at, event) VALUES (?, 'daemon.started')", (now(),))
            db.sql(
                "INSERT INTO deliveries (alert_id, target, state, last_error) "
                "VALUES (?, 'you', 'dead', 'it answered 403: bot was blocked')",
                (number + 1,),
            )

    found = lines(project, "alerts", "list")
    assert found[8:] == ["7, 6, 5, 4, 3 and 2 more not delivered to you: it answered 403: bot was blocked"]


def test_since_yesterday_is_understood(project: Project) -> None:
    assert len(project.json("list", "--since", "yesterday")) == 4
    assert len(project.json("list", "--since", "1 hour ago")) == 1
    assert "write yesterday" in project.run("list", "--since", "soon", code=2).stderr


def test_in_a_pipe_a_long_link_widens_its_own_line_only(project: Project) -> None:
    with opened(project.folder) as db:
        queue.enqueue(db, [queue.Entry(Draft("p", "2", "https://x.example/short", 10))], now())

    head, *rows = project.run("list").stdout.splitlines()

    assert head.endswith("panel id  link")
    assert next(len(row) for row in rows if "short" in row) < 120
    assert sum(row.endswith(LINK) for row in rows) == len(NAMES)


def test_recurring_orders_fit_with_their_links_cut(project: Project) -> None:
    link = "https://www.instagram.com/p/DQx1/?igsh=MzRlODBiNWFlZA"
    project.run("recurring", "add", "daily", "2", link, "50", "--every", "0 9 * * mon-fri", "--anyway")

    found = lines(project, "recurring", "list")

    assert max(map(cells, found)) <= 80
    assert "…" in found[1]
    assert link in project.run("recurring", "list").stdout
