"""A daemon that places orders while its database server dies and a synchronous standby takes over."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.store.test_postgres import imported
from tests.support import databases
from tests.support.databases import Server
from tests.support.project import Project, eventually
from tracker.config.faults import ConfigError
from tracker.config.loader import parse
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store.engines import postgres_url

pytestmark = pytest.mark.postgresql


class Pair:
    """A primary and its synchronous standby, as a home for databases."""

    def __init__(self, primary: Server, standby: Server) -> None:
        self.primary = primary
        self.standby = standby

    def replicate(self) -> None:
        """Make each commit wait until the standby has it."""
        with psycopg.connect(self.primary.url_of("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("SELECT pg_reload_conf()")
            following = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
            eventually(lambda: connection.execute(following).fetchone())

    def url(self, folder: Path) -> str:
        """The URL of a folder's schema, with both servers in it; the standby first."""
        both = f"host={self.standby.folder},{self.primary.folder}"
        return self.primary.url(folder).replace(f"host={self.primary.folder}", both)


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    with Server() as primary, Server(primary=primary) as standby:
        pair = Pair(primary, standby)
        pair.replicate()
        yield pair


def test_a_daemon_continues_at_the_standby_and_every_order_is_placed_once(
    tmp_path: Path, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PracticePanel(Behaviour(pace=50, latency=0.02)) as panel:
        monkeypatch.setattr(databases, "home", pair)
        project = Project(tmp_path, panel)
        imported(project, 40)
        with project.daemon("--until-idle") as daemon:
            eventually(lambda: len(panel.state.ledger) > 10)
            pair.primary.stop(signal.SIGQUIT)
            pair.standby.promote()
            daemon.wait(60)
        assert set(project.states().values()) == {"completed"}
        assert "Traceback" not in project.log()
        assert "database.stale_copy" not in project.log()
        placed = Counter(one.link for one in panel.state.ledger)

    assert placed == Counter(f"https://x.example/{n}" for n in range(40))


@pytest.mark.parametrize(
    ("url", "name", "waits_for"),
    [
        ("postgresql://u:hunter2@a,b/tracker", "postgresql://a,b/tracker", "read-write"),
        ("postgresql://u:hunter2@a:5432,b:6432/tracker", "postgresql://a:5432,b:6432/tracker", "read-write"),
        ("postgresql://u:hunter2@/tracker?host=a,b&port=5432,6432", "postgresql://a,b/tracker", "read-write"),
        ("postgresql://a,b/tracker?target_session_attrs=any", "postgresql://a,b/tracker", None),
        ("postgresql:///tracker?host=/run/a,/run/b", "postgresql://local/tracker", "read-write"),
        ("postgresql://u:hunter2@[::1]:5432/tracker", "postgresql://[::1]:5432/tracker", None),
        ("postgresql:///tracker", "postgresql://local/tracker", None),
    ],
)
def test_a_url_may_name_several_servers_and_the_one_that_can_be_written_is_used(
    tmp_path: Path, url: str, name: str, waits_for: str | None
) -> None:
    text = f"database: {url}\npanels: {{p: {{url: 'https://shop.example/api', key: k}}}}\n"
    assert parse(text, tmp_path / "config.yaml", {}).database == url
    assert postgres_url.public_name(url) == name
    assert postgres_url.options(url).get("target_session_attrs") == waits_for


@pytest.mark.parametrize("hosts", ["a:x,b:5432", "a:0,b", "a,b:99999", "u:5432/word@a"])
def test_an_address_that_makes_no_sense_is_a_fault(tmp_path: Path, hosts: str) -> None:
    text = f"database: postgresql://{hosts}/tracker\npanels: {{p: {{url: 'https://shop.example/api', key: k}}}}\n"
    with pytest.raises(ConfigError, match="database: write it like"):
        parse(text, tmp_path / "config.yaml", {})
