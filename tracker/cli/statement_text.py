"""A statement as text: for a terminal, and as rows for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal

from tracker.accounts.retraced import Unclear
from tracker.accounts.statement import CAUSES, By, Cause, Statement, Sums
from tracker.accounts.sums import Amount
from tracker.accounts.unclear import sentence
from tracker.cli.output import time_or_none
from tracker.cli.terminal import screen
from tracker.cli.terminal.cells import wrapped
from tracker.lib import moments, money
from tracker.lib.counts import counted
from tracker.lib.months import written
from tracker.orders.ledger import ZERO
from tracker.orders.order import Order

SHOWN = 20
"""Refunds to claim that a terminal shows; JSON has all."""


@dataclass(frozen=True)
class Texts:
    """Writes statements for people. `now` and `zone` are for points in time."""

    month: date
    now: int
    zone: tzinfo | None

    def account(self, of: Statement, orders: Mapping[int, Order]) -> Iterator[str]:
        """Yield the lines about one account."""
        yield f"{of.panel}, {self.month:%B %Y}"
        yield from self._cost(of)
        yield from self._wallet(of)
        if of.owed:
            yield f"Refunds to claim at {of.panel}:"
            yield from (f"  {self.claim(one, orders.get(one.order_id), of)}" for one in of.owed[:SHOWN])
            if len(of.owed) > SHOWN:
                yield f"  … and {len(of.owed) - SHOWN:,} more; --json lists all."
        if of.unclear:
            yield "Cannot be told apart; whoever knows what was put in can:"
            for one in of.unclear[:SHOWN]:
                yield from self._unclear(one, of)
            if len(of.unclear) > SHOWN:
                yield f"  … and {len(of.unclear) - SHOWN:,} more; --json lists all."

    def _cost(self, of: Statement) -> Iterator[str]:
        total = of.total
        yield _line(f"spent on {counted(total.orders, 'order')}", total.spent, of)
        yield _line("to come back, as their ends promise", -total.refunded, of)
        yield _line("net", total.net, of)
        if total.unpriced:
            yield f"  {counted(total.unpriced, 'order')} of unknown cost or refund: not in these sums."

    def _wallet(self, of: Statement) -> Iterator[str]:
        wallet, difference = of.wallet, of.difference
        if wallet is None or difference is None:
            yield "  The wallet was not read twice in this month: it cannot be compared."
            return
        yield _line(f"wallet on {self._at(wallet.opening.at)}", wallet.opening.amount, of)
        yield _line(f"put in, {counted(len(wallet.top_ups), 'time')}", wallet.topped_up, of)
        yield _line(f"wallet on {self._at(wallet.closing.at)}", wallet.closing.amount, of)
        yield _line("so it says that was spent", wallet.spent, of)
        yield _line("difference", difference, of)
        yield from (_line(f"  {CAUSES[cause]}", of.causes[cause], of) for cause in Cause if of.causes[cause])

    def claim(self, one: Amount, order: Order | None, of: Statement) -> str:
        """Say which order promised what, and when."""
        there = f", {order.panel_order_id} there" if order is not None and order.panel_order_id else ""
        return (
            f"order {one.order_id}{there}: {money.shown(one.amount, of.currency)}, {one.kind} "
            f"{moments.short(one.at, self.now, self.zone)}"
        )

    def _unclear(self, one: Unclear, of: Statement) -> Iterator[str]:
        text = f"{moments.between(one.since, one.at, self.zone)}: {sentence(one, of.currency)}."
        if not screen.is_terminal():
            yield f"  {text}"
            return
        yield from (line.rstrip() for line in wrapped(text, screen.width(), "  ", "    "))

    def _at(self, at: int) -> str:
        return moments.minute(at, self.zone)


def _line(what: str, amount: Decimal, of: Statement) -> str:
    return f"  {what:<42}{money.shown(amount, of.currency):>34}"


# -- for programs ---------------------------------------------------------------------------------------


def sums_json(sums: Sums) -> dict[str, object]:
    """Write sums as JSON values."""
    return {
        "orders": sums.orders, "spent": money.text(sums.spent), "refunded": money.text(sums.refunded),
        "net": money.text(sums.net), "unpriced": sums.unpriced,
    }  # fmt: skip


def statement_json(of: Statement, by: By, orders: Mapping[int, Order]) -> dict[str, object]:
    """Write one account's statement as JSON values; amounts are exact texts."""
    wallet, rows = of.wallet, {of.panel: of.total} if by is By.PANEL else of.rows
    shown_wallet = wallet and {
        "opening": money.text(wallet.opening.amount), "opening_at": time_or_none(wallet.opening.at),
        "closing": money.text(wallet.closing.amount), "closing_at": time_or_none(wallet.closing.at),
        "topped_up": money.text(wallet.topped_up),
        "top_ups": [{"at": time_or_none(at), "amount": money.text(amount)} for at, amount in wallet.top_ups],
        "spent": money.text(wallet.spent),
    }  # fmt: skip
    return {
        "panel": of.panel, "currency": of.currency, **sums_json(of.total), "wallet": shown_wallet,
        "difference": money.text(of.difference),
        "causes": {str(cause): money.text(of.causes.get(cause, ZERO)) for cause in Cause} if wallet else None,
        "to_claim": [_order_json(one, orders) for one in of.owed],
        "unclear": [
            {
                "why": str(one.why), "from": time_or_none(one.since), "to": time_or_none(one.at),
                "amount": money.text(one.amount), "refunds": [_order_json(each, orders) for each in one.refunds],
            } for one in of.unclear
        ],
        "lost": [_order_json(one, orders) for one in of.lost],
        "unexplained": [{"at": time_or_none(at), "amount": money.text(amount)} for at, amount in of.unexplained],
        "by": str(by), "rows": [{"key": key, **sums_json(sums)} for key, sums in rows.items()],
    }  # fmt: skip


def _order_json(one: Amount, orders: Mapping[int, Order]) -> dict[str, object]:
    order = orders.get(one.order_id)
    return {
        "order": one.order_id, "ref": order and order.ref, "panel_order_id": order and order.panel_order_id,
        "service": order and order.service, "state": one.kind or (order and str(order.state)),
        "at": time_or_none(one.at), "amount": money.text(one.amount),
    }  # fmt: skip


CSV_HEADER = ("month", "panel", "currency", "by", "key", "orders", "spent", "refunded", "net", "unpriced")
CSV_WALLET = ("opening", "topped_up", "closing", "wallet_spent", "difference", *map(str, Cause))
"""Columns of a report by panel, after the others."""


def csv_rows(month: date, statements: Iterable[Statement], by: By) -> Iterator[Sequence[object]]:
    """Yield the header, and a row for each row of each account and for its total."""
    yield (*CSV_HEADER, *(CSV_WALLET if by is By.PANEL else ()))
    for of in statements:
        place = (written(month), of.panel, of.currency, str(by))
        if by is By.PANEL:
            yield (*place, of.panel, *sums_json(of.total).values(), *_wallet_cells(of))
            continue
        for key, sums in (*of.rows.items(), ("total", of.total)):
            yield (*place, key, *sums_json(sums).values())


def _wallet_cells(of: Statement) -> Sequence[object]:
    wallet = of.wallet
    if wallet is None:
        return [None] * len(CSV_WALLET)
    amounts = (wallet.opening.amount, wallet.topped_up, wallet.closing.amount, wallet.spent, of.difference)
    return [money.text(one) for one in (*amounts, *(of.causes[cause] for cause in Cause))]
