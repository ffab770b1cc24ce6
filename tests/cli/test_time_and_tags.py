"""Times, priorities, tags and recurring orders with the real command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import Project
from tracker.lib import clock
from tracker.lib.times import DAY, read_rfc3339
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

ORDER = ("add", "1", "https://x.example/a", "100")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with PracticePanel(Behaviour(pace=0)) as panel:
        made = Project(tmp_path, panel)
        text = made.config.read_text()
        made.config.write_text(f"{text}timezone: Asia/Tehran\n")
        yield made


def test_an_order_shows_its_tags_its_priority_and_its_times(project: Project) -> None:
    (added,) = project.json(
        *ORDER, "--tag", "july", "--tag", "vip", "--priority", "5", "--not-before", "2050-12-24 09:00", "--expires",
        "2050-12-25",
    )  # fmt: skip

    expected = {
        "tags": ["july", "vip"], "priority": 5, "not_before": "2050-12-24T05:30:00.000Z", "held": "time",
        "expires_at": "2050-12-24T20:30:00.000Z",
    }  # fmt: skip
    assert added | expected == added
    (shown,) = project.json("show", "1")
    assert shown | expected == shown


def test_what_cannot_be_meant_is_refused_with_a_reason(project: Project) -> None:
    assert "`expires` is in the past" in project.run(*ORDER, "--expires", "2020-01-01", code=2).stderr


def test_a_file_has_columns_for_them_and_is_taken_once_also_after_they_have_passed(project: Project) -> None:
    file = project.folder / "orders.csv"
    lines = ["service,link,quantity,ref,tags,Priority,not before,expires"]
    lines += ["1,https://x.example/a,100,a,july; vip,-3,,2050-12-25", "1,https://x.example/b,100,b,,,,"]
    file.write_text("\n".join(lines) + "\n")
    assert project.run("import", str(file)).stdout.startswith("2 orders queued")
    file.write_text("\n".join(lines).replace("2050", "2020").replace("july", "other") + "\n")
    assert project.run("import", str(file)).stdout == "0 orders queued, 2 were already in the queue.\n"

    tagged, plain = project.json("list", "--limit", "0")[::-1]
    assert (tagged["tags"], tagged["priority"], plain["tags"], plain["priority"]) == (
        ["july", "vip"],
        -3,
        [],
        0,
    )
    file.write_text("\n".join(lines).replace("2050", "2020").replace(",a,", ",new,") + "\n")
    assert "`expires` is in the past" in project.run("import", str(file), code=2).stderr


def test_orders_of_a_tag_are_listed_paused_and_resumed(project: Project) -> None:
    project.run(*ORDER, "--tag", "july", "--ref", "a")
    project.run(*ORDER, "--tag", "vip", "--ref", "b")

    assert project.json("pause", "--tag", "july") == [{"tag": "july", "paused": True, "orders": 1}]
    assert [one["ref"] for one in project.json("list", "--tag", "july")] == ["a"]
    (status,) = project.json("status")
    assert status["paused_tags"] == ["july"]
    assert status["panels"][0]["held"] == {"tag_paused": 1}
    assert [one["tag"] for one in status["tags"]] == ["july", "vip"]
    assert "one of its tags is paused" in project.run("list", "--tag", "july").stdout
    assert "one of its tags is paused" in project.run("show", "a").stdout
    assert "1 queued order goes on" in project.run("resume", "--tag", "july").stdout

    assert project.run("tag", "a", "b", "--add", "vip", "--remove", "july").stdout.splitlines() == [
        "Order 1 has the tags vip.", "Order 2 has the tags vip.",
    ]  # fmt: skip


def test_a_recurring_order_is_added_listed_and_removed(project: Project) -> None:
    order = ("recurring", "add", "weekly", "1", "https://x.example/w", "100")
    project.run(*order, "--every", "30 8 * * mon", "--tag", "w", "--expires", "2h", "--until", "2050-01-01")

    (rule,) = project.json("recurring", "list")
    assert (rule["name"], rule["quantity"], rule["tags"], rule["expires_seconds"]) == (
        "weekly",
        100,
        ["w"],
        7200,
    )
    assert rule["next_at"].endswith("T05:00:00.000Z")
    assert "weekly in" in project.run("status", code=2).stdout
    assert project.json("recurring", "remove", "weekly") == [{"name": "weekly", "removed": True}]


def test_a_recurring_order_of_a_panel_that_is_gone_is_warned_of(project: Project) -> None:
    text = project.config.read_text()
    other = "panels:\n  gone: {url: 'http://127.0.0.1:9/api/v1', key: another-key}\n"
    project.config.write_text(text.replace("panels:\n", other))
    project.run(
        "recurring", "add", "n", "1", "https://x.example/w", "100", "--every", "1h", "--panel", "gone"
    )
    project.config.write_text(text)

    assert (
        "the recurring order n is of panel gone, which is not in the config"
        in project.run("status", code=2).stdout
    )
    assert project.json("recurring", "list")[0]["next_at"] is None
    project.run("rename-panel", "gone", "p")
    assert project.json("recurring", "list")[0]["next_at"] is not None


def test_a_recurring_order_that_the_panel_would_refuse_is_not_added(project: Project) -> None:
    project.run("services", "--refresh")
    order = ("recurring", "add", "n", "999", "https://x.example/w", "100", "--every", "1h")

    assert "Nothing was changed; --anyway adds it" in project.run(*order, code=2).stderr
    for expires in ("0s", "59s", "366d", "soon"):
        assert "Nothing was changed" in project.run(*order, "--anyway", "--expires", expires, code=2).stderr
    assert project.json("recurring", "list") == []
    project.run(*order, "--anyway")
    assert [one["name"] for one in project.json("recurring", "list")] == ["n"]


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("31.12.2050", "write tomorrow 9:00"), ("2051-02-29", "write tomorrow 9:00"), ("2020-01-01", "in the past"),
        ("1h", "it never comes before --until 1h"),
    ],
)  # fmt: skip
def test_an_end_that_leaves_no_order_is_refused(project: Project, until: str, said: str) -> None:
    order = ("recurring", "add", "n", "1", "https://x.example/w", "100", "--every", "1d", "--until", until)

    assert said in project.run(*order, code=2).stderr
    assert project.json("recurring", "list") == []


def test_the_end_of_a_recurring_order_is_read_like_any_coming_time_and_stays_the_same(
    project: Project,
) -> None:
    order = ("recurring", "add", "n", "1", "https://x.example/w", "100", "--every", "1h")
    project.run(*order, "--until", "tomorrow 9:00")

    (rule,) = project.json("recurring", "list")
    assert 0 < read_rfc3339(rule["until"]) - clock.now() <= 2 * DAY


def test_faults_of_recurring_orders_in_the_config_are_named_with_their_place(project: Project) -> None:
    text = project.config.read_text()
    project.config.write_text(
        f'{text}recurring:\n  a: {{every: "0 9 * *", service: 1, link: x, panel: q}}\n  b: {{service: 1, every: 1d}}\n'
    )

    said = project.run("check", "--offline", code=78).stderr
    project.config.write_text(
        f'{text}recurring:\n  c: {{every: 1d, service: 1, link: "https://x.example/\\u200f"}}\n'
    )
    for command in (("check", "--offline"), ("run", "--until-idle")):
        assert "recurring.c: the link contains a character" in project.run(*command, code=78).stderr
    assert "recurring.a.every: '0 9 * *': write five cron words" in said
    assert "recurring.a.panel: the config has no panel 'q'; it has: p" in said
    assert "recurring.b.link: is missing" in said
