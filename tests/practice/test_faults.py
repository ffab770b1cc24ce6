"""Each fault on a socket: what the client receives, and what the ledger has."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.practice_client import FORM, add, ask, connect, post
from tracker.practice.behaviour import Behaviour
from tracker.practice.faults import FAULTS, describe, find_fault
from tracker.practice.panel import PracticePanel
from tracker.practice.replies import OVERSIZE

SIDES = ("before", "after")


@pytest.fixture
def panel() -> Iterator[PracticePanel]:
    with PracticePanel(Behaviour(pace=0)) as running:
        yield running


def taken(panel: PracticePanel, side: str) -> bool:
    """Whether the ledger has what the side of the fault promises."""
    return len(panel.state.ledger) == (1 if side == "after" else 0)


def wait_for(met: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def open_add(panel: PracticePanel, timeout: float = 30) -> http.client.HTTPConnection:
    """Send an add and leave its answer to the caller."""
    connection = connect(panel, timeout)
    form = {"key": panel.key, "action": "add", "service": 2, "link": "x.io", "quantity": 100}
    connection.request("POST", "/api/v1?action=add", urlencode(form), FORM)
    return connection


def answer(panel: PracticePanel) -> tuple[http.client.HTTPResponse, bytes]:
    connection = open_add(panel)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


@pytest.mark.parametrize("side", SIDES)
def test_close_ends_the_connection_without_an_answer(panel: PracticePanel, side: str) -> None:
    panel.fault("add", f"close-{side}")
    with pytest.raises(http.client.RemoteDisconnected):
        add(panel)
    assert taken(panel, side)


@pytest.mark.parametrize("side", SIDES)
def test_reset_is_a_real_reset(panel: PracticePanel, side: str) -> None:
    panel.fault("add", f"reset-{side}")
    with pytest.raises(ConnectionResetError) as caught:
        add(panel)
    assert not isinstance(caught.value, http.client.RemoteDisconnected)
    assert taken(panel, side)


@pytest.mark.parametrize("side", SIDES)
def test_hang_answers_nothing_until_the_client_gives_up(panel: PracticePanel, side: str) -> None:
    panel.fault("add", f"hang-{side}")
    with pytest.raises(TimeoutError):
        add(panel, timeout=0.1)
    wait_for(lambda: taken(panel, side))


def test_hang_can_end_after_a_time(panel: PracticePanel) -> None:
    panel.fault("balance", "hang", seconds=0.05)
    with pytest.raises(http.client.RemoteDisconnected):
        post(panel, "balance")


@pytest.mark.parametrize("name", ["late", "late-close", "late-504"])
def test_a_late_order_is_taken_after_the_client_has_gone(panel: PracticePanel, name: str) -> None:
    panel.fault("add", name, seconds=1)
    connection = open_add(panel, timeout=0.05)
    if name == "late-504":
        assert connection.getresponse().status == 504
    else:
        with pytest.raises((TimeoutError, http.client.RemoteDisconnected)):
            connection.getresponse()
    connection.close()
    assert panel.state.ledger == []
    wait_for(lambda: panel.state.ledger)
    assert (len(panel.state.ledger), panel.state.balance) == (1, Decimal(99_700))


def test_a_late_order_is_never_taken_once_the_panel_has_stopped(panel: PracticePanel) -> None:
    panel.fault("add", "late-close", seconds=0.1)
    with pytest.raises(http.client.RemoteDisconnected):
        add(panel)
    panel.stop()
    time.sleep(0.12)
    assert panel.state.ledger == []


STATUSES = ["500", "502", "503", "504", "520", "521", "522", "523", "524", "525", "526", "429", "403", "401"]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("status", STATUSES)
def test_an_http_status_comes_before_or_after_the_order_is_taken(
    panel: PracticePanel, status: str, side: str
) -> None:
    panel.fault("add", f"{status}-{side}")
    assert add(panel)[0] == int(status)
    assert taken(panel, side)


def test_429_and_403_look_like_real_ones(panel: PracticePanel) -> None:
    panel.fault("add", "429", seconds=7)
    panel.fault("add", "403")
    limited, body = answer(panel)
    assert (limited.headers["Retry-After"], "Rate limit" in json.loads(body)["error"]) == ("7", True)
    challenge, page = answer(panel)
    assert challenge.headers["Cf-Mitigated"] == "challenge"
    assert b"Just a moment" in page


BODIES: list[tuple[str, Callable[[bytes], object]]] = [
    ("html", lambda body: body.startswith(b"<!DOCTYPE html>")),
    ("empty", lambda body: body == b""),
    ("truncated", lambda body: body == b'{"order' or body.startswith(b'{"error":"There was an error')),
    ("nested", lambda body: len(body) > 200_000 and body.count(b"[") == 100_000),
    ("cp1251", lambda body: "Проверено" in body.decode("cp1251")),
    ("bom", lambda body: body.startswith(b"\xef\xbb\xbf{")),
    ("php-notice", lambda body: body.startswith(b"<br") and body.endswith(b"}")),
    ("wrong-type", lambda body: json.loads(body)),
    ("odd-error", lambda body: body == b'{"error":"Something odd happened"}'),
    ("maintenance", lambda body: body == b'{"status":"error","msg":"maintenance"}'),
    ("bad-key", lambda body: body == b'{"error":"Invalid API key"}'),
    ("funds", lambda body: b"Not enough funds" in body),
    ("link-busy", lambda body: b"active order with this link" in body),
    ("no-id", lambda body: body == b'{"status":"success"}'),
]  # fmt: skip


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("name", "looks_right"), BODIES, ids=[name for name, _ in BODIES])
def test_a_body_arrives_complete_but_wrong(
    panel: PracticePanel, name: str, looks_right: Callable[[bytes], object], side: str
) -> None:
    panel.fault("add", f"{name}-{side}")
    status, body = add(panel)
    assert status == 200
    assert looks_right(body)
    assert taken(panel, side)


def test_cp1251_is_not_utf_8(panel: PracticePanel) -> None:
    for action in ("balance", "services"):
        panel.fault(action, "cp1251")
        with pytest.raises(UnicodeDecodeError):
            post(panel, action)[1].decode()


def test_a_closed_body_is_shorter_than_announced(panel: PracticePanel) -> None:
    panel.fault("add", "truncated-close-after")
    with pytest.raises(http.client.IncompleteRead):
        add(panel)
    assert taken(panel, "after")


def test_a_gzip_stream_is_cut_or_corrupt(panel: PracticePanel) -> None:
    panel.fault("add", "gzip-cut-after")
    panel.fault("balance", "gzip-corrupt")
    response, body = answer(panel)
    assert response.headers["Content-Encoding"] == "gzip"
    with pytest.raises(EOFError):
        gzip.decompress(body)
    with pytest.raises(zlib.error):
        gzip.decompress(post(panel, "balance")[1])
    assert taken(panel, "after")


def test_a_gzip_bomb_is_small_on_the_wire(panel: PracticePanel) -> None:
    panel.fault("add", "gzip-bomb-after")
    _, body = answer(panel)
    assert len(body) < 100_000
    opened = gzip.decompress(body)
    assert len(opened) > OVERSIZE
    assert "order" in json.loads(opened[-60:])


def test_an_oversized_answer_is_streamed_and_the_client_may_close_early(panel: PracticePanel) -> None:
    panel.fault("add", "oversized-after")
    connection = open_add(panel)
    response = connection.getresponse()
    assert int(response.headers["Content-Length"]) > OVERSIZE
    assert response.read(1 << 20).isspace()
    connection.close()
    assert "balance" in ask(panel, "balance")
    assert taken(panel, "after")


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_leads_to_the_same_url(panel: PracticePanel, status: int) -> None:
    panel.fault("add", f"{status}-after")
    response, _ = answer(panel)
    assert (response.status, response.headers["Location"]) == (status, "/api/v1?action=add")
    assert taken(panel, "after")


@pytest.mark.parametrize(("name", "skipped"), [("drip-after", b"\r\n\r\n"), ("drip-headers-after", b"HT")])
def test_a_drip_sends_one_byte_at_a_time(panel: PracticePanel, name: str, skipped: bytes) -> None:
    panel.fault("add", name)
    began = time.monotonic()
    connection = open_add(panel)
    sock: socket.socket = connection.sock
    arrived = b""
    while skipped not in arrived:
        arrived += sock.recv(1)
    for _ in range(3):
        arrived += sock.recv(1)
    connection.close()
    assert time.monotonic() - began > 2 * 0.2
    assert taken(panel, "after")


def test_figures_can_be_nan(panel: PracticePanel) -> None:
    panel.fault("*", "nan", times=4)
    order = panel.state.fill(1)[0]
    assert add(panel)[1] == b'{"order":NaN}'
    assert b'"balance":NaN' in post(panel, "balance")[1]
    assert b'"charge":NaN,"start_count":NaN' in post(panel, "status", orders=order)[1]
    assert b'"price":NaN' in post(panel, "services")[1]


def test_a_wrong_id_belongs_to_another_order_of_the_customer(panel: PracticePanel) -> None:
    first = json.loads(add(panel)[1])["order"]
    panel.fault("add", "wrong-id")
    panel.fault("add", "lower-id")
    assert json.loads(add(panel)[1]) == {"order": first}
    assert json.loads(add(panel)[1])["order"] < first
    assert len(panel.state.ledger) == 3


IDS = {"huge-id": 99999999999, "int64-id": 2**63, "persian-id": "۵۰۰۱"}


@pytest.mark.parametrize("name", IDS)
def test_an_id_is_answered_in_another_way_than_the_panel_keeps_it(panel: PracticePanel, name: str) -> None:
    panel.fault("add", name)
    assert json.loads(add(panel)[1]) == {"order": IDS[name]}
    assert list(panel.state.orders) == [5001]


def status_of_three(panel: PracticePanel, name: str, **options: Any) -> tuple[list[str], int, Any]:
    ids = [str(order) for order in panel.state.fill(3)]
    order = ids[1] if options.get("one") else None
    panel.fault("status", name, order=order)
    status, body = post(panel, "status", orders=",".join(ids))
    return ids, status, json.loads(body)


NOT_KNOWN = "Incorrect order ID"


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("all-incorrect", {"error": NOT_KNOWN}),
        ("odd-items", {"error": "This order is in the archive"}),
        ("string-errors", NOT_KNOWN),
        ("null-items", None),
    ],
)
def test_all_items_or_one_are_changed(panel: PracticePanel, name: str, item: object) -> None:
    ids, _, all_changed = status_of_three(panel, name)
    assert all_changed == dict.fromkeys(ids, item)
    ids, _, one_changed = status_of_three(panel, name, one=True)
    assert [one_changed[order] == item for order in ids] == [False, True, False]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("odd-word", {"status": "Resting"}),
        ("unknown-figures", {"charge": "Unknown", "start_count": "Unknown", "remains": "Unknown"}),
        ("null-figures", {"charge": None, "start_count": None, "remains": None}),
        ("wrong-currency", {"currency": "USD"}),
    ],
)
def test_items_can_have_odd_values(panel: PracticePanel, name: str, fields: dict[str, object]) -> None:
    ids, _, changed = status_of_three(panel, name)
    assert all(changed[order].items() >= fields.items() for order in ids)
    panel.fault("status", name)
    assert ask(panel, "status", order=ids[0]).items() >= fields.items()


def test_items_are_missing_or_without_ids(panel: PracticePanel) -> None:
    ids, _, items = status_of_three(panel, "missing-items")
    assert list(items) == [ids[1]]
    ids, _, items = status_of_three(panel, "missing-items", one=True)
    assert list(items) == [ids[0], ids[2]]
    _, _, rows = status_of_three(panel, "array")
    assert [sorted(row) for row in rows] == [["charge", "currency", "remains", "start_count", "status"]] * 3
    assert status_of_three(panel, "empty-list")[2] == []


def test_a_whole_status_call_can_be_an_error(panel: PracticePanel) -> None:
    _, status, answered = status_of_three(panel, "call-error")
    assert (status, list(answered)) == (200, ["error"])


def test_a_poison_id_breaks_only_the_calls_that_name_it(panel: PracticePanel) -> None:
    good, poison = panel.state.fill(2)
    panel.fault("status", "poison", times=None, order=poison)
    assert post(panel, "status", orders=f"{good},{poison}")[0] == 400
    assert post(panel, "status", orders=good)[0] == 200
    assert post(panel, "status", order=poison)[0] == 400


def test_a_panel_answers_for_one_order_per_call_or_for_the_first_ten(panel: PracticePanel) -> None:
    ids = [str(one) for one in panel.state.fill(12)]
    panel.fault("status", "several", times=2)
    assert "error" in ask(panel, "status", orders=",".join(ids))
    assert ask(panel, "status", order=ids[0])["status"]
    panel.fault("status", "first-ten", times=2)
    assert list(ask(panel, "status", orders=",".join(ids))) == ids[:10]
    assert ask(panel, "status", order=ids[11])["status"]


def test_faults_are_used_up_in_order_after_the_skipped_requests(panel: PracticePanel) -> None:
    panel.fault("balance", "502", times=2, skip=1)
    panel.fault("*", "503-before")
    statuses = [post(panel, "balance")[0] for _ in range(5)]
    assert statuses == [503, 502, 502, 200, 200]
    panel.fault("*", "500-before", times=None)
    assert [post(panel, "services")[0] for _ in range(3)] == [500, 500, 500]
    panel.clear_faults()
    assert post(panel, "services")[0] == 200
    assert [seen.fault for seen in panel.requests.of("balance")][:3] == [
        "503-before",
        "502-before",
        "502-before",
    ]


def test_an_after_fault_takes_no_order_that_the_panel_would_refuse(panel: PracticePanel) -> None:
    panel.fault("add", "502-after")
    assert add(panel, quantity=1)[0] == 502
    assert panel.state.ledger == []


@pytest.mark.parametrize(
    ("action", "name", "words"),
    [
        ("add", "close", "close-before or close-after"),
        ("*", "502", "502-before or 502-after"),
        ("add", "rest-after", "did you mean reset-after"),
        ("add", "poison", "status only"),
        ("*", "late", "add only"),
        ("buy", "close", "not an action"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_and_the_message_says_what_to_write(
    action: str, name: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        find_fault(name, action)


def test_every_fault_is_listed_and_has_a_test_here() -> None:
    assert [name.removesuffix("-before|-after") for name, _ in describe()] == list(FAULTS)
    tested = {name for name, _ in BODIES} | set(STATUSES)
    tested |= {
        "close",
        "reset",
        "hang",
        "late",
        "late-close",
        "late-504",
        "truncated-close",
        "gzip-cut",
        "nan",
    }
    tested |= {"gzip-corrupt", "gzip-bomb", "oversized", "302", "307", "drip", "drip-headers", "wrong-id"}
    tested |= {
        "lower-id",
        "all-incorrect",
        "odd-items",
        "string-errors",
        "null-items",
        "odd-word",
        "unknown-figures",
    }
    tested |= {
        "null-figures",
        "wrong-currency",
        "missing-items",
        "array",
        "empty-list",
        "call-error",
        "poison",
    }
    tested |= {"several", "first-ten", *IDS}
    tested |= {"key-ignored", "window-over", "key-conflict"}  # tests/practice/test_repeats.py
    tested |= {"list-late", "list-short", "list-holes", "list-no-links", "list-odd-links"}  # there, too
    tested |= {"rows-without-ids", "rows-keyed", "rows-short", "rows-doubled", "one-word"}  # test_requests.py
    tested |= {"bare-errors"}
    assert set(FAULTS) == tested
