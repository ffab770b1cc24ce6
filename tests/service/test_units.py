"""The unit files: what they promise the daemon, and what systemd itself says of them. Nothing here starts systemd."""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from tracker.config.checks import MAX_ADD_TIMEOUT
from tracker.config.kinds import Secret
from tracker.config.panel_settings import PanelConfig
from tracker.lib.times import MINUTE, SECOND
from tracker.service import units

FOLDER = Path(__file__).parents[2] / "systemd"
TEXTS = {**units.texts(False), **units.texts(True)}
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")
EXPOSURE = "12"
"""Tenths: what `systemd-analyze security` may find at most."""


def settings(section: str, name: str = "tracker.service") -> dict[str, list[str]]:
    """Return what a section of a unit sets; a setting may stand more than once."""
    found: dict[str, list[str]] = defaultdict(list)
    inside = False
    for line in TEXTS[name].splitlines():
        if line.startswith("["):
            inside = line == f"[{section}]"
        elif inside and "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found[key].append(value)
    return found


def test_the_repository_holds_the_units_that_an_install_writes() -> None:
    assert {path.name: path.read_text() for path in FOLDER.iterdir()} == TEXTS


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


@pytest.mark.parametrize(
    ("name", "state", "config"),
    [
        ("tracker.service", "tracker", "/etc/tracker/config.yaml"),
        ("tracker@.service", "tracker/%i", "/etc/tracker/%i/config.yaml"),
    ],
)
def test_a_service_has_a_lasting_user_and_folders_of_its_own(name: str, state: str, config: str) -> None:
    service = settings("Service", name)

    assert service["User"] == ["tracker"]
    assert "DynamicUser" not in service, "a command by hand must reach the same files"
    assert "LoadCredential" not in service, "a reload must find the new keys"
    assert service["StateDirectory"] == [state]
    assert service["StateDirectoryMode"] == ["0700"]
    assert service["UMask"] == ["0077"]
    assert service["ExecStart"] == [f"/opt/tracker/bin/tracker --config {config} run"]
    assert service["ExecReload"] == ["kill -HUP $MAINPID"]


@pytest.mark.parametrize("at", ["", "@"])
def test_a_crash_is_reported_by_a_unit_that_shares_all_but_the_command(at: str) -> None:
    own = {"Type", "NotifyAccess", "ExecStart", "ExecReload", "TimeoutStopSec", "WatchdogSec", "KillMode",
           "TimeoutStartSec", "Restart", "RestartSec", "RestartPreventExitStatus", "Nice", "IOSchedulingClass"}  # fmt: skip
    died = f"tracker-died{at}.service"

    assert settings("Unit", f"tracker{at}.service")["OnFailure"] == [died.replace("@", "@%i")]
    assert " alerts died " in settings("Service", died)["ExecStart"][0]
    shared = [
        {key: value for key, value in settings("Service", name).items() if key not in own}
        for name in (f"tracker{at}.service", died, f"tracker-backup{at}.service")
    ]
    assert shared[0] == shared[1] == shared[2]


def test_a_seal_tells_a_change_by_hand_from_an_older_version() -> None:
    text = TEXTS["tracker.service"]
    sealed = units.sealed(text)

    assert units.is_as_written(sealed)
    assert units.version_of(sealed)
    for changed in (sealed + "# more\n", sealed.replace("=180", "=90", 1), text, "", "[Service]\n" + sealed):
        assert not units.is_as_written(changed)


@pytest.mark.parametrize(
    "command", ["/opt/tracker/bin/tracker", "/srv/my tools/50%/$x/tracker", '/a"b\\c/tracker']
)
def test_a_command_is_read_back_from_a_unit_as_it_was_written(command: str) -> None:
    assert units.command_in(units.texts(False, command)["tracker.service"]) == command


@pytest.mark.skipif(
    SYSTEMD_ANALYZE is None, reason="systemd-analyze is not installed: apt-get install systemd"
)
def test_systemd_understands_every_unit_and_finds_each_service_well_confined(tmp_path: Path) -> None:
    for name, text in TEXTS.items():
        unit = tmp_path / name.replace("@.", "@shop.")
        for file in (unit, tmp_path / name):
            file.write_text(units.sealed(text.replace("/opt/tracker/bin/tracker", "/bin/true")))
    files = [str(path) for path in sorted(tmp_path.iterdir()) if "@." not in path.name]
    services = [file for file in files if file.endswith(".service")]

    for check in (
        ["verify", "--man=no", "--recursive-errors=no", *files],
        ["security", "--offline=true", f"--threshold={EXPOSURE}", *services],
    ):
        done = subprocess.run(
            [str(SYSTEMD_ANALYZE), *check], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert check[0] == "security" or done.stdout + done.stderr == ""
