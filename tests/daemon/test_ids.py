"""Order ids that cannot be trusted: a real worker, a real database, and the practice panel with its faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.samples import a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.lib.times import DAY, MINUTE
from tracker.orders.order import State
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import accounts, evidence

STILL = Behaviour(pace=0)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    stages: list[Stage] = []

    def make(behaviour: Behaviour = STILL, **more: str) -> Stage:
        panel = PracticePanel(behaviour)
        panel.start()
        stages.append(Stage(tmp_path, panel, **more))
        return stages[-1]

    yield make
    for stage in stages:
        stage.client.close()
        stage.panel.stop()


def queue_one(stage: Stage, ref: str) -> int:
    (order,) = enqueued(stage.db, a_draft(f"https://x.example/{ref}", ref=ref, service="2"), now=stage.now)
    return order.id


def place(stage: Stage, ref: str) -> State:
    """Queue an order, submit, and return its state."""
    order_id = queue_one(stage, ref)
    stage.worker.submit.run()
    return stage.order(order_id).state


def poll(stage: Stage, span: int = 2 * MINUTE) -> None:
    stage.now += span
    stage.worker.track.run()


def taken(stage: Stage) -> Counter[str]:
    """How often the panel took each order, by its link's end."""
    return Counter(placed.link.rpartition("/")[2] for placed in stage.panel.state.ledger)


@pytest.mark.parametrize("fault", ["huge-id", "int64-id"])
def test_one_absurd_id_does_not_make_all_later_orders_unknown(make: Callable[..., Stage], fault: str) -> None:
    stage = make()
    place(stage, "first")
    poll(stage)
    stage.panel.fault("add", fault)

    assert place(stage, "absurd") is State.UNKNOWN
    assert [place(stage, f"waits-{n}") for n in range(3)] == [State.QUEUED] * 3
    assert taken(stage) == {"first": 1, "absurd": 1}
    assert stage.told().count("spend.unexplained") == 1

    stage.resume()
    poll(stage)
    stage.worker.submit.run()

    assert [stage.order(n).state for n in (3, 4, 5)] == [State.ACTIVE] * 3
    assert set(taken(stage).values()) == {1}
    assert accounts.read(stage.db, "p").newest_id != "99999999999"


def test_the_first_id_of_all_is_absurd(make: Callable[..., Stage]) -> None:
    stage = make()
    stage.panel.fault("add", "huge-id")

    assert [place(stage, f"n-{n}") for n in range(4)] == [State.ACTIVE] * 4


def test_a_lost_answer_after_an_id_of_more_than_63_bits_does_not_block_the_queue(
    make: Callable[..., Stage],
) -> None:
    stage = make(more="unknown: {probe: true}\n")
    stage.panel.fault("add", "int64-id")
    place(stage, "first")
    poll(stage)
    stage.panel.fault("add", "close-after")
    assert place(stage, "lost") is State.UNKNOWN
    later = queue_one(stage, "later")
    for _ in range(5):
        stage.now += MINUTE
        stage.worker.submit.run()

    assert stage.order(later).state is State.ACTIVE
    assert evidence.checks(stage.db, 2)


@pytest.mark.parametrize("fault", ["persian-id"])
def test_an_id_in_other_digits_than_0_to_9_is_no_id(make: Callable[..., Stage], fault: str) -> None:
    stage = make()
    stage.panel.fault("add", fault)

    assert place(stage, "lost") is State.UNKNOWN


def test_random_ids_run_through_whole_lives_where_the_dialect_says_so(make: Callable[..., Stage]) -> None:
    stage = make(
        Behaviour(pace=10_000, random_ids=True, seed=3),
        dialect="{base: tagrani, ids_grow: false}",
        more="unknown: {probe: true}\n",
    )
    for n in range(20):
        place(stage, f"n-{n}")
        poll(stage)
    poll(stage, DAY)

    assert {stage.order(n + 1).state for n in range(20)} == {State.COMPLETED}
    assert set(taken(stage).values()) == {1}
    assert stage.told().count("spend.unexplained") == 0
