"""Installing, upgrading and removing the service, in a folder that stands for the root of a machine."""

from __future__ import annotations

import json
import os
import pwd
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click
import pytest

from tracker.cli.commands.service import service
from tracker.cli.session import Refused
from tracker.service import units
from tracker.service.carry_out import StepFailed, carry_out
from tracker.service.command import reach_fault
from tracker.service.install import install_plan
from tracker.service.layout import LINK, UNITS, Layout
from tracker.service.machine import at, look
from tracker.service.seen import Entry, Kind, Seen
from tracker.service.steps import Give, MakeUser, Systemctl
from tracker.service.uninstall import uninstall_plan

USER = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
COMMAND = Path("/opt/tracker/bin/tracker")
SERVICE = Layout(None, COMMAND, USER)
SHOP = Layout("shop", COMMAND, USER)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")


def install(root: Path, layout: Layout = SERVICE) -> list[str]:
    """Install a service; return what was done."""
    plan = install_plan(layout, look(layout, root))
    for step in plan.steps:
        carry_out(step, root)
    return [str(step) for step in plan.steps]


def files(root: Path) -> set[str]:
    """Every file and link below a folder."""
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir() or path.is_symlink()}


def test_the_command_installs_shows_upgrades_and_removes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> str:
        service.main([*arguments, "--root", str(tmp_path)], standalone_mode=False)
        return capsys.readouterr().out

    with_user = ("--user", USER, "--command", str(COMMAND))
    shown = run("install", "--print", *with_user)
    assert "Write /etc/systemd/system/tracker.service." in shown
    assert f"ExecStart={COMMAND} --config /etc/tracker/config.yaml run" in shown
    assert not files(tmp_path), "it only says what it would do"

    steps = [json.loads(line) for line in run("install", "--print", "--json", *with_user).splitlines()]
    unit = next(step for step in steps if step["path"] == "/etc/systemd/system/tracker.service")
    assert (unit["text"], unit["done"]) == ("write /etc/systemd/system/tracker.service", False)
    assert "ExecStart=" in unit["content"]
    assert {step["what"] for step in steps} == {"step", "remark"}
    assert not files(tmp_path)

    done = run("install", *with_user)
    assert f"Write /etc/tracker/config.yaml, for {USER} alone." in done
    assert "sudo tracker --config /etc/tracker/config.yaml init --force" in done
    again = run("install", "--command", str(COMMAND))
    assert again.startswith("Nothing to do."), "also without --user: the unit says who it is"

    command = [sys.executable, "-m", "tracker", "service", "status", "--json", "--root", str(tmp_path)]
    status = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    lines = [json.loads(line) for line in status.stdout.splitlines()]
    assert [line["what"] for line in lines if not line["well"]] == ["config", "daemon"]
    assert status.returncode == 1

    shown = run("uninstall", "--print", "--json")
    assert json.loads(shown.splitlines()[0])["done"] is False
    gone = run("uninstall")
    assert "Remove /etc/systemd/system/tracker.service." in gone
    assert "orders and backups stay: /etc/tracker and /var/lib/tracker" in gone
    assert files(tmp_path) == {"etc/tracker/config.yaml"}


def test_an_install_ends_what_it_began_when_its_reader_has_left(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "tracker", "service", "install", "--user", USER, "--root", str(tmp_path)]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writer)

    assert done.stderr.startswith("The install of the service is done. The output could not be written")
    assert all(at(tmp_path, link).is_symlink() for link in SERVICE.enabled)


def test_the_first_config_names_the_services_database_and_is_the_users_alone(tmp_path: Path) -> None:
    install(tmp_path)
    config = tmp_path / "etc/tracker/config.yaml"

    assert "\ndatabase: sqlite:////var/lib/tracker/tracker.db " in config.read_text()
    for path in (config, config.parent, tmp_path / "var/lib/tracker", tmp_path / "var/lib/tracker/backups"):
        assert (path.owner(), stat.S_IMODE(path.stat().st_mode) & 0o077) == (USER, 0)
    assert stat.S_IMODE((tmp_path / "usr/local/bin").stat().st_mode) == 0o755


