"""`refill`, `cancel` and what `show` tells of them, as a person types them."""

from __future__ import annotations

from pathlib import Path

from tests.support.project import Inbox, Project, eventually
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

ROWS = "service,link,quantity,ref,panel_order_id\n"


def test_a_refill_and_a_cancel_are_queued_sent_once_and_followed_to_their_end(tmp_path: Path) -> None:
    with PracticePanel(Behaviour("perfectpanel", pace=0)) as panel, Inbox() as inbox:
        house = Project(tmp_path, panel, alerts=inbox.target('["order.refill*"]'))
        (old,) = panel.state.fill(1, service=1, word="Partial")
        new = panel.state.place_elsewhere(3, "https://x.example/v", 100)
        rows = f"1,https://x.example/f,100,old,{old}\n3,https://x.example/v,100,new,{new}\n"
        house.run("import", "-", "--format", "csv", stdin=ROWS + rows)
        canceled = house.json("cancel", "new")[0]
        again = house.run("cancel", "new")
        with house.daemon("--until-idle") as daemon:
            eventually(lambda: house.states()["old"] == "partial")
            house.run("refill", "old")
            eventually(lambda: panel.asking.refills and panel.asking.cancels)
            panel.asking.end(1, "Completed")
            panel.state.end(new, "Canceled")
            assert daemon.wait(60) == 0
        shown = house.json("show", "old")[0]["requests"] + house.json("show", "new")[0]["requests"]

    assert (canceled["request"]["state"], canceled["state"]) == ("queued", "active")
    assert again.stdout == "A cancel of order 2 was queued before, and is queued.\n"
    assert "no daemon works" in again.stderr
    assert [(one["kind"], one["state"]) for one in shown] == [("refill", "completed"), ("cancel", "accepted")]
    assert shown[1]["answer"].startswith('[{"order"')
    assert house.states() == {"old": "partial", "new": "canceled"}
    assert (panel.requests.count("cancel"), panel.requests.count("refill")) == (1, 1)
    assert any("was refilled" in body for body in inbox.bodies)
