"""Words that nobody listed: of an order that is followed, and of an `add` that was refused."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.project import Project, eventually
from tests.support.samples import a_draft, enqueued
from tests.support.worker_stage import Stage
from tracker.accounts.account import submitting_hold
from tracker.config.loader import parse
from tracker.lib.times import MINUTE, SECOND
from tracker.orders.order import State
from tracker.practice.behaviour import Behaviour
from tracker.practice.languages import LANGUAGES
from tracker.practice.panel import PracticePanel
from tracker.store import accounts, asks, attempts, order_history, orders, outbox

FUNDS = "Kontostand zu niedrig"


def follow(stage: Stage, count: int) -> list[int]:
    ids = stage.panel.state.fill(count, service=2)
    enqueued(stage.db, *(a_draft(f"https://x.example/{n}", service="2", panel_order_id=str(n)) for n in ids))
    return ids


def facts(stage: Stage, event: str) -> list[dict[str, object]]:
    found = [one.notice for one in outbox.listed(stage.db) if one.notice.event == event]
    return [dict(notice.facts) for notice in found][::-1]


@pytest.mark.parametrize("count", [1, 4])
def test_an_error_about_an_order_keeps_its_state_and_is_told_once_for_all(stage: Stage, count: int) -> None:
    ids = follow(stage, count)
    stage.panel.fault("status", "odd-items", None)
    for _ in range(3):
        stage.worker.track.run()
        stage.now += 10 * MINUTE

    for n in range(1, count + 1):
        assert (stage.order(n).state, stage.order(n).last_error) == (
            State.ACTIVE,
            "This order is in the archive",
        )
    (told,) = facts(stage, "order.stuck")
    assert told["words"] == "This order is in the archive"
    assert told["listing"] == [
        "panels:", "  p:", "    dialect:", "      base: tagrani", "      refusals:",
        '        order_unknown: ["This order is in the archive"]',
    ]  # fmt: skip
    assert orders.unlisted_words(stage.db, "p") == [("This order is in the archive", count, 1)]
    assert accounts.read(stage.db, "p").failures == 0

    stage.panel.clear_faults()
    stage.panel.state.end(ids[0], "Completed")
    stage.worker.track.run()
    assert stage.order(1).state is State.COMPLETED
    assert orders.unlisted_words(stage.db, "p") == []
    assert all(stage.order(n).last_error is None for n in range(1, count + 1))


def test_words_that_name_each_order_are_one_wording_and_others_another(stage: Stage) -> None:
    follow(stage, 3)
    for word in ("Order {id} lies in the archive", "Order {id} lies in the cellar"):
        for order in range(1, 4):
            at_panel = stage.order(order).panel_order_id or ""
            stage.panel.word("archived", word.replace("{id}", at_panel))
            stage.panel.fault("status", "odd-items", 1, order=at_panel)
            stage.worker.track.poll([stage.order(order)])
    assert [told["listing"][-1].split('"')[1] for told in facts(stage, "order.stuck")] == [  # type: ignore[index]
        "Order {number} lies in the archive", "Order {number} lies in the cellar",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusals_and_denials_are_understood_in_every_language(tmp_path: Path, language: str) -> None:
    with PracticePanel(Behaviour(pace=0, language=language, balance=Decimal(350))) as panel:
        stage = Stage(tmp_path, panel, more="schedule: {poll: 1s}")
        drafts = [a_draft(f"https://x.example/{n}", service="2") for n in range(2)]
        enqueued(stage.db, *drafts, a_draft("https://x.example/9", service="2", panel_order_id="4999"))
        stage.worker.submit.run()
        stage.worker.track.run()
        assert [stage.order(n).state for n in (1, 2, 3)] == [State.ACTIVE, State.QUEUED, State.ACTIVE]
        assert accounts.read(stage.db, "p").short_at is not None
        assert stage.order(3).missing == 1
        assert "order.unknown" not in stage.alerts()
        stage.client.close()


def enqueue_two(stage: Stage) -> None:
    """Queue an order of 300 and one of 180: one of 300, too, would wait for the first while that is lost."""
    drafts = (
        a_draft(f"https://x.example/{quantity}", service="2", quantity=quantity) for quantity in (100, 60)
    )
    enqueued(stage.db, *drafts)


def refuse_for_funds(stage: Stage, balance: int) -> None:
    """Have an order of 300 refused in unknown words, with this in the wallet and another order behind it."""
    stage.worker.submit.run()
    stage.panel.word("funds", FUNDS)
    stage.panel.state.deposit(balance - stage.panel.state.balance)
    enqueue_two(stage)
    stage.worker.submit.run()
    assert stage.order(1).state is State.UNKNOWN


def test_while_the_wallet_is_below_the_charge_the_next_adds_wait(stage: Stage) -> None:
    refuse_for_funds(stage, 299)
    assert stage.woken[-1] == "balance"

    for _ in range(10):
        stage.now += MINUTE
        stage.worker.balance.run()
        stage.worker.submit.run()

    assert stage.panel.requests.count("add") == 1
    assert stage.order(2).state is State.QUEUED
    assert facts(stage, "balance.short")[-1]["needed"] == "300"
    assert stage.alerts().count("balance.short") == 1

    stage.panel.state.deposit(Decimal(1))
    stage.now += MINUTE
    stage.worker.balance.run()
    assert stage.woken[-2:] == ["submit", "track"]
    stage.worker.submit.run()
    assert stage.order(2).state is State.ACTIVE
    assert stage.alerts().count("order.unknown") == 1
    assert stage.alerts()[-1] == "balance.ok"


def test_the_alert_of_the_unknown_order_shows_the_lines_to_add(stage: Stage) -> None:
    refuse_for_funds(stage, 299)
    (told,) = facts(stage, "order.unknown")
    line = '        input: ["Kontostand zu niedrig"]  # or funds, rate, link_busy, account, service, passing'
    assert told["listing"][-1] == line  # type: ignore[index]
    (lost,) = [row for row in order_history.changes_of(stage.db, stage.order(1)) if row.after == "unknown"]
    assert lost.evidence["words"] == FUNDS


def test_a_wallet_that_suffices_holds_up_nothing(stage: Stage) -> None:
    stage.worker.submit.run()
    stage.panel.fault("add", "odd-error-before")
    enqueue_two(stage)
    stage.worker.submit.run()
    account = accounts.read(stage.db, "p")
    hold = submitting_hold(account._replace(hold_until=None), stage.now)
    assert hold is not None
    assert hold.until is not None

    stage.now += 6 * SECOND
    stage.worker.balance.run()
    account = accounts.read(stage.db, "p")
    assert (account.suspect_charge, account.short_at) == (None, None)
    stage.now += MINUTE
    stage.worker.submit.run()
    assert [stage.order(n).state for n in (1, 2)] == [State.UNKNOWN, State.ACTIVE]


def test_a_panel_that_does_not_tell_its_balance_holds_up_nothing_for_long(stage: Stage) -> None:
    refuse_for_funds(stage, 299)
    stage.elapsed = lambda: stage.now
    stage.panel.fault("balance", "odd-error", None)
    stage.panel.state.deposit(Decimal(1000))
    for _ in range(4):
        stage.now += MINUTE
        stage.worker.submit.run()
    assert stage.order(2).state is State.ACTIVE


def test_a_person_who_knows_better_goes_on(stage: Stage) -> None:
    refuse_for_funds(stage, 299)
    stage.now += MINUTE
    stage.worker.balance.run()
    assert submitting_hold(accounts.read(stage.db, "p"), stage.now) is not None
    stage.resume()
    assert submitting_hold(accounts.read(stage.db, "p"), stage.now) is None


def listed(stage: Stage, reason: str) -> None:
    """List the words, and have the config read again: the passes start anew."""
    dialect = f"{{base: tagrani, refusals: {{{reason}: ['{FUNDS}']}}}}"
    text = f"panels:\n  p: {{url: {stage.panel.url}, key: {stage.panel.key}, dialect: {dialect}}}\n"
    stage.config = parse(text, Path("config.yaml"), {})
    stage.worker = stage.fresh_worker()


@pytest.mark.parametrize(
    ("reason", "states"),
    [
        ("input", ["unknown", "queued", "rejected"]),
        ("service", ["unknown", "queued", "rejected"]),
        ("funds", ["unknown", "queued", "submitting", "active"]),
        ("link_busy", ["unknown", "queued"]),
    ],
)
def test_once_its_words_are_listed_a_refused_order_is_settled_by_them(
    stage: Stage, reason: str, states: list[str]
) -> None:
    refuse_for_funds(stage, 299)
    stage.panel.state.deposit(Decimal(1000))
    stage.now += MINUTE

    listed(stage, reason)
    stage.worker.submit.run()

    rows = order_history.changes_of(stage.db, stage.order(1))
    assert [row.after for row in rows][-len(states) :] == states
    (released,) = [row for row in rows if (row.before, row.after) == ("unknown", "queued")]
    assert released.evidence == {"attempt": 1, "words": FUNDS, "reason": reason}
    assert released.why == f"released: the panel had refused it, in words that are listed now: {FUNDS}"
    assert ("order.rejected" in stage.alerts()) is (states[-1] == "rejected")
    assert (stage.order(1).state is State.REJECTED) is (stage.order(1).due_at is None)


def test_a_refusal_for_funds_that_is_understood_later_waits_for_them(stage: Stage) -> None:
    refuse_for_funds(stage, 299)
    stage.now += MINUTE
    stage.worker.balance.run()
    listed(stage, "funds")

    for _ in range(3):
        stage.worker.submit.run()
        stage.now += MINUTE
        stage.worker.balance.run()
    assert [stage.order(n).state for n in (1, 2)] == [State.QUEUED] * 2
    assert stage.panel.requests.count("add") == 1

    stage.panel.state.deposit(Decimal(1000))
    stage.worker.balance.run()
    stage.worker.submit.run()
    assert [stage.order(n).state for n in (1, 2)] == [State.ACTIVE] * 2
    assert stage.alerts()[-1] == "balance.ok"


def test_a_reload_with_the_words_settles_the_order(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(balance=Decimal(250), pace=0)) as panel:
        project = Project(tmp_path, panel, dialect="tagrani")
        panel.word("funds", FUNDS)
        with project.daemon():
            project.run("add", "2", "https://x.example/1", "100")
            eventually(lambda: project.states() == {"1": "unknown"})
            dialect = f"dialect: {{base: tagrani, refusals: {{input: ['{FUNDS}']}}}}"
            text = project.config.read_text()
            project.config.write_text(text.replace("dialect: tagrani", dialect))
            project.run("reload")
            eventually(lambda: project.states() == {"1": "rejected"})
        assert panel.requests.count("add") == 1
        assert "in words that are listed now" in project.run("show", "1").stdout


def test_words_that_are_listed_settle_nothing_where_the_answer_would_prove_nothing(stage: Stage) -> None:
    refuse_for_funds(stage, 299)
    attempt = attempts.last_attempt(stage.db, 1)
    with stage.db.transaction():
        stage.db.many("UPDATE attempts SET status = 500 WHERE id = ?", [(attempt.id,)])

    listed(stage, "input")
    stage.worker.submit.run()

    assert stage.order(1).state is State.UNKNOWN


def test_what_was_asked_again_since_is_not_settled_by_its_first_answer(stage: Stage) -> None:
    refuse_for_funds(stage, 299)
    attempt = attempts.last_attempt(stage.db, 1)
    assert asks.record(stage.db, stage.order(1), attempt.id, stage.now, stage.now + MINUTE) is not None

    listed(stage, "input")
    stage.worker.submit.run()

    assert stage.order(1).state is State.UNKNOWN


def test_the_commands_show_the_words_and_what_to_add(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(balance=Decimal(250), pace=0)) as panel:
        project = Project(tmp_path, panel)
        panel.word("funds", FUNDS)
        panel.fault("status", "odd-items", None)
        (active,) = panel.state.fill(1, service=2)
        row = json.dumps({"service": "2", "link": "https://x.example/old", "panel_order_id": str(active)})
        project.run("import", "-", "--format", "jsonl", stdin=row)
        project.run("add", "2", "https://x.example/1", "100", "--ref", "lost")
        with project.daemon():
            asked = panel.requests
            eventually(lambda: asked.count("add") == 1 and asked.count("status") >= 1)
        found = project.run("status", code=2).stdout
        assert 'p answers about 1 order in words that are not known ("This order is in the archive")' in found
        assert '        order_unknown: ["This order is in the archive"]' in project.run("show", "1").stdout
        assert f'        input: ["{FUNDS}"]' in project.run("show", "lost").stdout
