"""A database that is older than the one that ran here holds its accounts: those that are configured or have orders to send."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, a_draft, claim_for_add, enqueued
from tracker.accounts.account import Account
from tracker.daemon.restore_guard import REMEMBERED, NewestIntent, RestoreGuard
from tracker.store import accounts, epoch
from tracker.store.database import Database, StorageFault
from tracker.store.epoch import Age


@pytest.fixture
def db(tmp_path: Path) -> Database:
    db = a_database(tmp_path)
    enqueued(db, a_draft())
    return db


def guard(db: Database) -> RestoreGuard:
    return RestoreGuard(db, ["p", "q"])


def forget_beside(db: Database) -> None:
    """Remove the mark that lies beside a file."""
    beside = db.sidecar(".epoch")
    if beside is not None:
        beside.unlink()


def held(db: Database) -> list[Account]:
    return [accounts.read(db, panel) for panel in ("p", "q", "other")]


def test_the_database_that_ran_here_is_held_up_by_nothing(db: Database) -> None:
    assert guard(db).check_at_start(NOW) is False
    again = guard(db)
    assert again.check_at_start(NOW) is False
    for _ in range(3):
        again.check(NOW)

    assert held(db) == [Account("p"), Account("q"), Account("other")]


def test_a_panel_that_has_orders_to_send_is_held_too_before_it_is_configured_again(db: Database) -> None:
    enqueued(db, a_draft(panel="other"))
    epoch.mark_copy(db)

    guard(db).check_at_start(NOW)

    assert [account.restored_at for account in held(db)] == [NOW, NOW, NOW]


@pytest.mark.sqlite
def test_a_file_that_lies_elsewhere_with_all_that_was_beside_it_is_compared_and_no_more(
    db: Database, tmp_path: Path
) -> None:
    guard(db).check_at_start(NOW)
    db.close()
    shutil.copytree(tmp_path, tmp_path / "new", ignore=lambda _folder, _names: {"new"})
    moved = a_database(tmp_path / "new")

    guard(moved).check_at_start(NOW + 1)

    assert held(moved)[0] == Account("p", unproven_at=NOW + 1)


def test_a_copy_that_a_backup_wrote_holds_every_configured_account(db: Database) -> None:
    epoch.mark_copy(db)

    assert guard(db).check_at_start(NOW) is True

    assert held(db) == [Account("p", restored_at=NOW), Account("q", restored_at=NOW), Account("other")]
    assert guard(db).check_at_start(NOW) is False  # it is the database of this place from now


@pytest.mark.sqlite
def test_a_file_without_the_mark_beside_it_is_compared_before_anything_is_sent(
    db: Database, tmp_path: Path
) -> None:
    guard(db).check_at_start(NOW)
    forget_beside(db)

    assert guard(db).check_at_start(NOW + 1) is False

    assert held(db) == [
        Account("p", unproven_at=NOW + 1, unproven_why=Age.ALONE.value),
        Account("q", unproven_at=NOW + 1, unproven_why=Age.ALONE.value),
        Account("other"),
    ]


@pytest.mark.sqlite
def test_an_empty_database_where_another_one_ran_is_told_and_holds_nothing_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db = a_database(tmp_path)
    for _ in range(2):
        assert guard(db).check_at_start(NOW) is False
    assert "another one ran here" not in capsys.readouterr().out
    db.close()
    Path(db.name).unlink()

    new = a_database(tmp_path)
    assert guard(new).check_at_start(NOW + 1) is False

    assert "another one ran here before, which was deleted or emptied" in capsys.readouterr().out
    assert held(new)[0] == Account("p")


def test_a_database_that_goes_back_while_the_daemon_runs_holds_every_account(db: Database) -> None:
    watching = guard(db)
    watching.check_at_start(NOW)
    watching.check(NOW)
    with db.transaction():
        db.many("UPDATE epoch SET number = ?", [(epoch.COPIED,)])

    watching.check(NOW + 1)
    assert held(db)[0] == Account("p", restored_at=NOW + 1)
    assert held(db)[2] == Account("other")

    watching.check(NOW + 2)  # it grows again from there
    assert held(db)[0].restored_at == NOW + 1


def test_an_epoch_that_stands_still_was_put_back_too(db: Database) -> None:
    watching = guard(db)
    watching.check_at_start(NOW)
    with db.transaction():
        db.many("UPDATE epoch SET number = number - 1", [()])

    watching.check(NOW + 1)

    assert held(db)[1] == Account("q", restored_at=NOW + 1)


@pytest.mark.sqlite
@pytest.mark.parametrize("changed", ["number = number - 1", "run = 'another', number = number + 9"])
def test_no_intent_is_recorded_in_a_database_that_was_put_back_under_the_daemon(
    db: Database, changed: str
) -> None:
    guard(db).check_at_start(NOW)
    order = enqueued(db, a_draft("https://x.example/b"))[0]
    with db.transaction():
        db.many(f"UPDATE epoch SET {changed}", [()])
    assert epoch.has_gone_back(db)

    with pytest.raises(StorageFault, match="was put back while the daemon ran"):
        claim_for_add(db, order)

    epoch.advance(db)  # the accounts are held by now
    assert not epoch.has_gone_back(db)
    assert claim_for_add(db, order) is not None


@pytest.mark.sqlite
def test_a_file_that_was_written_over_is_behind_whatever_sqlite_makes_of_it(db: Database) -> None:
    guard(db).check_at_start(NOW)
    assert epoch.age(db) is Age.NEWEST

    epoch.mark_overwritten(db)

    assert epoch.age(db) is Age.BEHIND


def test_the_newest_intent_is_missed_within_the_hour_after_it_was_recorded(db: Database) -> None:
    order = enqueued(db, a_draft("https://x.example/b"))[0]
    claimed = claim_for_add(db, order)
    assert claimed is not None
    here, gone = NewestIntent(claimed[1], 1000), NewestIntent(claimed[1] + 1, 1000)

    assert not here.is_gone(db, 1000)
    assert gone.is_gone(db, 1000)
    assert gone.is_gone(db, 1000 + REMEMBERED - 1)
    assert not gone.is_gone(db, 1000 + REMEMBERED)
    assert not NewestIntent().is_gone(db, 0)
