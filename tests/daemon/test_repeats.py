"""What a panel repeats is not read again: the outcome is what reading all of it with care makes of it."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples import NOW, a_draft, enqueued
from tests.support.worker_stage import Calls, Stage
from tracker.daemon.passes.poll_answer import read
from tracker.lib.times import DAY, HOUR, MINUTE
from tracker.orders.answers import Failure, Report, Said
from tracker.orders.change import OrderChange
from tracker.orders.followed import Followed
from tracker.orders.order import State
from tracker.panel.dialects.built_in import BASES
from tracker.panel.dialects.dialect import Dialect
from tracker.panel.dialects.status_words import folded
from tracker.panel.exchange import Exchange, Request
from tracker.practice.faults import FAULTS
from tracker.store import changes, polls, standing

IDS = ("5001", "5002", "5003")
ITEM = {
    "charge": "0.27819",
    "start_count": "3572",
    "status": "In progress",
    "remains": "157",
    "currency": "USD",
}
ANSWER = {one: {**ITEM, "remains": str(number)} for number, one in enumerate(IDS)}
V2 = BASES["perfectpanel"]


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def answered(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Exchange:
    return Exchange(Request("status", {}), True, status, headers or {}, body)


def batch(said: bytes | None, dialect: Dialect = V2) -> list[Followed]:
    """Orders of which the panel said so last; digests are kept of reports only."""
    items = None if said is None else dialect.split_status(answered(said), IDS)
    known = {} if said is None else dialect.read_status(answered(said), IDS)
    reports = [] if isinstance(known, Failure) else [one for one in known if isinstance(known[one], Report)]
    digests = {} if items is None else {one: dialect.digests.of(items[one]) for one in reports}
    return [
        Followed(number, one, "4", NOW, NOW, NOW, digests.get(one)) for number, one in enumerate(IDS, start=1)
    ]


def outcome(dialect: Dialect, exchange: Exchange, before: bytes | None) -> dict[str, Said | None] | Failure:
    """What an answer says of each order; of what is repeated, what was read of it before."""
    found = read(dialect, exchange, batch(before, dialect))
    if isinstance(found, Failure):
        return found
    said = {news.order.panel_order_id: news.said for news in found.news}
    if found.repeated:
        assert before is not None
        known = dialect.read_status(answered(before), IDS)
        assert not isinstance(known, Failure)
        said |= {one.panel_order_id: known[one.panel_order_id] for one in found.repeated}
    return {one: said[one] for one in IDS}


def with_care(dialect: Dialect, exchange: Exchange) -> dict[str, Said | None] | Failure:
    found = dialect.read_status(exchange, IDS)
    return found if isinstance(found, Failure) else {one: found.get(one) for one in IDS}


def agree(body: bytes, before: bytes | None = None, dialect: Dialect = V2, **how: Any) -> None:
    exchange = answered(body, **how)
    assert outcome(dialect, exchange, before) == with_care(dialect, exchange)


# -- when it is not read ----------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [compact, lambda value: json.dumps(value).encode()])
def test_what_is_said_again_is_not_read(write: Callable[[object], bytes]) -> None:
    first = write(ANSWER)
    moved = write({**ANSWER, "5002": {**ITEM, "remains": "9"}})

    again = read(V2, answered(first), batch(first))
    other = read(V2, answered(moved), batch(first))

    assert not isinstance(again, Failure)
    assert not isinstance(other, Failure)
    assert ([one.panel_order_id for one in again.repeated], again.news) == (list(IDS), [])
    assert [one.panel_order_id for one in other.repeated] == ["5001", "5003"]
    assert [news.order.panel_order_id for news in other.news] == ["5002"]


def test_an_answer_in_another_sequence_is_split_all_the_same() -> None:
    body = compact(dict(reversed(ANSWER.items())))

    found = read(V2, answered(body), batch(compact(ANSWER)))

    assert not isinstance(found, Failure)
    assert len(found.repeated) == 3


FIRST = compact(ANSWER)[1:-1].split(b',"5002"')[0]
ODD = {
    "a key twice": b"{%b,%b" % (FIRST, compact(ANSWER)[1:]),
    "a key twice, in another way": b'{"5\\u0030" : 1,%b' % compact(ANSWER)[1:],
    "a key written otherwise": compact(ANSWER).replace(b'"5001"', b'"\\u0035001"'),
    "an id too many": compact({**ANSWER, "5004": ITEM}),
    "an id too few": compact(dict.fromkeys(IDS[:2], ITEM)),
    "white space": json.dumps(ANSWER, indent=1).encode(),
    "white space behind": compact(ANSWER) + b"\n",
    "white space before": b" " + compact(ANSWER),
    "white space between": compact(ANSWER).replace(b',"5002"', b', "5002"'),
    "some with spaces": json.dumps(ANSWER).encode().replace(b'"5003": ', b'"5003":'),
    "a mark of the byte order": b"\xef\xbb\xbf" + compact(ANSWER),
    "latin-1": compact(ANSWER).replace(b"USD", b"\xe9\xe9"),
    "UTF-16": compact(ANSWER).decode().encode("utf-16"),
    "cut short": compact(ANSWER)[:-4],
    "more behind": compact(ANSWER) + b"{}",
    "not a number": compact(ANSWER).replace(b'"157"', b"NaN").replace(b'"0"', b"NaN"),
    "a list": compact([{"order": one, **ITEM} for one in IDS]),
    "an error": compact({"error": "Incorrect request"}),
    "an error beside": compact({**ANSWER, "error": "Incorrect request"}),
    "errors of some": compact({**ANSWER, "5001": {"error": "Incorrect order ID"}}),
    "an unknown word": compact({**ANSWER, "5001": {**ITEM, "status": "Moderation"}}),
    "texts for items": compact(dict.fromkeys(IDS, "In progress")),
    "nothing for items": compact(dict.fromkeys(IDS)),
    "a key twice in an item": compact(ANSWER).replace(b'{"charge"', b'{"status":"Completed","charge"', 1),
    "control characters": compact(ANSWER).replace(b"USD", b"U\x01D"),
    "half a pair": compact(ANSWER).replace(b"USD", b"\\ud800"),
    "deep": compact(ANSWER)
    .replace(b'"157"', b"[" * 5000 + b"]" * 5000)
    .replace(b'"0"', b"[" * 5000 + b"]" * 5000),
    "empty": b"",
    "an empty object": b"{}",
    "a page": b"<html>Just a moment</html>",
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
@pytest.mark.parametrize("is_known", [True, False])
def test_an_odd_answer_is_read_as_with_care(body: bytes, is_known: bool) -> None:
    agree(body, compact(ANSWER) if is_known else None)
    agree(body, body)


@pytest.mark.parametrize("status", [201, 400, 404, 429, 500, 503])
def test_an_answer_with_another_status_is_read_as_with_care(status: int) -> None:
    agree(compact(ANSWER), compact(ANSWER), status=status)


@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_an_answer_that_was_spoilt_anywhere_is_read_as_with_care(chance: random.Random, times: int) -> None:
    body = bytearray(chance.choice((compact, lambda value: json.dumps(value).encode()))(ANSWER))
    for _ in range(times):
        at = chance.randrange(len(body))
        piece = chance.choice((b"", b" ", b'"', b",", b":", b"}", b"\\", b"\xc3", b'"5001":{}', b"0"))
        body[at : at + chance.randrange(3)] = piece

    agree(bytes(body), compact(ANSWER))
    agree(bytes(body), bytes(body))


SLOW = {"drip", "drip-headers", "gzip-bomb", "oversized", "hang"}
"""Faults that end a call before there is an answer to be read, and take long."""


@pytest.mark.parametrize(
    "name", sorted(one.name for one in FAULTS.values() if "status" in one.actions and one.name not in SLOW)
)
def test_each_fault_of_a_panel_is_read_as_with_care(stage: Stage, name: str) -> None:
    ids = [str(one) for one in stage.panel.state.fill(3, service=2)]
    first = stage.client.call(V2.status(ids))
    stage.panel.fault("status", name, seconds=0.05)
    exchange = stage.client.call(V2.status(ids))

    found = read(V2, exchange, known(first, ids))

    with_all_care = V2.read_status(exchange, ids)
    if isinstance(found, Failure) or isinstance(with_all_care, Failure):
        assert found == with_all_care
        return
    before = V2.read_status(first, ids)
    assert not isinstance(before, Failure)
    said = {news.order.panel_order_id: news.said for news in found.news if news.said is not None}
    assert said | {one.panel_order_id: before[one.panel_order_id] for one in found.repeated} == with_all_care


def known(first: Exchange, ids: list[str]) -> list[Followed]:
    items = V2.split_status(first, ids)
    assert items is not None
    return [
        Followed(number, one, "2", NOW, NOW, NOW, V2.digests.of(items[one])) for number, one in enumerate(ids)
    ]


# -- what is kept of it -----------------------------------------------------------------------------------


def follow(stage: Stage, count: int) -> list[int]:
    ids = stage.panel.state.fill(count, service=2)
    enqueued(stage.db, *(a_draft(f"https://x.example/{n}", service="2", panel_order_id=str(n)) for n in ids))
    return ids


def digest(stage: Stage, order_id: int = 1) -> int | None:
    found: int | None = stage.db.sql("SELECT digest FROM polls WHERE id = ?", (order_id,))[0][0]
    return found


def poll(stage: Stage) -> None:
    stage.now += HOUR
    stage.worker.track.run()


def test_what_is_repeated_is_checked_and_due_again_and_nothing_else_is_written(stage: Stage) -> None:
    follow(stage, 3)
    poll(stage)
    first, kept = stage.order(), digest(stage)

    poll(stage)

    again = stage.order()
    assert kept is not None
    assert digest(stage) == kept
    assert again.checked_at == stage.now
    assert again.due_at is not None
    assert again.due_at >= stage.now + MINUTE
    assert again == first._replace(checked_at=again.checked_at, due_at=again.due_at)


def test_the_end_of_an_order_is_seen_among_what_is_repeated(stage: Stage) -> None:
    ids = follow(stage, 3)
    poll(stage)
    stage.panel.state.end(ids[1], "Completed")

    poll(stage)

    assert [stage.order(n).state for n in (1, 2, 3)] == [State.ACTIVE, State.COMPLETED, State.ACTIVE]
    assert [one for (one,) in stage.db.sql("SELECT id FROM polls ORDER BY id")] == [1, 3]


def test_an_order_that_was_denied_in_between_is_read_with_care_again(stage: Stage) -> None:
    follow(stage, 2)
    poll(stage)
    stage.panel.fault("status", "all-incorrect", 1)
    poll(stage)
    assert stage.order().missing == 1
    assert digest(stage) is None

    poll(stage)

    assert stage.order().missing == 0
    assert digest(stage) is not None


def test_whatever_else_is_decided_on_an_order_has_it_read_with_care(stage: Stage) -> None:
    follow(stage, 1)
    poll(stage)
    order = stage.order()
    stuck = OrderChange(order, order._replace(stuck_at=stage.now), "no progress")

    changes.apply(stage.db, [stuck], stage.now)

    assert digest(stage) is None
    assert (stage.order().due_at, stage.order().checked_at) == (order.due_at, order.checked_at)


def test_another_reading_of_the_same_words_reads_all_with_care(stage: Stage) -> None:
    other = dataclasses.replace(V2, words={**V2.words, folded("In progress"): State.PARTIAL})

    found = read(other, answered(compact(ANSWER)), batch(compact(ANSWER)))

    assert not isinstance(found, Failure)
    assert [news.said.state for news in found.news if isinstance(news.said, Report)] == [State.PARTIAL] * 3


def test_an_order_becomes_active_and_over_and_active_again(stage: Stage) -> None:
    (panel_id,) = follow(stage, 1)
    stage.panel.state.end(panel_id, "Completed")
    poll(stage)
    over = stage.order()
    assert (over.state, over.checked_at) == (State.COMPLETED, stage.now)
    assert stage.db.sql("SELECT id FROM polls") == []

    back = over._replace(state=State.ACTIVE, finished_at=None, due_at=7, checked_at=5)
    changes.apply(stage.db, [OrderChange(over, back, "it goes on")], stage.now)

    assert polls.next_at(stage.db, "p") == 7
    assert (stage.order().due_at, stage.order().checked_at) == (7, 5)


# -- what stands still ------------------------------------------------------------------------------------


def test_an_order_that_stands_still_is_reported_by_a_look_of_its_own(stage: Stage) -> None:
    follow(stage, 2)
    poll(stage)
    stage.worker.stalls.run()
    assert stage.alerts() == []

    stage.now += 3 * DAY
    stage.worker.stalls.run()
    assert stage.alerts() == [], "nobody has asked the panel since"

    stage.worker.track.run()
    stage.worker.stalls.run()
    stage.worker.stalls.run()

    assert stage.alerts() == ["order.stuck"] * 2
    assert stage.order().stuck_at == stage.now


def test_all_that_a_panel_has_may_stand_still(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "_STILL", standing._STILL.replace(f"LIMIT {standing.PAGE}", "LIMIT 2"))
    follow(stage, 5)
    poll(stage)
    stage.now += 3 * DAY
    stage.worker.track.run()

    stage.worker.stalls.run()

    assert [stage.order(n).stuck_at for n in range(1, 6)] == [stage.now] * 5


def test_progress_that_a_wrong_clock_dated_ahead_is_dated_now(stage: Stage) -> None:
    follow(stage, 1)
    poll(stage)
    stage.now -= 30 * DAY

    stage.worker.stalls.run()

    assert stage.order().progressed_at == stage.now


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"999":{"status":"In progress"}}'])
def test_an_order_that_the_panel_leaves_out_of_its_answers_is_reported(stage: Stage, body: bytes) -> None:
    follow(stage, 2)
    poll(stage)
    heard_at = stage.now
    silent = stage.fresh_worker(Calls(stage.client, lambda request: Exchange(request, True, 200, body=body)))

    for _ in range(23):
        stage.now += HOUR
        silent.track.run()
        silent.stalls.run()
    assert stage.alerts() == []
    for _ in range(3):
        stage.now += HOUR
        silent.track.run()

    assert stage.alerts() == ["order.stuck"] * 2
    order = stage.order()
    assert (order.state, order.checked_at, order.due_at) == (State.ACTIVE, heard_at, stage.now + MINUTE)


def test_a_panel_that_nobody_asked_for_long_was_not_silent(stage: Stage) -> None:
    follow(stage, 1)
    poll(stage)
    silent = stage.fresh_worker(Calls(stage.client, lambda request: Exchange(request, True, 200, body=b"{}")))

    stage.now += 3 * DAY
    silent.track.run()

    assert stage.alerts() == []
