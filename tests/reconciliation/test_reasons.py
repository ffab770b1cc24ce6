"""The reasons of each verdict, word by word: the operator decides by them where tracker does not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW, an_order
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.answers import Report
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.order import State
from tracker.reconciliation.candidates import (
    CALLS_A_CHECK,
    DENIALS_NEEDED,
    WIDEST,
    Known,
    all_denied,
    ids_to_ask,
    possible_ids,
)
from tracker.reconciliation.evidence import Ruling, Verdict, verdicts_on
from tracker.reconciliation.lost_order import LostOrder, Readings
from tracker.reconciliation.schedule import JUST_AFTER, first_check_at, next_check_at

SANK = "the wallet sank by its charge"
STILL = "the wallet did not sink by its charge"
UNCLEAR = "the wallet proves nothing"
UNREAD = "the wallet proves nothing: the wallet was not read"


def lost(order_id: int = 7, is_open: bool = True, **values: Any) -> LostOrder:
    state = State.UNKNOWN if is_open else State.QUEUED
    known: dict[str, Any] = {
        "attempt_id": order_id, "lost_at": NOW, "expected_charge": Decimal(30), "newest_id": 103, "before": Mark(Decimal(100), CostRange()),
    }  # fmt: skip
    return LostOrder(an_order(id=order_id, quantity=100, state=state), **{**known, **values})


def report(**values: Any) -> Report:
    return Report(
        **{"status_text": "Pending", "state": State.ACTIVE, "charge": Decimal(30), "remains": 100, **values}
    )


def readings(balance: int | None = 70, **values: Any) -> Readings:
    wallet = None if balance is None else Mark(Decimal(balance), CostRange())
    return Readings(**{"at": NOW + HOUR, "wallet": wallet, **values})


def verdict(read: Readings, *lost_orders: LostOrder) -> Verdict:
    return verdicts_on(read, lost_orders).verdicts[0]


def held(*reasons: str) -> Verdict:
    return Verdict(7, Ruling.HOLD, reasons)


ADOPTED = "order 104 is ours, fits in charge and quantity, and no other order here can own it"
DENIED = "the panel denied every id between 103 and 110, twice"
OTHERS = [lost(number) for number in range(8, 15)]


@pytest.mark.parametrize(
    ("read", "others", "expected"),
    [
        (readings(strangers={"104": report()}), [], Verdict(7, Ruling.ADOPT, (ADOPTED, SANK), "104")),
        (readings(None, strangers={"104": report()}), [], Verdict(7, Ruling.ADOPT, (ADOPTED, UNREAD), "104")),
        (
            readings(
                None, wallet_note="it moved", doubt="somebody else orders here", strangers={"104": report()}
            ),
            [],
            held(
                "no automatic verdict: somebody else orders here",
                "ids that fit: 104",
                "the wallet proves nothing: it moved",
            ),
        ),
        (readings(doubt="odd"), [], held("no automatic verdict: odd", SANK)),
        (
            readings(is_shared=True, strangers={"104": report()}),
            [],
            held("others order from this account too: what fits may be theirs", "ids that fit: 104", SANK),
        ),
        (
            readings(),
            [],
            held(
                "no order at the panel fits it so far, and some ids near it are still open",
                "it may still arrive",
                SANK,
            ),
        ),
        (
            readings(unasked="no id was asked about"),
            [],
            held("no id was asked about", "it may still arrive", SANK),
        ),
        (
            readings(strangers={str(one): report() for one in range(104, 111)}),
            [],
            held("7 ids fit it: 104, 105, 106, 107, 108", "ids that fit: 104, 105, 106, 107, 108", SANK),
        ),
        (
            readings(strangers={"104": report()}),
            OTHERS[:1],
            held("id 104 fits order 8 as well", "ids that fit: 104", UNCLEAR),
        ),
        (
            readings(strangers={"104": report()}),
            OTHERS,
            held("id 104 fits order 8, 9, 10, 11, 12 as well", "ids that fit: 104", UNCLEAR),
        ),
        (
            readings(strangers={"104": report(charge=None)}),
            [],
            held("id 104 may be it, but its charge cannot be compared", "ids that fit: 104", SANK),
        ),
        (
            readings(100, strangers={"104": report()}),
            [],
            held("id 104 fits, but the wallet was not charged for it", "ids that fit: 104", STILL),
        ),
    ],
)
def test_why_a_lost_order_is_adopted_or_held(
    read: Readings, others: list[LostOrder], expected: Verdict
) -> None:
    assert verdict(read, lost(), *others) == expected


def test_why_a_lost_order_counts_as_absent_or_not_yet() -> None:
    denied = lost(ceiling=110, ids_denied=True, settled_by=20)

    assert verdict(readings(100), denied) == Verdict(7, Ruling.ABSENT, (DENIED, STILL), is_proven_twice=True)
    assert verdict(readings(100), replace(denied, settled_by=None)) == held(
        DENIED, "it may still arrive", STILL
    )
    assert verdict(readings(70), denied) == held(DENIED, SANK)
    assert verdict(readings(None), denied) == Verdict(7, Ruling.ABSENT, (DENIED, UNREAD))


@pytest.mark.parametrize(("others", "charged"), [(9, True), (10, False)])
def test_the_wallet_is_not_read_for_too_many_lost_orders(others: int, charged: bool) -> None:
    rivals = [lost(100 + number, expected_charge=Decimal(1000)) for number in range(others)]

    assert (verdict(readings(), lost(), *rivals).reasons[-1] == SANK) is charged


# -- the ids --------------------------------------------------------------------------------------------


def known(*owned: int, **denied: int) -> Known:
    return Known(frozenset(owned), {int(one[1:]): count for one, count in denied.items()})


@pytest.mark.parametrize(
    ("lost_orders", "highest", "ids"),
    [
        ([lost()], 107, [104, 105, 106]),
        ([lost(ceiling=105)], 107, [104]),
        ([lost(), lost(8, newest_id=105)], 108, [104, 105, 106, 107]),
        ([lost(8, newest_id=105), lost()], 107, [104, 105, 106]),
        ([lost(is_open=False)], 107, []),
        ([lost(newest_id=None)], 107, []),
        ([lost(newest_id=None), lost()], 105, [104]),
        ([lost(is_open=False), lost()], 105, [104]),
        ([lost()], 103 + WIDEST + 1, []),
        ([lost()], 0, []),
        ([], 107, []),
    ],
)
def test_which_ids_may_be_a_lost_orders(lost_orders: list[LostOrder], highest: int, ids: list[int]) -> None:
    assert possible_ids(lost_orders, highest) == ids


def test_the_widest_gap_is_still_looked_at() -> None:
    assert len(possible_ids([lost()], 103 + WIDEST)) == WIDEST - 1


@pytest.mark.parametrize(
    ("lost_order", "what", "expected"),
    [
        (lost(ceiling=106), known(103, 106, x104=2, x105=2), True),
        (lost(ceiling=106), known(103, 106, x104=2, x105=1), False),
        (lost(ceiling=106), known(103, 106, x104=3), False),
        (lost(ceiling=106), known(103, 104, 106, x105=DENIALS_NEEDED), True),
        (lost(ceiling=None), known(103, 106, x104=2, x105=2), False),
        (lost(ceiling=106, newest_id=None), known(103, 106, x104=2, x105=2), False),
        (lost(ceiling=104), known(103, 104), True),
    ],
)
def test_when_every_id_of_a_lost_order_was_denied(lost_order: LostOrder, what: Known, expected: bool) -> None:
    assert all_denied(lost_order, what) is expected


def test_a_gap_that_is_too_wide_is_never_denied_whole() -> None:
    span = range(104, 103 + WIDEST + 1)
    whole = Known(frozenset(), dict.fromkeys(span, 2))

    assert all_denied(lost(ceiling=103 + WIDEST), whole)
    assert not all_denied(
        lost(ceiling=104 + WIDEST), Known(frozenset(), dict.fromkeys(range(104, 104 + WIDEST), 2))
    )


@pytest.mark.parametrize(
    ("lost_orders", "what", "size", "ids"),
    [
        ([lost()], known(106), 4, ["104", "105", "107", "108"]),
        ([lost()], known(106, x104=2), 4, ["105", "107", "108", "109"]),
        ([lost()], known(106, x104=1), 2, ["104", "105"]),
        ([lost(), lost(8)], known(106), 2, ["104", "105"]),
        ([lost(ceiling=105)], known(106), 4, ["104"]),
        ([lost(ceiling=105)], known(106, x104=2), 4, []),
        ([lost()], known(103), 3, ["104", "105", "106"]),
        ([lost(is_open=False)], known(106), 4, []),
        ([lost(newest_id=None)], known(106), 4, []),
        ([lost()], known(), 4, []),
        ([lost(newest_id=2 * WIDEST)], known(2 * WIDEST + 3), 2, [str(2 * WIDEST + 1), str(2 * WIDEST + 2)]),
        ([lost()], known(103 + WIDEST), 1, ["104", "105", "106", "107", "108"]),
        ([lost(ceiling=105), lost(8, newest_id=106)], known(107), 3, ["104", "108", "109"]),
    ],
)
def test_which_ids_are_asked_about(
    lost_orders: list[LostOrder], what: Known, size: int, ids: list[str]
) -> None:
    assert ids_to_ask(lost_orders, what, size) == ids


def test_a_check_asks_about_so_many_ids_between_own_ones_and_no_more() -> None:
    found = ids_to_ask([lost()], known(103 + 5000), 100)

    assert found == [str(one) for one in range(104, 104 + CALLS_A_CHECK * 100)]


# -- the times ------------------------------------------------------------------------------------------

LOOKS = (30 * SECOND, 2 * MINUTE, HOUR)


@pytest.mark.parametrize(("not_before", "expected"), [(0, NOW + 30 * SECOND), (NOW + HOUR, NOW + HOUR)])
def test_the_first_check_waits_until_the_add_is_surely_over(not_before: int, expected: int) -> None:
    assert first_check_at(NOW, LOOKS, 15 * MINUTE, not_before) == expected


def test_the_first_check_comes_at_the_settle_time_at_the_latest_as_all_others_wait_for_it() -> None:
    assert first_check_at(NOW, (6 * HOUR, DAY), 15 * MINUTE) == NOW + 15 * MINUTE + JUST_AFTER


@pytest.mark.parametrize(
    ("passed", "after"),
    [
        (0, 30 * SECOND),
        (30 * SECOND - 1, 30 * SECOND),
        (30 * SECOND, 2 * MINUTE),
        (2 * MINUTE, HOUR),
        (HOUR, 2 * HOUR),
        (2 * HOUR - 1, 2 * HOUR),
        (2 * HOUR, 3 * HOUR),
    ],
)
def test_later_checks_follow_their_schedule_and_the_last_repeats(passed: int, after: int) -> None:
    assert next_check_at(NOW, LOOKS, 30 * DAY, NOW + passed) == NOW + after


@pytest.mark.parametrize(
    ("passed", "after"),
    [
        (2 * MINUTE, 5 * MINUTE + JUST_AFTER),
        (5 * MINUTE, 5 * MINUTE + JUST_AFTER),
        (6 * MINUTE, 15 * MINUTE + JUST_AFTER),
        (56 * MINUTE, HOUR),
        (HOUR, 65 * MINUTE + JUST_AFTER),
        (66 * MINUTE, 2 * HOUR),
    ],
)
def test_around_the_settle_time_checks_come_more_often(passed: int, after: int) -> None:
    assert next_check_at(NOW, LOOKS, 5 * MINUTE, NOW + passed) == NOW + after
