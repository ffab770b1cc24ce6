"""`status` on one screen: is all well, what needs you, and what the wallet should hold by now."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support import terminals
from tests.support.project import Project
from tests.support.samples import NOW
from tests.support.stepped_project import opened
from tracker.accounts.account import Account, AccountChange
from tracker.accounts.balance import WalletEstimate, estimated
from tracker.cli.terminal.cells import cells
from tracker.lib.clock import now
from tracker.lib.times import HOUR, MINUTE
from tracker.operations.health import Health, PanelStatus, headline
from tracker.operations.wallets import wallet
from tracker.orders.order import Draft
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store import accounts, queue
from tracker.store.database import Database

READ = Account("p", balance=Decimal(5000), currency="USD", balance_at=NOW - 2 * MINUTE)


@pytest.mark.parametrize(
    ("charges", "expected"),
    [
        ([], None),
        ([Decimal("12.5"), Decimal(7)], WalletEstimate(Decimal("4980.5"), Decimal("19.5"))),
        ([Decimal(10), None], WalletEstimate(Decimal(4990), Decimal(10), 1)),
    ],
)
def test_the_wallet_is_estimated_by_what_was_sent_since_its_reading(
    charges: list[Decimal | None], expected: WalletEstimate | None
) -> None:
    assert estimated(READ, charges) == expected
    assert estimated(Account("p"), charges) is None


def test_an_estimate_is_called_one() -> None:
    panel = PanelStatus("p", {}, READ, 5 * MINUTE, runway=3 * HOUR)
    guess = PanelStatus(
        "p", {}, READ, 5 * MINUTE, estimate=WalletEstimate(Decimal("4980.5"), Decimal("19.5"))
    )

    assert wallet(panel, NOW) == "5,000 USD, read 2 min ago; lasts about 3 h"
    assert wallet(guess, NOW) == (
        "about 4,980.50 USD (estimate: 5,000 USD, read 2 min ago, less 19.50 USD since)"
    )


@pytest.mark.parametrize(
    ("levels", "line"),
    [
        ([], "All is well."),
        ([Health.OK], "All is well."),
        ([Health.WARNING], "Not all is well: 1 warning."),
        ([Health.CRITICAL, Health.WARNING, Health.WARNING], "Not all is well: 1 critical and 2 warnings."),
    ],
)
def test_the_first_line_says_whether_all_is_well(levels: list[Health], line: str) -> None:
    assert headline([(level, "why") for level in levels]) == line


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with PracticePanel(Behaviour(pace=0)) as panel:
        yield Project(tmp_path, panel)


def test_the_screen_tells_the_estimate_and_the_rejected_orders(project: Project) -> None:
    with opened(project.folder) as db:
        _fill(db)
    found = terminals.shown(project.command("status"))
    (status,) = project.json("status")

    assert all(cells(line) <= 80 for line in found.splitlines())
    assert len(found.splitlines()) <= 24
    assert "about 970 USD (estimate: 1,000 USD, read 10 min ago" in found
    assert "rejected  order 3 (third), 5 min ago: no such service" in found
    assert status["panels"][0]["balance_estimate"] == {
        "amount": "970", "charged": "30", "orders_without_price": 0,
    }  # fmt: skip
    assert [one["ref"] for one in status["panels"][0]["rejected_lately"]["newest"]] == ["third"]


def _fill(db: Database) -> None:
    """Read the wallet, send one order before and two after that, and reject another."""
    at = now()
    refs = ("first", "second", "third", "fourth")
    queue.enqueue(
        db, [queue.Entry(Draft("p", "2", f"https://x.example/{ref}", 10, ref=ref)) for ref in refs], at
    )

    def read(account: Account) -> AccountChange:
        return AccountChange(
            account._replace(balance=Decimal(1000), currency="USD", balance_at=at - 10 * MINUTE)
        )

    with db.transaction():
        accounts.update(db, "p", read)
        for order_id, charge, sent in ((1, "500", 20), (2, "10", 5), (4, "20", 1)):
            db.many("INSERT INTO attempts (order_id, at) VALUES (?, ?)", [(order_id, at - sent * MINUTE)])
            db.many(
                "UPDATE orders SET state = 'active', expected_charge = ?, submitted_at = ? WHERE id = ?",
                [(charge, at - sent * MINUTE, order_id)],
            )
        rejected = "UPDATE orders SET state = 'rejected', finished_at = ?, last_error = ? WHERE id = 3"
        db.many(rejected, [(at - 5 * MINUTE, "no such service")])
