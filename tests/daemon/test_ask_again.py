"""A lost `add` that is asked again, on a real file and a real socket: settled by its answer, and never paid twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from tests.support.samples import NOW, a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.accounts.account import after_pause, after_restore
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.orders.order import Draft, Order, State
from tracker.orders.resolution import By, after_release
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import asks, attempts, changes, evidence, losses, uptime

KEYED = "{base: tagrani, idempotency_field: request_id}"
WINDOW = "{base: tagrani, dedupe_window: 3m}"
PLAIN = "tagrani"


class Shop:
    """A stage whose clocks are the panel's as well."""

    def __init__(
        self, folder: Path, panel: PracticePanel, clock: list[int], dialect: str, same_link: str
    ) -> None:
        self.stage = Stage(folder, panel, same_link, dialect, "unknown: {settle: 15m, apart: false}\n")
        self.panel, self.db, self._clock = panel, self.stage.db, clock
        self.stage.elapsed = lambda: self.stage.now
        self.passes(1)

    def placed(self, fault: str | None, link: str = "https://x.example/a", **values: object) -> Order:
        """Queue an order and have it sent with this fault."""
        if fault is not None:
            self.panel.fault("add", fault)
        (order,) = enqueued(self.db, a_draft(link, **{"service": "2", **values}), now=self.stage.now)
        self.passes(1)
        return self.order(order)

    def passes(self, count: int, span: int = 35 * SECOND) -> None:
        """Submit, and let time pass after it."""
        for _ in range(count):
            self.stage.worker.submit.run()
            self.stage.worker.track.run()
            self.stage.now += span
            self._clock[0] = self.stage.now

    def order(self, order: Order) -> Order:
        return self.stage.order(order.id)

    def adds(self) -> int:
        return self.panel.requests.count("add")

    def keys(self) -> list[str | None]:
        return [seen.form.get("request_id") for seen in self.panel.requests.of("add")]

    def why(self, order: Order) -> str:
        return " ".join(reason for check in evidence.checks(self.db, order.id) for reason in check.reasons)


@pytest.fixture
def clock() -> list[int]:
    return [NOW]


@pytest.fixture
def panel(clock: list[int]) -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(pace=0, dedupe_window=180), clock=lambda: clock[0] / SECOND) as panel:
        yield panel


Open = Callable[..., Shop]


@pytest.fixture
def shop(tmp_path: Path, panel: PracticePanel, clock: list[int]) -> Iterator[Open]:
    opened: list[Shop] = []

    def make(dialect: str = KEYED, same_link: str = "wait") -> Shop:
        opened.append(Shop(tmp_path, panel, clock, dialect, same_link))
        opened[0].placed(None, "https://x.example/first")
        return opened[0]

    yield make
    for one in opened:
        one.stage.client.close()


def drafts(count: int) -> list[Draft]:
    return [a_draft(f"https://x.example/{n}", service="2") for n in range(count)]


@pytest.mark.parametrize("dialect", [KEYED, WINDOW])
@pytest.mark.parametrize(
    "fault", ["close-after", "reset-before", "500-after", "truncated-after", "no-id-after"]
)
def test_a_lost_answer_is_settled_by_asking_again(
    shop: Open, panel: PracticePanel, dialect: str, fault: str
) -> None:
    made = shop(dialect)
    lost = made.placed(fault)
    assert lost.state is State.UNKNOWN

    made.passes(1)

    found = made.order(lost)
    assert (found.state, found.panel_order_id) == (State.ACTIVE, str(panel.state.ledger[-1].order_id))
    assert [one.link for one in panel.state.ledger].count(lost.link) == 1
    assert made.stage.alerts().count("order.adopted") == 1
    if dialect == KEYED:
        assert made.keys()[-1] == made.keys()[-2] != made.keys()[-3]


def test_where_the_dialect_says_nothing_no_add_is_ever_asked_again(shop: Open, panel: PracticePanel) -> None:
    made = shop(PLAIN)
    made.placed("close-after")
    made.passes(20)

    assert made.adds() == 2
    assert made.keys() == [None, None]


