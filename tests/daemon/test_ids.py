"""Order ids that cannot be trusted: a real worker, a real database, and the practice panel with its faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.project import Inbox, Project
from tests.support.samples import a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.daemon.passes.adopt import Adopted, NotAdopted, adopt
from tracker.lib.times import DAY, MINUTE
from tracker.orders.order import Draft, State
from tracker.orders.resolution import By
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import accounts, evidence

STILL = Behaviour(pace=0)
SOON = "unknown: {looks: [1s, 1d]}\n"


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
    stage = make(more="unknown: {apart: false}\n")
    place(stage, "first")
    poll(stage)
    stage.panel.fault("add", fault)

    assert place(stage, "absurd") is State.UNKNOWN
    assert [place(stage, f"waits-{n}") for n in range(3)] == [State.QUEUED] * 3
    assert taken(stage) == {"first": 1, "absurd": 1}
    assert stage.alerts().count("spend.unexplained") == 1

    stage.resume()
    poll(stage)
    stage.worker.submit.run()

    assert [stage.order(n).state for n in (3, 4, 5)] == [State.ACTIVE] * 3
    assert set(taken(stage).values()) == {1}
    assert accounts.read(stage.db, "p").newest_id != "99999999999"


def test_an_answer_is_not_believed_that_names_what_a_check_has_found_before_it_was_sent(
    make: Callable[..., Stage],
) -> None:
    stage = make(more="unknown: {probe: true, apart: false, looks: [1s, 1d]}\n")
    place(stage, "first")
    poll(stage)
    for fault in ("close-before", "close-after"):
        stage.panel.fault("add", fault)
        assert place(stage, fault) is State.UNKNOWN
        stage.now += MINUTE
        stage.worker.submit.run()
    assert evidence.strangers(stage.db, "p") == [5002], "it may be either of the two"
    stage.panel.fault("add", "wrong-id")

    assert place(stage, "wrong") is State.UNKNOWN
    assert place(stage, "waits") is State.QUEUED
    assert [stage.order(n).panel_order_id for n in (2, 3, 4)] == [None] * 3
    assert "5002, which is ours already" in (stage.order(4).last_error or "")
    assert stage.alerts().count("spend.unexplained") == 1


def test_the_first_id_of_all_is_absurd(make: Callable[..., Stage]) -> None:
    stage = make()
    stage.panel.fault("add", "huge-id")

    assert [place(stage, f"n-{n}") for n in range(4)] == [State.ACTIVE] * 4


def checked(stage: Stage) -> None:
    """Let the checks of lost orders run."""
    for _ in range(5):
        stage.now += MINUTE
        stage.worker.submit.run()


@pytest.mark.parametrize("first_id", [2**63 - 1, 2**63, 10**30])
def test_ids_of_more_than_63_bits_do_not_block_the_queue_when_an_answer_is_lost(
    make: Callable[..., Stage], first_id: int
) -> None:
    stage = make(Behaviour(pace=0, first_id=first_id), more="unknown: {probe: true, apart: false}\n")
    place(stage, "first")
    poll(stage)
    stage.panel.fault("add", "close-after")
    assert place(stage, "lost") is State.UNKNOWN
    later = queue_one(stage, "later")
    checked(stage)

    assert stage.order(later).state is State.ACTIVE
    assert stage.order(later).panel_order_id == str(first_id + 2)
    assert evidence.checks(stage.db, 2)[0].ruling == "hold"
    assert stage.alerts().count("spend.unexplained") == 0


def test_a_check_that_fails_here_is_tried_again_and_then_holds_only_the_lost_order(
    make: Callable[..., Stage],
) -> None:
    stage = make(more="unknown: {probe: true, apart: false, resend: when-proven-absent, resend_max: 1000}\n")
    stage.elapsed = lambda: stage.now
    place(stage, "first")
    stage.panel.fault("add", "close-after")
    assert place(stage, "lost") is State.UNKNOWN
    with stage.db.transaction():
        stage.db.many("UPDATE attempts SET mark = 'bitten' WHERE order_id = ?", [(2,)])
    later = queue_one(stage, "later")
    stage.now += 31_000_000
    stage.worker.submit.run()
    assert stage.order(later).state is State.QUEUED  # one fault may pass
    checked(stage)

    assert stage.order(later).state is State.ACTIVE
    assert stage.order(2).state is State.UNKNOWN
    (check, *_) = evidence.checks(stage.db, 2)
    assert "the check failed here" in check.reasons[0]
    assert stage.alerts().count("spend.unexplained") == 1
    assert set(taken(stage).values()) == {1}
    for _ in range(4):
        stage.now += DAY
        stage.worker.submit.run()
    assert stage.order(2).state is State.UNKNOWN
    assert stage.alerts().count("spend.unexplained") == 1
    assert set(taken(stage).values()) == {1}


@pytest.mark.parametrize("dialect", ["tagrani", "{base: tagrani, ids_grow: false}"])
def test_a_panel_that_gives_one_id_to_all_orders_gets_no_third_one(
    make: Callable[..., Stage], dialect: str
) -> None:
    stage = make(dialect=dialect)
    stage.panel.fault("add", "huge-id", times=None)

    assert [place(stage, f"n-{n}") for n in range(5)] == [State.ACTIVE, State.UNKNOWN] + [State.QUEUED] * 3
    assert stage.alerts().count("spend.unexplained") == 1
    assert sum(taken(stage).values()) == 2


@pytest.mark.parametrize("polled", [True, False])
def test_random_ids_stop_the_account_at_the_first_that_is_lower(
    make: Callable[..., Stage], polled: bool
) -> None:
    stage = make(Behaviour(pace=0, random_ids=True, seed=5))
    states = []
    for n in range(6):
        states.append(place(stage, f"n-{n}"))
        if polled:
            poll(stage)

    assert states.count(State.UNKNOWN) == 1
    assert set(states[states.index(State.UNKNOWN) + 1 :]) == {State.QUEUED}
    assert stage.alerts().count("spend.unexplained") == 1


def test_a_lower_id_than_an_answer_that_proves_false_is_taken(make: Callable[..., Stage]) -> None:
    """The false one is within what is plausible, so nothing but `status` can tell."""
    stage = make()
    place(stage, "first")
    poll(stage)
    stage.panel.state._next_id = 900_000  # what the panel answers with, and does not know a moment later
    place(stage, "false")
    false = stage.panel.state.orders.pop(900_000)
    stage.panel.state._next_id = 5002

    assert place(stage, "second") is State.ACTIVE
    assert place(stage, "third") is State.ACTIVE
    assert false.id == 900_000
    poll(stage)
    assert accounts.read(stage.db, "p").newest_id == "5003"


def test_only_verified_orders_prove_an_id_also_imported_ones(make: Callable[..., Stage]) -> None:
    stage = make()
    (ours,) = stage.panel.state.fill(1)
    for panel_order_id in (str(ours), "99999999999", str(2**63), "9" * 100, "ord_7"):
        enqueued(
            stage.db, Draft("p", "2", "https://x.example/a", 1, panel_order_id=panel_order_id), now=stage.now
        )
    poll(stage)
    assert accounts.read(stage.db, "p").newest_id == "5001"
    assert [place(stage, f"n-{n}") for n in range(3)] == [State.ACTIVE] * 3


@pytest.mark.parametrize(
    "panel_order_id",
    [
        "99999999999",
        str(2**63),
        "9" * 10_000,
        "۵۰۰۲",
        "5002²",
        "0",
        "-5002",
        "50 02",
        "5001,5002",
        "05001",
        "5001",
        "",
    ],
)
def test_an_id_that_is_not_the_lost_orders_own_is_not_adopted_by_hand(
    make: Callable[..., Stage], panel_order_id: str
) -> None:
    stage = make()
    place(stage, "first")
    stage.panel.fault("add", "close-after")
    place(stage, "lost")
    context = stage.context()

    assert isinstance(adopt(context, stage.order(2), panel_order_id, By.OPERATOR), NotAdopted)
    assert isinstance(adopt(context, stage.order(2), "5002", By.OPERATOR), Adopted)
    assert accounts.read(stage.db, "p").newest_id == "5002"


def test_an_order_that_was_imported_with_leading_zeros_is_not_adopted_a_second_time(
    make: Callable[..., Stage],
) -> None:
    stage = make(more="unknown: {probe: true}\n")
    place(stage, "first")
    poll(stage)
    stage.panel.fault("add", "close-before")
    place(stage, "lost")
    other = stage.panel.state.place_elsewhere(2, "https://x.example/other", 100)
    enqueued(
        stage.db, Draft("p", "2", "https://x.example/other", 100, panel_order_id=f"0{other}"), now=stage.now
    )
    checked(stage)

    assert stage.order(2).state is State.UNKNOWN
    assert stage.order(3).panel_order_id == "05002"


def test_a_highest_id_that_was_never_confirmed_is_forgotten_by_the_upgrade(
    make: Callable[..., Stage],
) -> None:
    stage = make()
    place(stage, "first")
    poll(stage)
    with stage.db.transaction():
        stage.db.many("UPDATE accounts SET newest_id = '99999999999'", [()])
        stage.db.many(
            "UPDATE orders SET panel_order_id = '99999999999', panel_status = NULL WHERE id = ?", [(1,)]
        )
        stage.db.many("DELETE FROM schema_migration WHERE name = '0010_ids'", [()])
        for column in ("ids_doubt", "answered_id"):
            stage.db.sql(f"ALTER TABLE accounts DROP COLUMN {column}")
    stage.db.close()
    stage.db.open()

    assert accounts.read(stage.db, "p").newest_id is None


@pytest.mark.parametrize("fault", ["persian-id"])
def test_an_id_in_other_digits_than_0_to_9_is_no_id(make: Callable[..., Stage], fault: str) -> None:
    stage = make()
    stage.panel.fault("add", fault)

    assert place(stage, "lost") is State.UNKNOWN


def test_random_ids_run_through_whole_lives_where_the_dialect_says_so(make: Callable[..., Stage]) -> None:
    stage = make(
        Behaviour(pace=10_000, random_ids=True, seed=3),
        dialect="{base: tagrani, ids_grow: false}",
        more="unknown: {probe: true, apart: false, resend: when-proven-absent, resend_max: 1000}\n",
    )
    for n in range(12):
        if n == 5:
            stage.panel.fault("add", "close-after")
        place(stage, f"n-{n}")
        poll(stage)
    stage.now += DAY
    stage.worker.submit.run()
    asked = {one for seen in stage.panel.requests.of("status") for one in seen.ids}
    lost = next(placed for placed in stage.panel.state.ledger if placed.link.endswith("n-5"))
    assert str(lost.order_id) not in asked
    assert asked <= {str(placed.order_id) for placed in stage.panel.state.ledger}
    assert stage.order(6).state is State.UNKNOWN
    assert isinstance(adopt(stage.context(), stage.order(6), str(lost.order_id), By.OPERATOR), Adopted)
    poll(stage, DAY)

    assert {stage.order(n + 1).state for n in range(12)} == {State.COMPLETED}
    assert set(taken(stage).values()) == {1}
    assert stage.alerts().count("spend.unexplained") == 0


def queue_with_command(project: Project, count: int) -> None:
    lines = [f"2,https://x.example/{n},50,r{n}" for n in range(count)]
    project.run("import", "-", "--format", "csv", stdin="\n".join(["service,link,quantity,ref", *lines]))


def test_a_real_daemon_stops_at_an_absurd_id_and_continues_after_resume(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=30)) as panel, Inbox() as inbox:
        project = Project(tmp_path, panel, alerts=inbox.target("[spend.*]"), more=SOON)
        panel.fault("add", "huge-id", skip=2)
        queue_with_command(project, 6)
        with project.daemon("--until-idle", code=4) as daemon:
            daemon.wait(timeout=60)

        assert Counter(project.states().values()) == {"completed": 2, "unknown": 1, "queued": 3}
        assert len(panel.state.ledger) == 3
        (alert,) = inbox.bodies
        assert "99999999999" in alert
        assert "ids_grow: false" in alert

        project.run("resolve", "r2", "--adopt", "5003")
        project.run("resume")
        with project.daemon("--until-idle") as daemon:
            daemon.wait(timeout=60)

        assert Counter(project.states().values()) == {"completed": 6}
        assert set(Counter(placed.link for placed in panel.state.ledger).values()) == {1}
