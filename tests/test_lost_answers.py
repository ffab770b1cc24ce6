"""Small parts of what `python -m tests.lost_answers` shows at length."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.at_most_once.kinds import KINDS
from tests.at_most_once.world import FragileWorld
from tests.lost_answers.simulation import EQUAL, Setting, run
from tests.lost_answers.waits import Send, Waits, waits
from tests.soak.world import Fate
from tests.support.samples import a_draft, enqueued
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND

SETTLE = 15 * MINUTE


def sends(*those: tuple[str, int, int | None], charge: int = 5) -> list[Send]:
    """Sends of one charge: the link, when, and when its answer was lost."""
    return [Send(link, Decimal(charge), at, lost_at) for link, at, lost_at in those]


@pytest.mark.parametrize(
    ("found", "longest"),
    [
        (sends(("a", 1, None), ("b", 9, None)), Waits(9, 0, 0, 0)),
        (sends(("a", 1, 2), ("b", 9, None)), Waits(9, 7, 7, 1)),
        (sends(("a", 1, 2), ("b", 9, 10), ("c", 13, None)), Waits(13, 7, 10, 2)),
        (sends(("a", 1, 2)) + sends(("b", 9, None), charge=6), Waits(9, 0, 0, 0)),
    ],
)
def test_the_longest_waits_for_one_lost_order_and_for_several_in_turn_are_told_apart(
    found: list[Send], longest: Waits
) -> None:
    assert waits(found, dict.fromkeys("abc", 0)) == longest


def test_an_order_that_is_queued_later_has_waited_from_then_on_only() -> None:
    assert waits(sends(("a", 1, 2), ("b", 9, None)), {"a": 0, "b": 6}) == Waits(3, 3, 3, 1)


@pytest.mark.sqlite  # how long it waits is decided before any database
@pytest.mark.parametrize(("restart", "skew"), [(None, 0), (5 * MINUTE, 0), (None, -DAY), (None, HOUR)])
def test_no_order_waits_longer_for_a_lost_one_than_it_may_take_to_arrive(
    tmp_path: Path, restart: int | None, skew: int
) -> None:
    """However often the daemon is started meanwhile, and wherever its clock is set."""
    world = FragileWorld(tmp_path, KINDS[0])
    world.fates = [Fate.ANSWERED, Fate.NEVER]
    enqueued(world.db, *(a_draft(f"https://x.example/{n}", service="1") for n in range(3)))
    world.step(SECOND)
    world.set_clock(skew)
    began, next_at = world.now, None if restart is None else world.now + restart
    while len(world.state.ledger) < 2 and world.now < began + HOUR:
        world.step(MINUTE)
        world.keep_house()
        if next_at is not None and restart is not None and world.now >= next_at:
            world.worker, next_at = world.restarted(), world.now + restart

    assert [one.link[-1] for one in world.state.ledger][:2] == ["0", "2"]
    assert world.now - began <= SETTLE + 2 * MINUTE


@pytest.mark.sqlite  # what it proves is decided before any database, and a server takes its time
def test_of_many_equal_orders_a_day_all_are_sent_that_day() -> None:
    day = Setting("a day", EQUAL, loss=0.06, batch=100, every=DAY, batches=1)

    outcome, found = run(day)

    assert len(outcome.losses) > 3
    assert (outcome.broken, outcome.unsent) == (0, 0)
    assert found.by_one <= SETTLE + SECOND
    assert found.any_cause < DAY


@pytest.mark.sqlite
def test_a_folder_that_was_rolled_back_is_noticed_also_while_an_order_is_lost(tmp_path: Path) -> None:
    world = FragileWorld(tmp_path, KINDS[0])
    world.fates = [Fate.ANSWERED, Fate.NEVER]
    enqueued(world.db, *(a_draft(f"https://x.example/{n}", service="1") for n in range(2)))
    world.step(MINUTE)
    enqueued(world.db, a_draft("https://x.example/later", service="2"))
    world.copy_files(frozenset())
    for _ in range(5):
        world.step(10 * SECOND)
    assert len(world.state.ledger) == 2

    world.roll_back(world.past.copies[0])
    for _ in range(30):
        world.step(MINUTE)

    assert [one.link[-1] for one in world.state.ledger] == ["0", "r"]
    assert "nobody here placed" in (world.context().account().restored_why or "")