def test_every_attempt_has_a_key_of_its_own(shop: Open, panel: PracticePanel) -> None:
    made = shop()
    enqueued(made.db, *drafts(3), now=made.stage.now)
    panel.fault("add", "funds-before")
    made.passes(3)
    made.stage.resume()
    made.passes(2)
    lost = made.placed("close-before")
    changes.apply(made.db, [after_release(lost, By.OPERATOR, made.stage.now)], made.stage.now)
    made.passes(1)

    assert made.order(lost).state is State.ACTIVE
    assert len(set(made.keys())) == made.adds() >= 7


@pytest.mark.parametrize(
    "again", ["close-after", "reset-after", "429", "funds-before", "link-busy-before", "key-conflict"]
)
def test_an_answer_that_proves_nothing_leaves_it_lost_and_it_is_asked_again_later(
    shop: Open, panel: PracticePanel, again: str
) -> None:
    made = shop()
    lost = made.placed("close-after")
    panel.fault("add", again)

    made.passes(1)
    assert made.order(lost).state is State.UNKNOWN
    made.stage.resume()
    panel.state.deposit(panel.state.balance)
    made.stage.worker.balance.run()
    made.passes(6)

    assert made.order(lost).state is State.ACTIVE
    assert [one.link for one in panel.state.ledger].count(lost.link) == 1


def test_a_refusal_of_the_content_rejects_the_order(shop: Open, panel: PracticePanel) -> None:
    made = shop()
    lost = made.placed("close-before", link="nothing-but-this https")
    assert lost.state is State.UNKNOWN

    made.passes(1)

    found = made.order(lost)
    assert (found.state, found.last_error) == (State.REJECTED, "Bad link")
    assert made.stage.alerts().count("order.rejected") == 1
    assert made.adds() == 3


def test_the_key_is_not_used_longer_than_the_panel_surely_knows_it(shop: Open, panel: PracticePanel) -> None:
    made = shop("{base: tagrani, idempotency_field: request_id, idempotency_window: 1m}")
    lost = made.placed("close-after")
    made.stage.now += 40 * SECOND

    made.passes(10)

    assert made.order(lost).state is State.UNKNOWN
    assert made.adds() == 2
    assert "the panel may have forgotten it" in made.why(lost)


@pytest.mark.parametrize("dialect", [KEYED, WINDOW])
def test_a_restart_keeps_the_key_and_loses_the_window(shop: Open, panel: PracticePanel, dialect: str) -> None:
    made = shop(dialect)
    lost = made.placed("close-after")
    made.stage.worker = made.stage.fresh_worker()

    made.passes(2)

    assert made.order(lost).state is State.ACTIVE  # without the window, its id is found by asking about ids
    assert made.adds() == (3 if dialect == KEYED else 2)
    assert [one.link for one in panel.state.ledger].count(lost.link) == 1


def test_after_a_step_of_the_clock_a_key_of_another_process_is_not_used(
    shop: Open, panel: PracticePanel
) -> None:
    made = shop()
    lost = made.placed("reset-before")
    made.stage.worker = made.stage.fresh_worker()
    uptime.note_step(made.db, -HOUR, made.stage.now)

    made.passes(3)

    assert made.order(lost).state is State.UNKNOWN
    assert "is not known for sure" in made.why(lost)


def test_what_is_held_restored_or_doubted_is_not_asked_again(shop: Open, panel: PracticePanel) -> None:
    made = shop()
    lost = made.placed("close-after")
    changes.update_account(
        made.db, "p", lambda account: after_restore(account, made.stage.now), made.stage.now
    )

    made.passes(3)
    assert (made.order(lost).state, made.adds()) == (State.UNKNOWN, 2)
    made.stage.resume()
    made.passes(6)

    assert (made.order(lost).state, made.adds()) == (State.UNKNOWN, 2)
    assert "the same request cannot be written any more" in made.why(lost)


