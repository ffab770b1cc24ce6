"""The live screen as it is drawn: it fits every size, and says what a person looks for."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.samples import NOW
from tracker.accounts.account import Account
from tracker.cli.terminal.cells import cells
from tracker.cli.watch.chart import bar, curve
from tracker.cli.watch.snapshot import Flight, Snapshot, Wallet
from tracker.cli.watch.terminal import plain
from tracker.cli.watch.view import render
from tracker.lib.times import HOUR, MINUTE
from tracker.operations.health import Health, PanelStatus
from tracker.orders.order import Order, State
from tracker.orders.progress import progress

NAMES = ("Followers [Real]", "بازدید پست", "抖音粉丝", "🔥 Views")


def flight(number: int) -> Flight:
    state = (State.ACTIVE, State.ACTIVE, State.SUBMITTING, State.UNKNOWN)[number % 4]
    order = Order(
        number, "p", "2", "https://x.example", 1000, None, {}, f"ref-{number}", state, NOW - HOUR,
        submitted_at=NOW - HOUR, checked_at=NOW, remains=None if state is not State.ACTIVE else 500,
    )  # fmt: skip
    return Flight(order, NAMES[number % 4], progress(order, NOW))


def snapshot(flights: int, panels: int = 1) -> Snapshot:
    readings = [(NOW - (100 - n) * 5 * MINUTE, Decimal(1000 - 9 * n)) for n in range(100)]
    wallets = [
        Wallet(
            PanelStatus(
                f"p{n}", {}, Account(f"p{n}", balance=Decimal(109), currency="USD", balance_at=NOW), MINUTE
            ),
            readings,
            Decimal(300),
        )
        for n in range(panels)
    ]
    return Snapshot(
        NOW, [(Health.WARNING, "p: the balance is low")] * 5, ["running on a host"],
        [flight(n) for n in range(flights)], (("active", flights),), wallets,
        [(NOW - n * HOUR, "Order 7 (کمپین) was refused") for n in range(20)],
    )  # fmt: skip


@given(st.integers(20, 200), st.integers(6, 60), st.integers(0, 60), st.integers(0, 5))
def test_it_fits_a_terminal_of_any_size(columns: int, rows: int, flights: int, panels: int) -> None:
    found = plain(render(snapshot(flights, panels), columns, rows))

    assert len(found) == rows
    assert all(cells(line) <= columns for line in found)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (140, 40)])
def test_it_shows_the_state_the_orders_the_wallet_the_alerts_and_the_keys(columns: int, rows: int) -> None:
    found = plain(render(snapshot(8), columns, rows))
    text = "\n".join(found)

    assert found[0].startswith("tracker  Not all is well: 5 warnings.")
    assert "█" in text
    assert "50%" in text
    assert "in about 60 min" in text
    assert "being sent" in text
    assert "answer lost" in text
    assert "┄" in text
    assert "109 USD" in text
    assert "Order 7 (کمپین) was refused" in text
    assert "p pause   r resume" in found[-1]


def test_orders_that_do_not_fit_are_counted() -> None:
    found = plain(render(snapshot(50), 80, 24))

    shown = sum("ref-" in line for line in found)
    assert f"… and {50 - shown} more in flight" in "\n".join(found)


def test_a_note_answers_the_last_key() -> None:
    assert plain(render(snapshot(1), 80, 24, "Paused."))[-1] == "Paused."


def test_bars_and_curves() -> None:
    assert [bar(share, 4) for share in (0, 0.5, 1, 2)] == ["░░░░", "██░░", "████", "████"]
    rising = [(n, Decimal(n)) for n in range(9)]
    assert curve(rising, None, 3, 1) == ["▁▄█"]
    assert curve([(0, Decimal(8)), (1, Decimal(8))], None, 3, 1) == ["▁▁▁"]
    assert curve(rising, Decimal(0), 3, 2)[1].count("┄") == 2
    assert curve([], None, 3, 2) == []
