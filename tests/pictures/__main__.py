"""Serves a shop with few and with many orders, and takes a picture of each page: desktop and phone, light and dark."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.support import crowds
from tests.support.browsers import PASSWORD, Stage, served
from tests.support.samples import a_draft, follow
from tracker.lib.times import DAY, HOUR, MINUTE
from tracker.orders.answers import Service
from tracker.store import accounts, acts, catalogue, daemons, queue
from tracker.store.acts import Act
from tracker.store.database import Database
from tracker.web.server import Limits

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)

SIZES = {"desktop": (1280, 1600), "phone": (390, 2400)}

PAGES = {
    "overview": "/", "orders": "/orders", "search": "/orders?q=no-such-thing&since=2h", "order": "/orders/1", "lost": "/orders/2", "panel": "/panels/p",
    "services": "/services", "slow": "/services?by=time", "worth": "/worth", "report": "/report?by=service", "alerts": "/alerts", "journal": "/journal",
}  # fmt: skip

LINKS = (
    "https://instagram.example/فروشگاه_گل_و_گیاه/پست/۱۲۳۴۵", "https://t.me/example_channel/4412",
    "https://x.example/" + "a-very-long-name-without-any-place-to-break-it-" * 12, "https://example.com/watch?v=abc&list=def&index=12", "@نام_کاربری",
)  # fmt: skip
SERVICES = (
    ("1", "فالوور اینستاگرام | کیفیت بالا | جبران ریزش ۳۰ روزه ♻️", "اینستاگرام"),
    ("2", "Telegram members [0-1 h] [max 50K] ⚡", "Telegram"),
    ("3", "لایک پست HQ — start in 10 min", "اینستاگرام"),
    ("4", "Views, " + "very long name of a service " * 8, "YouTube"),
)  # fmt: skip
TWO_PANELS = "  q: {url: 'https://other.example/api/v2', key: another-key-of-q}\n"


def few(db: Database, now: int) -> None:
    """Five orders: one of each kind that needs somebody, with Persian names and long links."""
    states = ("active", "unknown", "rejected", "completed", "queued")
    drafts = [
        a_draft(link, ref=f"سفارش-{n}" if n % 2 else f"order-{n}", service=str(1 + n % 4), quantity=1000 + n)
        for n, link in enumerate(LINKS)
    ]
    queue.enqueue(db, [queue.Entry(one) for one in drafts], now - 2 * HOUR)
    with db.transaction():
        for number, state in enumerate(states, 1):
            sent = None if state == "queued" else now - HOUR
            ended = now - 5 * MINUTE if state in ("rejected", "completed") else None
            words = {
                "unknown": "no answer within 60 s; the panel may have taken it",
                "rejected": "لینک نامعتبر است (Incorrect link)",
            }.get(state)
            db.sql(
                "UPDATE orders SET state = ?, submitted_at = ?, checked_at = ?, finished_at = ?, last_error = ?, charge = ?, currency = 'USD', "
                "remains = ?, start_count = 120, panel_order_id = ?, panel_status = ?, attempts = 1 WHERE id = ?",
                (state, sent, sent and now - MINUTE, ended, words, None if state in ("queued", "unknown") else "1.25", {"active": 400, "completed": 0}.get(state),
                 str(7000 + number) if state in ("active", "completed") else None, "In progress" if state == "active" else None, number),
            )  # fmt: skip
            if sent:
                for at, before, after, why in (
                    (sent, "queued", "submitting", "sending, attempt 1"),
                    (sent + 9, "submitting", state, words or "the panel took it"),
                ):
                    evidence = json.dumps({"words": words, "charge": "1.25"}) if state == "unknown" else "{}"
                    db.sql(
                        "INSERT INTO history (order_id, at, from_state, to_state, why, evidence) VALUES (?, ?, ?, ?, ?, ?)",
                        (number, at, before, after, why, evidence),
                    )
                db.sql("INSERT INTO attempts (order_id, at, answered_at, begun, status, headers, body, error) VALUES (?, ?, ?, TRUE, ?, '{}', ?, ?)",
                       (number, sent, sent + 400_000, None if state == "unknown" else 200, b'{"order": 7001}', words if state == "unknown" else None))  # fmt: skip
        reasons = json.dumps(
            [
                "the wallet fell by 1.25 USD, just what it costs",
                "ids 7002 and 7003 are not known to be of others",
            ]
        )
        for back in (40, 20, 2):
            db.sql(
                "INSERT INTO looks (order_id, at, ruling, reasons, facts) VALUES (2, ?, 'held', ?, '{}')",
                (now - back * MINUTE, reasons),
            )
        follow(db)
        db.sql("DELETE FROM tallies")
        db.sql(
            "INSERT INTO tallies (panel, state, orders) SELECT panel, state, COUNT(*) FROM orders GROUP BY panel, state"
        )
        catalogue.replace_catalogue(
            db,
            "p",
            [
                Service(one, name, price=None, minimum=10, maximum=50_000, category=of)
                for one, name, of in SERVICES
            ],
            now,
        )
        db.sql(crowds.BALANCES.format(count=crowds.READINGS), (now,))
        db.sql(
            "INSERT INTO accounts (panel, refused_at, refused_words) VALUES ('q', ?, 'Invalid API key')",
            (now - HOUR,),
        )
        db.sql(
            "UPDATE accounts SET balance = '200', currency = 'USD', balance_at = ? WHERE panel = 'p'",
            (now - 5 * MINUTE,),
        )
        acts.note(db, Act(now - DAY, "the operator, on the page from 127.0.0.1", "paused", "p"))
        acts.note(db, Act(now - DAY + HOUR, "the operator", "resumed", "p"))
        for number, (event, state) in enumerate(
            (("order.unknown", "dead"), ("order.rejected", "sent"), ("balance.low", "waiting")), 1
        ):
            facts = json.dumps(
                {"link": LINKS[0], "service": "1", "balance": "200", "low": "300", "why": "Incorrect link"}
            )
            db.sql(
                "INSERT INTO alerts (at, event, panel, order_id, facts) VALUES (?, ?, 'p', ?, ?)",
                (now - HOUR, event, None if number == 3 else number, facts),
            )
            db.sql("INSERT INTO deliveries (alert_id, target, state, attempts, last_error, sent_at, due_at) VALUES (?, 'ops', ?, ?, ?, ?, ?)",
                   (number, state, number, "HTTP 404: chat not found" if state == "dead" else None, now if state == "sent" else None, now + HOUR))  # fmt: skip
    accounts.read(db, "p")
    daemons.register(db, "0.2.0", now)


def shoot(url: str, file: Path, width: int, height: int, *, dark: bool) -> None:
    """Take one picture. A window of a desktop is never as narrow as a phone, so the page is put into a frame of its width."""
    assert CHROMIUM is not None
    scheme = "0" if dark else "1"
    with tempfile.TemporaryDirectory() as profile:
        command = [
            CHROMIUM,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
            "--force-device-scale-factor=1",
        ]
        command += [
            f"--window-size={width},{height}",
            f"--blink-settings=preferredColorScheme={scheme}",
            f"--screenshot={file}",
            url,
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=90)


def pictures(stage: Stage, folder: Path, name: str, pages: Mapping[str, str], only: str = "") -> None:
    """Take a picture of each page."""
    for page, path in pages.items():
        if only and page not in only.split(","):
            continue
        for size, (width, height) in SIZES.items():
            for dark in (False, True):
                file = folder / f"{name}-{page}-{size}-{'dark' if dark else 'light'}.png"
                shoot(f"http://127.0.0.1:{stage.port}{path}", file, width, height, dark=dark)


def main(folder: Path, only: str = "", sizes: str = "5,50000") -> None:
    """Take them all."""
    folder.mkdir(parents=True, exist_ok=True)
    for size in map(int, sizes.split(",")):
        with tempfile.TemporaryDirectory() as name:
            db, now = Database(f"sqlite:///{name}/tracker.db"), time.time_ns() // 1000
            db.open()
            few(db, now) if size == 5 else crowds.fill(db, size, now)
            with served(
                db, Path(name), limits=Limits(share=1), panels=TWO_PANELS if size == 5 else ""
            ) as stage:
                pictures(stage, folder, str(size), PAGES, only)
            with served(db, Path(name), f"password: {PASSWORD}") as stage:
                pictures(stage, folder, str(size), {"login": "/orders"}, only)
            db.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
