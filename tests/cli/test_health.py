"""What `status` says of the daemons: those that run, those that died, and those that nobody misses."""

from __future__ import annotations

import pytest

from tests.support.samples import NOW
from tracker.cli.health import Health, Status, findings, missing
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.store.daemons import DaemonRow


def a_daemon(host: str, pid: int, started: int, beat: int) -> DaemonRow:
    """A daemon that started and last showed life so long ago."""
    return DaemonRow(host, pid, "1", NOW - started, NOW - beat)


LIVES = a_daemon("a", 1, DAY, 5 * SECOND)
DIED = a_daemon("b", 2, DAY, 3 * HOUR)


def told(*daemons: DaemonRow) -> list[tuple[Health, str]]:
    newest_first = sorted(daemons, key=lambda one: -one.beat_at)
    return findings(Status([], newest_first, {}), NOW)


def test_no_daemon_is_critical() -> None:
    assert told() == [(Health.CRITICAL, "the daemon is not running; start it with `tracker run`")]


def test_daemons_that_all_died_are_critical_and_told_of_once() -> None:
    assert told(DIED, a_daemon("a", 1, DAY, 2 * HOUR)) == [
        (Health.CRITICAL, "the daemon has shown no life for 2 h")
    ]


def test_one_that_died_while_others_live_is_a_warning_that_says_which() -> None:
    assert told(LIVES, DIED) == [
        (
            Health.WARNING,
            "the daemon on b (process 2) has shown no life for 3 h; others do its work",
        )
    ]


@pytest.mark.parametrize(
    ("daemon", "is_missed"),
    [
        (a_daemon("b", 2, DAY, MINUTE), False),
        (a_daemon("b", 2, DAY, MINUTE + SECOND), True),
        (a_daemon("b", 2, 9 * DAY, DAY - SECOND), True),
        (a_daemon("b", 2, 9 * DAY, DAY), False),
    ],
    ids=["slow to beat", "dead", "dead for long", "taken away for good"],
)
def test_a_dead_daemon_is_missed_for_a_day(daemon: DaemonRow, is_missed: bool) -> None:
    assert missing([LIVES, daemon], NOW) == [daemon] * is_missed


def test_a_daemon_that_was_started_again_on_its_machine_is_not_missed() -> None:
    again = a_daemon("b", 3, HOUR, SECOND)

    assert missing([again, DIED], NOW) == []
    assert missing([again._replace(host="c"), DIED], NOW) == [DIED]
    assert missing([again._replace(started_at=NOW - DAY), DIED], NOW) == [DIED]
