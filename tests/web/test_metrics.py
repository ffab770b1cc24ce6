"""Figures for monitors: names and units as Prometheus wants them, labels with few values, and what they say is true."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.support.samples import NOW, a_database, a_draft, an_intent, claim_for_add, enqueued
from tracker import __version__
from tracker.accounts.account import AccountChange, Level
from tracker.alerts.subscriptions import Subscription
from tracker.config.loader import parse
from tracker.events import Event, Notice
from tracker.lib.histogram import Histogram
from tracker.lib.times import HOUR, MINUTE, SECOND
from tracker.operations.rounds import Round
from tracker.orders.answers import Accepted, Balance, Unanswered
from tracker.orders.resolution import By, after_drop
from tracker.orders.submission import after_add
from tracker.store import accounts, catalogue, changes, daemons, journal, meters, outbox
from tracker.store.database import Database
from tracker.store.meters import CALLS, NEWS, SLOT, Key
from tracker.web.figures.families import FAMILIES
from tracker.web.figures.samples import CONDITIONS
from tracker.web.metrics import DATABASE_UP, exposition
from tracker.web.site import Doors, Site

DOCS = Path(__file__).parent.parent.parent / "docs"
DASHBOARD, RULES, TEXT = DOCS / "grafana/tracker.json", DOCS / "prometheus/alerts.yml", DOCS / "monitoring.md"
RULES_TEST = Path(__file__).with_name("rules_test.yml")
PROMTOOL = shutil.which("promtool")

CONFIG = """
panels:
  p: {url: https://x.example/api, key: a-secret-key, calls_per_second: 2, balance: {low: 50}}
  q: {url: https://y.example/api, key: another-secret-key}
alerts: [{name: ops, url: 'json://x.example'}]
web: {}
"""
LABELS = {"panel", "state", "from_state", "to_state", "action", "outcome", "by", "condition", "target", "pass", "severity", "version", "le"}  # fmt: skip
"""Every label that a figure may have: none of them takes many values."""

ROUNDS = (
    Round("submit:p", 3 * SECOND, MINUTE),
    Round("deliver:ops", None, 2 * SECOND),
    Round("housekeeping", None, None),
)


def a_site(folder: Path, db: Database | None = None, rounds: Sequence[Round] = ()) -> Site:
    """A site with a config of two panels."""
    found = db if db is not None else a_database(folder, Subscription("ops"))
    doors = Doors(adopt=lambda order, _id, _by: order, rounds=lambda: rounds)
    return Site(found, parse(CONFIG, folder / "config.yaml", {}), doors, lambda: NOW)


Shown = dict[str, dict[tuple[tuple[str, str], ...], float]]
"""The figures by name, each by its labels."""


def shown(site: Site) -> Shown:
    found: Shown = {}
    for family in families(site):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def families(site: Site) -> list[Metric]:
    """What Prometheus' own parser reads."""
    return list(text_string_to_metric_families(exposition(site).decode()))


def of(found: dict[tuple[tuple[str, str], ...], float], **labels: str) -> float:
    return found[tuple(sorted(labels.items()))]


@pytest.fixture
def busy(tmp_path: Path) -> Site:
    """A site of which every figure has something to show."""
    site = a_site(tmp_path, rounds=ROUNDS)
    db = site.db
    with db.transaction():  # one for all: each of its own would wait for the disk
        daemons.register(db, "1", NOW - HOUR)
        daemons.register(db, "1", NOW - SECOND)
        give_orders(db)
        for before, amount in ((3 * HOUR, "130"), (HOUR, "100"), (0, "70.5")):
            accounts.keep_balance(db, "p", Balance(Decimal(amount), "USD"), NOW - before)
        accounts_update(
            db,
            balance=Decimal("70.5"),
            currency="USD",
            balance_at=NOW - SECOND,
            level=Level.LOW,
            paused_at=NOW,
        )
        catalogue.replace_catalogue(db, "p", [], NOW - HOUR)
        outbox.post(db, [Notice(Event.PANEL_DOWN, "p", facts={"why": "hostile words"})], NOW)
        late, call = Histogram(), Histogram()
        for value in (5 * SECOND, 90 * SECOND):
            late.note(value, NEWS.bounds)
        for _ in range(300):
            call.note(SECOND // 5, CALLS.bounds)
        figures = {Key("p", NEWS.name): late, Key("p", CALLS.name, "status answered"): call}
        meters.add(db, figures, NOW - SLOT)
        journal.count_new(db, NOW)
    return site


def give_orders(db: Database) -> None:
    """One order that is queued, one active, one unknown and one given up; and one of a panel that is gone."""
    for number in range(4):
        draft = a_draft(f'https://hostile.example/{number}?"\\\n{{}}', service=f"hostile-{number}")
        (order,) = enqueued(db, draft)
        if not number:
            continue
        intent = an_intent(expected_charge=Decimal(10))
        claimed = claim_for_add(db, order, intent)
        assert claimed is not None
        answer = Accepted("7") if number == 1 else Unanswered("hostile words")
        (settled,) = changes.apply(db, [after_add(claimed[0].after, answer, intent, NOW, MINUTE)], NOW)
        if number == 3:
            changes.apply(db, [after_drop(settled.after, By.OPERATOR, NOW)], NOW)
    enqueued(db, a_draft(panel="gone"))


def accounts_update(db: Database, **values: Any) -> None:
    with db.transaction():
        accounts.update(db, "p", lambda account: AccountChange(account._replace(**values)))


def test_each_figure_has_a_meaning_and_a_name_with_its_unit_and_labels_with_few_values(busy: Site) -> None:
    for family in families(busy):
        assert family.documentation, family.name
        assert family.name.startswith(("tracker_", "process_"))
        assert family.type in ("gauge", "counter", "histogram")
        if family.type == "histogram":
            assert family.name.endswith("_seconds")
        for sample in family.samples:
            assert set(sample.labels) <= LABELS
            assert sample.name.endswith("_total") == (family.type == "counter")
            assert "hostile" not in str(sample.labels)


def test_every_figure_is_shown_and_has_samples(busy: Site) -> None:
    found = {family.name: family for family in families(busy)}

    names = {family.name.removesuffix("_total") for family in FAMILIES} | {DATABASE_UP}
    assert names == {name for name in found if name.startswith("tracker_")}
    assert [name for name in names if not found[name].samples] == []


def test_the_figures_say_what_is(busy: Site) -> None:
    found, span = shown(busy), 300 + (NOW % SLOT) / SECOND

    assert found["tracker_build_info"] == {(("version", __version__),): 1}
    assert found[DATABASE_UP] == {(): 1}
    assert found["tracker_daemons_alive"] == {(): 1}
    assert found["tracker_daemon_heartbeat_timestamp_seconds"] == {(): (NOW - SECOND) / SECOND}
    assert of(found["tracker_findings"], severity="critical") == 0
    assert of(found["tracker_findings"], severity="warning") == 6

    orders = found["tracker_orders"]
    assert [of(orders, panel="p", state=state) for state in ("queued", "active", "unknown", "dropped")] == [
        1
    ] * 4
    assert of(orders, panel="q", state="queued") == 0
    assert of(orders, panel="gone", state="queued") == 1
    adds = found["tracker_adds_total"]
    assert [of(adds, panel="p", outcome=one) for one in ("accepted", "lost", "rejected")] == [1, 2, 0]
    assert of(adds, panel="q", outcome="accepted") == 0
    lost = found["tracker_lost_answers_settled_total"]
    assert of(lost, panel="p", outcome="dropped", by="person") == 1
    assert of(lost, panel="p", outcome="adopted", by="evidence") == 0
    moves = found["tracker_order_state_changes_total"]
    assert of(moves, panel="p", from_state="submitting", to_state="unknown") == 2

    buckets = found["tracker_news_delay_seconds_bucket"]
    assert [of(buckets, panel="p", le=le) for le in ("10", "60", "120", "+Inf")] == [1, 1, 2, 2]
    assert of(found["tracker_news_delay_seconds_sum"], panel="p") == 95
    assert of(found["tracker_news_delay_seconds_count"], panel="q") == 0
    calls = {"panel": "p", "action": "status", "outcome": "answered"}
    assert of(found["tracker_call_duration_seconds_count"], **calls) == 300
    assert of(found["tracker_call_duration_seconds_sum"], **calls) == 60
    assert of(found["tracker_call_duration_seconds_bucket"], **calls, le="0.25") == 300
    assert of(found["tracker_call_budget_per_second"], panel="p") == 2
    assert of(found["tracker_call_budget_used_ratio"], panel="p") == pytest.approx(300 / span / 2)

    assert {name: of(found[f"tracker_wallet_{name}"], panel="p") for name in ("balance", "estimate", "low_threshold")} == {
        "balance": 70.5, "estimate": 50.5, "low_threshold": 50,
    }  # fmt: skip
    assert of(found["tracker_wallet_runway_seconds"], panel="p") == pytest.approx(70.5 / 59.5 * 3 * 3600)
    assert of(found["tracker_wallet_read_timestamp_seconds"], panel="p") == (NOW - SECOND) / SECOND
    assert of(found["tracker_catalogue_read_timestamp_seconds"], panel="p") == (NOW - HOUR) / SECOND
    deliveries = found["tracker_alert_deliveries"]
    assert of(deliveries, target="ops", state="waiting") == 3
    assert of(deliveries, target="ops", state="dead") == 0


def test_what_is_not_known_is_left_out(busy: Site) -> None:
    found = shown(busy)

    for name in ("balance", "estimate", "low_threshold", "runway_seconds", "read_timestamp_seconds"):
        assert (("panel", "q"),) not in found[f"tracker_wallet_{name}"]
    assert (("panel", "q"),) not in found["tracker_catalogue_read_timestamp_seconds"]


def test_each_condition_of_a_panel_is_1_while_it_lasts(busy: Site) -> None:
    def conditions() -> dict[str, float]:
        found = shown(busy)["tracker_panel_condition"]
        return {name: of(found, panel="p", condition=name) for name in CONDITIONS}

    assert {name for name, is_so in conditions().items() if is_so} == {"paused", "low"}

    accounts_update(
        busy.db, refused_at=NOW, down_at=NOW, hold_until=NOW + 1, short_at=NOW, doubt="why", ids_doubt="why",
        restored_at=NOW, balance_at=NOW - HOUR,
    )  # fmt: skip

    assert set(conditions().values()) == {1}


def test_passes_are_shown_where_this_process_runs_them(busy: Site, tmp_path: Path) -> None:
    found = shown(busy)

    assert found["tracker_pass_running_seconds"] == {
        (("panel", "p"), ("pass", "submit"), ("target", "")): 3,
        (("panel", ""), ("pass", "deliver"), ("target", "ops")): 0,
        (("panel", ""), ("pass", "housekeeping"), ("target", "")): 0,
    }
    assert found["tracker_pass_last_end_timestamp_seconds"] == {
        (("panel", "p"), ("pass", "submit"), ("target", "")): (NOW - MINUTE) / SECOND,
        (("panel", ""), ("pass", "deliver"), ("target", "ops")): (NOW - 2 * SECOND) / SECOND,
    }
    assert "tracker_pass_running_seconds" not in shown(a_site(tmp_path, busy.db))


def test_counts_of_the_history_are_shown_once_all_of_it_was_counted(tmp_path: Path) -> None:
    site = a_site(tmp_path)
    counted = ("tracker_adds_total", "tracker_lost_answers_settled_total")
    assert not set(counted) & set(shown(site))

    journal.count_new(site.db, NOW)

    assert set(counted) <= set(shown(site))


def test_without_its_database_only_that_is_said(tmp_path: Path) -> None:
    found = shown(a_site(tmp_path, Database(f"sqlite:///{tmp_path}/none/tracker.db")))

    assert {name: value for name, value in found.items() if name.startswith("tracker_")} == {
        DATABASE_UP: {(): 0}
    }


# -- what the documents name ------------------------------------------------------------------------------

NAME = re.compile(r"\b(?:tracker|process)_[a-z_]+\b")


def sample_names(site: Site) -> set[str]:
    """Every name that an expression may use."""
    return {sample.name for family in families(site) for sample in family.samples}


def expressions(value: Any) -> Iterator[str]:
    """Every expression in a dashboard or in rules."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("expr", "definition") and isinstance(inner, str):
                yield inner
            else:
                yield from expressions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from expressions(inner)


def used(value: Any) -> set[str]:
    return {name for expression in expressions(value) for name in NAME.findall(expression)}


def test_the_dashboard_and_the_rules_use_figures_that_exist(busy: Site) -> None:
    known = sample_names(busy)
    dashboard, rules = json.loads(DASHBOARD.read_text()), yaml.safe_load(RULES.read_text())

    assert used(dashboard) - known == set()
    assert used(rules) - known == set()


def test_the_dashboard_shows_every_figure(busy: Site) -> None:
    shown_there = {
        re.sub(r"_(bucket|sum|count|total)$", "", one) for one in used(json.loads(DASHBOARD.read_text()))
    }
    ours = {one.name for one in families(busy) if one.name.startswith("tracker_")}

    assert ours - shown_there == set()


def test_the_document_explains_every_figure_and_condition_and_no_other(busy: Site) -> None:
    text = TEXT.read_text()
    rows = set(re.findall(r"^\| `(tracker_\w+)` \|", text, re.MULTILINE))

    assert rows == {family.name for family in FAMILIES} | {DATABASE_UP}
    assert [name for name in CONDITIONS if f"`{name}`" not in text] == []
    labels = {re.sub(r" ?_?", "", "") or label for row in text.splitlines() if row.startswith("| `") for label in row.split("|")[2].strip().split(", ") if label}  # fmt: skip
    assert labels <= LABELS


def test_places_on_the_dashboard_do_not_overlap() -> None:
    places = [one["gridPos"] for one in json.loads(DASHBOARD.read_text())["panels"]]
    cells = [
        (x, y)
        for one in places
        for x in range(one["x"], one["x"] + one["w"])
        for y in range(one["y"], one["y"] + one["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23


needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not installed: Debian's package prometheus has it"
)


def promtool(*arguments: str, given: bytes = b"") -> None:
    """Run Prometheus' own tool, which must have nothing to say."""
    assert PROMTOOL is not None
    done = subprocess.run([PROMTOOL, *arguments], input=given, capture_output=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, b""), done.stdout.decode() + done.stderr.decode()


@needs_promtool
def test_prometheus_own_tool_has_nothing_against_the_figures(busy: Site) -> None:
    promtool("check", "metrics", given=exposition(busy))


@needs_promtool
def test_prometheus_can_evaluate_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    found = [one for one in expressions(json.loads(DASHBOARD.read_text())) if "label_values" not in one]
    rules = [
        {"record": f"one:{number}", "expr": one.replace("$__rate_interval", "5m").replace("$panel", "p|q")}
        for number, one in enumerate(found)
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))

    promtool("check", "rules", "--lint=none", str(file))


@needs_promtool
def test_each_alert_rule_fires_when_it_should_and_is_silent_when_all_is_well(tmp_path: Path) -> None:
    promtool("check", "rules", str(RULES))
    file = tmp_path / "rules_test.yml"
    file.write_text(RULES_TEST.read_text().replace("RULES", str(RULES)))

    promtool("test", "rules", str(file))
