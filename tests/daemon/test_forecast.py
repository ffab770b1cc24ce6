"""What the queue should cost, as far as prices are known."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.support.samples import NOW, a_database, a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.accounts.account import AccountChange
from tracker.daemon.passes.forecast import queue_cost, recent_runway, update_forecast
from tracker.lib.times import DAY, HOUR
from tracker.orders.answers import Balance, Service
from tracker.panel.dialects.custom import custom
from tracker.practice.panel import PracticePanel
from tracker.store import accounts, catalogue, outbox

SERVICES = [
    Service("1", "Likes", Decimal("0.5")), Service("2", "Comments", Decimal(2)), Service("3", "Unpriced", None),
    Service("4", "Bundle", Decimal(70), type="Package"),
    Service("5", "Posts", Decimal(9), type="Subscriptions"),
]  # fmt: skip


def test_the_cost_of_the_queue_counts_quantities_comments_and_packages_with_a_known_price(
    tmp_path: Path,
) -> None:
    db = a_database(tmp_path)
    catalogue.replace_catalogue(db, "p", SERVICES, NOW)
    assert queue_cost(db, "p") == 0
    enqueued(
        db,
        a_draft("https://x.example/1", service="1", quantity=10),
        a_draft("https://x.example/2", service="1", quantity=20),
        a_draft("https://x.example/3", service="2", quantity=None, comments="a\n\nb"),
        a_draft("https://x.example/4", service="3", quantity=1000),
        a_draft("https://x.example/5", service="3", quantity=None, comments="a"),
        a_draft("https://x.example/6", service="4", quantity=None),
        a_draft("https://x.example/7", service="9", quantity=1000),
        a_draft("https://x.example/8", service="9", quantity=None, comments="a"),
        a_draft("https://x.example/9", service="1", quantity=1000, panel="q"),
        a_draft("https://x.example/10", service="4", quantity=1000),
        a_draft("https://x.example/11", service="4", quantity=2),
        a_draft("https://x.example/12", service="5", quantity=50),
    )

    assert queue_cost(db, "p") == Decimal(15 + 4 + 3 * 70)
    assert queue_cost(db, "q") == 0


def test_the_runway_is_that_of_the_last_day_and_stands_in_the_notice(tmp_path: Path) -> None:
    with PracticePanel() as panel:
        stage = Stage(tmp_path, panel)
        context = stage.context(dialect=custom("tagrani", {"drip_feed_quantity": "total"}))
        for at, amount in ((NOW - DAY - 1, 1000), (NOW - DAY, 100), (NOW - HOUR, 76), (NOW, 76)):
            accounts.keep_balance(stage.db, "p", Balance(Decimal(amount)), at)
        catalogue.replace_catalogue(stage.db, "p", SERVICES, NOW)
        context.update_account(lambda account: AccountChange(account._replace(balance=Decimal(76))))
        enqueued(stage.db, a_draft(service="1", quantity=200, fields={"runs": "5"}))

        assert recent_runway(context, NOW) == 76 * HOUR
        update_forecast(context)

        assert context.account().forecast_at == NOW
        (posted,) = outbox.listed(stage.db)
        facts = posted.notice.facts
        assert (posted.notice.event, facts["needed"], facts["runway"]) == ("balance.short", "100", "3 d")
        stage.client.close()
