"""What a person sees of limits, and approves; with the real command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.project import Project
from tests.support.samples import a_draft
from tests.support.stepped_project import opened
from tracker.accounts.limits import Reached
from tracker.lib.clock import now
from tracker.orders.answers import Service
from tracker.orders.order import Held
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import catalogue, held, orders, queue

LIMITS = "    limits: {approve_above: 200, spend: {day: 1000}}\n"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Project]:
    """A project with two orders, of which one waits for approval and the other for the next day."""
    with PracticePanel(Behaviour(pace=0)) as panel:
        house = Project(tmp_path, panel)
        text = house.config.read_text()
        house.config.write_text(text.replace("    timeout: 2s\n", f"    timeout: 2s\n{LIMITS}"))
        with opened(tmp_path) as db:
            drafts = [a_draft(f"https://x.example/{n}", service="2", ref=f"r{n}") for n in (1, 2)]
            queue.enqueue(db, [queue.Entry(draft) for draft in drafts], now())
            second, first = orders.listed(db)
            with db.transaction():
                held.hold(
                    db,
                    [(first, Reached(Held.APPROVAL, "it costs 300")), (second, Reached(Held.SPEND, "more"))],
                )
        yield house


def test_a_held_order_is_approved_and_all_pages_say_what_holds_it(house: Project) -> None:
    listed = {one["ref"]: (one["held"], one["held_why"]) for one in house.json("list")}
    assert listed == {"r1": ("approval", "it costs 300"), "r2": ("spend", "more")}
    assert "held         it costs 300" in house.run("show", "r1").stdout
    said = house.run("status", code=None).stdout
    assert "p: order 1 is held: it costs 300. To go on: `tracker approve 1`" in said
    assert "0 of 1,000 spent today" in said

    done = house.run("approve", "r1", "r2").stdout

    assert done == "Order 1 is approved.\nOrder 2 is approved, and still held: more.\n"
    (entry,) = json.loads(house.run("show", "r1", "--json").stdout)["history"][1:]
    assert (entry["from"], entry["to"], entry["why"]) == ("queued", "queued", "approved by the operator")
    assert entry["evidence"] == {"held": "it costs 300"}


def test_a_plan_tells_how_much_may_still_be_spent_and_what_will_wait(house: Project) -> None:
    with opened(house.folder) as db:
        catalogue.replace_catalogue(db, "p", [Service("2", "Likes", Decimal(3))], now())

    (plan,) = house.json("plan")
    panels = plan.get("panels", [plan])

    assert [one["to_approve"] for one in panels] == [2]
    assert [(one["span"], one["limit"], one["spent"]) for one in panels[0]["limits"]] == [
        ("day", "1000", "0")
    ]


def test_a_plan_and_status_count_by_the_limits_of_tags_too(house: Project) -> None:
    text = house.config.read_text()
    house.config.write_text(f"{text}tags: {{july: {{spend: {{day: 250}}, max_price: 2}}}}\n")
    with opened(house.folder) as db:
        catalogue.replace_catalogue(db, "p", [Service("2", "Likes", Decimal(3))], now())
    file = house.folder / "july.csv"
    file.write_text("service,link,quantity,tags\n2,https://x.example/j,90,july\n")

    (plan,) = house.json("plan", str(file))
    (panel,) = plan.get("panels", [plan])
    said = " ".join(house.run("plan", str(file)).stdout.split())

    assert (panel["too_dear"], panel["limits"][1]["tag"], panel["limits"][1]["limit"]) == (1, "july", "250")
    assert "tag july: 0 of 250 spent today; the rest waits" in said
    status = json.loads(house.run("status", "--json", code=None).stdout)
    assert [(one["tag"], one["limit"]) for one in status["tag_limits"]] == [("july", "250")]
    assert "tag july: 0 of 250 spent today" in house.run("status", code=None).stdout