@pytest.mark.parametrize(
    "change",
    [
        "{base: tagrani, idempotency_field: other_id}",
        "{base: tagrani, idempotency_field: request_id, fields: {link: url}}",
    ],
)
def test_a_request_that_would_be_written_otherwise_now_is_not_sent_again(
    shop: Open, panel: PracticePanel, tmp_path: Path, change: str
) -> None:
    made = shop()
    lost = made.placed("reset-before")
    other = Stage.__new__(Stage)
    other.__dict__.update(made.stage.__dict__)
    from tracker.config.loader import parse

    text = f"panels:\n  p: {{url: {panel.url}, key: {panel.key}, dialect: {change}}}\n"
    other.config = parse(text, tmp_path / "config.yaml", {})
    made.stage.worker = other.fresh_worker()

    made.passes(3)

    assert (made.order(lost).state, made.adds()) == (State.UNKNOWN, 2)


def test_a_price_that_changed_meanwhile_is_not_paid(shop: Open, panel: PracticePanel) -> None:
    made = shop()
    lost = made.placed("close-before")
    offering = panel.state.services[2]
    panel.state.services[2] = type(offering)(
        **{**{name: getattr(offering, name) for name in offering.__slots__}, "price": offering.price * 2}
    )
    made.stage.worker.catalogue.run()
    made.stage.now += 6 * HOUR
    made.stage.worker.catalogue.run()
    made.stage.now -= 6 * HOUR

    made.passes(2)

    assert (made.order(lost).state, made.adds()) == (State.UNKNOWN, 2)
    assert "its price has changed" in made.why(lost)


def test_the_id_of_another_order_here_stops_the_account_and_is_not_asked_for_again(
    shop: Open, panel: PracticePanel
) -> None:
    made = shop()
    lost = made.placed("close-before")
    panel.fault("add", "wrong-id")

    made.passes(1)
    assert made.order(lost).state is State.UNKNOWN
    assert made.stage.alerts().count("spend.unexplained") == 1
    made.stage.resume()
    made.passes(6)

    assert made.adds() == 3
    assert "cannot be its own" in made.why(lost)


def test_an_equal_order_waits_until_the_window_is_over(shop: Open, panel: PracticePanel) -> None:
    made = shop(WINDOW, "allow")
    first = made.placed(None)
    wanted = made.placed(None, "http://www.x.example/a/")
    other = made.placed(None, quantity=150)
    assert (wanted.state, other.state) == (State.QUEUED, State.ACTIVE)

    made.passes(8)

    assert made.order(wanted).state is State.ACTIVE
    assert made.order(wanted).panel_order_id != made.order(first).panel_order_id
    assert len(panel.state.ledger) == 4


def test_an_equal_order_waits_also_for_one_that_was_asked_again(shop: Open, panel: PracticePanel) -> None:
    made = shop(WINDOW, "allow")
    lost = made.placed("close-before")
    wanted = made.placed(None)

    asked_at = made.stage.now
    made.passes(1)
    while made.order(wanted).state is State.QUEUED:
        made.passes(1)

    assert made.order(lost).state is State.ACTIVE
    assert made.stage.now - asked_at >= 3 * MINUTE
    assert len(panel.state.ledger) == 3


def test_what_an_equal_order_may_explain_is_not_asked_again(shop: Open, panel: PracticePanel) -> None:
    made = shop(WINDOW, "allow")
    made.placed(None)
    panel.fault("add", "close-before")
    (twin,) = enqueued(made.db, a_draft(service="2"), now=made.stage.now)
    with made.db.transaction():  # as if it had been sent by a program that knows of no windows
        made.db.many("UPDATE orders SET submitted_at = 1 WHERE id = ?", [(2,)])
        made.db.many("UPDATE attempts SET answered_at = 1 WHERE order_id = ?", [(2,)])
    made.stage.worker.submit.run()
    with made.db.transaction():
        made.db.many("UPDATE orders SET submitted_at = ? WHERE id = ?", [(made.stage.now - MINUTE, 2)])

    made.passes(3)

    assert made.order(twin).state is State.UNKNOWN
    assert "might be about order 2" in made.why(twin)


def test_the_answer_of_a_process_that_died_before_it_read_it_is_taken(
    shop: Open, panel: PracticePanel
) -> None:
    made = shop()
    lost = made.placed("close-after")
    attempt = attempts.last_attempt(made.db, lost.id)
    ask_id = asks.record(made.db, lost, attempt.id, made.stage.now, made.stage.now + MINUTE)
    assert ask_id is not None
    request = made.stage.config.panels["p"].dialect.add(lost, attempt.request_key)
    asks.keep(made.db, ask_id, made.stage.client.send_once(request), made.stage.now)
    made.stage.worker = made.stage.fresh_worker()

    made.passes(1)

    assert (made.order(lost).state, made.adds()) == (State.ACTIVE, 3)


