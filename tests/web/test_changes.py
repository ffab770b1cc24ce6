"""What the page may change: by the same functions as the commands, once, and with who it was."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support import browsers
from tests.support.browsers import Browser
from tests.support.project import eventually
from tests.support.samples import NOW, a_draft, an_intent, claim_for_add, enqueued
from tests.support.worker_stage import Stage
from tracker.daemon.passes.adopt import adopted_or_refused
from tracker.lib import clock
from tracker.lib.times import DAY, rfc3339
from tracker.orders.order import Order, State
from tracker.orders.submission import after_crash
from tracker.practice.panel import PracticePanel
from tracker.reconciliation.evidence import IN_ORDER, Ruling, Verdict
from tracker.store import accounts, acts, changes, daemons, evidence, order_history, outbox

BY = "the operator, on the page from 127.0.0.1"


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Stage]:
    with PracticePanel() as panel:
        stage = Stage(tmp_path, panel)
        yield stage
        stage.client.close()


@pytest.fixture
def page(worker: Stage, tmp_path: Path) -> Iterator[browsers.Stage]:
    def adopt(order: Order, panel_id: str, by: str) -> Order:
        return adopted_or_refused(worker.context(), order, panel_id, by)

    with browsers.served(worker.db, tmp_path, adopt=adopt) as made:
        yield made


@pytest.fixture
def browser(page: browsers.Stage) -> Browser:
    return page.browser()


def lost(worker: Stage, link: str = "https://x.example/lost") -> int:
    (order,) = enqueued(worker.db, a_draft(link, service="2"))
    claimed = claim_for_add(worker.db, order)
    assert claimed is not None
    return changes.apply(worker.db, [after_crash(claimed[0].after, an_intent())], NOW)[0].after.id


def arrived(worker: Stage) -> int:
    """An order that was lost with another that looks alike, and both have arrived."""
    number = lost(worker)
    found = f"orders {number}, 8 have all arrived, as 105, 106; which is which cannot be known: {IN_ORDER}"
    evidence.keep_check(worker.db, [Verdict(number, Ruling.HOLD, (found,))], {}, NOW)
    return number


def in_state(worker: Stage, state: State) -> int:
    (order,) = enqueued(worker.db, a_draft(f"https://x.example/{state}"))
    with worker.db.transaction():
        worker.db.sql(
            "UPDATE orders SET state = ?, finished_at = ?, last_error = 'so' WHERE id = ?",
            (state, NOW, order.id),
        )
    return order.id


def told(browser: Browser, on: str = "/journal") -> str:
    """What the next page says, once."""
    found = browser.get(on).shown
    assert browser.get(on).shown.count("Order 1 is now") <= found.count("Order 1 is now")
    return found


def why(worker: Stage, number: int = 1) -> str | None:
    return order_history.changes_of(worker.db, worker.order(number))[-1].why


def test_an_unknown_order_is_adopted_once_the_panel_confirms_it(worker: Stage, browser: Browser) -> None:
    (panel_id,) = worker.panel.state.fill(1, service=2)
    number = lost(worker)
    page = f"/orders/{number}"

    for typed, said in (("", "write the id"), ("99999", "the panel has no order 99999"), ("1 2", "is not a panel's order id"), ("9" * 5000, "is not a panel's order id"), ("1\x00", "is not a panel's order id")):  # fmt: skip
        assert browser.send(f"{page}/adopt", on=page, panel_order_id=typed).status == 303
        assert (
            f"Nothing was done: order {number} stays unknown" in (shown := told(browser, page))
            or "Nothing was done: write" in shown
        )
        assert said in shown
    assert worker.order(number).state is State.UNKNOWN

    answer = browser.send(f"{page}/adopt", on=page, back=page, panel_order_id=f" {panel_id} ")

    assert (answer.status, answer.headers["Location"]) == (303, page)
    assert f"Order {number} is now active." in told(browser, page)
    assert (worker.order(number).state, worker.order(number).panel_order_id) == (State.ACTIVE, str(panel_id))
    assert why(worker) == f"adopted as {panel_id} by {BY}"


def test_an_unknown_order_is_released_when_the_box_is_ticked(worker: Stage, browser: Browser) -> None:
    number = lost(worker)
    page = f"/orders/{number}"

    browser.send(f"{page}/release", on=page)
    assert "tick the box" in told(browser)
    assert worker.order(number).state is State.UNKNOWN

    browser.send(f"{page}/release", on=page, sure="yes")
    assert (worker.order(number).state, why(worker)) == (
        State.QUEUED,
        f"released by {BY}: the panel did not take it",
    )


def test_an_order_is_given_up_when_the_box_is_ticked(worker: Stage, browser: Browser) -> None:
    number = lost(worker)

    browser.send(f"/orders/{number}/drop", on=f"/orders/{number}")

    assert "tick the box" in told(browser)
    assert worker.order(number).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("state", "change", "after", "said"),
    [
        (State.REJECTED, "retry", State.QUEUED, f"queued again by {BY}"),
        (State.QUEUED, "drop", State.DROPPED, f"given up by {BY}"),
        (State.COMPLETED, "retry", State.COMPLETED, None), (State.ACTIVE, "drop", State.ACTIVE, None), (State.QUEUED, "release", State.QUEUED, None),
    ],
)  # fmt: skip
def test_a_change_is_what_the_command_does(
    worker: Stage, browser: Browser, state: State, change: str, after: State, said: str | None
) -> None:
    number = in_state(worker, state)

    browser.send(f"/orders/{number}/{change}", on="/panels/p", sure="yes")

    assert worker.order(number).state is after
    assert why(worker) == said
    assert ("Nothing was done" in told(browser)) is (said is None)


def test_a_panel_is_paused_and_resumed_and_the_journal_says_who(worker: Stage, browser: Browser) -> None:
    browser.send("/panels/p/pause", on="/panels/p")
    assert accounts.read(worker.db, "p").paused_at is not None
    assert "Resume" in browser.get("/").text

    browser.send("/panels/p/resume", on="/panels/p")
    assert accounts.read(worker.db, "p").paused_at is None
    assert [(one.who, one.what, one.panel) for one in acts.newest(worker.db, 5)] == [
        (BY, "resumed", "p"),
        (BY, "paused", "p"),
    ]
    assert f"{BY}: resumed p" in browser.get("/journal").shown


def test_a_held_order_is_approved_at_its_price_of_now_and_by_nobody_twice(
    worker: Stage, browser: Browser
) -> None:
    number = in_state(worker, State.QUEUED)
    why = "it costs 300 Tomans, and `approve_above` of panel p is 50 Tomans"
    with worker.db.transaction():
        worker.db.sql(
            "UPDATE orders SET finished_at = NULL, held = 'approval', held_why = ? WHERE id = ?",
            (why, number),
        )
    page = f"/orders/{number}"
    assert f"It waits: {why}." in browser.get(page).shown
    assert why in browser.get("/orders").shown

    browser.send(f"{page}/approve", on=page)

    assert f"Order {number} is approved" in told(browser, page)
    order = worker.order(number)
    assert (order.held, order.approved_at is not None) == (None, True)
    assert f"approved by {BY}" in (order_history.changes_of(worker.db, order)[-1].why or "")
    assert "Approve what it costs" not in browser.get(page).text
    done = in_state(worker, State.COMPLETED)
    browser.send(f"/orders/{done}/approve", on="/panels/p")
    assert "Nothing was done" in told(browser)


def test_a_tag_is_paused_and_resumed(worker: Stage, browser: Browser) -> None:
    enqueued(worker.db, a_draft("https://x.example/tagged", tags=("ایران",)))
    page = "/orders?tag=" + quote("ایران")

    browser.send(f"/tags/{quote('ایران')}/pause", on=page)
    assert "1 queued order" in told(browser)
    assert worker.order(1).held == "tag_paused"
    assert "one of its tags is paused" in (shown := browser.get(page).shown)
    assert "The tag ایران is paused" in shown

    browser.send(f"/tags/{quote('ایران')}/resume", on=page)
    assert worker.order(1).held is None
    assert [(one.who, one.what) for one in acts.newest(worker.db, 2)] == [
        (BY, "resumed the tag ایران"),
        (BY, "paused the tag ایران"),
    ]


def test_a_tag_is_searched_together_with_all_else_that_is_asked_for(worker: Stage, browser: Browser) -> None:
    of = {
        "one": ("2", ("july",)),
        "two": ("3", ("july",)),
        "three": ("2", ("vip",)),
        "four": ("2", ("july",)),
    }
    for n, (name, (service, tags)) in enumerate(of.items()):
        enqueued(
            worker.db, a_draft(f"https://x.example/{name}", service=service, tags=tags), now=NOW - n * DAY
        )

    def found(query: str) -> set[str]:
        shown = browser.get(f"/orders?tag=july{query}").shown
        return {name for name in of if f"x.example/{name}" in shown}

    assert found("") == {"one", "two", "four"}
    assert found("&service=2") == {"one", "four"}
    assert found("&q=example/t") == {"two"}
    assert found("&q=1") == {"one"}
    assert found("&q=3") == set()
    day = rfc3339(NOW - 2 * DAY)
    assert (found(f"&until={day}"), found(f"&since={day}")) == ({"four"}, {"one", "two"})
    assert found("&state=active") == set()
    assert "a tag begins with" in browser.get("/orders?tag=%27x").shown


def test_a_refused_key_is_read_again_before_a_panel_is_resumed(worker: Stage, browser: Browser) -> None:
    with worker.db.transaction():
        accounts.read(worker.db, "p")
        worker.db.sql(
            "INSERT INTO accounts (panel, refused_at, refused_words) VALUES ('p', 1, 'Invalid API key')"
        )
    number = daemons.register(worker.db, "1", clock.now())

    def refuse() -> None:
        wish = eventually(lambda: daemons.reload_wish(worker.db, number))
        daemons.answer_reload(worker.db, number, wish, {"host": "h", "faults": ["p.key cannot be read"]})
        worker.db.close()

    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(refuse)
        browser.send("/panels/p/resume", on="/panels/p")
        answering.result()

    assert "nothing is resumed" in (shown := told(browser))
    assert "p.key cannot be read" in shown
    assert accounts.read(worker.db, "p").refused_at is not None


def test_dead_alerts_are_sent_again(worker: Stage, browser: Browser) -> None:
    lost(worker)
    with worker.db.transaction():
        worker.db.sql("UPDATE deliveries SET state = 'dead'")

    assert browser.send("/alerts/retry", on="/alerts").status == 303
    assert {one.state for one in outbox.listed(worker.db)} == {"waiting"}
    assert acts.newest(worker.db, 1)[0][1:3] == (BY, "sent dead alerts again")
    browser.send("/alerts/retry", on="/panels/p")
    assert "No alert is dead" in told(browser)


def test_of_two_who_decide_at_once_one_does(worker: Stage, page: browsers.Stage) -> None:
    number = lost(worker)
    both = [page.browser(), page.browser()]
    tokens = [one.token(f"/orders/{number}") for one in both]
    forms = [("release", {"sure": "yes"}), ("drop", {"sure": "yes"})]

    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(one.post, f"/orders/{number}/{what}", {"token": token, **form}) for one, token, (what, form) in zip(both, tokens, forms, strict=True)]  # fmt: skip
        assert [one.result().status for one in sent] == [303, 303]

    decided = [
        one for one in order_history.changes_of(worker.db, worker.order(number)) if one.why and BY in one.why
    ]
    assert len(decided) in (1, 2)  # what was released may be dropped by the other, who saw it queued
    assert worker.order(number).state in (State.QUEUED, State.DROPPED)


def test_a_form_of_an_hour_ago_changes_nothing_that_has_changed_since(
    worker: Stage, browser: Browser
) -> None:
    number = lost(worker)
    token = browser.token(f"/orders/{number}")
    browser.send(f"/orders/{number}/release", on=f"/orders/{number}", sure="yes")
    before = order_history.changes_of(worker.db, worker.order(number))

    for change in ("release", "adopt", "retry"):
        assert (
            browser.post(
                f"/orders/{number}/{change}", {"token": token, "sure": "yes", "panel_order_id": "1"}
            ).status
            == 303
        )
        assert "Nothing was done" in told(browser)
    assert order_history.changes_of(worker.db, worker.order(number)) == before


def test_what_is_not_there_cannot_be_changed(worker: Stage, browser: Browser) -> None:
    lost(worker)
    token = browser.token("/panels/p")

    for path in (
        "/orders/99/drop",
        "/orders/99999999999999999999/retry",
        "/panels/q/pause",
        "/panels/q/resume",
        "/tags/a%20b/pause",
        "/orders/1/nothing",
    ):
        assert browser.post(path, {"token": token, "sure": "yes"}).status == 404, path


def test_a_form_that_was_shown_before_a_restart_says_so(
    worker: Stage, page: browsers.Stage, tmp_path: Path
) -> None:
    number = lost(worker)
    token = page.browser().token(f"/orders/{number}")
    with browsers.served(worker.db, tmp_path) as later:
        answer = later.browser().post(f"/orders/{number}/drop", {"token": token})

    assert (answer.status, worker.order(number).state) == (403, State.UNKNOWN)
    assert "load the page anew" in answer.text


def test_no_release_is_offered_of_lost_orders_that_have_all_arrived(worker: Stage, browser: Browser) -> None:
    number = arrived(worker)

    for path in ("/", f"/orders/{number}"):
        shown = browser.get(path).text
        assert f"tracker resolve {number} --adopt-in-order" in shown
        assert f"/orders/{number}/adopt" in shown
        assert f"/orders/{number}/release" not in shown, "that would pay for it again"
