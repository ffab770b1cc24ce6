"""Monitors over HTTP: what they are answered, and that they need the page's password where it has one."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client, TestResponse

from tests.support.samples import NOW, a_database
from tracker.config.loader import parse
from tracker.store import daemons
from tracker.store.database import Database
from tracker.web.app import App
from tracker.web.site import Doors, Site

CONFIG = "panels: {{p: {{url: 'https://x.example/api', key: a-secret-key}}}}\nweb: {{{web}}}\n"
PASSWORD = "correct horse battery staple"


def a_client(folder: Path, web: str = "", db: Database | None = None) -> Client:
    config = parse(CONFIG.format(web=web), folder / "config.yaml", {})
    assert config.web is not None
    site = Site(db or a_database(folder), config, Doors(adopt=lambda order, _id, _by: order), lambda: NOW)
    return Client(App(site, config.web))


def asked(client: Client, path: str, **headers: str) -> TestResponse:
    return client.get(path, base_url="http://127.0.0.1:8787", headers=headers)


def test_health_is_200_or_503_with_what_status_reports(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    client = a_client(tmp_path, db=db)

    ill = asked(client, "/healthz")
    daemons.register(db, "1", NOW)
    well = asked(client, "/healthz")

    assert (ill.status_code, ill.mimetype) == (503, "application/json")
    assert ill.json["health"] == "critical"  # type: ignore[index]
    assert ill.json["findings"][0] == {  # type: ignore[index]
        "level": "critical", "text": "the daemon is not running; start it with `tracker run`",
    }  # fmt: skip
    said: Any = well.json
    assert (well.status_code, said["health"]) == (200, "warning")
    assert [one["level"] for one in said["findings"]] == ["warning"]


def test_figures_are_in_the_format_that_prometheus_reads(tmp_path: Path) -> None:
    found = asked(a_client(tmp_path), "/metrics")

    assert (found.status_code, found.content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert "tracker_orders" in {one.name for one in text_string_to_metric_families(found.text)}


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_with_a_password_monitors_need_it_too(tmp_path: Path, path: str) -> None:
    client = a_client(tmp_path, f"password: {PASSWORD}")

    def basic(password: str) -> TestResponse:
        given = base64.b64encode(f"monitor:{password}".encode()).decode()
        return asked(client, path, Authorization=f"Basic {given}")

    refused = [asked(client, path), basic("wrong"), asked(client, path, Authorization="Basic !")]
    assert [one.status_code for one in refused] == [401] * 3
    assert all("tracker_" not in one.text and "daemon" not in one.text for one in refused)
    assert basic(PASSWORD).status_code == (503 if path == "/healthz" else 200)


@pytest.mark.sqlite
def test_without_a_database_both_say_so(tmp_path: Path) -> None:
    client = a_client(tmp_path, db=Database(f"sqlite:///{tmp_path}/none/tracker.db"))

    health, figures = asked(client, "/healthz"), asked(client, "/metrics")

    assert (health.status_code, figures.status_code) == (503, 200)
    assert "the database cannot be read" in health.text
    assert "tracker_database_up 0.0" in figures.text
