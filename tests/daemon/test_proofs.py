"""What is asked of the panel before the first order of a database that may be an older copy, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.samples import NOW, a_draft, enqueued
from tests.support.sent_orders import followed, lost
from tests.support.worker_stage import Calls, Stage
from tracker.accounts.account import Account, AccountChange
from tracker.daemon.passes import prove as prove_part
from tracker.daemon.passes.prove import RETRY_DELAY, TRIES, Prove
from tracker.lib.times import MINUTE, SECOND
from tracker.orders.change import OrderChange
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.order import Order, Series, State
from tracker.panel.exchange import Exchange, Request
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import attempts, changes, evidence

pytestmark = pytest.mark.sqlite  # what they prove is decided before any database

LOST = {"newest_id": "5001", "expected_charge": Decimal(300)}
NO_COUNTER = "{base: tagrani, ids_grow: false}"
THREE_A_CALL: dict[str, Any] = {"ids_per_call": 3}
Make = Callable[..., Stage]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    stages: list[Stage] = []

    def make(dialect: str | None = None) -> Stage:
        panel = PracticePanel(Behaviour(pace=0))
        panel.start()
        stages.append(Stage(tmp_path, panel, dialect=dialect))
        know(stages[0], newest_id="5001", base=Mark(panel.state.balance, CostRange()))
        panel.state.fill(1, service=2)
        return stages[0]

    yield make
    for stage in stages:
        stage.client.close()
        stage.panel.stop()


def know(stage: Stage, **values: Any) -> None:
    """Have the account be known so."""
    changes.update_account(stage.db, "p", lambda account: AccountChange(account._replace(**values)), NOW)


def level(stage: Stage, sank: int = 0, **values: Any) -> None:
    """Have the last reading of the wallet agree with what is known to be spent, but for this much."""
    know(stage, base=Mark(stage.panel.state.balance + sank, account(stage).spent), **values)


def account(stage: Stage) -> Account:
    return stage.context().account()


def prove(stage: Stage, **panel: Any) -> int | None:
    """Compare the database with the panel once."""
    return Prove(stage.context(**panel), stage.worker.track.poll).run()


def why(stage: Stage) -> str | None:
    """Why the account is held now, if it is."""
    found = account(stage)
    assert (found.restored_at is None) is (found.restored_why is None)
    return found.restored_why


def elsewhere(stage: Stage, count: int = 1, quantity: int = 100) -> list[int]:
    """Have somebody else order from the account; return the ids."""
    return [
        stage.panel.state.place_elsewhere(2, f"https://other.example/{n}", quantity) for n in range(count)
    ]


def queue(stage: Stage, *services: str, panel: str = "p", **values: Any) -> list[Order]:
    drafts = [
        a_draft(f"https://x.example/{n}", panel=panel, service=one, **values)
        for n, one in enumerate(services)
    ]
    return enqueued(stage.db, *drafts, now=stage.now)


def asked(stage: Stage) -> list[list[str]]:
    return [list(seen.ids) for seen in stage.panel.requests.of("status")]


# -- when it is compared ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "hold"),
    [
        ({"restored_at": NOW - MINUTE, "restored_why": "it is"}, True),
        ({"base": None, "newest_id": None}, False),
    ],
)
def test_what_is_held_already_or_knows_nothing_of_the_panel_is_not_compared(
    make: Make, known: dict[str, Any], hold: bool
) -> None:
    stage = make()
    elsewhere(stage)
    know(stage, unproven_at=NOW, **known)

    assert prove(stage) is None

    assert stage.panel.requests.count("balance") == stage.panel.requests.count("status") == 0
    assert account(stage).unproven_at is None
    assert (account(stage).restored_at is not None) is hold


@pytest.mark.parametrize("known", [{"base": None}, {"newest_id": None}])
def test_an_id_or_a_reading_alone_is_compared(make: Make, known: dict[str, Any]) -> None:
    stage = make()
    know(stage, unproven_at=NOW, **known)

    assert prove(stage) is None

    assert stage.panel.requests.count("balance" if "newest_id" in known else "status") == 1
    assert account(stage).unproven_at is None


@pytest.mark.parametrize(
    ("known", "delay"),
    [
        ({"hold_until": NOW + SECOND}, SECOND),
        ({"hold_until": NOW}, None),
        ({"down_at": NOW}, 5 * SECOND),
        ({"refused_at": NOW, "refused_words": "Invalid key"}, 5 * SECOND),
    ],
)
def test_a_panel_that_may_not_be_asked_is_waited_for(
    make: Make, known: dict[str, Any], delay: int | None
) -> None:
    stage = make()
    know(stage, unproven_at=NOW, **known)

    assert prove(stage) == delay, "or, where no time is known, as long as the queue is looked at"

    assert (stage.panel.requests.count("balance") == 0) is (delay is not None)
    assert (account(stage).unproven_at is not None) is (delay is not None)


# -- what speaks against it -------------------------------------------------------------------------------


@pytest.mark.parametrize("moved", [True, False])
def test_a_wallet_and_ids_that_are_as_known_speak_for_it(make: Make, moved: bool) -> None:
    stage = make()
    queue(stage, "2")
    know(stage, unproven_at=NOW if moved else None)

    assert prove(stage) is None

    assert why(stage) is None
    assert account(stage).unproven_at is None
    assert stage.panel.requests.count("balance") == 1
    assert stage.panel.requests.count("status") == (1 if moved else 0), (
        "ids are asked about on a suspicion alone"
    )


@pytest.mark.parametrize("moved", [True, False])
def test_orders_above_the_newest_own_one_hold_the_account(make: Make, moved: bool) -> None:
    stage = make()
    ids = elsewhere(stage, 2)
    followed(stage, 4001, panel="q")
    know(stage, unproven_at=NOW if moved else None)
    stage.now += MINUTE

    assert prove(stage) is None

    assert why(stage) == "the account has orders that nobody here placed: 5002, 5003"
    assert (account(stage).restored_at, account(stage).unproven_at) == (stage.now, None)
    assert evidence.strangers(stage.db, "p") == ids
    seen = evidence.sightings(stage.db, "p", ids)
    assert [one.seen_by for one in seen.values()] == [attempts.newest(stage.db)] * 2 == [1, 1]
    evidence.acknowledge(stage.db, "p")
    assert evidence.strangers(stage.db, "p", acknowledged=True) == ids, "no lost order can explain them"


def test_what_the_operator_has_seen_and_what_is_ours_is_not_asked_about_again(make: Make) -> None:
    stage = make()
    seen, ours, other = elsewhere(stage, 3)
    with stage.db.transaction():
        evidence.keep_probes(stage.db, "p", [], [seen], 1)
        evidence.keep_unexplained(stage.db, "p", [str(seen)])
    evidence.acknowledge(stage.db, "p")
    active = followed(stage, ours)
    ended = OrderChange(active, active._replace(state=State.COMPLETED), "")  # it is polled no more
    changes.apply(stage.db, [ended], NOW)
    followed(stage, other, panel="q")
    level(stage, sank=300)

    prove(stage)

    assert why(stage) == f"the account has orders that nobody here placed: {other}"
    assert str(seen) not in asked(stage)[-1]
    assert str(ours) not in asked(stage)[-1]


@pytest.mark.parametrize(
    ("services", "runs", "sank", "count"),
    [
        (["2"], {}, 300, 1),
        (["2", "2"], {}, 600, 2),
        (["2", "2"], {}, 300, 1),
        (["2"], {}, 299, None),
        (["2"], {"runs": "2"}, 600, 1),
        ([], {}, 300, None),
        (["99", "2"], {}, 300, None),
        (["2", "99", "2"], {}, 300, 1),
        (["2", "99", "2"], {}, 600, None),
    ],
)  # fmt: skip
def test_a_wallet_that_sank_by_what_the_queue_costs_shows_that_it_was_sent(
    make: Make, services: list[str], runs: dict[str, str], sank: int, count: int | None
) -> None:
    stage = make(NO_COUNTER)
    stage.worker.catalogue.run()
    queue(stage, "2", "2", panel="q")
    queue(stage, *services, fields=runs)
    stage.panel.state.withdraw(Decimal(sank))

    assert prove(stage) is None

    counted = "queued order costs" if count == 1 else f"{count} queued orders cost"
    told = f"the wallet sank by {sank}, which is what the next {counted}"
    assert why(stage) == (None if count is None else told)
    assert stage.panel.requests.count("status") == 0


@pytest.mark.parametrize(
    ("quantity", "runs", "sank"), [("total", "runs", 300), ("run", "runs", 600), ("run", "times", 300)]
)
def test_what_the_queue_costs_is_counted_as_the_panel_counts(
    make: Make, quantity: str, runs: str, sank: int
) -> None:
    stage = make(
        f"{{base: tagrani, ids_grow: false, drip_feed_quantity: {quantity}, fields: {{runs: {runs}}}}}"
    )
    stage.worker.catalogue.run()
    queue(stage, "2", fields={"runs": "2"})
    stage.panel.state.withdraw(Decimal(sank))

    prove(stage)

    assert f"sank by {sank}, which is" in (why(stage) or "")


def test_a_queue_is_compared_as_far_as_its_prices_are_known(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prove_part, "QUEUED", 1)
    stage = make(NO_COUNTER)
    queue(stage, "2", "2")
    stage.panel.state.withdraw(Decimal(300))
    prove(stage)
    assert why(stage) is None, "there is no catalogue yet"

    stage.worker.catalogue.run()
    stage.panel.state.withdraw(Decimal(300))
    prove(stage)
    assert why(stage) is None, "only so many are compared"


@pytest.mark.parametrize("services", [[], ["2"]])
def test_a_moved_database_is_behind_by_whatever_the_wallet_lacks(make: Make, services: list[str]) -> None:
    stage = make()
    queue(stage, *services)
    stage.panel.state.withdraw(Decimal(7))
    know(stage, unproven_at=NOW)

    prove(stage)

    assert why(stage) == "the wallet sank by 7 more than the orders here cost"
    assert stage.panel.requests.count("balance") == 1, "no active order could explain it"


# -- what explains the wallet -----------------------------------------------------------------------------


def test_active_orders_are_polled_before_a_wallet_that_sank_is_believed(make: Make) -> None:
    """What each cost more than was expected shows in its next poll; others' orders are not asked about."""
    stage = make(NO_COUNTER)
    ids = elsewhere(stage, 4)
    for one in ids:
        followed(stage, one, expected_charge=Decimal(250))
    followed(stage, 7001, panel="q")
    level(stage, sank=200, unproven_at=NOW)

    assert prove(stage, **THREE_A_CALL) is None

    assert [sorted(batch) for batch in asked(stage)] == [["5003", "5004", "5005"], ["5002"]]
    assert stage.panel.requests.count("balance") == 2
    assert (why(stage), account(stage).unproven_at) == (None, None)


