"""Reads the answer to `balance`. Pure."""

from __future__ import annotations

from tracker.orders.answers import Balance, Failure
from tracker.panel.dialects.envelope import PanelError, error_in, unwrap
from tracker.panel.dialects.fields import Fields
from tracker.panel.dialects.figures import Figures
from tracker.panel.dialects.json_values import quoted, short_text, written
from tracker.panel.dialects.numbers import Numbers
from tracker.panel.dialects.refusals import Refusals
from tracker.panel.exchange import Exchange


def read_balance(
    exchange: Exchange, fields: Fields, refusals: Refusals, numbers: Numbers
) -> Balance | Failure:
    """Return the wallet, which may be below zero; an amount that cannot be read is a failure, never 0."""
    answer = unwrap(exchange)
    if isinstance(answer, Failure):
        return answer
    error = answer if isinstance(answer, PanelError) else error_in(answer)
    if error is not None:
        return error.failure(exchange, refusals)
    if type(answer) is not dict or fields.balance not in answer:
        return Failure("the panel answered with JSON that holds no balance")
    value, figures = answer[fields.balance], Figures(numbers)
    amount = figures.signed_amount(value)
    if amount is None:
        why = f"the panel answered with a balance that cannot be read as an amount: {quoted(written(value))}"
        return Failure("; ".join(filter(None, (why, figures.cure(value)))), heard=True)
    return Balance(amount, short_text(answer.get(fields.currency), 20))
