from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from tracker.config.checks import MAX_ADD_TIMEOUT
from tracker.config.loader import load
from tracker.config.settings import PanelConfig, Secret
from tracker.lib.times import MINUTE, SECOND

UNIT = Path(__file__).parents[2] / "systemd" / "tracker.service"
DIED = UNIT.with_name("tracker-died.service")
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")


def settings(section: str, file: Path = UNIT) -> dict[str, list[str]]:
    """Return what a section of a unit sets; a setting may stand more than once."""
    found: dict[str, list[str]] = defaultdict(list)
    inside = False
    for line in file.read_text().splitlines():
        if line.startswith("["):
            inside = line == f"[{section}]"
        elif inside and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found[name].append(value)
    return found


def test_a_stop_or_a_hang_never_cuts_an_add_short() -> None:
    service = settings("Service")
    add_timeout = PanelConfig("shop", "https://shop.example/api", Secret("k")).add_timeout

    for limit in ("TimeoutStopSec", "WatchdogSec"):
        (seconds,) = service[limit]
        # Half a minute is left for recording the answer, and for the pass that was under way.
        assert int(seconds) * SECOND >= add_timeout + MINUTE // 2
        assert int(seconds) * SECOND >= MAX_ADD_TIMEOUT + MINUTE // 2, "the config warns above this"
    assert service["KillMode"] == ["mixed"]
    assert "KillSignal" not in service


def test_the_unit_waits_for_readiness_and_never_restarts_a_wrong_config() -> None:
    service, unit = settings("Service"), settings("Unit")

    assert service["Type"] == ["notify"]
    assert service["Restart"] == ["on-failure"]
    assert service["RestartPreventExitStatus"] == ["78"]
    assert unit["After"] == unit["Wants"] == ["network-online.target time-sync.target"]


def test_the_service_has_a_user_and_folders_of_its_own() -> None:
    service = settings("Service")

    assert service["DynamicUser"] == ["yes"]
    assert service["StateDirectory"] == service["ConfigurationDirectory"] == ["tracker"]
    assert service["StateDirectoryMode"] == ["0700"]
    assert service["UMask"] == ["0077"]
    (start,) = service["ExecStart"]
    assert start == "/opt/tracker/bin/tracker --config ${CREDENTIALS_DIRECTORY}/config.yaml run"


def test_a_config_and_its_keys_are_read_as_credentials(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    given = [one.partition(":")[0] for one in settings("Service")["LoadCredential"]]
    assert given == ["config.yaml", "tagrani.key"]
    text = "panels: {tagrani: {url: 'https://tagrani.com/api/v1', key_file: tagrani.key}}\n"
    for name, content in zip(given, (text, "k\n"), strict=True):
        (credentials / name).write_text(content)
        (credentials / name).chmod(0o440)

    config = load(
        credentials / "config.yaml",
        {"CREDENTIALS_DIRECTORY": str(credentials), "STATE_DIRECTORY": "/var/lib/tracker"},
    )

    assert config.panels["tagrani"].key.reveal() == "k"
    assert config.database == "sqlite:////var/lib/tracker/tracker.db"
    assert config.warnings == ()


def test_a_crash_is_reported_by_a_unit_that_shares_all_but_the_command() -> None:
    own = {"Type", "NotifyAccess", "ExecStart", "TimeoutStopSec", "WatchdogSec", "KillMode", "TimeoutStartSec",
           "Restart", "RestartSec", "RestartPreventExitStatus"}  # fmt: skip
    daemon, died = settings("Service"), settings("Service", DIED)

    assert settings("Unit")["OnFailure"] == [DIED.name]
    (start,) = died["ExecStart"]
    assert start.startswith(
        "/opt/tracker/bin/tracker --config ${CREDENTIALS_DIRECTORY}/config.yaml alerts died "
    )
    assert {name: value for name, value in died.items() if name not in own} == {
        name: value for name, value in daemon.items() if name not in own
    }


@pytest.mark.parametrize("source", [UNIT, DIED], ids=lambda file: file.name)
@pytest.mark.skipif(SYSTEMD_ANALYZE is None, reason="systemd-analyze is not installed")
def test_systemd_understands_the_unit_and_finds_it_well_confined(tmp_path: Path, source: Path) -> None:
    unit = tmp_path / source.name
    (tmp_path / DIED.name).write_text(DIED.read_text().replace("/opt/tracker/bin/tracker", "/bin/true"))
    unit.write_text(source.read_text().replace("/opt/tracker/bin/tracker", "/bin/true"))

    for check in (
        ["verify", "--man=no", "--recursive-errors=no"],
        ["security", "--offline=yes", "--threshold=20"],
    ):
        done = subprocess.run(
            [str(SYSTEMD_ANALYZE), *check, str(unit)], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