def test_while_a_request_of_a_dead_process_may_be_on_its_way_nothing_is_asked_nor_released(
    shop: Open, panel: PracticePanel
) -> None:
    made = shop()
    lost = made.placed("close-before")
    attempt = attempts.last_attempt(made.db, lost.id)
    over_at = made.stage.now + 4 * MINUTE
    asks.record(made.db, lost, attempt.id, made.stage.now, over_at)
    made.stage.worker = made.stage.fresh_worker()

    made.passes(3)
    assert (made.order(lost).state, made.adds()) == (State.UNKNOWN, 2)
    assert asks.open_until(made.db, lost.id, made.stage.now) == over_at
    (found,) = [one for one in losses.lost_orders(made.db, "p", made.stage.now) if one.is_open]
    assert found.lost_at == over_at
    assert asks.record(made.db, lost._replace(attempts=7), attempt.id, 1, 1) is None


def test_an_id_that_was_denied_before_it_was_asked_again_may_be_its_own(
    shop: Open, panel: PracticePanel
) -> None:
    made = shop("{base: tagrani, idempotency_field: request_id, idempotency_window: 20d}")
    unknown = msgspec.structs.replace(made.stage.config.unknown, probe=True)
    made.stage.config = msgspec.structs.replace(made.stage.config, unknown=unknown)
    made.stage.worker = made.stage.fresh_worker()
    panel.fault("add", "close-before")
    (lost,) = enqueued(made.db, a_draft("https://x.example/a", service="2"), now=made.stage.now)
    made.stage.worker.submit.run()
    made.stage.context().update_account(partial(after_pause, now=made.stage.now))
    made.passes(30, MINUTE)
    assert (made.order(lost).state, made.adds()) == (State.UNKNOWN, 2)

    panel.fault("add", "close-after")
    made.stage.resume()
    made.passes(30, MINUTE)

    assert made.order(lost).state is State.ACTIVE
    assert "adopt" in [check.ruling for check in evidence.checks(made.db, lost.id)]
    assert made.stage.context().account().doubt is None


def test_after_four_times_it_is_left_to_other_evidence(shop: Open, panel: PracticePanel) -> None:
    made = shop("{base: tagrani, idempotency_field: request_id, idempotency_window: 20d}")
    lost = made.placed("close-before")
    panel.fault("add", "close-before", None)
    made.passes(60, 10 * MINUTE)

    assert made.order(lost).state is State.UNKNOWN
    assert made.adds() == 2 + 4


def test_a_panel_that_ignores_the_key_is_noticed_by_its_wallet(shop: Open, panel: PracticePanel) -> None:
    made = shop()
    for _ in range(3):
        made.stage.worker.balance.run()
        made.passes(1)
    lost = made.placed("close-after")
    panel.fault("add", "key-ignored")
    made.passes(1)
    assert made.order(lost).state is State.ACTIVE
    for _ in range(30):
        made.stage.worker.balance.run()
        made.passes(1, 5 * MINUTE)

    assert made.stage.alerts().count("spend.unexplained") == 1


def test_a_machine_that_stood_still_after_the_record_sends_nothing(shop: Open, panel: PracticePanel) -> None:
    made = shop()
    lost = made.placed("close-after")
    ticks = iter(range(0, 10**9, 6))
    made.stage.elapsed = lambda: made.stage.now + next(ticks) * SECOND

    made.passes(1)
    assert (made.order(lost).state, made.adds()) == (State.UNKNOWN, 2)
    (ask,) = asks.of_attempt(made.db, attempts.last_attempt(made.db, lost.id).id)
    assert (ask.begun, ask.outcome) == (False, "nothing")
    made.stage.elapsed = lambda: made.stage.now + HOUR
    made.stage.worker = made.stage.fresh_worker()
    made.passes(4)

    assert made.order(lost).state is State.ACTIVE
    assert len(panel.state.ledger) == 2
