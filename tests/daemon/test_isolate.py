"""Why a status call failed whole: found by calling about ever smaller parts of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.samples import an_order
from tracker.daemon.passes.isolate import NO_ANSWER, Diagnosis, FailedCall, diagnose
from tracker.orders.answers import Failure, Reason
from tracker.orders.batches import Batch
from tracker.orders.followed import followed
from tracker.panel.exchange import Exchange, Request

ORDERS = [followed(an_order(id=number, panel_order_id=str(number))) for number in range(1, 9)]
FAILURE = Failure("it fails")


def failed(
    batch: Batch = ORDERS, failure: Failure = FAILURE, status: int | None = 500, whole: bool = True
) -> FailedCall:
    return FailedCall(batch, failure, Exchange(Request("status", {}), True, status, {}, b"", whole))


class Retries:
    """A panel that fails for some calls; remembers what it was asked about."""

    def __init__(self, fails: Callable[[Batch], bool]) -> None:
        self._fails = fails
        self.asked: list[list[int]] = []

    def __call__(self, part: Batch) -> Failure | None:
        self.asked.append([order.id for order in part])
        return FAILURE if self._fails(part) else None


def names(*bad: int) -> Callable[[Batch], bool]:
    return lambda part: any(order.id in bad for order in part)


def poison(*bad: int) -> Diagnosis:
    return Diagnosis(tuple((ORDERS[one - 1], FAILURE) for one in bad))


@pytest.mark.parametrize(
    ("count", "bad"), [(8, (1,)), (8, (5,)), (8, (8,)), (8, (5, 6)), (8, (5, 8)), (2, (1,)), (3, (3,))]
)
def test_each_order_that_makes_a_call_fail_is_found(count: int, bad: tuple[int, ...]) -> None:
    assert diagnose(failed(ORDERS[:count]), Retries(names(*bad))) == poison(*bad)


def test_a_call_that_failed_once_only_has_no_cause_in_its_orders() -> None:
    retries = Retries(lambda _part: False)

    assert diagnose(failed(), retries) == Diagnosis()
    assert retries.asked == [[1, 2, 3, 4], [5, 6, 7, 8]]


def test_a_panel_that_answers_for_one_order_a_call_is_found() -> None:
    assert diagnose(failed(), Retries(lambda part: len(part) > 1)).one_per_call


@pytest.mark.parametrize(
    ("count", "asked"),
    [(8, [[1, 2, 3, 4], [5, 6, 7, 8], [1]]), (4, [[1, 2], [3, 4], [1]]), (3, [[1], [2, 3]]), (2, [[1], [2]])],
)
def test_a_panel_that_answers_nothing_is_asked_no_further(count: int, asked: list[list[int]]) -> None:
    retries = Retries(lambda _part: True)

    assert diagnose(failed(ORDERS[:count]), retries) == NO_ANSWER
    assert retries.asked == asked


@pytest.mark.parametrize(
    "call",
    [
        failed(status=None),
        failed(whole=False),
        failed(failure=Failure("too often", Reason.RATE)),
        failed(failure=Failure("wrong key", Reason.ACCOUNT)),
        failed(batch=ORDERS[:1]),
    ],
    ids=["no answer", "cut short", "refused for the rate", "refused for the key", "one order"],
)
def test_a_call_is_not_repeated_where_a_smaller_one_would_fail_as_well(call: FailedCall) -> None:
    retries = Retries(lambda _part: False)

    assert diagnose(call, retries) == NO_ANSWER
    assert retries.asked == []
