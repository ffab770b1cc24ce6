"""Each move of a wallet has one cause, and the causes add up to the last digit."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.accounts.retrace import retrace
from tracker.accounts.retraced import Move, Reading, Retraced
from tracker.accounts.statement import Cause, Statement, Sums, statement
from tracker.accounts.sums import Amount, ways_to
from tracker.lib.times import HOUR, MINUTE

SPAN = (0, 100 * HOUR)


class Case(NamedTuple):
    """What happened to a wallet of 1000 by the hour, and what is to be found."""

    moves: dict[int, str]
    sent: dict[int, str]
    promised: dict[int, str]
    found: dict[str, str]
    doubtful: dict[int, str] | None = None
    #: Why something cannot be told apart, and the orders, which are numbered by the hour of their promise.
    unclear: tuple[tuple[str, list[int]], ...] = ()


CASES = {
    "orders explain it": Case({1: "-5", 2: "-7.5"}, {1: "5", 2: "7.5"}, {}, {}),
    "a top-up is a rise that stays": Case({1: "300", 2: "-5"}, {2: "5"}, {}, {"put in": "300"}),
    "a refund that came is none": Case({1: "-5", 3: "2"}, {1: "5"}, {3: "2"}, {}),
    "a refund may come before its order's end is seen": Case({1: "-5", 3: "2"}, {1: "5"}, {4: "2"}, {}),
    "and after it": Case({1: "-5", 4: "2"}, {1: "5"}, {3: "2"}, {}),
    "a refund that does not come is owed": Case({1: "-5"}, {1: "5"}, {3: "2"}, {"owed": "2"}),
    "a top-up may hide a missing refund": Case(
        {1: "-5", 3: "100"}, {1: "5"}, {3: "2"}, {"put in": "98"}, unclear=(("top_up", [3]),)
    ),
    "also one that comes before it is clear that the refund is missing": Case(
        {1: "-5", 4: "100"}, {1: "5"}, {3: "2"}, {"put in": "98"}, unclear=(("top_up", [3]),)
    ),
    "also one shortly before the end of the order is seen": Case(
        {1: "-5", 3: "100"}, {1: "5"}, {5: "2"}, {"put in": "100", "unclear": "2"}, unclear=(("before", [5]),)
    ),
    "a top-up hides none that is known to have come, or to be missing": Case(
        {1: "-5", 9: "3", 12: "100"}, {1: "5"}, {3: "2", 9: "3"}, {"owed": "2", "put in": "100"}
    ),
    "refunds of which none comes are all owed": Case(
        {1: "-5"}, {1: "5"}, {3: "2", 4: "2", 5: "1"}, {"owed": "5"}
    ),
    "of equal refunds at one time it is not known which did not come": Case(
        {1: "-5", 9: "2"}, {1: "5"}, {8: "2", 9: "2"}, {"unclear": "2"}, unclear=(("which", [8, 9]),)
    ),
    "a missing refund or a charge that was given up": Case(
        {1: "-5"}, {1: "5"}, {3: "9"}, {"unclear": "9"}, {2: "9"}, unclear=(("order", [3]),)
    ),
    "a refund may have come before the wallet was read first": Case(
        {}, {}, {1: "2"}, {"unclear": "2"}, unclear=(("before", [1]),)
    ),
    "a loss may hold a missing refund": Case(
        {1: "-5", 3: "-1"}, {1: "5"}, {3: "2"}, {"unexplained": "3"}, unclear=(("loss", [3]),)
    ),
    "a refund that comes hours late was a refund or a top-up": Case(
        {1: "-5", 20: "2"}, {1: "5"}, {3: "2"}, {}, unclear=(("late", [3]),)
    ),
    "what nobody ordered is unexplained": Case({1: "-5", 2: "-9"}, {1: "5"}, {}, {"unexplained": "9"}),
    "an order that was given up may have been charged": Case(
        {1: "-5", 2: "-9"}, {1: "5"}, {}, {"lost": "9"}, {2: "9"}
    ),
    "a charge that comes late is no top-up": Case({2: "-5"}, {1: "5"}, {}, {}),
    "a refund seen two days late was a refund or a top-up": Case(
        {1: "-5", 3: "2"}, {1: "5"}, {60: "2"}, {"put in": "2", "unclear": "2"}, unclear=(("before", [60]),)
    ),
}


def amounts(of: dict[int, str]) -> list[Amount]:
    return [
        Amount(at * HOUR - MINUTE, Decimal(text), at, sent_at=min(0, at - 2))
        for at, text in sorted(of.items())
    ]


def retraced(case: Case) -> Retraced:
    balance, readings = Decimal(1000), []
    for hour in range(98):
        balance += Decimal(case.moves.get(hour, "0"))
        readings.append(Reading(hour * HOUR, balance))
    paid = [(one.at, one.amount) for one in amounts(case.sent)]
    return retrace(readings, paid, amounts(case.promised), amounts(case.doubtful or {}), SPAN)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_wallets_moves_have_their_causes(case: Case) -> None:
    found = retraced(case)

    named: dict[str, Sequence[Move | Amount]] = {
        "put in": found.top_ups,
        "owed": found.owed,
        "lost": found.lost,
        "unexplained": found.unexplained,
        "unclear": [Move(one.at, one.counted) for one in found.unclear],
    }
    sums = {name: found.between(moves) for name, moves in named.items()}
    assert sums == {name: Decimal(case.found.get(name, "0")) for name in named}
    assert [(str(one.why), [each.order_id for each in one.refunds]) for one in found.unclear] == list(
        case.unclear
    )
    assert found.closing is not None
    assert found.closing.rest == 0


def closed(case: Case) -> Statement:
    total = Sums(
        spent=sum(map(Decimal, case.sent.values()), Decimal(0)),
        refunded=sum(map(Decimal, case.promised.values()), Decimal(0)),
    )
    return statement("p", "USD", total, {}, retraced(case), SPAN)


few = st.dictionaries(
    st.integers(1, 97), st.integers(1, 2000).map(lambda n: str(Decimal(n) / 100)), max_size=8
)


@settings(max_examples=40)
@given(few, few, few, few, st.dictionaries(st.integers(1, 97), st.integers(-9, 9).map(str), max_size=5))
def test_whatever_happens_the_causes_add_up_to_the_difference(
    sent: dict[int, str],
    promised: dict[int, str],
    doubtful: dict[int, str],
    refunds: dict[int, str],
    others: dict[int, str],
) -> None:
    moves = {hour: str(-Decimal(amount)) for hour, amount in sent.items()}
    for some in (refunds, others):
        for hour, amount in some.items():
            moves[hour] = str(Decimal(moves.get(hour, "0")) + Decimal(amount))

    made = closed(Case(moves, sent, promised, {}, doubtful))

    assert made.difference == sum(made.causes.values())


def test_a_month_begins_and_ends_where_its_readings_do() -> None:
    readings = [
        Reading(-HOUR, Decimal(100)), Reading(HOUR, Decimal(90)), Reading(90 * HOUR, Decimal(80)),
        Reading(101 * HOUR, Decimal(70)),
    ]  # fmt: skip
    paid = [
        (-MINUTE, Decimal(4)),
        (MINUTE, Decimal(6)),
        (2 * HOUR, Decimal(10)),
        (99 * HOUR, Decimal(10)),
    ]

    found = retrace(readings, paid, [], [], SPAN)
    made = statement("p", None, Sums(3, Decimal(26)), {}, found, SPAN)

    assert made.wallet is not None
    assert (made.wallet.opening, made.wallet.closing) == (readings[0], readings[2])
    assert made.causes[Cause.EDGE_ORDERS] == made.difference == Decimal(-6)


def test_a_wallet_that_was_not_read_twice_is_not_compared() -> None:
    found = retrace([Reading(1, Decimal(5))], [(2, Decimal(1))], [], [], SPAN)

    made = statement("p", None, Sums(1, Decimal(1)), {}, found, SPAN)

    assert (made.wallet, made.difference) == (None, None)


def test_amounts_are_found_by_their_sum() -> None:
    some = [Amount(0, Decimal(text), number, kind) for number, (text, kind) in enumerate(
        [("1.5", "partial"), ("2.5", "canceled"), ("4", "partial"), ("0.7", "canceled")]
    )]  # fmt: skip

    def ids(total: str) -> list[int]:
        return [one.order_id for one in ways_to(Decimal(total), some).first]

    assert ids("8.7") == [0, 1, 2, 3]
    assert ids("5.5") == [0, 2]
    assert ids("4") in ([2], [0, 1])
    assert ids("3.2") == [1, 3]
    assert ids("9") == ids("0") == ids("0.1") == []
    assert Move(1, Decimal(2)).amount == 2


@pytest.mark.parametrize("seed", range(20))
def test_no_refund_that_did_not_come_is_passed_over_and_none_that_came_is_claimed(seed: int) -> None:
    """Refunds of many amounts, seen at once or a reading later; a fourth never comes, and others move the wallet."""
    chance = random.Random(seed)
    balance, readings, promises, missing = Decimal(10**6), [], [], set()
    for hour in range(150):
        if 9 < hour < 120 and chance.random() < 0.3:
            amount, seen = Decimal(chance.randrange(1, 10**6)) / 100, hour + chance.choice([0, 0, 1])
            promises.append(Amount(seen * HOUR - MINUTE, amount, hour, "partial", (hour - 9) * HOUR))
            if chance.random() < 0.25:
                missing.add(hour)
            else:
                balance += amount
        if chance.random() < 0.05:
            balance += chance.choice([100_000, 50_000, chance.randrange(1000, 90_000)])
        if chance.random() < 0.01:
            balance -= chance.randrange(1, 5000)
        readings.append(Reading(hour * HOUR, balance))

    found = retrace(readings, [], sorted(promises), [], (0, 151 * HOUR))

    claimed = {one.order_id for one in found.owed}
    unclear = {one.order_id for group in found.unclear for one in group.refunds}
    assert missing <= claimed | unclear
    assert claimed <= missing
