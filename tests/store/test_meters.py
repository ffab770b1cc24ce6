"""Figures are only ever added to, by any number of daemons, and each row of the history is counted once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.samples import NOW, a_database, a_draft, an_intent, claim_for_add, enqueued, prune_orders
from tracker.lib.histogram import Histogram
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.answers import Accepted, Unanswered
from tracker.orders.order import Order
from tracker.orders.resolution import By, after_drop
from tracker.orders.submission import after_add
from tracker.store import changes, journal, meters, orders, renames
from tracker.store.database import Database
from tracker.store.journal import PATIENCE, settled_length
from tracker.store.meters import ADDS, CALLS, KEPT, LOST, MOVES, NEWS, SLOT, Key, Meter, Slot

AT = NOW - NOW % SLOT
"""The beginning of a slot."""


def figure(meter: Meter, *values: int) -> Histogram:
    made = Histogram()
    for value in values:
        made.note(value, meter.bounds)
    return made


def news(*values: int, panel: str = "p") -> dict[Key, Histogram]:
    return {Key(panel, NEWS.name): figure(NEWS, *values)}


def test_what_is_added_counts_in_the_whole_by_label_and_in_its_slot_without(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    for label in ("add answered", "status answered"):
        meters.add(db, {Key("p", CALLS.name, label): figure(CALLS, SECOND, 3 * SECOND)}, AT)
    meters.add(db, {Key("p", CALLS.name, "add answered"): figure(CALLS, SECOND)}, AT + SLOT)

    found = meters.totals(db)
    assert found == {
        Key("p", CALLS.name, "add answered"): figure(CALLS, SECOND, 3 * SECOND, SECOND),
        Key("p", CALLS.name, "status answered"): figure(CALLS, SECOND, 3 * SECOND),
    }
    assert [(slot.at, slot.count) for slot in meters.series(db, "p", CALLS, AT)] == [(AT, 4), (AT + SLOT, 1)]


def test_a_series_has_the_median_and_what_nine_of_ten_did_not_exceed(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    meters.add(db, news(*[MINUTE] * 6, *[10 * MINUTE] * 4), AT)
    meters.add(db, news(HOUR, panel="q"), AT)
    meters.add(db, news(HOUR), AT - SLOT)

    (slot,) = meters.series(db, "p", NEWS, AT + MINUTE)
    assert slot == Slot(AT, 10, 46 * MINUTE, 55 * SECOND, 525 * SECOND)

    assert meters.over(db, "p", NEWS, AT + MINUTE) == slot
    assert meters.over(db, "p", NEWS, AT + SLOT) is None
    hour = AT - AT % HOUR
    assert [one.count for one in meters.series(db, "p", NEWS, hour, HOUR)] == [11 if hour < AT else 10]
    assert meters.counts(db, "p", NEWS, hour, HOUR) == {hour: 11 if hour < AT else 10}
    assert meters.counts(db, "p", NEWS, AT - SLOT) == {AT - SLOT: 1, AT: 10}


def test_the_pace_is_that_of_this_slot_and_the_one_before(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    for before, count in ((2 * SLOT, 900), (SLOT, 300), (0, 60)):
        meters.add(
            db, {Key("p", CALLS.name, "status answered"): figure(CALLS, *[SECOND] * count)}, AT - before
        )

    assert meters.per_second(db, CALLS, AT + MINUTE) == {"p": 1.0}
    assert meters.per_second(db, CALLS, AT + HOUR) == {}


def test_old_slots_and_those_of_a_wrong_clock_are_deleted_and_the_whole_is_kept(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    for at in (AT - KEPT - SLOT, AT - KEPT, AT, AT + 700 * DAY):
        meters.add(db, news(MINUTE), at)

    meters.prune(db, AT)

    assert [slot.at for slot in meters.series(db, "p", NEWS, 0)] == [AT - KEPT, AT]
    assert meters.totals(db) == news(*[MINUTE] * 4)


def test_figures_of_a_panel_are_added_to_those_of_its_new_name(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    enqueued(db, a_draft())
    meters.add(db, news(MINUTE), AT)
    meters.add(db, news(HOUR, panel="q"), AT)

    renames.rename(db, "p", "q")

    assert meters.totals(db) == news(MINUTE, HOUR, panel="q")
    assert [slot.count for slot in meters.series(db, "q", NEWS, AT)] == [2]


def together(count: int, what: Callable[[Database], object], folder: Path) -> None:
    """Have so many daemons do something at once, each on connections of its own."""
    starting = threading.Barrier(count)

    def run() -> None:
        db = a_database(folder)
        starting.wait()
        what(db)
        db.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_several_daemons_lose_nothing_of_what_each_adds(tmp_path: Path) -> None:
    db = a_database(tmp_path)

    def add_often(one: Database) -> None:
        for _ in range(10):
            meters.add(one, news(MINUTE), AT)

    together(4, add_often, tmp_path)

    assert meters.totals(db) == news(*[MINUTE] * 40)


# -- the history ------------------------------------------------------------------------------------------


def sent(db: Database, count: int, answer: Accepted | Unanswered) -> list[Order]:
    """Have so many orders sent, and answered so."""
    found = []
    for number in range(count):
        (order,) = enqueued(db, a_draft(f"https://x.example/{number}"))
        claimed = claim_for_add(db, order)
        assert claimed is not None
        change = after_add(claimed[0].after, answer, an_intent(), NOW, MINUTE)
        found += [one.after for one in changes.apply(db, [change], NOW)]
    return found


def counts(db: Database, meter: Meter) -> dict[str, int]:
    return {key.label: figure.count for key, figure in meters.totals(db).items() if key.name == meter.name}


def test_each_row_of_the_history_is_counted_once(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    assert not journal.is_whole(db)
    assert journal.count_new(db, NOW) is False
    assert journal.is_whole(db)
    lost = sent(db, 3, Unanswered("no answer"))
    changes.apply(db, [after_drop(lost[0], By.OPERATOR, NOW)], NOW)

    together(3, lambda one: journal.count_new(one, NOW), tmp_path)
    journal.count_new(db, NOW)

    assert counts(db, ADDS) == {"lost": 3}
    assert counts(db, LOST) == {"dropped person": 1}
    assert counts(db, MOVES) == {"queued submitting": 3, "submitting unknown": 3, "unknown dropped": 1}
    assert meters.series(db, "p", ADDS, 0) == []


def test_a_long_history_is_counted_page_by_page_and_is_whole_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "PAGE", 3)
    db = a_database(tmp_path)
    sent(db, 2, Unanswered("no answer"))

    assert (journal.count_new(db, NOW), journal.is_whole(db)) == (True, False)
    assert (journal.count_new(db, NOW), journal.is_whole(db)) == (False, True)
    assert counts(db, ADDS) == {"lost": 2}


def test_what_is_pruned_afterwards_stays_counted(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    (lost,) = sent(db, 1, Unanswered("no answer"))
    changes.apply(db, [after_drop(lost, By.OPERATOR, NOW)], NOW)
    journal.count_new(db, NOW)
    prune_orders(db, NOW + 1)
    assert list(orders.listed(db)) == []

    journal.count_new(db, NOW)

    assert counts(db, LOST) == {"dropped person": 1}


@pytest.mark.parametrize(
    ("rows", "length"),
    [
        ([], 0),
        ([(5, NOW), (6, NOW)], 2),
        ([(5, NOW), (7, NOW)], 1),
        ([(6, NOW)], 0),
        ([(5, NOW), (7, NOW - PATIENCE), (8, NOW)], 3),
        ([(5, NOW), (7, NOW + PATIENCE), (9, NOW)], 2),
    ],
    ids=["none", "no gap", "a gap", "a gap at first", "an old gap", "an old gap by a wrong clock"],
)
def test_rows_behind_a_number_that_may_still_come_wait_for_it(
    rows: list[tuple[int, int]], length: int
) -> None:
    assert settled_length(rows, 4, NOW) == length


@pytest.mark.postgresql
def test_a_row_that_appears_after_one_with_a_higher_number_is_counted(tmp_path: Path) -> None:
    db, other = a_database(tmp_path), a_database(tmp_path)
    (first,) = sent(db, 1, Accepted("1"))
    late = "INSERT INTO history (order_id, at, from_state, to_state, why) VALUES (?, ?, 'active', ?, '')"
    with other.transaction():
        other.many(late, [(first.id, NOW, "completed")])
        done = threading.Thread(target=lambda: sent(a_database(tmp_path), 1, Unanswered("no answer")))
        done.start()
        done.join()
        journal.count_new(db, NOW)
        assert counts(db, ADDS) == {"accepted": 1}

    journal.count_new(db, NOW)

    assert counts(db, ADDS) == {"accepted": 1, "lost": 1}
    assert counts(db, MOVES)["active completed"] == 1
