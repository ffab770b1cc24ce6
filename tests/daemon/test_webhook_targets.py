"""Webhooks through the real outbox, to a real receiver that fails and comes back."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook as Library

from tests.daemon.test_deliver import Moody, busy, fine, reset
from tests.support.project import Project, eventually
from tests.support.samples import NOW, a_database, a_draft, enqueued
from tracker.alerts.subscriptions import Subscription
from tracker.alerts.webhook_body import MOST
from tracker.config.kinds import Secret
from tracker.config.target_settings import Target
from tracker.daemon.passes.deliver import Deliver
from tracker.events import Event, Notice
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.orders.change import about_order
from tracker.practice.panel import PracticePanel
from tracker.store import deliveries, outbox

SECRET = "hush-hush-hush-42"


def oops(handler: BaseHTTPRequestHandler) -> None:
    handler.send_error(500)


def gone(handler: BaseHTTPRequestHandler) -> None:
    handler.send_error(410)


def too_long(handler: BaseHTTPRequestHandler) -> None:
    handler.send_error(413)


class Shop:
    """One webhook target, its outbox, its receiver and a clock that the test moves."""

    def __init__(self, folder: Path, moody: Moody) -> None:
        self.now = NOW
        self.moody = moody
        self.db = a_database(folder, Subscription("shop"), Subscription("other"))
        url = f"http://127.0.0.1:{moody.port}/hooks/hush-hush-43"
        target = Target("shop", webhook=Secret(url), secret=Secret(SECRET))
        self.deliver = Deliver(target, self.db, lambda: self.now, threading.Event())

    def post(self, *notices: Notice) -> None:
        with self.db.transaction():
            outbox.post(self.db, notices, self.now)

    def states(self) -> set[str]:
        return {one.state for one in outbox.listed(self.db, target="shop", limit=1000)}

    def run(self, step: int = SECOND) -> None:
        """Run the pass and move the clock on until nothing waits."""
        began = self.now
        while "waiting" in self.states():
            self.now += max(step, self.deliver.run())
            assert self.now - began < 4 * DAY

    @property
    def taken(self) -> list[Any]:
        return [json.loads(body) for body in self.moody.taken]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with Moody() as moody:
        yield Shop(tmp_path, moody)


def notices(count: int) -> list[Notice]:
    return [Notice(Event.SERVICE_CHANGED, "p", facts={"count": number}) for number in range(count)]


def test_an_alert_comes_with_its_order_and_is_signed_anew_at_each_try(shop: Shop) -> None:
    seen: list[tuple[dict[str, str], bytes]] = []

    def keep(handler: BaseHTTPRequestHandler) -> None:
        seen.append(({name.lower(): value for name, value in handler.headers.items()}, b""))
        oops(handler)

    shop.now = time.time_ns() // 1000
    (order,) = enqueued(shop.db, a_draft(ref="r7", comments="x" * 100_000, fields={"runs": "2"}))
    shop.moody.moods = [keep, keep, busy, reset]
    shop.post(about_order(Event.ORDER_REJECTED, order, words="no"))

    shop.run()

    assert shop.states() == {"sent"}
    (sent,) = shop.taken
    assert (sent["event"], sent["facts"]) == ("order.rejected", {"words": "no"})
    assert (sent["order"]["ref"], sent["order"]["fields"]) == ("r7", {"runs": "2"})
    assert sent["order"]["created_at"].endswith("Z")
    assert "comments" not in sent["order"]
    first, second = (headers for headers, _ in seen)
    assert first["webhook-id"] == second["webhook-id"] == sent["id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert first["webhook-signature"] != second["webhook-signature"]
    assert Library(SECRET.encode()).verify(shop.moody.taken[0], first | _signed_now(first, shop)) == sent


def _signed_now(headers: dict[str, str], shop: Shop) -> dict[str, str]:
    """The library refuses old times, and the clock of the test has gone on: sign what was sent at this moment."""
    from datetime import UTC, datetime

    at = datetime.now(UTC)
    signature = Library(SECRET.encode()).sign(headers["webhook-id"], at, shop.moody.taken[0].decode())
    return {"webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


def test_what_a_receiver_says_decides_when_it_is_tried_again(shop: Shop) -> None:
    for mood, longest, why in ((busy, HOUR, "429"), (gone, HOUR + 1, "gone for good"), (oops, HOUR, "500")):
        shop.moody.moods = [mood]
        shop.post(Notice(Event.PANEL_UP, "p"))
        shop.deliver.run()
        (failed, *_) = outbox.listed(shop.db, "waiting", target="shop")
        assert why in (failed.last_error or "")
        assert "hush" not in (failed.last_error or "")
        wait = deliveries.breaker(shop.db, "shop").open_until - shop.now
        assert {busy: 77 * SECOND, gone: HOUR}.get(mood, SECOND) <= wait <= longest
        shop.run()
    assert [one["event"] for one in shop.taken] == ["panel.up"] * 3


def test_an_alert_that_is_refused_for_three_days_is_dead_and_the_others_are_told(shop: Shop) -> None:
    shop.moody.moods = [gone] * 200
    shop.post(Notice(Event.PANEL_UP, "p"))

    shop.run(10 * MINUTE)

    assert shop.states() == {"dead"}
    assert 50 < shop.moody.tries < 75
    (told, *_) = outbox.listed(shop.db, target="other")
    assert told.notice.event is Event.ALERT_DEAD


def test_what_piled_up_comes_in_digests_of_a_limited_size_without_a_gap(shop: Shop) -> None:
    shop.post(*notices(2 * MOST + 7), Notice(Event.PANEL_DOWN, "p", facts={"why": "x"}))
    shop.moody.moods = [oops]

    shop.deliver.run()
    shop.now += MINUTE
    began = shop.now
    shop.run()

    assert shop.states() == {"sent"}
    assert shop.now - began < 2 * MINUTE
    many = [len(one["alerts"] or [one]) for one in shop.taken]
    assert max(many) == MOST
    ids = [one["id"] for sent in shop.taken for one in sent["alerts"] or [sent]]
    assert len(ids) == len(set(ids)) == 2 * MOST + 8
    assert all(len(body) < 100_000 for body in shop.moody.taken)


def test_a_receiver_that_takes_only_short_messages_gets_shorter_ones(shop: Shop) -> None:
    def picky(handler: BaseHTTPRequestHandler) -> None:
        if int(handler.headers["content-length"]) > 3_000:
            shop.moody.moods.append(picky)
            return too_long(handler)
        shop.moody.moods.append(picky)
        taken.append(1)
        return fine(handler)

    taken: list[int] = []
    shop.moody.moods = [oops, picky]
    shop.post(*notices(MOST))

    shop.run()

    assert shop.states() == {"sent"}
    assert taken


def test_a_digest_that_is_sent_again_unchanged_has_the_same_id(shop: Shop) -> None:
    ids: list[str] = []

    def lost(handler: BaseHTTPRequestHandler) -> None:
        ids.append(str(handler.headers["webhook-id"]))
        reset(handler)

    shop.moody.moods = [oops, lost, lost]
    shop.post(*notices(3))

    shop.run()

    (sent,) = shop.taken
    assert ids == [sent["id"]] * 2
    assert sent["event"] == "digest"


# -- the daemon -----------------------------------------------------------------------------------------


def test_a_receiver_that_hangs_holds_up_no_other_and_a_reload_takes_a_new_secret(
    tmp_path: Path, panel: PracticePanel
) -> None:
    with Moody() as shop, Moody() as slow, closing(_Secret(tmp_path)) as secret:
        slow.moods = [slow.hang]
        webhook = "{{name: {}, webhook: 'http://127.0.0.1:{}/hush-hush-43', secret_file: hook.secret}}".format
        targets = f"{webhook('slow', slow.port)}, {webhook('shop', shop.port)}"
        project = Project(tmp_path, panel, alerts=targets)
        shop.moods = [oops]
        with project.daemon():
            eventually(lambda: slow.tries and shop.tries and "it answered 500" in project.log())
            assert shop.taken == []
            slow.leave.set()
            secret.write("whsec_aGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8=")
            assert "alerts.shop.secret" in project.run("reload").stdout
            eventually(lambda: shop.taken)
        assert json.loads(shop.taken[0])["event"] == "daemon.started"
        log = project.log()
        assert "hush" not in log
        assert "aGVsbG8" not in log
        assert "it answered 500" in log


class _Secret:
    """The file of a secret."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "hook.secret"
        self.write(SECRET)

    def write(self, text: str) -> None:
        self._path.write_text(f"{text}\n")
        self._path.chmod(0o600)

    def close(self) -> None:
        self._path.unlink()
