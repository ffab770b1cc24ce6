"""Whether a `-wal` can be the one of the file beside it, and what the last daemon saw of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.samples import a_database, a_draft, enqueued
from tracker.store import epoch
from tracker.store.engines.wal_owner import Files, fault_in
from tracker.store.epoch import Age
from tracker.store.seen import Seen, SeenFile

pytestmark = pytest.mark.sqlite

FILES = Files(file=7, wal=8, salts="a", write_version=2, epoch=10)
SEEN = Seen(file=7, wal=8, salts="a", floor=10, epoch=12)


@pytest.mark.parametrize(
    ("changes", "seen", "words"),
    [
        ({}, SEEN, None),
        ({}, None, None),
        ({"wal": 0, "write_version": 1, "epoch": 1}, SEEN, None),
        ({"write_version": 1}, None, "is a backup"),
        ({"file": 0}, None, "there is no database"),
        ({"file": 9}, SEEN, "replaced by another file"),
        ({"file": 9, "wal": 10}, SEEN, None),
        ({"file": 9, "wal": 10, "epoch": 9}, SEEN, "older than it"),
        ({"epoch": 9}, SEEN, "older than it"),
        ({"epoch": -1}, SEEN, "older than it"),
        ({"epoch": -1}, SEEN._replace(floor=-1), None),
        ({"epoch": None}, SEEN, None),
        ({"salts": "b", "epoch": 11}, SEEN, "older than it"),
        ({"salts": "b", "epoch": 12}, SEEN, None),
    ],
)
def test_a_wal_belongs_to_a_file_unless_something_speaks_against_it(
    changes: dict[str, int | str | None], seen: Seen | None, words: str | None
) -> None:
    fault = fault_in(FILES.__class__(**{**_fields(FILES), **changes}), seen)  # type: ignore[arg-type]

    assert (fault is None) if words is None else (fault is not None and words in fault)


def _fields(files: Files) -> dict[str, object]:
    return {name: getattr(files, name) for name in files.__slots__}


def test_what_was_seen_is_read_again(tmp_path: Path) -> None:
    db = tmp_path / "tracker.db"
    db.touch()
    seen = SeenFile(db)
    seen.begin(3)
    seen.note_epoch(4)

    assert SeenFile(db).read() == Seen(db.stat().st_ino, 0, "", 3, 4)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "{}", "9" * 5000, "[" * 100_000, '{"file": 1, "epoch": ' + "9" * 200 + "}"),
        *(
            '{"file": "x"}',
            '{"file": -1}',
            '{"file": true}',
            '{"file": 1, "more": 2}',
            '{"file": 1, "epoch": 1e99}',
        ),
    ],
)
def test_what_was_seen_is_not_known_when_it_cannot_be_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "tracker.db.seen").write_text(text)

    assert SeenFile(tmp_path / "tracker.db").read() is None


@pytest.mark.parametrize(
    "text", ["", "9" * 5000, str(2**62), str(2**63 - 1), "-5", "1e9", "x", "\x00", "٣", "0x10"]
)
def test_an_unreadable_epoch_is_said_and_the_daemon_can_start_again_and_again(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    db = a_database(tmp_path)
    enqueued(db, a_draft())
    epoch.advance(db)
    Path(f"{db.name}.epoch").write_text(text)

    assert epoch.age(db) is Age.ALONE
    assert "epoch.unreadable" in capsys.readouterr().out
    assert epoch.advance(db) == 2
    assert epoch.age(db) is Age.NEWEST


def test_a_huge_epoch_in_the_database_itself_does_not_stop_the_daemon(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    with db.transaction():
        db.sql("INSERT INTO epoch (number) VALUES (?)", (2**63 - 1,))

    assert epoch.advance(db) == 1
