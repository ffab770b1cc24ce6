"""Carries out the steps of a plan, on a machine or in a folder that is the root of another system.

The folders of the service belong to its user, who could put a link there while root works in them. So nothing below
them is changed through a link, and a file is given away by its descriptor, when it has one name only.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from tracker.config import places
from tracker.service.machine import at
from tracker.service.steps import (
    Give,
    MakeFolder,
    MakeLink,
    MakeUser,
    Remove,
    SetAside,
    Step,
    Systemctl,
    WriteFile,
)

TIMEOUT_S = 400
"""A stop waits for an `add` in flight, a start for a migration: TimeoutStopSec= and TimeoutStartSec= of the unit."""

NO_LINK = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class StepFailed(Exception):
    """A step that could not be done, as a sentence; those before it were done."""


def carry_out(step: Step, root: Path) -> None:
    """Do one step; StepFailed says what went wrong."""
    try:
        _do(step, root)
    except OSError as error:
        raise StepFailed(f"could not {step}: {error.strerror or error}") from None


def _do(step: Step, root: Path) -> None:
    match step:
        case MakeUser():
            _make_user(step)
        case MakeFolder(path, owner):
            _make_parents(at(root, path))
            at(root, path).mkdir(mode=0o700)
            _give(root, path, owner)
        case Give(path, owner):
            _give(root, path, owner)
        case WriteFile(path, text, owner):
            _write(at(root, path), text, 0o600 if owner else 0o644)
            if owner:
                _give(root, path, owner)
        case SetAside(path, to):
            at(root, path).rename(at(root, to))
        case MakeLink(path, to):
            _make_parents(at(root, path))
            at(root, path).symlink_to(to)
        case Remove(path):
            at(root, path).unlink(missing_ok=True)
        case Systemctl(arguments):
            _run(step, "systemctl", *arguments)


def _make_parents(path: Path) -> None:
    """Make the folders above a path that all may enter, whatever the umask: those of the system, not ours."""
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir()
            folder.chmod(0o755)


def _make_user(step: MakeUser) -> None:
    if shutil.which("useradd"):
        words = ["--system", "--user-group", "--no-create-home", "--home-dir", str(step.home)]
        _run(step, "useradd", *words, "--shell", shutil.which("nologin") or "/usr/sbin/nologin", step.name)
    elif shutil.which("adduser"):  # as busybox has it
        _run(step, "adduser", "-S", "-D", "-H", "-h", str(step.home), "-s", "/sbin/nologin", step.name)
    else:
        raise StepFailed(f"could not {step}: there is no useradd here; make the user, then run this again")


def _run(step: Step, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)  # noqa: S603  ours
    if done.returncode != 0:
        raise StepFailed(
            f"could not {step}: {(done.stderr or done.stdout).strip() or f'exit code {done.returncode}'}"
        )


def _write(path: Path, text: str, mode: int) -> None:
    """Write a file anew: whoever reads it sees the old text or the new."""
    _make_parents(path)
    part = path.with_name(f".{path.name}.new")
    part.unlink(missing_ok=True)
    file = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | NO_LINK, mode)
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        os.fchmod(file, mode)
        stream.write(text)
        stream.flush()
        os.fsync(file)
    part.replace(path)


def _give(root: Path, path: Path, owner: str) -> None:
    """Give a file or folder to a user, and close it to others; without the rights to, only the latter."""
    file = _open(root, path)
    try:
        found = os.fstat(file)
        if stat.S_ISREG(found.st_mode) and found.st_nlink > 1:
            raise StepFailed(
                f"{path} has another name (a hard link), so it was not given to {owner}; remove one"
            )
        if os.geteuid() == 0:
            user = _user(owner)
            if user is not None:
                os.fchown(file, user.pw_uid, user.pw_gid)
        os.fchmod(file, 0o700 if stat.S_ISDIR(found.st_mode) else 0o600)
    finally:
        os.close(file)


def _user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _open(root: Path, path: Path) -> int:
    """Open a file of the service, through no link that is inside the service's folders."""
    base = next(one for one in (places.CONFIGS, places.STATES) if path.is_relative_to(one)).parent
    here = os.open(at(root, base), os.O_DIRECTORY | os.O_CLOEXEC)
    for part in path.relative_to(base).parts:
        try:
            inner = os.open(part, os.O_RDONLY | NO_LINK, dir_fd=here)
        finally:
            os.close(here)
        here = inner
    return here
