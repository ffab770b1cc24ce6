"""Orders that are known to be refused, plans that change nothing, and files from spreadsheets, with the real command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.project import Project
from tests.support.samples import a_database
from tracker.orders.answers import Service
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import catalogue, orders


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with PracticePanel(Behaviour(pace=60)) as panel:
        yield Project(tmp_path, panel)


def read_catalogue(project: Project) -> None:
    services = [
        Service("1", "Instagram Followers", Decimal(12), 50, 5000),
        Service("2", "Instagram Likes", Decimal(3), 50, 5000),
        Service("4", "Comments", Decimal(40), 1, 200, type="Custom Comments"),
        Service("12", "Posts to come", Decimal(3), 10, 500, type="Subscriptions"),
    ]
    db = a_database(project.folder)
    catalogue.replace_catalogue(db, "p", services, 1)
    db.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("77", "https://x.example/a", "100"), "the panel has no service 77"),
        (("instagram likse", "https://x.example/a", "100"), "did you mean 2 (Instagram Likes)"),
        (
            ("instagram", "https://x.example/a", "100"),
            "2 services are called so; give the id of one:\n  1        Ins",
        ),
        (("2", "nolink", "100"), "the link 'nolink' names no website"),
        (
            ("2", "https://x.example/a", "100", "--field", "runs=2", "--field", "runs=3"),
            "--field runs is given twice",
        ),
    ],
)
def test_an_order_that_is_known_to_be_refused_is_not_queued(
    project: Project, arguments: tuple[str, ...], words: str
) -> None:
    read_catalogue(project)

    assert words in project.run("add", *arguments, code=2).stderr
    db = a_database(project.folder)
    assert not list(orders.queued(db, "p"))


def test_anyway_queues_it_and_the_daemon_rejects_it_with_the_same_words(project: Project) -> None:
    read_catalogue(project)
    told = project.run("add", "2", "https://x.example/a", "10", "--ref", "few", "--anyway").stderr
    assert "it will be rejected: the quantity 10 is below" in told
    project.run("add", "likes instagram", "https://x.example/b", "۱٬۰۰۰", "--ref", "named")
    project.run("add", "2", "someone", "50", "--ref", "odd", "--anyway")
    with project.daemon("--until-idle") as daemon:
        daemon.wait(60)

    assert project.states() == {"few": "rejected", "named": "completed", "odd": "completed"}
    assert project.panel.requests.count("add") == 2
    again = project.run(
        "add", "2", "https://x.example/a", "10", "--ref", "few"
    )  # it stands: nothing is refused
    assert "already exists" in again.stderr


def test_plans_tell_faults_costs_and_times_and_change_no_byte(project: Project) -> None:
    (nothing,) = project.json("add", "2", "https://x.example/a", "100", "--dry-run")
    assert not nothing["panels"][0]["catalogue_read"]
    assert sorted(file.name for file in project.folder.iterdir()) == ["config.yaml", "p.key"]

    read_catalogue(project)
    project.run("add", "2", "https://x.example/a", "10", "--anyway")
    project.run("add", "2", "https://x.example/b", "100", "--ref", "one")
    file = project.folder / "orders.csv"
    text = (
        "Service;Link;Quantity;Ref\n2;https://x.example/b;100;one\n1;https://x.example/c;1 000;two\n9;x;5;\n"
    )
    file.write_text(text, encoding="utf-16")
    before = {one.name: one.read_bytes() for one in project.folder.iterdir()}
    (queue,) = project.json("plan")
    (planned,) = project.json("import", str(file), "--dry-run")
    told = project.run("plan", str(file), code=2)
    assert {one.name: one.read_bytes() for one in project.folder.iterdir()} == before

    assert (queue["would_send"], queue["panels"][0]["cost"]) == (1, "300")
    assert [reject["order"] for reject in queue["rejects"]] == [1]
    assert (planned["would_queue"], planned["good_rows"], planned["already"]) == (0, 1, 1)
    assert planned["bad"] == [{"line": 4, "error": planned["bad"][0]["error"]}]
    panel = planned["panels"][0]
    assert (panel["orders"], panel["cost"], panel["queued_cost"]) == (1, "12000", "300")
    assert (panel["sent_in_seconds"], panel["pace_measured"]) == (0, False)
    assert "p: 1 order to send" in told.stdout
    assert "orders.csv:4: the panel has no service 9" in told.stderr


def csv_of(project: Project, *rows: str) -> str:
    file = project.folder / "named.csv"
    file.write_text("\n".join(("service,link,quantity", *rows)) + "\n")
    return str(file)


def test_a_file_may_give_services_by_their_names_as_add_does(project: Project) -> None:
    read_catalogue(project)
    file = csv_of(project, "likes instagram,https://x.example/a,100", "۲,https://x.example/b,100")

    assert "Service 2: Instagram Likes" in project.run("import", file, "--dry-run").stderr
    assert project.run("import", file).stdout.startswith("2 orders queued")
    assert [one["service"] for one in project.json("list")] == ["2", "2"]
    assert project.run("import", file).stdout.startswith("0 orders queued, 2 were already")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "instagram",
            "the name 'instagram' fits several services; give the id of one: 1 (Instagram Followers), 2 (",
        ),
        ("instagram likse", "the panel has no service instagram likse"),
    ],
)
def test_a_name_in_a_file_that_fits_several_services_or_none_is_a_bad_row(
    project: Project, name: str, words: str
) -> None:
    read_catalogue(project)
    file = csv_of(project, "2,https://x.example/a,100", f"{name},https://x.example/b,100")

    assert f"named.csv:3: {words}" in project.run("import", file, code=2).stderr
    assert project.run("import", file, "--skip-bad").stdout.startswith("1 order queued")


def test_a_name_in_a_file_is_a_bad_row_where_the_services_were_never_read(project: Project) -> None:
    file = csv_of(project, "likes,https://x.example/b,100")

    assert "named.csv:2: the services of p were never read" in project.run("import", file, code=2).stderr


def test_a_row_is_not_queued_once_more_when_its_name_means_another_service(project: Project) -> None:
    read_catalogue(project)
    file = csv_of(project, "likes,https://x.example/a,100")
    project.run("import", file)
    db = a_database(project.folder)
    catalogue.replace_catalogue(db, "p", [Service("9", "Likes", Decimal(3), 50, 5000)], 2)
    db.close()

    assert "with other content" in project.run("import", file, code=2).stderr
    assert len(project.states()) == 1


def test_a_file_with_a_row_that_is_known_to_be_refused_is_not_imported(project: Project) -> None:
    read_catalogue(project)
    file = project.folder / "orders.csv"
    rows = [f"2,https://x.example/{n},100,r{n}" for n in range(1200)]
    file.write_text("\n".join(["service,link,quantity,ref", *rows, "2,https://x.example/x,10,few"]))

    refused = project.run("import", str(file), code=2).stderr
    assert "orders.csv:1202: the quantity 10 is below the service's minimum of 50" in refused
    assert project.states() == {}
    assert "1,201 orders queued" in project.run("import", str(file), "--anyway").stdout
    assert "0 orders queued, 1,201 were already" in project.run("import", str(file)).stdout


def test_comments_of_a_file_are_read_in_its_encoding(project: Project) -> None:
    file = project.folder / "comments.txt"
    file.write_bytes(
        "çok güzel\u2026 ışık\r\nteşekkürler\u0085 ağaç\r\n".replace("\u0085", "").encode("cp1254")
    )
    added = project.run("add", "4", "https://x.example/a", "--comments-file", str(file), "--json")

    assert json.loads(added.stdout)["comments"] == "çok güzel… ışık\nteşekkürler ağaç"
    assert "it was read as cp1254 (Turkish), which is a guess" in added.stderr


def test_a_subscription_is_about_a_user_and_needs_no_link(project: Project) -> None:
    read_catalogue(project)
    fields = ("username=somebody", "min=20", "max=30", "posts=3", "delay=0")
    given = [word for field in fields for word in ("--field", field)]

    made = json.loads(project.run("add", "12", "", *given, "--json").stdout)

    assert (made["link"], made["fields"]["username"]) == ("somebody", "somebody")
    assert "the link is missing" in project.run("add", "2", "", "50", "--field", "username=a", code=2).stderr
