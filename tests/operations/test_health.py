"""What `status` reports about the daemons and the panels."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.samples import NOW
from tracker.accounts.account import Account, Level
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.operations.health import PANEL_RULES, Health, PanelStatus, Status, findings, headline, missing
from tracker.store.daemons import DaemonRow
from tracker.store.orders import Words


def a_daemon(host: str, pid: int, started: int, beat: int) -> DaemonRow:
    """A daemon that started, and sent its last heartbeat, so long ago."""
    return DaemonRow(1, host, pid, "1", NOW - started, NOW - beat)


ALIVE = a_daemon("a", 1, DAY, 5 * SECOND)
DEAD = a_daemon("b", 2, DAY, 3 * HOUR)


def daemon_findings(*daemons: DaemonRow) -> list[tuple[Health, str]]:
    newest_first = sorted(daemons, key=lambda one: -one.beat_at)
    return findings(Status([], newest_first, {}), NOW)


def test_having_no_daemon_is_critical() -> None:
    assert daemon_findings() == [(Health.CRITICAL, "the daemon is not running; start it with `tracker run`")]


DONE = PanelStatus("p", {"completed": 3}, Account("p", balance=Decimal(9), balance_at=NOW - DAY), MINUTE)


def test_a_daemon_that_has_ended_with_nothing_left_to_do_is_no_fault() -> None:
    note = "no daemon runs, and none is needed: nothing is left to do; `tracker run` starts one"

    assert findings(Status([DONE], [], may_rest=True, alerts={"waiting": 0}), NOW) == [(Health.OK, note)]
    assert (
        headline(findings(Status([DONE], [], may_rest=True, alerts={}, recurring=[("daily", None)]), NOW))
        == "All is well."
    )


@pytest.mark.parametrize(
    "status",
    [
        Status([replace(DONE, counts={"completed": 3, state: 1})], [], {}, may_rest=True)
        for state in ("queued", "submitting", "active", "unknown")
    ]
    + [
        Status([DONE], [], may_rest=True, alerts={"waiting": 1}),
        Status([DONE], [], may_rest=True, alerts={}, recurring=[("daily", NOW + DAY)]),
        Status([DONE], [], {}),
        Status([DONE], [DEAD], {}, may_rest=True),
        Status([replace(DONE, counts={})], [], {}, may_rest=True),
    ],
)
def test_where_anything_is_left_or_a_service_should_run_no_daemon_is_critical(status: Status) -> None:
    assert findings(status, NOW)[0][0] is Health.CRITICAL


def test_daemons_that_all_died_are_critical_and_reported_once() -> None:
    assert daemon_findings(DEAD, a_daemon("a", 1, DAY, 2 * HOUR)) == [
        (Health.CRITICAL, "the daemon has sent no heartbeat for 2 h")
    ]


def test_a_daemon_whose_process_is_there_is_not_called_dead() -> None:
    (found,) = daemon_findings(DEAD._replace(is_running=True))

    assert found == (
        Health.CRITICAL,
        "the daemon has sent no heartbeat for 3 h: it was paused, or another program keeps the database locked",
    )


def test_a_daemon_that_died_while_others_run_is_a_warning_that_names_it() -> None:
    assert daemon_findings(ALIVE, DEAD) == [
        (
            Health.WARNING,
            "the daemon on b (process 2) has sent no heartbeat for 3 h; other daemons do its work",
        )
    ]


@pytest.mark.parametrize(
    ("daemon", "is_missing"),
    [
        (a_daemon("b", 2, DAY, MINUTE), False),
        (a_daemon("b", 2, DAY, MINUTE + SECOND), True),
        (a_daemon("b", 2, 9 * DAY, DAY - SECOND), True),
        (a_daemon("b", 2, 9 * DAY, DAY), False),
    ],
    ids=["late heartbeat", "dead", "dead for long", "removed for good"],
)
def test_a_dead_daemon_is_reported_for_a_day(daemon: DaemonRow, is_missing: bool) -> None:
    assert missing([ALIVE, daemon], NOW) == [daemon] * is_missing


def test_a_daemon_that_was_started_again_on_its_machine_is_not_reported() -> None:
    again = a_daemon("b", 3, HOUR, SECOND)

    assert missing([again, DEAD], NOW) == []
    assert missing([again._replace(host="c"), DEAD], NOW) == [DEAD]
    assert missing([again._replace(started_at=NOW - DAY), DEAD], NOW) == [DEAD]


HEALTHY: dict[str, Any] = {"balance": Decimal(100), "balance_at": NOW}
"""An account about which there is nothing to report."""


def panel_findings(counts: dict[str, int], **changes: Any) -> list[tuple[Health, str]]:
    told = {name: changes.pop(name, ()) for name in ("waits_for_equal", "unlisted")}
    account = Account("shop", **{**HEALTHY, **changes})
    panel = PanelStatus("shop", counts, account, balance_every=5 * MINUTE, **told)
    return findings(Status([panel], [ALIVE], {}), NOW)


def test_a_healthy_panel_is_not_reported() -> None:
    assert panel_findings({"queued": 3, "active": 2}) == []


FINDINGS: list[tuple[dict[str, int], dict[str, Any], Health, str]] = [
    (
        {},
        {"refused_at": NOW, "refused_words": "Invalid key"},
        Health.CRITICAL,
        "shop refused the key or the account (Invalid key); fix it, then run `tracker resume shop`",
    ),
    (
        {},
        {"down_at": NOW - 3 * HOUR, "last_error": "the panel did not answer: no route"},
        Health.CRITICAL,
        "shop has not answered for 3 h: no route",
    ),
    ({}, {"short_at": NOW}, Health.CRITICAL, "shop refused an order for lack of funds; top up the wallet"),
    (
        {},
        {"short_at": NOW, "suspect_charge": Decimal("12.50")},
        Health.CRITICAL,
        "shop: nothing is sent: an order that costs 12.50, more than the wallet holds, was refused in words that are not "
        "known; top it up, or run `tracker resume shop`",
    ),
    (
        {},
        {"unlisted": [Words("Weg damit", 2, 7), Words("Fort", 1, 9)]},
        Health.WARNING,
        'shop answers about 3 orders in words that are not known ("Weg damit"); `tracker show 7` shows what to add to '
        "the config",
    ),
    (
        {},
        {"restored_at": NOW},
        Health.CRITICAL,
        "shop: the database is an older copy, so nothing is sent; "
        "`tracker drop` what the panel's page has of the queue, then run `tracker resume shop`",
    ),
    (
        {},
        {"ids_doubt": "the panel answered with order id 7"},
        Health.CRITICAL,
        "shop: nothing is sent: the panel answered with order id 7; if this panel's order ids do not grow, set "
        "`ids_grow: false` in its dialect and restart; then run `tracker resume shop`",
    ),
    (
        {},
        {"hold_until": NOW + 6 * HOUR, "last_error": "Too many requests"},
        Health.WARNING,
        "shop: nothing is sent or asked for 6 h more, as the panel asked (Too many requests); `tracker resume shop` goes "
        "on at once",
    ),
    (
        {},
        {"doubt": "two ids"},
        Health.WARNING,
        "shop: unknown orders wait for you: two ids; check them, then run `tracker resume shop`",
    ),
    ({"unknown": 2}, {}, Health.WARNING, "shop: 2 unknown orders; see `tracker list --state unknown`"),
    (
        {},
        {"waits_for_equal": [(7, 5, NOW + 90 * SECOND), (8, 5, NOW + HOUR)]},
        Health.OK,
        "shop: order 7 (and 1 more) waits 90 s more: until then the panel would take it for order 5, which asks for the "
        "same",
    ),
    ({}, {"paused_at": NOW}, Health.WARNING, "shop is paused; `tracker resume shop` starts it again"),
    ({}, {"level": Level.LOW}, Health.WARNING, "shop: the balance is low"),
    (
        {},
        {"balance_at": NOW - 3 * HOUR},
        Health.WARNING,
        "shop: the balance is stale; it was last read 3 h ago",
    ),
]
"""Counts of orders, what differs from a healthy account, and what is reported: one row for each rule."""


@pytest.mark.parametrize(("counts", "changes", "health", "sentence"), FINDINGS)
def test_each_trouble_of_a_panel_is_reported_in_one_sentence(
    counts: dict[str, int], changes: dict[str, Any], health: Health, sentence: str
) -> None:
    assert panel_findings(counts, **changes) == [(health, sentence)]


def test_every_rule_is_in_the_table_of_this_test() -> None:
    assert len(PANEL_RULES) == len(FINDINGS)


def test_a_short_pause_and_one_of_a_panel_that_is_down_are_not_reported() -> None:
    assert panel_findings({}, hold_until=NOW + 5 * MINUTE) == []
    assert len(panel_findings({}, hold_until=NOW + HOUR, down_at=NOW)) == 1
    assert len(panel_findings({}, hold_until=NOW + HOUR, refused_at=NOW, refused_words="no")) == 1


def test_a_balance_that_was_never_read_is_stale() -> None:
    assert panel_findings({}, balance=None, balance_at=None) == [
        (Health.WARNING, "shop: the balance is stale; it was never read")
    ]


def test_a_panel_that_answers_what_cannot_be_used_is_not_called_silent() -> None:
    found = panel_findings(
        {}, down_at=NOW - HOUR, last_error="the panel redirects (301): it does not say where to"
    )

    assert found[0][1] == (
        "shop has given no answer that can be used for 60 min: the panel redirects (301): it does not say where to"
    )


def test_a_balance_that_cannot_be_read_says_why_unless_another_sentence_does() -> None:
    stale = "shop: the balance is stale; it was last read 3 h ago"
    failed = {"balance_at": NOW - 3 * HOUR, "balance_failed_at": NOW, "last_error": "the panel redirects"}

    assert panel_findings({}, **failed) == [(Health.WARNING, f"{stale}: the panel redirects")]
    assert (Health.WARNING, stale) in panel_findings({}, **failed, down_at=NOW)


def test_critical_findings_come_before_warnings() -> None:
    found = panel_findings({"unknown": 1}, paused_at=NOW, level=Level.LOW, short_at=NOW)

    assert [health for health, _ in found] == [Health.CRITICAL, *[Health.WARNING] * 3]


def test_dead_alerts_are_a_warning() -> None:
    assert findings(Status([], [ALIVE], {"waiting": 1, "dead": 2}), NOW) == [
        (Health.WARNING, "2 alerts are dead; see `tracker alerts list --state dead`")
    ]


def test_silences_are_noted_and_are_no_warning() -> None:
    found = findings(Status([], [ALIVE], {}, silences=2), NOW)

    assert found == [
        (Health.OK, "2 silences keep alerts back; `tracker alerts silences` lists what and until when")
    ]
    assert headline(found) == "All is well."