def test_a_config_of_a_person_is_never_overwritten(tmp_path: Path) -> None:
    config = tmp_path / "etc/tracker/config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text("panels: {p: {url: https://p.example/api, key: k}}\n")
    install(tmp_path)
    install(tmp_path)

    assert config.read_text().startswith("panels: {p:")
    assert stat.S_IMODE(config.stat().st_mode) == 0o600


def test_an_older_unit_is_upgraded_and_one_that_was_changed_by_hand_is_set_aside(tmp_path: Path) -> None:
    install(tmp_path)
    main, died = at(tmp_path, SERVICE.main), at(tmp_path, UNITS / "tracker-died.service")
    main.write_text(main.read_text() + "# mine\n")
    died.write_text(units.sealed(died.read_text().partition("\n\n")[0]))
    done = install(tmp_path)

    assert done == [
        f"set aside {SERVICE.main}, which is not as an install left it: it is now tracker.service.old",
        f"upgrade {SERVICE.main}",
        f"upgrade {UNITS}/tracker-died.service",
    ]
    assert main.with_name("tracker.service.old").read_text().endswith("# mine\n")
    assert install(tmp_path) == []
    main.write_text("again")
    assert "it is now tracker.service.old1" in install(tmp_path)[0]


def test_several_services_share_the_units_and_nothing_else(tmp_path: Path) -> None:
    other = replace(SHOP, instance="other")
    install(tmp_path)
    install(tmp_path, SHOP)
    done = install(tmp_path, other)
    assert f"write {UNITS}/tracker@.service" not in done
    assert (
        "\ndatabase: sqlite:////var/lib/tracker/other/tracker.db " in at(tmp_path, other.config).read_text()
    )

    removed = [str(step) for step in uninstall_plan(SHOP, look(SHOP, tmp_path)).steps]
    assert removed == [f"remove {link}" for link in SHOP.enabled], "the other one still needs the rest"
    plan = uninstall_plan(SERVICE, look(SERVICE, tmp_path))
    assert not any(getattr(step, "path", None) == LINK for step in plan.steps)
    assert not any("rm -r" in remark for remark in plan.remarks), "the folders of the others are inside"


def test_who_has_disabled_the_service_finds_it_disabled_after_an_upgrade(tmp_path: Path) -> None:
    install(tmp_path)
    link = at(tmp_path, next(iter(SERVICE.enabled)))
    link.unlink()
    at(tmp_path, SERVICE.main).unlink()
    at(tmp_path, SERVICE.main).write_text(units.sealed("older"))
    install(tmp_path)

    assert not link.is_symlink()


def test_another_program_on_the_path_is_left_alone(tmp_path: Path) -> None:
    link = at(tmp_path, LINK)
    link.parent.mkdir(parents=True)
    link.write_text("#!/bin/sh\n")
    install(tmp_path)

    assert link.read_text() == "#!/bin/sh\n"
    remarks = install_plan(SERVICE, look(SERVICE, tmp_path)).remarks
    assert f"{LINK} is another program and was left as it is; the command is {COMMAND}." in remarks


@needs_root
def test_what_root_left_in_the_folders_is_given_back_but_never_through_a_link(tmp_path: Path) -> None:
    install(tmp_path)
    state, outside = tmp_path / "var/lib/tracker", tmp_path / "shadow"
    outside.write_text("secret")
    (state / "tracker.db").write_text("made by root")
    (tmp_path / "etc/tracker/new.key").write_text("k\n")
    (state / "planted").symlink_to(outside)
    (state / "twin").hardlink_to(outside)
    done = install(tmp_path)

    assert done == [
        f"give /etc/tracker/new.key to {USER} alone",
        f"give /var/lib/tracker/tracker.db to {USER} alone",
    ]
    assert (state / "tracker.db").owner() == USER
    assert outside.owner() == "root"
    for path in ("planted", "twin"):
        with pytest.raises((StepFailed, OSError)):
            carry_out(Give(Path("/var/lib/tracker") / path, USER), tmp_path)
    assert outside.owner() == "root"


def test_the_services_of_a_machine_run_as_one_user(tmp_path: Path) -> None:
    install(tmp_path)
    where = ("--root", str(tmp_path), "--command", str(COMMAND))
    with pytest.raises(Refused, match=f"here that is {USER}"):
        service.main(["install", "--name", "shop", "--user", "other", *where], standalone_mode=False)

    service.main(["install", "--name", "shop", *where], standalone_mode=False)
    assert f"\nUser={USER}\n" in at(tmp_path, SHOP.main).read_text()


def steps_on(seen: Seen, layout: Layout = SERVICE) -> list[str]:
    """The calls of systemctl and the new users of an install on a machine."""
    return [str(one) for one in install_plan(layout, seen).steps if isinstance(one, Systemctl | MakeUser)]


INSTALLED = {SERVICE.main: units.sealed("an older version")}
OLD = {SERVICE.main: "[Service]\nDynamicUser=yes\nUser=tracker\n"}
READY = Seen(has_systemd=True, user=999, config_faults=(), database="sqlite:////var/lib/tracker/tracker.db")
BOTH = "run `systemctl start tracker-backup.timer tracker.service`"
START, TIMER = "run `systemctl start tracker.service`", "run `systemctl start tracker-backup.timer`"


@pytest.mark.parametrize(
    ("seen", "steps"),
    [
        (READY, [TIMER, START]),
        (replace(READY, config_faults=("wrong",)), [TIMER]),
        (replace(READY, config_faults=None), [TIMER]),
        (replace(READY, database="sqlite:////srv/tracker.db"), [TIMER]),  # it would begin a second database
        (replace(READY, database="postgresql://db/tracker"), [TIMER, START]),
        (replace(READY, texts=INSTALLED), ["run `systemctl try-restart tracker-backup.timer tracker.service`"]),
        (replace(READY, texts=OLD, user=None), ["run `systemctl stop tracker.service`", f"make the system user {USER}", BOTH]),
        (replace(READY, texts=OLD), ["run `systemctl stop tracker.service`", BOTH]),
    ],
)  # fmt: skip
def test_systemd_starts_what_is_ready_and_an_upgrade_restarts_what_runs(seen: Seen, steps: list[str]) -> None:
    assert [one for one in steps_on(seen) if "daemon-reload" not in one] == steps
    assert "run `systemctl daemon-reload`" in steps_on(seen)


def test_without_systemd_nothing_is_started_and_what_is_left_is_said() -> None:
    plan = install_plan(SERVICE, replace(READY, has_systemd=False))

    assert not [step for step in plan.steps if isinstance(step, Systemctl)]
    assert any(remark.startswith("systemd does not run here.") for remark in plan.remarks)


def test_a_second_database_beside_the_config_is_told_of() -> None:
    there = {SERVICE.config_folder / "tracker.db": Entry(Kind.FILE, 0, 0o600)}
    remarks = install_plan(SERVICE, replace(READY, entries=there)).remarks

    assert any("/etc/tracker/tracker.db is a second database" in remark for remark in remarks)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--name", "../x"], "letters, digits"),
        (["--name", "backups"], "not the name of a file of tracker"),
        (["--user", "root"], "and not root"),
        (["--user", "a b"], "a system user"),
    ],
)
def test_names_that_would_lead_elsewhere_are_refused(tmp_path: Path, words: list[str], why: str) -> None:
    with pytest.raises(click.BadParameter, match=why):
        service.main(["install", *words, "--root", str(tmp_path)], standalone_mode=False)


def test_a_command_that_the_services_user_cannot_reach_is_refused(tmp_path: Path) -> None:
    closed = tmp_path / "closed" / "tracker"
    closed.parent.mkdir(mode=0o700)
    closed.write_text("#!/bin/sh\n")
    closed.chmod(0o755)

    assert reach_fault(Path("/bin/sh")) is None
    assert str(closed) in (reach_fault(closed) or "")
    assert "which the service does not see" in (reach_fault(Path("/root/venv/bin/tracker")) or "")


def test_what_an_install_would_do_is_shown_also_where_it_would_be_refused(tmp_path: Path) -> None:
    start = tmp_path / "closed" / "tracker"
    start.parent.mkdir(mode=0o700)
    start.write_text("#!/bin/sh\n")
    start.chmod(0o755)
    command = [sys.executable, "-m", "tracker", "service", "install", "--print", "--command", str(start)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0
    assert f"ExecStart={start} " in done.stdout
    assert f"Warning: the service could not start {start}: " in done.stderr
