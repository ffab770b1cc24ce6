"""What may be asked about an order, when once more, and what is asked by itself: by table."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.samples import NOW, an_order
from tracker.lib.times import DAY, HOUR, MINUTE
from tracker.orders.answers import Report, Service
from tracker.orders.order import Order, State
from tracker.orders.request_answers import RefillReport, after_refill_look
from tracker.orders.requests import (
    AUTOMATIC,
    Kind,
    OrderRequest,
    RequestState,
    again_fault,
    has_fallen,
    may_ask_by_itself,
    order_fault,
    service_fault,
)


def placed(state: State, **values: Any) -> Order:
    return an_order(**{"state": state, "panel_order_id": "104", **values})


def a_request(state: RequestState, sent: int | None = NOW, **values: Any) -> OrderRequest:
    fresh = {"id": 1, "order_id": 7, "panel": "p", "kind": Kind.REFILL, "by": "me", "at": NOW}
    return OrderRequest(**{**fresh, "state": state, "sent_at": sent, **values})


FITS = {
    Kind.CANCEL: {State.ACTIVE},
    Kind.REFILL: {State.COMPLETED, State.PARTIAL},
}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("state", State)
def test_only_orders_that_make_sense_are_asked_about(kind: Kind, state: State) -> None:
    fault = order_fault(placed(state), kind)

    assert (fault is None) == (state in FITS[kind])


def test_the_reason_says_what_to_do_instead() -> None:
    assert "tracker drop" in (order_fault(placed(State.QUEUED), Kind.CANCEL) or "")
    assert "tracker resolve" in (order_fault(placed(State.UNKNOWN), Kind.CANCEL) or "")
    assert order_fault(placed(State.ACTIVE, panel_order_id=None), Kind.CANCEL) is not None


def test_the_catalogue_rules_out_only_what_it_says_no_to() -> None:
    service = Service("1", "Likes", None, refill=False, cancel=None)

    assert (
        service_fault(Kind.REFILL, service)
        == "the panel's catalogue says that service 1 (Likes) has no refill"
    )
    assert service_fault(Kind.CANCEL, service) is None
    assert service_fault(Kind.REFILL, None) is None


AGAIN = [
    (RequestState.UNKNOWN, DAY - 1, True),
    (RequestState.UNKNOWN, DAY, False),
    (RequestState.ACCEPTED, HOUR, True),
    (RequestState.COMPLETED, HOUR, True),
    (RequestState.COMPLETED, DAY, False),
    (RequestState.REFUSED, 0, False),
    (RequestState.QUEUED, 0, False),  # what waits is no fault: it stands
]


@pytest.mark.parametrize(("state", "age", "is_refused"), AGAIN)
def test_the_same_is_asked_again_after_a_day(state: RequestState, age: int, is_refused: bool) -> None:
    fault = again_fault([a_request(state, NOW)], Kind.REFILL, NOW + age)

    assert (fault is not None) == is_refused
    assert again_fault([a_request(state, NOW)], Kind.CANCEL, NOW + age) is None


def test_a_refill_under_way_is_not_asked_for_again_however_long_it_takes() -> None:
    under_way = a_request(RequestState.ACCEPTED, NOW, due_at=NOW + 3 * DAY)

    assert again_fault([under_way], Kind.REFILL, NOW + 2 * DAY) is not None


FALLEN = [
    ({"remains": 0}, {"remains": 30}, True),
    ({"remains": None}, {"remains": 30}, True),
    ({"remains": 10}, {"remains": 10}, False),  # said so when it ended, too
    ({"remains": 10}, {"remains": 11}, True),
    ({"remains": 0}, {"remains": None}, False),
    ({"remains": 0}, {"remains": 30, "state": State.PARTIAL}, True),
    ({"remains": 0}, {"remains": 30, "state": State.ACTIVE}, False),  # the panel is at it again
    ({"remains": 0}, {"remains": 30, "state": State.CANCELED}, False),
    ({"remains": 0, "charge": 10}, {"remains": 30, "charge": 7}, False),  # paid back
    ({"remains": 0, "charge": 10}, {"remains": 30, "charge": 10}, True),
    ({"remains": 0, "start_count": 5}, {"remains": 30, "start_count": 9}, False),
    ({"remains": 0, "state": State.PARTIAL}, {"remains": 30, "state": State.PARTIAL}, False),
]


@pytest.mark.parametrize(("before", "said", "fell"), FALLEN)
def test_a_count_fell_when_more_remains_than_at_the_end(
    before: dict[str, Any], said: dict[str, Any], fell: bool
) -> None:
    order = placed(**{"state": State.COMPLETED, **before})
    report = Report(**{"status_text": "Completed", "state": State.COMPLETED, **said})

    assert has_fallen(order, report) is fell


def asked(*states: RequestState, by: str = AUTOMATIC) -> list[OrderRequest]:
    """Refills asked for once a day, the last of them a day ago."""
    begin = NOW - len(states) * DAY
    return [a_request(state, begin + at * DAY, by=by, at=begin + at * DAY) for at, state in enumerate(states)]


BY_ITSELF = [
    ([], True),
    (asked(RequestState.REFUSED), True),
    (asked(RequestState.REFUSED, RequestState.REFUSED), True),
    (asked(*[RequestState.REFUSED] * 3), False),
    (asked(*[RequestState.REFUSED] * 2, RequestState.COMPLETED, RequestState.REFUSED), True),
    (asked(*[RequestState.REFUSED] * 3, by="me"), True),
    (asked(RequestState.UNKNOWN), False),
    (asked(RequestState.UNKNOWN, RequestState.COMPLETED), True),
    ([a_request(RequestState.QUEUED, None, at=NOW - 3 * DAY)], False),
    ([a_request(RequestState.REFUSED, NOW - HOUR, at=NOW - HOUR)], False),
    ([a_request(RequestState.ACCEPTED, NOW - 2 * DAY, at=NOW - 2 * DAY, due_at=NOW)], False),
]


@pytest.mark.parametrize(("earlier", "may"), BY_ITSELF)
def test_a_refill_is_asked_for_by_itself_once_a_day_and_three_times_in_vain(
    earlier: list[OrderRequest], may: bool
) -> None:
    assert may_ask_by_itself(earlier, NOW) is may


def test_a_refill_is_looked_at_less_often_the_longer_it_takes_and_not_for_ever() -> None:
    def look(age: int) -> OrderRequest:
        request = a_request(RequestState.ACCEPTED, NOW - age, refill_id="1", due_at=NOW)
        said = RefillReport("In progress", State.ACTIVE)
        return after_refill_look(request, placed(State.COMPLETED), said, NOW, (MINUTE, 30 * MINUTE)).after

    assert look(0).due_at == NOW + MINUTE
    assert look(80 * MINUTE).due_at == NOW + 10 * MINUTE
    assert look(2 * DAY).due_at == NOW + 30 * MINUTE
    assert (look(31 * DAY).due_at, look(31 * DAY).state) == (None, RequestState.ACCEPTED)
