"""Runs the tests on SQLite, or with `--database postgresql` on a PostgreSQL server of their own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.support import databases, samples
from tests.support.schemas import Schemas

# How long an example takes says nothing on a shared machine.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

ABOUT = {
    "sqlite": "about the file that SQLite keeps",
    "postgresql": "about a PostgreSQL server: --database postgresql",
}
"""What the tests are about that run on one of the databases only."""

WITHOUT_DATABASE = (
    "accounts",
    "alerts",
    "config",
    "lib",
    "orders",
    "panel",
    "practice",
    "reconciliation",
    "service",
)
"""Rooms that know no database: their tests run with SQLite's only."""


TESTS = Path(__file__).parent

SCHEMAS = pytest.StashKey[Schemas]()


@pytest.fixture(autouse=True)
def _close_databases(pytestconfig: pytest.Config) -> Iterator[None]:
    yield
    while samples.opened:
        samples.opened.pop().close()
    if SCHEMAS in pytestconfig.stash:
        pytestconfig.stash[SCHEMAS].reclaim()


@pytest.fixture(autouse=True)
def _reset_log() -> Iterator[None]:
    yield
    if structlog.is_configured():  # a command that ran in this process has set it up
        structlog.reset_defaults()


@pytest.fixture
def server(pytestconfig: pytest.Config) -> databases.Server:
    """The PostgreSQL server that a run with `--database postgresql` has."""
    return pytestconfig.stash[SCHEMAS].server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite")


def pytest_configure(config: pytest.Config) -> None:
    # Ignored where this was started in the background, or by nohup; the programs under test would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    for database, what in ABOUT.items():
        config.addinivalue_line("markers", f"{database}: {what}")
    if config.getoption("--database") == "postgresql":
        # The threads of a test leave their connections to the collector, which the driver warns of.
        config.addinivalue_line(
            "filterwarnings", "ignore:.*BaseConnection:pytest.PytestUnraisableExceptionWarning"
        )
        config.addinivalue_line("filterwarnings", "ignore:.*psycopg.Connection:ResourceWarning")
        if _runs_tests(config):
            server = databases.Server()
            server.start()
            databases.home = config.stash[SCHEMAS] = Schemas(server)
            config.add_cleanup(databases.home.close)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    room = collection_path.relative_to(TESTS).parts[:1] if collection_path.is_relative_to(TESTS) else ()
    is_left_out = config.getoption("--database") == "postgresql" and room and room[0] in WITHOUT_DATABASE
    return True if is_left_out else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for database, what in ABOUT.items():
        if config.getoption("--database") != database:
            for item in items:
                if item.get_closest_marker(database):
                    item.add_marker(pytest.mark.skip(reason=what))


def _runs_tests(config: pytest.Config) -> bool:
    """Tell whether this process runs tests, and does not only hand them out to others."""
    return hasattr(config, "workerinput") or not config.getoption("numprocesses")
