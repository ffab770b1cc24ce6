"""Whoever runs tracker sees which client queued an order, and the client's name for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.gateways import CLIENT, KEY, Gateway
from tests.support.samples import a_draft, enqueued
from tracker.cli.main import cli
from tracker.orders.order_json import ORDER_KEYS
from tracker.store import clients
from tracker.store.backup import copy_rows
from tracker.store.database import Database


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The config of a queue with an order of a client, and one that came another way."""
    gateway = Gateway(tmp_path)
    gateway.read_catalogue()
    gateway.add(ref="r-1")
    enqueued(gateway.db, a_draft(ref="by-hand"))
    file = tmp_path / "config.yaml"
    panel = f"panels: {{p: {{url: 'http://127.0.0.1:9/api', key: a-panel-key}}}}\n{CLIENT.format(key=KEY, port=8787)}"
    url = gateway.site.config.database
    file.write_text(f"database: '{url}'\n{panel}")
    file.chmod(0o600)
    return file


def told(config: Path, *arguments: str) -> str:
    """What a command prints, in this process."""
    done = CliRunner().invoke(cli, ["--config", str(config), *arguments])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


def test_show_tells_the_client_and_its_ref(config: Path) -> None:
    shown = told(config, "show", "1")

    assert "client       shop\nclient ref   r-1\n" in shown
    assert " - -> queued: queued by the client shop\n" in shown.replace("  ", " ")
    assert "client" not in told(config, "show", "2")


def test_show_as_json_has_both(config: Path) -> None:
    by_client, by_hand = (json.loads(told(config, "show", name, "--json")) for name in ("1", "2"))

    assert (by_client["client"], by_client["client_ref"], by_client["ref"]) == ("shop", "r-1", None)
    assert (by_hand["client"], by_hand["client_ref"], by_hand["ref"]) == (None, None, "by-hand")


def test_list_shows_them_when_it_is_asked_to(config: Path) -> None:
    lines = told(config, "list", "--columns", "id,client,client_ref").splitlines()

    assert [line.split() for line in lines] == [["id", "client", "client_ref"], ["2"], ["1", "shop", "r-1"]]


def test_an_order_in_a_list_has_the_keys_of_the_contract(config: Path) -> None:
    for line in told(config, "list", "--json").splitlines():
        assert tuple(json.loads(line)) == ORDER_KEYS


@pytest.mark.sqlite
def test_who_queued_what_is_copied_with_the_queue(config: Path, tmp_path: Path) -> None:
    source, target = (
        Database(f"sqlite:///{tmp_path / 'tracker.db'}"),
        Database(f"sqlite:///{tmp_path / 'new.db'}"),
    )
    source.open()
    target.open()
    try:
        copy_rows(source, target)
        assert clients.of_orders(target, [1])[1] == clients.of_orders(source, [1])[1]
    finally:
        source.close()
        target.close()


def test_no_key_of_a_client_is_shown(config: Path) -> None:
    assert KEY not in told(config, "config", "show")