def test_no_more_active_orders_are_polled_than_can_be(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prove_part, "POLLED", 2)
    stage = make(NO_COUNTER)
    for one in elsewhere(stage, 3):
        followed(stage, one)
    level(stage, sank=5)

    prove(stage)

    assert sum(map(len, asked(stage))) == 2


def test_while_an_order_is_lost_the_ids_alone_tell_and_its_own_may_be_among_them(make: Make) -> None:
    stage = make()
    lost(stage, LOST)
    elsewhere(stage)
    stage.panel.state.withdraw(Decimal(5000))

    assert prove(stage) is None
    assert why(stage) is None
    assert stage.panel.requests.count("balance") == 0
    assert evidence.strangers(stage.db, "p") == [5002]

    elsewhere(stage, quantity=70)
    prove(stage)
    assert why(stage) == "the account has orders that nobody here placed: 5003"


def test_an_order_that_another_panel_lost_changes_nothing(make: Make) -> None:
    stage = make()
    lost(stage, LOST, panel="q")
    elsewhere(stage)

    prove(stage)

    assert why(stage) == "the account has orders that nobody here placed: 5002"


def test_the_parts_of_an_own_drip_feed_are_nobody_elses(make: Make) -> None:
    stage = make()
    followed(stage, 5001, series=Series.RUNS, fields={"runs": "3"}, expected_charge=Decimal(900))
    elsewhere(stage)
    level(stage, unproven_at=NOW)

    prove(stage)

    assert (why(stage), account(stage).unproven_at) == (None, None)
    assert asked(stage)[-1] == ["5001"]


