"""Whatever a panel answers, no reader raises, and nothing is claimed without proof."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.orders.answers import (
    Accepted,
    Balance,
    Failure,
    Missing,
    NotSent,
    Reason,
    Refused,
    Report,
    Service,
    Unanswered,
    Unlisted,
)
from tracker.orders.requests import Kind
from tracker.panel.dialects.built_in import BASES
from tracker.panel.exchange import Exchange, Request

IDS = ("1", "10", "ord_1")
STATUSES = [None, 200, 201, 202, 302, 400, 401, 402, 403, 404, 409, 422, 429, 500, 503, 521, 526]
PASSING_STATUSES = (403, 521, 523, 525, 526)
TEXTS = [
    "Not enough funds",
    "Incorrect order ID",
    "odd",
    "success",
    "error",
    "Done",
    "1",
    "1,5",
    "NaN",
    "\ud800",
    "",
]
NAMES = [
    "order",
    "error",
    "errors",
    "status",
    "msg",
    "data",
    "success",
    "charge",
    "remains",
    "balance",
    "services",
]
NAMES += ["id", "service", "price", "rate", "name", "min", *IDS]

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.sampled_from(TEXTS)
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=5),
    ),
    max_leaves=12,
)
bodies = st.one_of(
    st.binary(max_size=200),
    values.map(lambda value: json.dumps(value).encode()),
    values.map(lambda value: b"\xef\xbb\xbf" + json.dumps(value).encode()),
    values.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")),
)
headers = st.dictionaries(
    st.sampled_from(["content-type", "Retry-After", "date", "cf-mitigated"]),
    st.text(max_size=30)
    | st.sampled_from(["text/html; charset=utf-16", "charset=idna", "12", "charset=cp037"]),
    max_size=3,
)
exchanges = st.builds(
    Exchange,
    request=st.just(Request("add", {})),
    sent=st.booleans(),
    status=st.sampled_from(STATUSES) | st.integers(100, 999),
    headers=headers,
    body=bodies,
    whole=st.sampled_from([True, True, True, False]),
    error=st.none() | st.none() | st.text(max_size=20),
)
dialects = st.sampled_from(list(BASES.values()))


@settings(max_examples=600, deadline=None)
@given(dialects, exchanges, st.none() | st.sampled_from(["0", "5", "ord_1", "9" * 60]))
def test_the_outcome_of_an_add_is_never_claimed_without_proof(
    dialect: Any, exchange: Exchange, newest: str | None
) -> None:
    answer = dialect.read_add(exchange, newest)
    match answer:
        case NotSent():
            assert not exchange.sent
            assert exchange.status is None
        case Accepted():
            assert exchange.status in (200, 201)
            assert exchange.whole
            assert exchange.error is None
            assert answer.panel_order_id in exchange.body.decode(
                "utf-16" if b"\x00" in exchange.body else "utf-8-sig"
            )
        case Refused(reason=Reason.RATE):
            assert exchange.status == 429
        case Refused(reason=Reason.PASSING):
            assert exchange.status in PASSING_STATUSES
        case Refused():
            assert exchange.status in (200, 201, 400, 401, 402, 403, 404, 422)
            assert answer.message.isprintable()
        case Unanswered():
            assert answer.why.isprintable()


@settings(max_examples=400, deadline=None)
@given(dialects, exchanges, st.sampled_from([IDS, IDS[:1]]))
def test_no_reader_ever_raises(dialect: Any, exchange: Exchange, ids: tuple[str, ...]) -> None:
    found = dialect.read_status(exchange, ids)
    assert isinstance(found, Failure) or set(found) <= set(ids)
    if isinstance(found, dict):
        assert all(isinstance(item, Report | Missing | Unlisted) for item in found.values())
    listed = dialect.read_services(exchange)
    assert isinstance(listed, Failure) or all(isinstance(service, Service) for service in listed)
    assert isinstance(dialect.read_balance(exchange), Failure | Balance)
    for kind in Kind:
        asked = dialect.read_requests(exchange, kind, ids)
        assert isinstance(asked, Failure) or set(asked) <= set(ids)
    looked = dialect.read_refills(exchange, ids)
    assert isinstance(looked, Failure) or set(looked) <= set(ids)
    if exchange.status not in (200, 201) or not exchange.whole:
        assert isinstance(listed, Failure)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(IDS), values), max_size=3, unique_by=lambda pair: pair[0]))
def test_one_bad_item_spoils_no_other(pairs: list[tuple[str, Any]]) -> None:
    good = {"status": "Completed", "charge": "1"}
    body = json.dumps({**{key: _readable(value) for key, value in pairs}, "77": good}).encode()
    found = BASES["tagrani"].read_status(Exchange(Request("status", {}), True, 200, {}, body), (*IDS, "77"))
    assert isinstance(found, dict)
    assert isinstance(found["77"], Report)


def _readable(value: Any) -> Any:
    """The value, or None if its JSON cannot be read, which would spoil the whole answer."""
    try:
        json.loads(json.dumps(value, allow_nan=False))
    except ValueError:
        return None
    return value
