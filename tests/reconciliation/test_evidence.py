"""What the readings prove, by table."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples import NOW, an_order
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.answers import Report
from tracker.orders.ledger import CostRange, Mark, Range, cost, cost_delta, sums, unexplained
from tracker.orders.order import Order, Series, State
from tracker.reconciliation.candidates import (
    CALLS_A_CHECK,
    DENIALS_NEEDED,
    WIDEST,
    Known,
    all_denied,
    ids_to_ask,
)
from tracker.reconciliation.evidence import Ruling, verdicts_on, with_wallet
from tracker.reconciliation.fit import Fit, fit
from tracker.reconciliation.lost_order import LostOrder, Readings, Sighting
from tracker.reconciliation.pairs import pairs_in_order
from tracker.reconciliation.schedule import next_check_at
from tracker.reconciliation.wallet import Wallet, mark_after, wallet_says

LOOKS = (30 * SECOND, 2 * MINUTE, HOUR, DAY)


def lost(order_id: int = 7, quantity: int | None = 100, is_open: bool = True, **values: Any) -> LostOrder:
    state = State.UNKNOWN if is_open else State.QUEUED
    known: dict[str, Any] = {
        "attempt_id": order_id, "lost_at": NOW, "expected_charge": Decimal(3000), "newest_id": 103,
        "before": Mark(Decimal(10_000), CostRange()),
    }  # fmt: skip
    return LostOrder(an_order(id=order_id, quantity=quantity, state=state), **{**known, **values})


ASKED_RUNS = an_order(
    id=7, quantity=100, units=500, series=Series.RUNS, fields={"runs": "5"}, state=State.UNKNOWN
)
DRIP = replace(lost(), order=ASKED_RUNS)


def report(**values: Any) -> Report:
    return Report(
        **{"status_text": "Pending", "state": State.ACTIVE, "charge": Decimal(3000), "remains": 100, **values}
    )


def readings(**values: Any) -> Readings:
    return Readings(**{"at": NOW + HOUR, "wallet": Mark(Decimal(7000), CostRange()), **values})


@pytest.mark.parametrize(
    ("asked", "one", "told", "expected"),
    [
        (lost(), "104", report(), Fit.YES),
        (lost(), "104", report(remains=None), Fit.YES),
        (lost(), "104", report(charge=Decimal("3000.00")), Fit.YES),
        (lost(), "104", report(status_text="Done", state=State.COMPLETED, remains=0), Fit.YES),
        (lost(), "103", report(), Fit.NO),
        (lost(), "9", report(), Fit.NO),
        (lost(), "104", report(remains=101), Fit.NO),
        (lost(), "104", report(charge=Decimal(2999)), Fit.NO),
        (lost(), "104", report(charge=Decimal(3001)), Fit.NO),
        (lost(), "104", report(state=State.COMPLETED, charge=Decimal(2999)), Fit.NO),
        (lost(), "104", report(state=State.PARTIAL, charge=Decimal(2999)), Fit.UNLIKELY),
        (lost(), "104", report(state=State.PARTIAL, charge=Decimal(1200), remains=60), Fit.YES),
        (lost(), "104", report(state=State.PARTIAL, charge=Decimal(1200), remains=None), Fit.MAYBE),
        (lost(), "104", report(state=State.PARTIAL, charge=Decimal("1.3"), remains=99), Fit.UNLIKELY),
        (
            lost(expected_charge=Decimal(4)),
            "104",
            report(state=State.PARTIAL, charge=Decimal("1.3"), remains=67),
            Fit.YES,
        ),
        (
            lost(expected_charge=Decimal(4)),
            "104",
            report(state=State.PARTIAL, charge=Decimal("1.4"), remains=67),
            Fit.YES,
        ),
        (
            lost(expected_charge=Decimal(4)),
            "104",
            report(state=State.PARTIAL, charge=Decimal("1.5"), remains=67),
            Fit.UNLIKELY,
        ),
        (
            lost(expected_charge=Decimal(30)),
            "104",
            report(state=State.PARTIAL, charge=Decimal(0), remains=98),
            Fit.UNLIKELY,
        ),
        (
            lost(expected_charge=Decimal(30)),
            "104",
            report(state=State.PARTIAL, charge=Decimal(1), remains=98),
            Fit.YES,
        ),
        (
            lost(expected_charge=Decimal(30)),
            "104",
            report(state=State.PARTIAL, charge=Decimal(1), remains=90),
            Fit.UNLIKELY,
        ),
        (
            lost(expected_charge=Decimal(300)),
            "104",
            report(state=State.PARTIAL, charge=Decimal(4), remains=99),
            Fit.UNLIKELY,
        ),
        (lost(), "104", report(state=State.CANCELED, charge=Decimal(0)), Fit.YES),
        (lost(), "104", report(state=State.CANCELED, charge=Decimal(0), remains=40), Fit.UNLIKELY),
        (lost(quantity=None), "104", report(state=State.CANCELED, charge=Decimal(0)), Fit.MAYBE),
        (lost(), "104", report(state=State.PARTIAL, charge=Decimal(3001)), Fit.NO),
        (lost(), "104", report(charge=None), Fit.MAYBE),
        (lost(), "104", report(charge=None, series=Series.RUNS, length=5), Fit.NO),
        (DRIP, "104", report(charge=None, series=Series.RUNS, length=5), Fit.YES),
        (DRIP, "104", report(charge=None, series=Series.RUNS, length=4), Fit.MAYBE),
        (DRIP, "104", report(charge=None, series=Series.POSTS, length=5), Fit.NO),
        (DRIP, "103", report(charge=None, series=Series.RUNS, length=5), Fit.NO),
        (DRIP, "104", report(remains=500), Fit.YES),
        (DRIP, "104", report(remains=501), Fit.NO),
        (lost(expected_charge=None), "104", report(), Fit.MAYBE),
        (lost(newest_id=None), "104", report(), Fit.MAYBE),
        (lost(quantity=None), "104", report(remains=5000), Fit.YES),
        (lost(ceiling=110), "109", report(), Fit.YES),
        (lost(ceiling=110), "111", report(), Fit.NO),
        (lost(is_absent=True), "104", report(), Fit.NO),
        (lost(), "abc", report(), Fit.NO),
        (lost(newest_id=None), "abc", report(), Fit.NO),
        (lost(newest_id=None), "1", report(), Fit.MAYBE),
        (lost(ceiling=110), "110", report(), Fit.NO),
        (lost(), "\u0661\u0662\u0663\u0664", report(), Fit.NO),
    ],
)
def test_whether_an_id_may_be_the_lost_orders(
    asked: LostOrder, one: str, told: Report, expected: Fit
) -> None:
    assert fit(asked, one, told) is expected


@pytest.mark.parametrize(
    ("sighting", "expected"),
    [
        (Sighting(), Fit.YES),
        (Sighting(seen_by=6), Fit.NO),
        (Sighting(seen_by=7), Fit.YES),
        (Sighting(denied_past=7), Fit.NO),
        (Sighting(denied_past=6), Fit.YES),
        (Sighting(seen_by=8, denied_past=6), Fit.YES),
    ],
)
def test_an_id_of_another_time_is_not_the_orders_own(sighting: Sighting, expected: Fit) -> None:
    assert fit(lost(), "104", report(), sighting) is expected


def test_an_id_that_was_ours_before_the_order_was_sent_is_not_its_own() -> None:
    seen = {"104": Sighting(seen_by=6)}
    found = verdicts_on(readings(strangers={"104": report()}, sightings=seen), [lost()])
    assert (found.verdicts[0].ruling, found.unexplained_ids) == (Ruling.HOLD, ("104",))


def ruling(*asked: LostOrder, **values: Any) -> tuple[Ruling, str | None]:
    verdict = verdicts_on(readings(**values), asked).verdicts[0]
    assert verdict.reasons
    return verdict.ruling, verdict.panel_order_id


def test_the_only_order_that_fits_the_only_id_is_adopted() -> None:
    assert ruling(lost(), strangers={"104": report()}) == (Ruling.ADOPT, "104")
    assert ruling(lost(), strangers={"104": report()}, wallet=None) == (Ruling.ADOPT, "104")
    other = lost(order_id=8, expected_charge=Decimal(50))
    assert ruling(lost(), other, strangers={"104": report()}) == (Ruling.ADOPT, "104")


@pytest.mark.parametrize(
    ("others", "values"),
    [
        ([], {"strangers": {}}),
        ([], {"strangers": {"104": report(charge=None)}}),
        ([], {"strangers": {"104": report(), "106": report()}}),
        ([], {"strangers": {"104": report(), "106": report(charge=None)}}),
        ([], {"strangers": {"104": report()}, "wallet": Mark(Decimal(10_000), CostRange())}),
        ([], {"strangers": {"104": report()}, "doubt": "somebody else orders here"}),
        ([lost(order_id=8)], {"strangers": {"104": report()}}),
        ([lost(order_id=8, expected_charge=None)], {"strangers": {"104": report()}}),
        ([lost(order_id=8, is_open=False)], {"strangers": {"104": report()}}),
    ],
)
def test_whatever_leaves_a_second_reading_is_held(others: list[LostOrder], values: dict[str, Any]) -> None:
    assert ruling(lost(), *others, **values) == (Ruling.HOLD, None)


def test_a_refunded_id_is_the_orders_whose_refund_it_is_and_otherwise_possibly_any() -> None:
    canceled = {"104": report(state=State.CANCELED, charge=Decimal(0), remains=100)}
    larger = lost(order_id=8, quantity=400, expected_charge=Decimal(9000))
    found = verdicts_on(readings(strangers=canceled, wallet=None), [lost(), larger])
    assert [one.panel_order_id for one in found.verdicts] == ["104", None]
    alone = verdicts_on(readings(strangers=canceled, wallet=None), [larger])
    assert alone.verdicts[0].ruling is Ruling.HOLD
    assert alone.unexplained_ids == ()


def test_an_order_that_the_operator_settled_gets_no_verdict() -> None:
    assert verdicts_on(readings(), [lost(is_open=False)]).verdicts == ()


def test_absence_needs_the_settle_time_and_either_every_id_denied_or_the_wallet_still() -> None:
    still = Mark(Decimal(10_000), CostRange())
    denied = lost(ceiling=110, ids_denied=True, settled_by=20)
    assert ruling(denied, wallet=still) == (Ruling.ABSENT, None)
    assert ruling(replace(denied, ids_denied=False), wallet=still)[0] is Ruling.ABSENT
    assert ruling(denied, wallet=None)[0] is Ruling.ABSENT
    assert ruling(replace(denied, ids_denied=False), wallet=None)[0] is Ruling.HOLD
    assert ruling(denied)[0] is Ruling.HOLD  # the wallet sank by its charge
    assert ruling(replace(denied, settled_by=None), wallet=still)[0] is Ruling.HOLD
    assert ruling(denied, wallet=still, doubt="x")[0] is Ruling.HOLD
    assert ruling(denied, lost(order_id=8), wallet=still) == (Ruling.ABSENT, None)


def test_only_what_the_ids_and_the_wallet_both_prove_absent_is_proven_twice() -> None:
    still = Mark(Decimal(10_000), CostRange())
    denied = lost(ceiling=110, ids_denied=True, settled_by=20)

    def is_proven_twice(asked: LostOrder, wallet: Mark | None) -> bool:
        return verdicts_on(readings(wallet=wallet), [asked]).verdicts[0].is_proven_twice

    assert is_proven_twice(denied, still)
    assert not is_proven_twice(denied, None)
    assert not is_proven_twice(replace(denied, ids_denied=False), still)
    assert not is_proven_twice(replace(denied, settled_by=None), still)
    assert is_proven_twice(replace(denied, is_clear=True), None)
    assert not is_proven_twice(replace(denied, is_clear=True), Mark(Decimal(7000), CostRange()))


def test_what_was_proven_absent_stays_so_until_something_speaks_against_it() -> None:
    gone = lost(settled_by=20, is_absent=True)
    assert ruling(gone, wallet=None) == (Ruling.ABSENT, None)
    assert ruling(gone)[0] is Ruling.HOLD  # the wallet sank by its charge
    assert ruling(gone, lost(order_id=8), strangers={"104": report()}) == (Ruling.ABSENT, None)
    found = verdicts_on(readings(strangers={"104": report()}), [gone])
    assert found.unexplained_ids == ("104",)


def test_orders_that_face_as_many_ids_have_all_arrived() -> None:
    both = {"104": report(), "106": report()}
    found = verdicts_on(readings(strangers=both), [lost(8), lost(7)])
    assert [one.ruling for one in found.verdicts] == [Ruling.HOLD, Ruling.HOLD]
    assert (
        found.verdicts[0].reasons[0].startswith("orders 7, 8 have all arrived, as 104, 106; which is which")
    )
    with_another = verdicts_on(readings(strangers=both), [lost(8), lost(7), lost(9, expected_charge=None)])
    assert with_another.verdicts[0].reasons[0] == "2 ids fit it: 104, 106"
    unlike = verdicts_on(readings(strangers=both), [lost(8), lost(7), lost(9, expected_charge=Decimal(50))])
    assert unlike.verdicts[0].reasons[0].startswith("orders 7, 8 have all arrived, as 104, 106")
    three = verdicts_on(readings(strangers={**both, "108": report()}), [lost(8), lost(7)])
    assert three.verdicts[0].reasons[0] == "3 ids fit it: 104, 106, 108"
    dropped = verdicts_on(readings(strangers=both), [lost(8), lost(7, is_open=False)])
    assert dropped.verdicts[0].reasons[0] == "2 ids fit it: 104, 106"


def test_orders_that_have_all_arrived_are_paired_by_their_ids_as_numbers() -> None:
    ids = ("104", "995", "1003", "10002", "100001")
    asked = [lost(order_id) for order_id in (11, 7, 9, 8, 10)]
    fits = {(one.order_id, found): Fit.YES for one in asked for found in ids}
    assert [(one.order_id, found) for one, found in pairs_in_order(asked[0], asked, fits)] == [
        (7, "104"), (8, "995"), (9, "1003"), (10, "10002"), (11, "100001"),
    ]  # fmt: skip


def test_on_a_shared_account_nothing_is_decided_and_no_id_is_unexplained() -> None:
    found = verdicts_on(readings(strangers={"104": report(), "9": report()}, is_shared=True), [lost()])
    assert found.verdicts[0].ruling is Ruling.HOLD
    assert found.verdicts[0].reasons[1] == "ids that fit: 104"
    assert found.unexplained_ids == ()


def test_a_reading_that_clears_an_order_is_what_the_next_is_compared_with() -> None:
    still = Mark(Decimal(10_000), CostRange(), NOW + HOUR)
    asked = [lost(7, settled_by=20), lost(8, expected_charge=Decimal(50)), lost(9, expected_charge=None)]
    found = verdicts_on(readings(wallet=still), asked[:2])
    assert found.uncharged == {7, 8}
    assert found.mark == still
    cleared = with_wallet(asked[0], found)
    assert (cleared.before, cleared.is_clear) == (still, True)
    assert with_wallet(asked[1], found).is_clear is False
    unsure = verdicts_on(readings(wallet=still), asked)
    assert unsure.mark == replace(still, undecided=(7, 8, 9))
    assert with_wallet(asked[0], unsure) == asked[0]


def test_the_reading_counts_what_was_adopted_by_it() -> None:
    sank = Mark(Decimal(7000), CostRange())
    found = verdicts_on(readings(wallet=sank, strangers={"104": report()}), [lost()])
    assert found.mark == Mark(Decimal(7000), CostRange(Decimal(3000), Decimal(3000)))


@pytest.mark.parametrize(
    ("says", "charge", "counted", "undecided"),
    [
        (Wallet.CHARGED, Decimal(3000), 3000, ()), (Wallet.CHARGED, None, 0, (7,)), (Wallet.UNCLEAR, Decimal(3000), 0, (7,)),
        (Wallet.NOT_CHARGED, Decimal(3000), 0, ()),
    ],
)  # fmt: skip
def test_what_was_found_counts_as_spent_only_where_the_wallet_shows_its_charge(
    says: Wallet, charge: Decimal | None, counted: int, undecided: tuple[int, ...]
) -> None:
    read = Mark(Decimal(7000), CostRange())
    spent = CostRange(Decimal(counted), Decimal(counted))
    assert mark_after(read, [lost()], {7: says}, {7: charge}) == replace(
        read, spent=spent, undecided=undecided
    )


@pytest.mark.parametrize(("found", "expected"), [(4, Wallet.CHARGED), (5, Wallet.UNCLEAR)])
def test_many_orders_that_were_lost_or_found_make_the_wallet_unclear(found: int, expected: Wallet) -> None:
    asked = lost(found_since=(Decimal(20_000),) * found)
    rivals = [lost(order_id, expected_charge=Decimal(20_000)) for order_id in range(8, 13)]
    assert wallet_says(asked, Mark(Decimal(7000), CostRange()), [asked, *rivals]) is expected


@pytest.mark.parametrize(
    ("now", "expected"), [(10_000, Wallet.UNCLEAR), (7000, Wallet.CHARGED), (13_000, Wallet.NOT_CHARGED)]
)
def test_what_was_undecided_at_the_reading_may_have_been_charged_before_it(
    now: int, expected: Wallet
) -> None:
    asked = lost(found_since=(Decimal(3000),))
    spent = CostRange(Decimal(0), Decimal(0))
    assert wallet_says(asked, Mark(Decimal(now), spent), [asked]) is expected


def test_what_was_settled_before_the_reading_moves_the_wallet_no_more() -> None:
    asked = lost(before=Mark(Decimal(10_000), CostRange(), NOW))
    other = lost(order_id=8, settles_at=NOW)
    now = Mark(Decimal(7000), CostRange())
    assert wallet_says(asked, now, [asked, other]) is Wallet.CHARGED
    assert wallet_says(asked, now, [asked, replace(other, settles_at=NOW + 1)]) is Wallet.UNCLEAR
    assert (
        wallet_says(asked, now, [asked, replace(other, settles_at=NOW + 1, is_absent=True)]) is Wallet.CHARGED
    )


def failed(charge: int) -> Order:
    amount = Decimal(charge)
    return an_order(
        id=9, state=State.FAILED, attempts=1, expected_charge=amount, charge=amount, finished_at=NOW + MINUTE
    )


@pytest.mark.parametrize(
    ("sank", "charge", "expected"),
    [
        (0, 5000, Wallet.ACCOUNTED),
        (-5000, 5000, Wallet.NOT_CHARGED),
        (-1000, 5000, Wallet.UNCLEAR),
        (-2000, 5000, Wallet.UNCLEAR),
        (3000, 5000, Wallet.CHARGED),
        (0, 3000, Wallet.UNCLEAR),
    ],
)
def test_a_range_of_refunds_is_told_apart_by_what_orders_that_ended_alike_may_be_refunded(
    sank: int, charge: int, expected: Wallet
) -> None:
    """3000 may have been charged for it, and an order of `charge` has failed: refunded in full, or not at all."""
    asked = lost(before=Mark(Decimal(10_000), CostRange(), NOW), settled_by=20)
    spent = CostRange(Decimal(-charge), Decimal(0))
    now = Mark(Decimal(10_000 - sank), spent, NOW + HOUR)
    assert wallet_says(asked, now, [asked], [failed(charge)]) is expected
    early = replace(asked, settled_by=None)
    by_range = Wallet.UNCLEAR if expected is Wallet.ACCOUNTED else expected
    assert wallet_says(early, now, [early], [failed(charge)]) is by_range


def test_what_only_the_usual_refunds_prove_makes_an_order_absent_but_is_not_enough_to_send_it_again() -> None:
    asked = lost(before=Mark(Decimal(10_000), CostRange(), NOW), settled_by=20, ids_denied=True, ceiling=110)
    now = Mark(Decimal(10_000), CostRange(Decimal(-5000), Decimal(0)), NOW + HOUR)
    found = verdicts_on(readings(wallet=now, ended=[failed(5000)]), [asked])
    assert (found.verdicts[0].ruling, found.verdicts[0].is_proven_twice) == (Ruling.ABSENT, False)
    assert found.uncharged == frozenset()
    alone = replace(asked, ids_denied=False)
    assert ruling(alone, wallet=now, ended=[failed(5000)])[0] is Ruling.ABSENT
    assert ruling(alone, wallet=now)[0] is Ruling.HOLD
    assert ruling(replace(alone, settled_by=None), wallet=now, ended=[failed(5000)])[0] is Ruling.HOLD


def test_ids_that_no_lost_order_explains_are_reported() -> None:
    found = verdicts_on(readings(strangers={"104": report(), "105": report(charge=Decimal(7))}), [lost()])
    assert found.unexplained_ids == ("105",)


@pytest.mark.parametrize(
    ("now", "spent", "others", "expected"),
    [
        (7000, CostRange(), [], Wallet.CHARGED),
        (10_000, CostRange(), [], Wallet.NOT_CHARGED),
        (9999, CostRange(), [], Wallet.UNCLEAR),
        (6000, CostRange(Decimal(1000), Decimal(1000)), [], Wallet.CHARGED),
        (9000, CostRange(Decimal(1000), Decimal(1000)), [], Wallet.NOT_CHARGED),
        (9000, CostRange(Decimal(0), Decimal(1000)), [], Wallet.NOT_CHARGED),
        (9000, CostRange(Decimal(-2000), Decimal(1000)), [], Wallet.UNCLEAR),
        (7000, CostRange(unknowns=1), [], Wallet.UNCLEAR),
        (12_000, CostRange(), [], Wallet.UNCLEAR),
        (6500, CostRange(), [Decimal(500)], Wallet.CHARGED),
        (9500, CostRange(), [Decimal(500)], Wallet.NOT_CHARGED),
        (7000, CostRange(), [Decimal(3000)], Wallet.UNCLEAR),
        (4000, CostRange(), [Decimal(3000)], Wallet.CHARGED),
        (7000, CostRange(), [None], Wallet.UNCLEAR),
    ],
)
def test_what_the_wallet_says(
    now: int, spent: CostRange, others: list[Decimal | None], expected: Wallet
) -> None:
    rivals = [lost(order_id=8 + n, expected_charge=charge) for n, charge in enumerate(others)]
    wallet = Mark(Decimal(now), spent)
    assert wallet_says(lost(), wallet, [lost(), *rivals]) is expected


def order(state: State, charge: int | None = 3000, **values: Any) -> Order:
    known = {"state": state, "charge": None if charge is None else Decimal(charge), "attempts": 1}
    return an_order(**{**known, **values})


@pytest.mark.parametrize(
    ("placed", "low", "high"),
    [
        (order(State.QUEUED, None), 0, 0),
        (order(State.UNKNOWN, None, expected_charge=Decimal(5)), 0, 0),
        (order(State.ACTIVE), 3000, 3000),
        (order(State.ACTIVE, None, expected_charge=Decimal(5)), 5, 5),
        (order(State.COMPLETED), 3000, 3000),
        (order(State.PARTIAL, remains=40), 1800, 3000),
        (order(State.PARTIAL, remains=None), 0, 3000),
        (order(State.CANCELED), 0, 3000),
        (order(State.CANCELED, 0, expected_charge=Decimal(3000)), 0, 3000),
        (order(State.FAILED), 0, 3000),
        (order(State.ACTIVE, attempts=0), 0, 0),
        (order(State.CANCELED, attempts=0), -3000, 0),
        (order(State.ACTIVE, None, attempts=0), 0, 0),
    ],
)
def test_what_an_order_has_cost(placed: Order, low: int, high: int) -> None:
    assert cost(placed) == Range(Decimal(low), Decimal(high))


def test_a_cost_that_is_not_known_or_comes_late_is_a_gap() -> None:
    assert cost(order(State.ACTIVE, None)) is None
    assert cost_delta(order(State.SUBMITTING, None), order(State.ACTIVE, None)).unknowns == 1
    assert cost_delta(order(State.ACTIVE, 5), order(State.ACTIVE, 6)) == CostRange(Decimal(1), Decimal(1), 1)
    assert cost_delta(order(State.COMPLETED), order(State.CANCELED)).unknowns == 1
    assert cost_delta(order(State.ACTIVE), order(State.COMPLETED)) == CostRange()


@given(st.lists(st.decimals(0, 100, places=2), max_size=6))
def test_every_sum_of_some_charges_is_found(amounts: list[Decimal]) -> None:
    found = sums(amounts)
    assert Decimal(0) in found
    assert sum(amounts, Decimal(0)) in found
    assert all(amount in found for amount in amounts)


def test_what_the_wallet_sank_by_beyond_the_known_cost() -> None:
    before = Mark(Decimal(100), CostRange())
    assert unexplained(before, Mark(Decimal(80), CostRange(Decimal(5), Decimal(15)))) == Range(
        Decimal(5), Decimal(15)
    )
    assert unexplained(before, Mark(Decimal(80), CostRange(unknowns=1))) is None


def test_a_check_asks_the_ids_between_own_ones_and_fills_the_call_above() -> None:
    known = Known(frozenset({103, 106}), {104: DENIALS_NEEDED})
    assert ids_to_ask([lost()], known, 4) == ["105", "107", "108", "109"]
    assert ids_to_ask([lost(ceiling=106)], known, 4) == ["105"]
    assert ids_to_ask([lost(is_open=False)], known, 4) == []
    assert ids_to_ask([lost(newest_id=None)], known, 4) == []


def test_a_check_asks_about_few_ids_and_never_scans() -> None:
    assert len(ids_to_ask([lost()], Known(frozenset({103, 5000}), {}), 100)) == CALLS_A_CHECK * 100
    assert ids_to_ask([lost()], Known(frozenset({103, 103 + WIDEST + 1}), {}), 2) == [
        str(105 + WIDEST),
        str(106 + WIDEST),
    ]


def test_all_is_denied_only_below_a_later_own_id_and_when_nothing_in_between_is_open() -> None:
    known = Known(frozenset({105, 107}), {104: DENIALS_NEEDED, 106: DENIALS_NEEDED})
    assert all_denied(lost(ceiling=107), known)
    assert not all_denied(lost(), known)
    assert not all_denied(lost(ceiling=107), Known(known.owned, {104: DENIALS_NEEDED, 106: 1}))
    assert not all_denied(lost(ceiling=107), Known(frozenset({107}), known.denied))


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        (0, 30 * SECOND),
        (30 * SECOND, 2 * MINUTE),
        (3 * MINUTE, HOUR),
        (HOUR, DAY),
        (DAY, 2 * DAY),
        (9 * DAY + 1, 10 * DAY),
    ],
)
def test_checks_come_at_their_times_and_the_last_repeats(passed: int, expected: int) -> None:
    assert next_check_at(NOW, LOOKS, 30 * DAY, NOW + passed) == NOW + expected
