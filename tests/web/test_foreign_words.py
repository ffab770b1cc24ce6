"""What panels, files and targets say is shown as text on every page, and no secret is shown with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.browsers import Browser, Stage, served
from tests.support.samples import NOW, a_database, a_draft, enqueued
from tracker.lib import redaction
from tracker.lib.redaction import register_secret
from tracker.lib.times import DAY
from tracker.orders.answers import Service
from tracker.store import catalogue
from tracker.store.database import Database

SECRETS = (
    "a-key-of-the-panel",
    "secret-of-the-phone",
    "key-of-a-client-1",
    "a word to get in",
    "pass-of-database",
)
URLS = "https://user:hunter22@x.example/?token=t0ken-in-url 123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
IN_URLS = ("hunter22", "t0ken-in-url", "AAAAAAAA")

MARK = (
    "<b id=x>\"' onmouseover=alert(1) x='{{7*7}}{%raw%}${7*7}</bdi></pre></title></textarea><script>alert(1)</script>"
    "<img src=x onerror=alert(1)><!-- \u202egnp\u2066\x1b[31m &lt;i&gt; \\u003cb\\u003e سفارش "
)


def marked(where: str) -> str:
    """A text that would break out of every place it could stand in, and that is found again."""
    return f"{MARK} {' '.join(SECRETS)} {URLS} [{where}]"


ORDERS = ("unknown", "rejected", "active", "queued", "completed")
COLUMNS = {
    "orders": (
        "service",
        "link",
        "comments",
        "ref",
        "panel_order_id",
        "panel_status",
        "currency",
        "last_error",
    ),
    "history": ("why",),
    "attempts": ("error",),
    "looks": ("ruling",),
    "accounts": ("last_error", "refused_words", "ids_doubt", "restored_why", "currency", "doubt"),
    "balances": ("currency",),
    "deliveries": ("last_error",),
    "acts": ("who", "what"),
}
UNIQUE = {"ref", "panel_order_id"}
NOT_SHOWN = {"balances.currency", "accounts.doubt", "accounts.currency"}


class Marks(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src", "action")}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(redaction, "_shared", redaction.Redactor())
    for secret in SECRETS:
        register_secret(secret)
    db = a_database(tmp_path)
    fill(db)
    with served(db, tmp_path) as made:
        yield made


def fill(db: Database) -> None:
    """Write a marked text wherever a text may come from outside."""
    enqueued(
        db,
        *(
            a_draft(f"https://x.example/{state}", ref=state, fields={marked("field"): marked("value")})
            for state in ORDERS
        ),
    )
    with db.transaction():
        for number, state in enumerate(ORDERS, 1):
            db.sql(
                "UPDATE orders SET state = ?, finished_at = ? WHERE id = ?",
                (state, NOW if state in ("rejected", "completed") else None, number),
            )
            evidence = json.dumps({"words": marked("evidence"), marked("fact"): [marked("of a list")]})
            db.sql(
                "INSERT INTO history (order_id, at, from_state, to_state, why, evidence) VALUES (?, ?, 'queued', ?, '', ?)",
                (number, NOW, state, evidence),
            )
            body = marked("body").encode()
            db.sql(
                "INSERT INTO attempts (order_id, at, answered_at, begun, status, headers, body) VALUES (?, ?, ?, TRUE, 200, '{}', ?)",
                (number, NOW, NOW, body),
            )
            reasons, facts = (
                json.dumps([marked("reason")]),
                json.dumps({"own_ids_found": {marked("id"): {"link": marked("found")}}}),
            )
            db.sql(
                "INSERT INTO looks (order_id, at, ruling, reasons, facts) VALUES (?, ?, '', ?, ?)",
                (number, NOW, reasons, facts),
            )
        db.sql("DELETE FROM tallies")
        db.sql(
            "INSERT INTO tallies (panel, state, orders) SELECT panel, state, COUNT(*) FROM orders GROUP BY panel, state"
        )
        db.sql("INSERT INTO accounts (panel) VALUES ('p')")
        db.sql("UPDATE orders SET charge = '1.5'")
        db.sql(
            "UPDATE accounts SET down_at = 1, refused_at = 1, restored_at = 1, balance = '3', balance_at = ?",
            (NOW,),
        )
        db.sql("INSERT INTO balances (panel, at, amount) VALUES ('p', ?, '3')", (NOW,))
        about = json.dumps(
            {
                "link": marked("fact of an alert"),
                "why": marked("why"),
                "service": marked("service"),
                "ref": marked("ref"),
            }
        )
        db.sql(
            "INSERT INTO alerts (at, event, panel, order_id, facts) VALUES (?, 'order.unknown', 'p', 1, ?)",
            (NOW, about),
        )
        db.sql("INSERT INTO deliveries (alert_id, target, state, attempts) VALUES (1, 'ops', 'dead', 3)")
        db.sql("INSERT INTO acts (at, who, what, panel) VALUES (1, '', '', 'p')")
        for table, columns in COLUMNS.items():
            for column in columns:
                text = marked(f"{table}.{column}")
                if column in UNIQUE:
                    for number in range(1, len(ORDERS) + 1):
                        db.sql(f"UPDATE {table} SET {column} = ? WHERE id = ?", (f"{text}{number}", number))
                else:
                    db.sql(f"UPDATE {table} SET {column} = ?", (text,))
    service = Service(
        marked("orders.service"),
        marked("name"),
        None,
        category=marked("category"),
        type=marked("type"),
        description=marked("description"),
    )
    catalogue.replace_catalogue(db, "p", [service], NOW)
    db.sql("UPDATE orders SET missing = 0")


PAGES = ("/", *(f"/orders/{number}" for number in range(1, len(ORDERS) + 1)), "/orders", "/orders?q=%3Cb%20id%3Dx%3E%22'%7B%7B7*7%7D%7D&service=%22%3E%3Cimg%3E&since=%3Cimg%3E%E2%80%AE",
         "/panels/p", "/services", "/services?by=time", "/worth", "/report?by=service", "/report?by=tag&month=%3Cimg%3E&panel=%3Cimg%3E", "/services?q=%22%3E%3Cimg%20src%3Dx%3E", "/alerts", "/alerts?state=dead", "/journal")  # fmt: skip
SEEN = {
    *("field", "value", "evidence", "fact", "of a list", "body", "reason", "name", "category", "type", "why"),
    *(f"{table}.{column}" for table, columns in COLUMNS.items() for column in columns),
} - NOT_SHOWN  # fmt: skip


def test_every_word_of_others_is_shown_as_text_and_no_secret_with_it(stage: Stage) -> None:
    browser, shown = stage.browser(), ""

    for path in PAGES:
        answer = browser.get(path)
        assert answer.status == 200, path
        assert_harmless(answer.text, path)
        for secret in (*SECRETS, *IN_URLS):
            assert secret not in answer.text, (path, secret)
            assert secret not in json.dumps(answer.headers), (path, secret)
        shown += answer.shown

    assert "{{7*7}}" in shown
    assert {
        one for one in SEEN if f"[{one}]" not in shown and not any(f"[{one}]{n}" in shown for n in range(9))
    } == set()


def assert_harmless(text: str, path: str) -> None:
    found = Marks()
    found.feed(text)
    assert not found.tags & {"b", "img", "i", "iframe", "textarea"}, path
    assert not {name for name in found.attributes if name.startswith("on") or name == "style"}, path
    assert text.count("<script") <= 1, path
    assert not [one for one in found.links if not one.startswith("/") and one != "#main"], (path, found.links)
    assert not set(text) & set("\u202e\u2066\x1b"), path
    assert "49" not in text.replace("&#49;", "") or "{{7*7}}" in text, path


def test_what_a_change_says_is_text_without_secrets_too(stage: Stage) -> None:
    browser: Browser = stage.browser()

    answer = browser.send("/orders/1/adopt", on="/orders/1", panel_order_id=marked("typed"))
    page = browser.get("/orders/1")

    assert answer.status == 303
    assert_harmless(page.text, "told")
    assert not [one for one in (*SECRETS, *IN_URLS) if one in json.dumps(answer.headers) + page.text]


def test_only_a_web_address_without_a_secret_is_a_link(stage: Stage) -> None:
    browser = stage.browser()
    for link, is_one in (
        ("https://x.example/سفارش?a=1&b=<i>", True), ("javascript:alert(1)", False), ("data:text/html,<b>", False),
        ("https://x.example/?token=abc123", False), ("//x.example", False), ("https://[x", False),
    ):  # fmt: skip
        stage.db.sql("UPDATE orders SET link = ? WHERE id = 4 RETURNING id", (link,))
        assert ('rel="noopener' in browser.get("/orders/4").text) is is_one, link


def test_an_order_of_long_ago_with_all_that_it_may_have_is_shown_whole(stage: Stage) -> None:
    stage.db.sql(
        "UPDATE orders SET comments = ?, finished_at = ?, created_at = ? WHERE id = 5 RETURNING id",
        ("ن" * 100_000, NOW - 400 * DAY, 0),
    )

    answer = stage.browser().get("/orders/5")

    assert (answer.status, len(answer.text) < 100_000) == (200, True)
