"""A recorded intent survives the loss of everything that was not yet synced to the disk.

A process records an intent with the real code while strace records each write and each sync of the database's
files. From this record the files are made again as a disk would hold them if the power had failed right before
the request was sent: with what was synced, and with nothing or any part of the rest.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, a_draft, enqueued
from tracker.orders.order import State
from tracker.store import orders
from tracker.store.database import Database

pytestmark = [
    pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace: apt-get install strace"),
    pytest.mark.sqlite,
]

CLAIM = f"""
import os, sys
from tests.support.samples import an_intent, a_database, claim_for_add
from pathlib import Path
from tracker.store import attempts, orders

db = a_database(Path(sys.argv[1]))
db.sql("PRAGMA synchronous=" + sys.argv[2])
claimed = claim_for_add(db, orders.by_id(db, 1), an_intent(at={NOW}))
assert claimed is not None
os.write(1, b"THE REQUEST IS SENT")
os._exit(0)  # a clean close would sync
"""

SETTLE = f"""
import os, sys
from tests.support.samples import an_intent, a_database, claim_for_add
from pathlib import Path
from tracker.orders.submission import after_add
from tracker.panel.exchange import Exchange, Request
from tracker.orders.answers import Accepted
from tracker.store import attempts, changes, orders

db = a_database(Path(sys.argv[1]))
change, attempt = claim_for_add(db, orders.by_id(db, 1), an_intent(at={NOW}))
answer = Exchange(Request("add", {{}}), True, 200, {{}}, b'{{"order": 105}}', True)
attempts.keep(db, attempt, answer, {NOW})
with db.unsynced():
    changes.apply(db, [after_add(change.after, Accepted("105"), an_intent(at={NOW}), {NOW}, 1)], {NOW})
os.write(1, b"THE REQUEST IS SENT")
os._exit(0)
"""

SENT = "".join(f"\\x{byte:02x}" for byte in b"THE REQUEST IS SENT")


@dataclass
class Disk:
    """One file as the disk holds it: what was synced, and the writes since, as (offset, bytes)."""

    synced: bytearray
    waiting: list[tuple[int, bytes]] = field(default_factory=list)

    def sync(self) -> None:
        for offset, data in self.waiting:
            _write(self.synced, offset, data)
        self.waiting.clear()


def _write(image: bytearray, offset: int, data: bytes) -> None:
    if len(image) < offset:
        image.extend(bytes(offset - len(image)))
    image[offset : offset + len(data)] = data


def disks_when_the_request_is_sent(folder: Path, synchronous: str, code: str = CLAIM) -> dict[str, Disk]:
    """Run code under strace and return each file of the database as it was on the disk at its end."""
    disks = {path.name: Disk(bytearray(path.read_bytes())) for path in folder.glob("tracker.db*")}
    trace = folder / "trace"
    command = ["strace", "-f", "-xx", "-s", "1000000", "-o", str(trace)]
    command += ["-e", "trace=openat,close,pwrite64,write,ftruncate,fsync,fdatasync"]
    command += [sys.executable, "-c", code, str(folder), synchronous]
    subprocess.run(command, check=True, timeout=60, capture_output=True, cwd=Path(__file__).parents[2])
    names: dict[int, str] = {}
    for line in trace.read_text().splitlines():
        found = re.match(r"^\d+ +(\w+)\((.*)\) += (-?\d+)", line)
        if found is None:
            continue
        call, arguments, result = found[1], found[2], int(found[3])
        if call == "write" and SENT in arguments:
            return disks
        _replay(disks, names, call, arguments, result)
    raise AssertionError("the request was never sent")


def _replay(disks: dict[str, Disk], names: dict[int, str], call: str, arguments: str, result: int) -> None:
    if call == "openat":
        path = Path(bytes.fromhex(re.sub(r"\\x", "", arguments.split('"')[1])).decode())
        names[result] = path.name if path.name.startswith("tracker.db") else ""
        return
    descriptor = int(re.match(r"\d+", arguments)[0])  # type: ignore[index]
    name = names.get(descriptor)
    if not name or name.endswith("-shm"):
        return
    disk = disks.setdefault(name, Disk(bytearray()))
    if call == "pwrite64":
        offset = int(arguments.rsplit(",", 1)[1])
        disk.waiting.append((offset, bytes.fromhex(re.sub(r"\\x", "", arguments.split('"')[1]))))
    elif call in ("fsync", "fdatasync"):
        disk.sync()


def after_power_loss(disks: dict[str, Disk], folder: Path, chance: random.Random | None) -> Database:
    """Make the files again, with a part of what was not synced or with none of it."""
    folder.mkdir()
    for name, disk in disks.items():
        image = bytearray(disk.synced)
        for offset, data in disk.waiting:
            if chance is not None and chance.random() < 0.5:
                _write(image, offset, data)
        (folder / name).write_bytes(image)
    for shared in folder.glob("*-shm"):
        shared.unlink()
    return a_database(folder)


def intent_survives(disks: dict[str, Disk], folder: Path, chance: random.Random | None) -> bool:
    """Tell whether the intent is in what the disk holds."""
    db = after_power_loss(disks, folder, chance)
    order = orders.by_id(db, 1)
    attempts = db.sql("SELECT COUNT(*) FROM attempts")[0][0]
    db.close()
    assert order is not None, "an order that was confirmed is never lost"
    return order.state is State.SUBMITTING and attempts == 1


def _queued(folder: Path) -> None:
    db = a_database(folder)
    enqueued(db, a_draft())
    db.close()


def test_an_intent_survives_a_power_loss_right_before_its_request_is_sent(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    _queued(home)
    disks = disks_when_the_request_is_sent(home, "FULL")
    assert intent_survives(disks, tmp_path / "only synced", None)
    for seed in range(20):
        assert intent_survives(disks, tmp_path / f"part {seed}", random.Random(seed))


def test_an_intent_would_be_lost_if_the_commit_did_not_wait_for_the_disk(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    _queued(home)
    assert not intent_survives(disks_when_the_request_is_sent(home, "NORMAL"), tmp_path / "only synced", None)


def test_an_answer_survives_a_power_loss_even_if_the_change_that_it_causes_does_not(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    _queued(home)
    disks = disks_when_the_request_is_sent(home, "", SETTLE)
    found = set()
    for seed in range(20):
        db = after_power_loss(disks, tmp_path / f"part {seed}", random.Random(seed) if seed else None)
        order = orders.by_id(db, 1)
        assert order is not None
        found.add(order.state)
        assert db.sql("SELECT status, body FROM attempts") == [(200, b'{"order": 105}')]
        db.close()
    # Nothing in between; recovery makes the second state of the first, by the recorded answer.
    assert found <= {State.SUBMITTING, State.ACTIVE}
    assert State.SUBMITTING in found
