"""Limits before money moves: what is held, why, and what lets it go on; with the real pass that sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.samples import a_draft, an_intent, claim_for_add, enqueued
from tests.support.worker_stage import Stage
from tracker.accounts.limits import Scope
from tracker.daemon.restore_guard import RestoreGuard
from tracker.lib.times import DAY, HOUR
from tracker.operations import decisions
from tracker.operations.limits import held_sentences
from tracker.operations.refused import Refused
from tracker.operations.submitting import resume
from tracker.orders.order import Held, Order, State
from tracker.orders.resolution import after_drop, after_release
from tracker.orders.submission import before_add
from tracker.practice.panel import PracticePanel
from tracker.store import attempts, changes, held, order_history, orders, spending
from tracker.store.backup import backup
from tracker.store.database import Database
from tracker.store.restore import restore

Make = Callable[..., Stage]
PANEL = Scope(panel="p")


@pytest.fixture
def make(tmp_path: Path, panel: PracticePanel) -> Iterator[Make]:
    """Set up a stage with limits; 100 of service 2 cost 300."""
    made: list[Stage] = []

    def stage(limits: str = "{}", more: str = "") -> Stage:
        made.append(Stage(tmp_path, panel, limits=limits, more=f"timezone: UTC\n{more}"))
        return made[-1]

    yield stage
    for one in made:
        one.client.close()


def queued(stage: Stage, count: int, **values: Any) -> list[Order]:
    begin = len(list(orders.listed(stage.db, limit=0)))
    drafts = (a_draft(f"https://x.example/{begin + n}", **{"service": "2", **values}) for n in range(count))
    return enqueued(stage.db, *drafts, now=stage.now)


def set_price(stage: Stage, price: Decimal) -> None:
    """Have the panel sell service 2 at another price from now on."""
    stage.panel.state.services[2] = replace(stage.panel.state.services[2], price=price)


def states(stage: Stage) -> list[tuple[str, str | None]]:
    found = sorted(orders.listed(stage.db, limit=0), key=lambda order: order.id)
    return [(str(order.state), order.held) for order in found]


def spent(db: Database, scope: Scope = PANEL) -> Decimal:
    return spending.total(db, scope, 0)


def test_a_limit_on_spending_holds_what_does_not_fit_and_what_fits_passes_it(make: Make) -> None:
    stage = make("{spend: {day: 1000}}")
    queued(stage, 4)
    queued(stage, 1, quantity=50)  # 150, which does not fit either
    queued(stage, 1, service="5", quantity=1000)  # 3.5

    stage.worker.submit.run()

    assert states(stage) == [("active", None)] * 3 + [("queued", "spend")] * 2 + [("active", None)]
    assert spent(stage.db) == Decimal("903.5")
    assert "panel p would spend more than 1,000 Tomans today" in (stage.order(4).held_why or "")
    assert stage.alerts() == ["limit.spend"]


def test_the_next_day_lets_them_go_on_and_says_so_once(make: Make) -> None:
    stage = make("{spend: {day: 600}}")
    queued(stage, 5)
    stage.worker.submit.run()
    stage.worker.submit.run()
    assert states(stage) == [("active", None)] * 2 + [("queued", "spend")] * 3

    stage.now += DAY
    stage.worker.submit.run()
    assert states(stage) == [("active", None)] * 4 + [("queued", "spend")]
    assert stage.alerts() == ["limit.spend"]
    stage.now += DAY
    stage.worker.submit.run()

    stage.worker.submit.run()
    assert states(stage) == [("active", None)] * 5
    assert stage.alerts() == ["limit.spend", "limit.spend"]
    assert spent(stage.db) == 1500


def test_a_month_outlasts_its_days(make: Make) -> None:
    stage = make("{spend: {day: 300, month: 600}}")  # NOW is a 21st
    queued(stage, 3)
    for _ in range(5):
        stage.worker.submit.run()
        stage.now += DAY

    assert states(stage) == [("active", None)] * 2 + [("queued", "spend")]
    stage.now += 10 * DAY
    stage.worker.submit.run()
    assert stage.order(3).state is State.ACTIVE


def test_a_refund_makes_room(make: Make) -> None:
    stage = make("{spend: {month: 600}}")
    queued(stage, 3)
    stage.worker.submit.run()
    stage.panel.state.end(int(stage.order(1).panel_order_id or 0), "Canceled")
    stage.now += HOUR
    stage.worker.track.run()
    assert spent(stage.db) == 300

    stage.worker.submit.run()

    assert states(stage)[1:] == [("active", None)] * 2
    assert spent(stage.db) == 600


def test_of_a_partial_order_what_was_delivered_stays_spent(make: Make) -> None:
    stage = make("{spend: {month: 600}}")
    queued(stage, 1)
    stage.worker.submit.run()
    stage.panel.state.end(int(stage.order(1).panel_order_id or 0), "Partial")
    stage.now += HOUR
    stage.worker.track.run()

    assert stage.order(1).remains == 40
    assert spent(stage.db) == 180


def test_a_lost_order_stays_spent_until_it_is_released(make: Make) -> None:
    stage = make("{spend: {day: 300}}")
    queued(stage, 1)
    stage.panel.fault("add", "close-before")
    stage.worker.submit.run()
    queued(stage, 1, service="5", quantity=1000)
    stage.now += HOUR
    stage.worker.submit.run()
    assert states(stage) == [("unknown", None), ("queued", "spend")]
    assert spent(stage.db) == 300

    changes.apply(stage.db, [after_release(stage.order(1), "me", stage.now)], stage.now)

    assert spent(stage.db) == 0


def test_a_lost_order_that_is_given_up_stays_spent(make: Make) -> None:
    stage = make("{spend: {day: 300}}")
    queued(stage, 1)
    stage.panel.fault("add", "close-after")
    stage.worker.submit.run()

    changes.apply(stage.db, [after_drop(stage.order(1), "me", stage.now)], stage.now)

    assert spent(stage.db) == 300


def test_what_the_panel_refuses_is_given_back(make: Make) -> None:
    stage = make("{spend: {day: 300}}")
    queued(stage, 1)
    stage.panel.fault("add", "funds")
    stage.worker.submit.run()

    assert (stage.order(1).state, stage.order(1).attempts) == (State.QUEUED, 1)
    assert spent(stage.db) == 0


def test_the_limits_of_a_tag_hold_its_orders_alone(make: Make) -> None:
    stage = make(more="tags: {july: {spend: {day: 300}}}\n")
    queued(stage, 2, tags=("july",))
    queued(stage, 2)

    stage.worker.submit.run()

    assert states(stage) == [("active", None), ("queued", "spend"), ("active", None), ("active", None)]
    assert spent(stage.db, Scope(tag="july")) == 300
    assert "tag july" in (stage.order(2).held_why or "")


def test_an_order_that_loses_the_tag_whose_limit_holds_it_goes_on(make: Make) -> None:
    stage = make(more="tags: {july: {spend: {day: 300}}}\n")
    queued(stage, 2, tags=("july",))
    stage.worker.submit.run()
    assert states(stage) == [("active", None), ("queued", "spend")]

    decisions.tag(stage.db, [stage.order(2)], [], ["july"], stage.now)
    stage.worker.submit.run()

    assert states(stage) == [("active", None), ("active", None)]


def test_ten_thousand_orders_above_a_limit_are_held_in_few_commits(make: Make) -> None:
    stage = make("{max_price: 1}")
    queued(stage, 1, service="5", quantity=1000)
    stage.worker.submit.run()
    queued(stage, 1500)
    queued(stage, 1, service="5", quantity=1000)
    commits: list[str] = []
    stage.db._db.connection().set_trace_callback(
        lambda said: commits.append(said) if said.startswith("COMMIT") else None
    ) if not stage.db.shared else None

    stage.worker.submit.run()

    assert held.count(stage.db, "p", Held.MAX_PRICE) == 1500
    assert stage.order(1502).state is State.ACTIVE
    assert len(commits) < 20
    assert stage.alerts() == ["limit.max_price"]


def test_a_price_above_the_limit_waits_until_the_panel_lowers_it(make: Make) -> None:
    stage = make("{max_price: 2.5}")
    queued(stage, 1)
    stage.worker.submit.run()
    assert states(stage) == [("queued", "max_price")]
    assert stage.panel.requests.count("add") == 0

    set_price(stage, Decimal("2.5"))
    stage.now += 7 * HOUR  # so that on a server it counts as old
    stage.worker.catalogue.run()
    stage.worker.submit.run()

    assert states(stage) == [("active", None)]
    assert stage.alerts() == ["limit.max_price", "service.changed", "limit.max_price"]


def test_a_price_that_rose_since_the_order_was_queued_waits(make: Make) -> None:
    stage = make("{price_jump: 20%}")
    queued(stage, 1)  # before the catalogue was ever read
    stage.worker.catalogue.run()
    queued(stage, 1)
    assert [stage.order(n).price for n in (1, 2)] == [Decimal(3)] * 2
    set_price(stage, Decimal("3.61"))
    stage.now += 7 * HOUR  # so that on a server it counts as old
    stage.worker.catalogue.run()
    queued(stage, 1)

    stage.worker.submit.run()

    assert states(stage) == [("queued", "price_jump")] * 2 + [("active", None)]
    assert stage.order(1).held_why == (
        "a unit costs 3.61 Tomans, and cost 3 Tomans when it was queued: `price_jump` of panel p is 20%"
    )


def test_an_order_waits_for_approval_and_goes_with_it(make: Make) -> None:
    stage = make("{approve_above: 200}")
    queued(stage, 2)
    queued(stage, 1, quantity=50)
    stage.worker.submit.run()
    assert states(stage) == [("queued", "approval")] * 2 + [("active", None)]
    assert stage.alerts() == ["limit.approval"]

    (approved,) = decisions.approve(stage.db, [stage.order(1)], "the boss", stage.now)
    assert (approved.held, approved.price) == (None, Decimal(3))
    stage.worker.submit.run()

    assert states(stage)[:2] == [("active", None), ("queued", "approval")]
    assert order_history.changes_of(stage.db, stage.order(1))[1].why == "approved by the boss at 3 a unit"
    decisions.drop(stage.db, [stage.order(2)], "the boss", stage.now)
    stage.worker.submit.run()
    assert stage.alerts() == ["limit.approval", "limit.approval"]


def test_only_queued_orders_are_approved_and_then_all_or_none(make: Make) -> None:
    stage = make("{approve_above: 200}")
    first, second = queued(stage, 2)
    decisions.drop(stage.db, [second], "me", stage.now)

    with pytest.raises(Refused, match="only queued orders are approved"):
        decisions.approve(stage.db, [first, stage.order(2)], "me", stage.now)

    assert stage.order(1).approved_at is None


def test_what_was_approved_waits_again_when_its_price_rises(make: Make) -> None:
    stage = make("{approve_above: 200}")
    queued(stage, 1)
    stage.worker.submit.run()
    decisions.approve(stage.db, [stage.order(1)], "me", stage.now)
    set_price(stage, Decimal("3.5"))
    stage.now += 7 * HOUR  # so that on a server it counts as old
    stage.worker.catalogue.run()

    stage.worker.submit.run()

    assert states(stage) == [("queued", "approval")]


def test_a_restart_with_other_limits_lets_go_on_what_they_no_longer_hold(make: Make) -> None:
    stage = make("{approve_above: 200, spend: {day: 300}}")
    queued(stage, 2)
    stage.worker.submit.run()
    assert states(stage) == [("queued", "approval")] * 2
    limits = stage.config.panels["p"].limits

    stage.config = make("{spend: {day: 300}}").config
    stage.fresh_worker().submit.run()
    assert states(stage) == [("active", None), ("queued", "spend")]

    stage.config = make().config
    stage.fresh_worker().submit.run()
    assert states(stage) == [("active", None)] * 2
    assert limits.approve_above == 200


def test_what_an_order_costs_must_be_known_under_a_limit_on_spending(make: Make) -> None:
    stage = make("{spend: {day: 300}}")
    stage.panel.fault("services", "500", None)
    queued(stage, 1)

    stage.worker.submit.run()

    assert states(stage) == [("queued", "spend")]
    assert stage.panel.requests.count("add") == 0
    assert "cannot be known before" in held_sentences(stage.db, "p")[0]


def test_an_order_of_another_panel_takes_from_the_limit_of_their_tag(make: Make) -> None:
    stage = make(more="tags: {july: {spend: {day: 300}}}\n")
    queued(stage, 1, tags=("july",))
    (other,) = queued(stage, 1, panel="q", tags=("july",))
    assert claim_for_add(stage.db, other, an_intent(at=stage.now, expected_charge=Decimal("0.01")))

    stage.worker.submit.run()

    assert states(stage) == [("queued", "spend"), ("submitting", None)]


def test_a_claim_that_no_longer_fits_writes_nothing(make: Make) -> None:
    stage = make("{spend: {day: 300}}")
    first, second = queued(stage, 2)
    rules = stage.context().rules
    caps = rules.caps(rules.limits, stage.now)
    intent = an_intent(at=stage.now, expected_charge=Decimal("150.01"))

    claimed = [
        attempts.claim(stage.db, before_add(order, intent, None), intent, caps) is not None
        for order in (first, second)
    ]

    assert claimed == [True, False]
    assert states(stage) == [("submitting", None), ("queued", None)]
    assert spent(stage.db) == Decimal("150.01")


def put_back(stage: Stage, copy: Path) -> None:
    """Restore a backup while no daemon runs, and start one."""
    stage.db.close()
    restore(copy, stage.db, stage.now)
    stage.db.open()
    RestoreGuard(stage.db, ["p"]).check_at_start(stage.now)


@pytest.mark.sqlite
def test_after_a_restore_what_the_wallet_lacks_counts_as_spent(make: Make, tmp_path: Path) -> None:
    stage = make("{spend: {month: 1000}}")
    queued(stage, 1)
    stage.worker.submit.run()
    stage.now += HOUR
    stage.worker.track.run()
    stage.worker.balance.run()
    backup(stage.db, tmp_path / "copy.db")
    queued(stage, 2)
    stage.worker.submit.run()
    assert spent(stage.db) == 900
    put_back(stage, tmp_path / "copy.db")
    stage.worker = stage.fresh_worker()
    assert spent(stage.db) == 300
    for _ in range(3):
        stage.now += HOUR
        stage.worker.balance.run()

    said = resume(stage.db, "p", "me", stage.now)

    assert said is not None
    assert "lacks 600 Tomans" in said
    assert spent(stage.db) == 900
    queued(stage, 1)
    stage.worker.submit.run()
    assert states(stage) == [("active", None), ("queued", "spend")]


@pytest.mark.sqlite
def test_after_a_restore_it_is_said_when_the_wallet_does_not_tell_what_was_spent(
    make: Make, tmp_path: Path
) -> None:
    stage = make("{spend: {month: 1000}}")
    queued(stage, 1)
    backup(stage.db, tmp_path / "copy.db")
    put_back(stage, tmp_path / "copy.db")

    said = resume(stage.db, "p", "me", stage.now)

    assert said is not None
    assert "is not known" in said