# -- how it is asked --------------------------------------------------------------------------------------


def test_ids_are_asked_about_in_full_calls_and_before_anything_else(make: Make) -> None:
    stage = make()
    ids = elsewhere(stage)
    sent: list[Request] = []

    def call(request: Request) -> Exchange:
        sent.append(request)
        return stage.client.call(request)

    context = stage.context(Calls(stage.client, call), **THREE_A_CALL)
    know(stage, unproven_at=NOW)
    Prove(context, stage.worker.track.poll).run()

    assert [len(batch) for batch in asked(stage)] == [3, 3, 3, 1]
    assert asked(stage)[0] == ["5002", "5003", "5004"]
    assert why(stage) == f"the account has orders that nobody here placed: {ids[0]}"
    assert all(request.is_evidence for request in sent)


@pytest.mark.parametrize(
    ("action", "fault", "words"),
    [
        ("balance", "html", "the balance could not be read: the panel answered"),
        ("status", "500", "it was asked for orders above the newest own one: the panel answered 500"),
        ("status", "odd-items", "what it said of an order above the newest own one is not known: This order is in"),
    ],
)  # fmt: skip
def test_what_the_panel_did_not_say_is_asked_again_and_named_at_last(
    make: Make, action: str, fault: str, words: str
) -> None:
    stage = make()
    elsewhere(stage)
    know(stage, unproven_at=NOW)
    stage.panel.fault(action, fault, None)
    pass_ = Prove(stage.context(), stage.worker.track.poll)

    delays = []
    for _ in range(TRIES):
        delays.append(pass_.run())
        assert why(stage) is None or len(delays) == TRIES
    assert delays == [RETRY_DELAY] * (TRIES - 1) + [None] == [30 * SECOND, 30 * SECOND, None]
    told = "it was moved or put back, and the panel could not be compared with it ("
    assert (why(stage) or "").startswith(f"{told}{words}")


