"""Lost answers, looked for by the real worker on a real file, at a panel whose fate the test decides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.soak.__main__ import Account, Setting, soak
from tests.soak.world import Fate, World
from tests.support.samples import a_draft, enqueued
from tracker.daemon.passes.adopt import adopt
from tracker.events import Event
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.order import State
from tracker.orders.resolution import By, after_release
from tracker.store import changes, deliveries, evidence, orders, outbox

PROBE = "unknown: {probe: true}\n"
RESEND = "unknown: {probe: true, resend: when-proven-absent, resend_max: 1000}\n"
Make = Callable[..., World]


@pytest.fixture
def world(tmp_path: Path) -> Make:
    def make(settings: str = PROBE, gap: int = 1) -> World:
        made = World(tmp_path, settings, gap)
        placed(made, "first")  # so that an own id is known
        return made

    return make


def placed(
    world: World, ref: str, fate: Fate = Fate.ANSWERED, quantity: int = 100, service: str = "2"
) -> int:
    """Queue an order, have it sent with this fate, and return its id."""
    world.fates[:] = [fate]
    (order,) = enqueued(
        world.db,
        a_draft(f"https://x.example/{ref}", ref=ref, quantity=quantity, service=service),
        now=world.now,
    )
    for _ in range(60):
        world.step()
        if state(world, order.id) is not State.QUEUED:
            break
    return order.id


def state(world: World, order_id: int) -> State:
    found = orders.by_id(world.db, order_id)
    assert found is not None
    return found.state


def sent_at(world: World, order_id: int) -> int:
    found = orders.by_id(world.db, order_id)
    assert found is not None
    return found.submitted_at or 0


def steps(world: World, span: int) -> None:
    end = world.now + span
    while world.now < end:
        world.step(end - world.now)


def alerts(world: World, event: Event) -> int:
    return sum(delivery.notice.event is event for delivery in outbox.listed(world.db, limit=1000))


def test_an_order_that_arrived_is_found_and_adopted_automatically(world: Make) -> None:
    made = world()
    order_id = placed(made, "lost", Fate.TAKEN)
    assert state(made, order_id) is State.UNKNOWN
    steps(made, MINUTE)
    found = orders.by_id(made.db, order_id)
    assert found is not None
    assert found.panel_order_id == made.true_id(found) == "5002"
    assert [look.ruling for look in evidence.checks(made.db, order_id)] == ["adopt"]
    assert alerts(made, Event.ORDER_ADOPTED) == 1
    steps(made, HOUR)
    assert state(made, order_id) is State.COMPLETED


def test_without_probing_the_wallet_is_read_and_the_order_is_held(world: Make) -> None:
    made = world("")
    order_id = placed(made, "lost", Fate.TAKEN)
    steps(made, 20 * MINUTE)
    assert state(made, order_id) is State.UNKNOWN
    looks = evidence.checks(made.db, order_id)
    assert [look.ruling for look in looks] == ["hold"] * 7
    assert "the wallet sank by its charge" in looks[0].reasons
    assert looks[0].facts["ids_asked"] == 0


def test_two_lost_orders_of_one_price_that_did_not_wait_for_each_other_are_both_held(world: Make) -> None:
    made = world("unknown: {probe: true, apart: false}\n")
    made.latest = 5 * MINUTE
    both = [placed(made, "one", Fate.LATE), placed(made, "two", Fate.LATE)]
    steps(made, 3 * HOUR)
    assert [state(made, one) for one in both] == [State.UNKNOWN] * 2
    assert len(made.state.ledger) == 3
    assert "have all arrived" in evidence.checks(made.db, both[0])[-1].reasons[0]


def test_a_lost_order_that_was_found_does_not_stand_in_the_way_of_the_next(world: Make) -> None:
    made = world()
    both = [placed(made, "one", Fate.TAKEN), placed(made, "two", Fate.NEVER)]
    steps(made, 3 * HOUR)
    assert [state(made, one) for one in both] == [State.COMPLETED, State.UNKNOWN]


def test_an_order_that_arrives_late_is_still_found_above_later_ids(world: Make) -> None:
    made = world()
    made.latest = 10 * MINUTE
    order_id = placed(made, "late", Fate.LATE)
    later = [placed(made, f"later {n}", quantity=150 + n) for n in range(3)]
    assert all(state(made, one) is not State.UNKNOWN for one in later)
    steps(made, 2 * HOUR)
    found = orders.by_id(made.db, order_id)
    assert found is not None
    assert found.panel_order_id == made.true_id(found) is not None


def test_nothing_is_sent_before_the_first_check_and_all_continues_after_it(world: Make) -> None:
    made = world()
    lost_at = sent_at(made, placed(made, "lost", Fate.NEVER))
    (after,) = enqueued(made.db, a_draft("https://x.example/after", ref="after"), now=made.now)
    made.worker.submit.run()
    assert state(made, after.id) is State.QUEUED
    while state(made, after.id) is State.QUEUED:
        made.step(5 * SECOND)
    assert 8 * SECOND <= sent_at(made, after.id) - lost_at <= 10 * SECOND
    assert [check.at - lost_at for check in evidence.checks(made.db, 2)] == [2 * SECOND, 8 * SECOND]


def test_what_looks_like_a_lost_order_waits_until_it_is_found_or_settled(world: Make) -> None:
    made = world()
    lost = placed(made, "lost", Fate.NEVER)
    alike, other = enqueued(
        made.db,
        a_draft("https://x.example/alike", ref="alike", service="2"),
        a_draft("https://x.example/other", ref="other", service="2", quantity=150),
        now=made.now,
    )
    steps(made, 14 * MINUTE)
    assert (state(made, alike.id), state(made, other.id)) == (State.QUEUED, State.COMPLETED)
    steps(made, 2 * MINUTE)
    assert state(made, alike.id) is not State.QUEUED
    assert 15 * MINUTE <= sent_at(made, alike.id) - sent_at(made, lost) <= 15 * MINUTE + 5 * SECOND
    assert evidence.checks(made.db, lost)[-1].ruling == "absent"


def test_what_looks_like_a_lost_order_goes_on_as_soon_as_it_is_found(world: Make) -> None:
    made = world()
    lost = placed(made, "lost", Fate.TAKEN)
    (alike,) = enqueued(made.db, a_draft("https://x.example/alike", service="2"), now=made.now)
    steps(made, MINUTE)
    assert sent_at(made, alike.id) - sent_at(made, lost) <= 3 * SECOND


@pytest.mark.parametrize("service", ["2", "99"])
def test_what_cannot_be_told_apart_waits_only_where_that_is_asked_for(world: Make, service: str) -> None:
    """A service that is not in the catalogue has no price, so its charge may be any."""
    made = world("unknown: {probe: true, apart: false}\n")
    placed(made, "lost", Fate.NEVER)
    (alike,) = enqueued(made.db, a_draft("https://x.example/alike", service=service), now=made.now)
    steps(made, MINUTE)
    assert state(made, alike.id) is not State.QUEUED


def test_a_still_wallet_proves_an_order_absent_that_no_later_id_follows(world: Make) -> None:
    made = world()
    lost = placed(made, "lost", Fate.NEVER)
    steps(made, 16 * MINUTE)
    check = evidence.checks(made.db, lost)[-1]
    assert check.ruling == "absent"
    assert check.reasons[-1] == "the wallet did not sink by its charge"


def test_only_what_is_proven_by_ids_and_wallet_is_sent_again(world: Make) -> None:
    made = world(RESEND)
    lost = placed(made, "lost", Fate.NEVER)
    steps(made, 30 * MINUTE)
    assert evidence.checks(made.db, lost)[-1].ruling == "absent"
    assert state(made, lost) is State.UNKNOWN
    placed(made, "later", quantity=250)
    steps(made, HOUR)
    assert state(made, lost) is State.COMPLETED


def test_an_order_that_was_found_late_does_not_clear_another_of_its_price(world: Make) -> None:
    """What was lost when the wallet was read, and found since, is in the balance then and in the costs only later."""
    made = world("unknown: {probe: true, apart: false, resend: when-proven-absent, resend_max: 1000}\n")
    made.state.registers_after = 1e9
    first = placed(made, "first", Fate.TAKEN)
    steps(made, 30 * SECOND)
    second = placed(made, "second", Fate.TAKEN)
    steps(made, 30 * SECOND)
    made.state.registers_after = 0.0
    found = orders.by_id(made.db, first)
    assert found is not None
    adopt(made.context(), found, made.true_id(found) or "", By.OPERATOR)
    made.state.registers_after = 1e9
    steps(made, 30 * MINUTE)
    placed(made, "later", quantity=250)
    steps(made, 2 * HOUR)
    assert all("did not sink" not in check.reasons[-1] for check in evidence.checks(made.db, second))
    assert len([one for one in made.state.ledger if one.link.endswith("second")]) == 1


def test_an_id_that_nobody_here_placed_ends_verdicts_until_the_operator_says_resume(world: Make) -> None:
    made = world()
    made.state.place_elsewhere(2, "https://other.example/1", 777)
    held = placed(made, "lost", Fate.NEVER)
    steps(made, 3 * MINUTE)
    assert "not placed here" in (made.doubt() or "")
    adoptable = placed(made, "taken", Fate.TAKEN, quantity=300)
    steps(made, 3 * MINUTE)
    assert state(made, adoptable) is State.UNKNOWN
    assert alerts(made, Event.SPEND_UNEXPLAINED) == 1
    made.resume()
    steps(made, 20 * MINUTE)
    assert made.doubt() is None
    assert state(made, adoptable) is not State.UNKNOWN
    assert state(made, held) is State.UNKNOWN
    assert alerts(made, Event.SPEND_UNEXPLAINED) == 1


def test_money_that_nobody_here_spent_is_reported_once(world: Make) -> None:
    made = world()
    steps(made, HOUR)
    made.state.withdraw(made.state.balance / 10)
    steps(made, 3 * HOUR)
    assert alerts(made, Event.SPEND_UNEXPLAINED) == 1
    assert "the wallet sank by 99,999,970" in (made.doubt() or "")


def test_deposits_refunds_and_orders_are_no_mystery(world: Make) -> None:
    made = world()
    for n in range(6):
        placed(made, f"n {n}", service=["2", "8", "9", "10", "3", "1"][n])
        made.state.deposit(made.state.balance / 100)
        steps(made, 40 * MINUTE)
    assert alerts(made, Event.SPEND_UNEXPLAINED) == 0


def test_what_is_proven_absent_is_sent_again_only_where_the_user_allows_it(tmp_path: Path) -> None:
    for settings, expected in ((PROBE, State.UNKNOWN), (RESEND, State.COMPLETED)):
        folder = tmp_path / expected
        folder.mkdir()
        made = World(folder, settings)
        placed(made, "first")
        order_id = placed(made, "lost", Fate.NEVER)
        steps(made, 30 * MINUTE)
        assert state(made, order_id) is State.UNKNOWN
        placed(made, "later", quantity=250)  # the own id that closes the stretch
        steps(made, 2 * DAY)
        assert state(made, order_id) is expected
        assert len([one for one in made.state.ledger if one.link.endswith("lost")]) == (
            expected is State.COMPLETED
        )


def test_an_order_that_is_lost_again_has_its_whole_time_again_to_arrive(world: Make) -> None:
    made = world(RESEND.replace("{", "{looks: [30s], "))
    order_id = placed(made, "lost", Fate.NEVER)
    steps(made, 20 * MINUTE)
    found = orders.by_id(made.db, order_id)
    assert found is not None
    changes.apply(made.db, [after_release(found, By.OPERATOR, made.now)], made.now)
    made.fates[:] = [Fate.NEVER]
    made.step()
    assert state(made, order_id) is State.UNKNOWN
    lost_at = made.now
    while state(made, order_id) is State.UNKNOWN and made.now < lost_at + DAY:
        placed(made, f"later-{made.now}", quantity=250)
        steps(made, MINUTE)
    assert state(made, order_id) is not State.UNKNOWN
    assert made.now - lost_at >= 15 * MINUTE, "it was sent again while it could still arrive"


def test_a_clock_that_jumps_ahead_does_not_shorten_the_wait_for_late_arrivals(world: Make) -> None:
    made = world(RESEND)
    order_id = placed(made, "lost", Fate.NEVER)
    for hours in (1, 7, 25, 49, 73):
        made.skew = hours * HOUR
        placed(made, f"later-{hours}", quantity=250 + hours)
        steps(made, 10 * SECOND)
    assert len(evidence.checks(made.db, order_id)) >= 4
    assert state(made, order_id) is State.UNKNOWN
    steps(made, HOUR)
    made.skew += 2 * DAY
    steps(made, HOUR)
    placed(made, "last", quantity=900)
    for _ in range(3):
        made.skew += 2 * DAY
        steps(made, HOUR)
    assert state(made, order_id) is not State.UNKNOWN


def test_a_dearer_order_than_resend_max_is_held(world: Make) -> None:
    made = world(RESEND)
    order_id = placed(made, "lost", Fate.NEVER, quantity=1000)
    steps(made, 30 * MINUTE)
    placed(made, "later", quantity=250)
    steps(made, 2 * DAY)
    assert state(made, order_id) is State.UNKNOWN


def test_people_are_reminded_while_an_order_is_unknown_with_what_was_found(world: Make) -> None:
    made = world()
    placed(made, "lost", Fate.NEVER)
    for _ in range(3):
        deliver_all(made)
        steps(made, DAY + MINUTE)
        outbox.remind(made.db, made.now)
    assert alerts(made, Event.ORDER_UNKNOWN) == 1 + 3
    reminder = outbox.listed(made.db, limit=1)[0].notice
    assert reminder.facts["lasting"] == "3 d"
    assert reminder.facts["reasons"]


def deliver_all(made: World) -> None:
    while (parcel := deliveries.next_outgoing(made.db, "ops", made.now)) is not None:
        deliveries.mark_sent(made.db, parcel, made.now)


def test_a_panel_that_says_nothing_does_not_block_the_account_for_ever(world: Make) -> None:
    made = world("")
    made.refused.add("balance")
    placed(made, "lost", Fate.NEVER)
    (after,) = enqueued(made.db, a_draft("https://x.example/after", ref="after"), now=made.now)
    steps(made, 2 * HOUR)
    assert state(made, after.id) is not State.QUEUED


@pytest.mark.sqlite  # what it proves is decided before any database; on a server it takes a minute
def test_dozens_of_lost_answers_cost_nothing_twice_and_lose_nothing() -> None:
    """A sample; `python -m tests.soak` loses ten thousand in each setting."""
    for probe in (True, False):
        counts = soak(Setting(Account.SOLE, probe=probe, resend=probe, lost=15, seed=7))
        assert counts["lost answers"] >= 15
        assert (counts["doubles"], counts["lost"], counts["wrongly adopted"]) == (0, 0, 0)
        assert bool(counts["adopted"]) is probe
