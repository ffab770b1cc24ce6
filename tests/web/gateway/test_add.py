"""What a program orders through the gateway is queued once, and answered for."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.gateways import KEY, OTHER_KEY, SERVICES, Gateway, said
from tests.support.samples import NOW, a_draft, enqueued, prune_orders
from tracker.lib.times import DAY
from tracker.orders.change import OrderChange
from tracker.orders.order import Order, State
from tracker.panel.dialects.built_in import named
from tracker.store import changes, clients, order_history
from tracker.store.database import Database
from tracker.store.renames import rename


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    made = Gateway(tmp_path)
    made.read_catalogue()
    return made


def move(gateway: Gateway, order: Order, *states: State, **values: Any) -> Order:
    """Let an order go through states as if the panel had said so."""
    for state in states:
        after = order._replace(state=state, due_at=None, **values)
        assert changes.apply(gateway.db, [OrderChange(order, after, "it was said")], NOW)
        order = after
    return order


def test_an_order_is_queued_and_answered_with_our_id(gateway: Gateway) -> None:
    answer = gateway.add()

    (order,) = gateway.orders()
    assert answer == {"order": order.id}
    assert (order.state, order.panel, order.service, order.link) == (
        "queued",
        "p",
        "1",
        "https://x.example/a",
    )
    assert (order.quantity, order.ref, order.created_at) == (100, None, NOW)


def test_further_fields_go_to_the_panel_and_ours_do_not(gateway: Gateway) -> None:
    gateway.add(runs="5", interval="30", ref="r-1", hashtag="")

    assert gateway.orders()[0].fields == {"runs": "5", "interval": "30"}


def test_the_history_tells_which_client_queued_it(gateway: Gateway) -> None:
    gateway.add(ref="r-1")

    (order,) = gateway.orders()
    assert order_history.changes_of(gateway.db, order)[0].evidence == {"client": "shop", "client_ref": "r-1"}


def test_a_repeat_with_the_same_ref_is_the_same_order(gateway: Gateway) -> None:
    first = gateway.add(ref="r-1")

    assert gateway.add(ref="r-1") == first
    assert gateway.add(headers={"Idempotency-Key": "r-1"}) == first
    assert len(gateway.orders()) == 1


def test_the_same_ref_with_other_content_is_refused(gateway: Gateway) -> None:
    gateway.add(ref="r-1")

    assert gateway.add(ref="r-1", quantity="101") == {
        "error": "this ref is already order 1, with other content; nothing was queued"
    }
    assert len(gateway.orders()) == 1


@pytest.mark.parametrize(
    ("ref", "written"),
    [
        ("r-1", '"r-1"'),
        (r'a "b" \ c', r'"a \"b\" \\ c"'),
        ("سفارش-۱", "سفارش-۱"),
        ("سفارش-۱", '"سفارش-۱"'),
        ('"', '"'),
    ],
)
def test_a_ref_is_the_same_however_a_header_writes_it(gateway: Gateway, ref: str, written: str) -> None:
    first = gateway.add(ref=ref)
    headers = {"Idempotency-Key": written.encode().decode("latin-1")}  # a server hands each byte on so

    assert gateway.add(headers=headers) == first
    assert gateway.add(ref=ref, headers=headers) == first
    assert len(gateway.orders()) == 1


def test_a_header_that_is_no_text_is_refused(gateway: Gateway) -> None:
    assert "UTF-8" in gateway.add(headers={"Idempotency-Key": "r-\xff"})["error"]
    assert gateway.orders() == []


def test_two_different_refs_in_one_request_are_refused(gateway: Gateway) -> None:
    assert "differ" in gateway.add(ref="r-1", headers={"Idempotency-Key": "r-2"})["error"]


def test_without_a_ref_two_requests_are_two_orders(gateway: Gateway) -> None:
    assert gateway.add() != gateway.add()


def test_refs_belong_to_their_client_and_not_to_the_queue(gateway: Gateway) -> None:
    enqueued(gateway.db, a_draft(ref="r-1"))

    first, second = gateway.add(ref="r-1"), gateway.add(ref="r-1", key=OTHER_KEY)

    assert len({1, first["order"], second["order"]}) == 3
    assert [order.ref for order in gateway.orders()] == ["r-1", None, None]


def test_a_repeat_is_answered_although_the_order_would_be_refused_by_now(gateway: Gateway) -> None:
    first = gateway.add(ref="r-1")
    gateway.read_catalogue(SERVICES[1], at=NOW + 1)

    assert gateway.add(ref="r-1") == first
    assert gateway.add(ref="r-2") == {"error": "Incorrect service ID"}


def test_a_repeat_is_answered_after_the_order_was_pruned(gateway: Gateway) -> None:
    first = gateway.add(ref="r-1")
    ended = {"finished_at": NOW, "panel_order_id": "88", "attempts": 1}
    move(gateway, gateway.orders()[0], State.SUBMITTING, State.ACTIVE, State.COMPLETED, **ended)
    assert prune_orders(gateway.db, NOW + DAY) == 1

    assert gateway.add(ref="r-1") == first
    assert "other content" in gateway.add(ref="r-1", quantity="50")["error"]
    assert gateway.ask("status", order="1") == {"error": "Incorrect order ID"}
    assert gateway.orders() == []


def test_a_repeat_is_answered_after_the_panel_was_renamed(tmp_path: Path) -> None:
    before = Gateway(tmp_path, ("old",))
    first = before.add(ref="r-1")
    rename(before.db, "old", "p")
    after = Gateway(tmp_path)

    assert after.add(ref="r-1") == first
    assert after.ask("status", order=str(first["order"]))["status"] == "Pending"


def test_repeats_at_once_are_one_order(gateway: Gateway) -> None:
    answers: list[Any] = []
    barrier = threading.Barrier(8)

    def repeat() -> None:
        barrier.wait()
        answers.extend(gateway.add(ref=f"r-{number}") for number in range(5))
        gateway.db.close()

    threads = [threading.Thread(target=repeat) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 40
    assert len({answer["order"] for answer in answers}) == len(gateway.orders()) == 5


REFUSED = [
    ({"service": "77"}, "Incorrect service ID"),
    ({"service": ""}, "There are missing required parameters: service"),
    ({"quantity": "9"}, "Quantity less than minimal 10"),
    ({"quantity": "1001"}, "Quantity more than maximum 1000"),
    ({"quantity": ""}, "There are missing required parameters: quantity"),
    ({"quantity": "0"}, "There are missing required parameters: quantity"),
    ({"quantity": "1e9"}, "the quantity '1e9' is not a whole number above 0"),
    ({"quantity": "-5"}, "the quantity '-5' is not a whole number above 0"),
    ({"quantity": "1" + "0" * 5000}, "the quantity '10000"),
    ({"service": "2", "quantity": ""}, "There are missing required parameters: comments"),
    ({"service": "2", "comments": "a\nb", "quantity": "3"}, "Incorrect quantity"),
    (
        {"service": "4", "quantity": "", "min": "20", "max": "30"},
        "There are missing required parameters: username",
    ),
    (
        {"service": "2", "runs": "2", "comments": "a", "quantity": ""},
        "This service does not support Dripfeed",
    ),
    ({"runs": "x"}, "Runs is invalid"),
    ({"link": ""}, "There are missing required parameters: link"),
    ({"link": "https://"}, "Bad link"),
    ({"link": "somebody"}, "Bad link: the link 'somebody' names no website"),
    ({"link": "https://x.example/a b"}, "Bad link"),
    ({"ref": "r" * 201}, "the ref is longer than 200 characters"),
    ({"ref": "a\nb"}, "the ref contains a line break"),
    ({"not a name": "1"}, "'not a name' is not a field name"),
    ({"comments": "x" * 1_000_001}, "the comments are longer"),
]


@pytest.mark.parametrize(("fields", "error"), REFUSED)
def test_what_add_refuses_is_refused_and_not_queued(
    gateway: Gateway, fields: dict[str, str], error: str
) -> None:
    assert gateway.add(**fields)["error"].startswith(error)
    assert gateway.orders() == []


@pytest.mark.parametrize("error", sorted({error for _, error in REFUSED if error[0].isupper()}))
def test_refusals_are_words_that_prove_to_clients_that_nothing_was_ordered(error: str) -> None:
    assert named("perfectpanel").refusals.proven([error]) is not None


def test_a_client_may_insist_on_a_name_in_place_of_a_link(gateway: Gateway) -> None:
    gateway.add(link="somebody", anyway="1")

    (order,) = gateway.orders()
    assert (order.link, order.fields) == ("somebody", {})


def test_a_client_that_does_not_insist_is_asked_to(gateway: Gateway) -> None:
    assert "anyway=1" in gateway.add(link="somebody", anyway="0")["error"]


def test_a_subscription_needs_no_link(gateway: Gateway) -> None:
    gateway.ask("add", service="4", username="somebody", min="20", max="30", posts="3")

    (order,) = gateway.orders()
    assert (order.link, order.quantity) == ("somebody", None)


def test_comments_arrive_whole(gateway: Gateway) -> None:
    gateway.ask("add", service="2", link="https://x.example/a", comments="Nice\r\nسلام دنیا\r\n\r\n")

    assert gateway.orders()[0].comments == "Nice\nسلام دنیا"


def test_an_order_is_queued_while_no_catalogue_was_read(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path)

    assert gateway.add() == {"order": 1}


def test_with_several_panels_a_service_is_named_with_its_panel(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, ("p", "q"), own="q")

    gateway.add(service="1")
    gateway.add(service="q:1")
    gateway.add(service="p:1", key=OTHER_KEY)

    assert [(order.panel, order.service) for order in gateway.orders()] == [
        ("q", "1"),
        ("q", "1"),
        ("p", "1"),
    ]
    assert gateway.add(service="1", key=OTHER_KEY) == {"error": "Incorrect service ID"}
    assert gateway.add(service="q:", key=OTHER_KEY)["error"] == "the service is missing"


def test_a_client_orders_from_its_own_panels_only(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, ("p", "q"), own="q")
    gateway.read_catalogue(panel="q")

    assert gateway.add(service="p:1") == {"error": "Incorrect service ID"}


@pytest.mark.sqlite
def test_a_database_that_cannot_be_written_queues_nothing_and_says_to_repeat(gateway: Gateway) -> None:
    gateway.db.sql("PRAGMA query_only = 1")
    lost = gateway.send(data={"key": KEY, "action": "add", "service": "1", "link": "https://x.example/a",
                              "quantity": "100", "ref": "r-1"})  # fmt: skip
    gateway.db.sql("PRAGMA query_only = 0")

    assert (lost.status_code, lost.headers["Retry-After"]) == (503, "5")
    assert "again later, with the same ref" in said(lost)["error"]
    assert gateway.orders() == []
    assert gateway.add(ref="r-1") == {"order": 1}


@pytest.mark.sqlite
def test_a_full_disk_queues_nothing_and_the_same_ref_works_when_there_is_room(gateway: Gateway) -> None:
    (pages,) = gateway.db.sql("PRAGMA page_count")[0]
    gateway.db.sql(f"PRAGMA max_page_count = {pages}")
    comments = "\n".join(f"a comment of some length, number {number}" for number in range(90))
    order: dict[str, Any] = {
        "key": KEY,
        "action": "add",
        "service": "2",
        "link": "https://x.example/a",
        "comments": comments,
    }
    lost = [gateway.send(data={**order, "ref": f"r-{number}"}).status_code for number in range(30)]
    gateway.db.sql("PRAGMA max_page_count = 1000000")

    assert 503 in lost
    assert len(gateway.orders()) == lost.count(200)
    assert {gateway.ask(**{**order, "ref": f"r-{number}"})["order"] for number in range(30)} == set(
        range(1, 31)
    )
    assert len(gateway.orders()) == 30


@pytest.mark.postgresql
def test_a_connection_that_is_lost_queues_nothing_twice(gateway: Gateway) -> None:
    gateway.add(ref="r-1")
    other = Database(gateway.site.config.database)
    other.open()
    other.sql("SELECT pg_terminate_backend(?)", gateway.db.sql("SELECT pg_backend_pid()")[0])
    other.close()

    lost = gateway.send(data={"key": KEY, "action": "add", "service": "1", "link": "https://x.example/a",
                              "quantity": "100", "ref": "r-2"})  # fmt: skip

    assert lost.status_code == 503
    assert gateway.add(ref="r-2") == gateway.add(ref="r-2") == {"order": 2}


def test_a_renamed_client_is_another_one_in_the_store(gateway: Gateway) -> None:
    gateway.add(ref="r-1")

    assert clients.owned(gateway.db, "shop", [1]).keys() == {1}
    assert clients.owned(gateway.db, "bot", [1]) == {}