@pytest.mark.parametrize("action", ["balance", "status"])
def test_a_panel_that_says_nothing_holds_no_database_that_was_not_moved(make: Make, action: str) -> None:
    stage = make()
    elsewhere(stage)
    stage.panel.fault(action, "500", None)

    for _ in range(TRIES + 1):
        assert prove(stage) is None
    assert why(stage) is None


NOTHING_KNOWN: dict[str, Any] = {"unproven_at": NOW, "base": None, "newest_id": None, "hold_until": None}
OTHER = "it is not the database that ran here last"


@pytest.mark.parametrize("state", [State.QUEUED, State.UNKNOWN])
def test_another_database_of_which_nothing_can_be_compared_waits_for_the_operator(
    make: Make, state: State
) -> None:
    stage = make()
    queue(stage, "2")
    if state is State.UNKNOWN:
        stage.panel.fault("add", "close-after", None)
        stage.worker.submit.run()
        assert stage.order(1).state is State.UNKNOWN
    know(stage, **NOTHING_KNOWN, unproven_why=OTHER)
    asked_before = len(stage.panel.requests.of("balance"))

    assert prove(stage) is None

    assert (why(stage) or "").startswith(f"{OTHER}, and the panel cannot show what was sent since: ")
    assert account(stage).unproven_why is None
    assert len(stage.panel.requests.of("balance")) == asked_before


def test_nothing_to_send_and_a_place_alone_that_changed_are_held_up_by_nothing(make: Make) -> None:
    stage = make()
    know(stage, **NOTHING_KNOWN, unproven_why=OTHER)
    assert prove(stage) is None
    assert why(stage) is None
    queue(stage, "2")
    know(stage, **NOTHING_KNOWN)
    assert prove(stage) is None
    assert why(stage) is None
    assert account(stage).unproven_at is None


def test_the_first_reading_of_an_unproven_database_is_nothing_to_compare_it_with(make: Make) -> None:
    stage = make(NO_COUNTER)
    queue(stage, "2")
    know(stage, **NOTHING_KNOWN, unproven_why=OTHER)
    stage.worker.submit.run()

    assert "what the wallet should hold is not known" in (why(stage) or "")
    assert not list(stage.panel.requests.of("add"))


def test_where_ids_do_not_grow_a_wallet_that_rose_shows_nothing(make: Make) -> None:
    stage = make(NO_COUNTER)
    queue(stage, "2")
    level(stage, sank=-5, unproven_at=NOW, unproven_why=OTHER)
    assert prove(stage) is None
    assert "the wallet has risen since" in (why(stage) or "")

    know(stage, restored_at=None, restored_why=None)
    level(stage, unproven_at=NOW, unproven_why=OTHER)
    assert prove(stage) is None
    assert why(stage) is None
