"""Converts between rows of the tables and values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from itertools import compress
from operator import is_not
from typing import Any

from tracker.accounts.account import Account, Level
from tracker.lib import money
from tracker.lib.times import rfc3339
from tracker.orders.answers import Service
from tracker.orders.ledger import CostRange, Mark
from tracker.orders.order import Order, Series, State
from tracker.orders.order_json import TIMES

ORDER_NAMES = Order._fields
ACCOUNT_NAMES = Account._fields
SERVICE_NAMES = tuple(field.name for field in fields(Service))

_POLLED = ("due_at", "checked_at")
"""What its cohort knows better of an active order."""


def order_columns(table: str = "orders", names: Iterable[str] = ORDER_NAMES) -> str:
    """Return the columns of these values for a query over any orders; `table` is what the query calls it."""
    return ", ".join(
        f"CASE {table}.state WHEN 'active' THEN (SELECT cohorts.{name} FROM polls "
        f"JOIN cohorts ON cohorts.id = polls.cohort WHERE polls.id = {table}.id) ELSE {table}.{name} END"
        if name in _POLLED
        else f"{table}.{name}"
        for name in names
    )


IN_PROGRESS = "(state = 'submitting' OR state = 'unknown' OR state = 'active')"
"""The condition of the index `orders_open`, character by character: otherwise the index is not used."""

_FIXED = frozenset(
    {"id", "panel", "service", "link", "quantity", "comments", "fields", "ref", "created_at", "tags"}
)
"""The columns that never change: what was ordered, and which order and account a row is about."""

_UNWRITTEN = _FIXED | {*_POLLED}
"""What is not written of an order that stays active."""

_STATES = {str(state): state for state in State}
_FIELDS, _STATE = ORDER_NAMES.index("fields"), ORDER_NAMES.index("state")
_CHARGE, _EXPECTED = ORDER_NAMES.index("charge"), ORDER_NAMES.index("expected_charge")
_SERIES, _PRICE, _SPENT = (ORDER_NAMES.index(name) for name in ("series", "price", "spent"))
_TAGS = ORDER_NAMES.index("tags")
_PAID = ORDER_NAMES.index("paid")
_AS_THEY_ARE = (str, int, bool)
_FLAGS = ("refill", "cancel", "dripfeed")


def order_of(row: Sequence[Any]) -> Order:
    """Read a row of ORDER_NAMES."""
    values = list(row)
    values[_STATE] = _STATES[values[_STATE]]
    values[_FIELDS] = json.loads(values[_FIELDS]) if values[_FIELDS] != "{}" else {}
    if (charge := values[_CHARGE]) is not None:
        values[_CHARGE] = Decimal(charge)
    if (expected := values[_EXPECTED]) is not None:
        values[_EXPECTED] = Decimal(expected)
    if (series := values[_SERIES]) is not None:
        values[_SERIES] = Series(series)
    if (price := values[_PRICE]) is not None:
        values[_PRICE] = Decimal(price)
    values[_TAGS] = tags_in(values[_TAGS])
    if (spent := values[_SPENT]) is not None:
        values[_SPENT] = Decimal(spent)
    if (paid := values[_PAID]) is not None:
        values[_PAID] = Decimal(paid)
    return Order._make(values)


def tags_in(stored: str | None) -> tuple[str, ...]:
    """Read the tags of an order."""
    return () if stored is None else tuple(json.loads(stored))


PLAIN: Mapping[str, Callable[[Any], object]] = {
    **dict.fromkeys(("charge", "price"), lambda stored: _amount(stored)),
    **dict.fromkeys(TIMES, lambda stored: None if stored is None else rfc3339(stored)),
    "fields": json.loads,
    "tags": lambda stored: [] if stored is None else json.loads(stored),
}
"""What makes of a stored value what `order_json` shows of it; what is not here is shown as it is stored."""


def _amount(stored: str | None) -> str | None:
    """Return a stored amount without an exponent, as `money.text` has written it."""
    return money.text(money.read(stored)) if stored is not None and "E" in stored else stored


def changed_columns(before: Order, after: Order) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Return the columns of its wide row in which two versions of an order differ, and their new values as stored.

    What its cohort knows of an active order is left out; once it is no more active, its wide row holds that again.
    """
    was_active, is_active = before.state is State.ACTIVE, after.state is State.ACTIVE
    names, values = _changed(ORDER_NAMES, before, after, _UNWRITTEN if was_active and is_active else _FIXED)
    if not was_active or is_active:
        return names, values
    again = tuple(name for name in _POLLED if name not in names)
    return (*names, *again), (*values, *(getattr(after, name) for name in again))


def _stored(value: Any) -> Any:
    if value is None or type(value) in _AS_THEY_ARE:  # most of them; to find that out below takes long
        return value
    match value:
        case Decimal():
            return money.text(value)
        case CostRange():
            return spent_text(value)
        case Mark():
            return mark_text(value)
        case Enum():
            return str(value)
        case Mapping():
            return json.dumps(dict(value), ensure_ascii=False) if value else None
        case _:
            return value


@lru_cache(maxsize=64)
def account_of(row: tuple[Any, ...]) -> Account:
    """Read a row of ACCOUNT_NAMES; an account is read more often than it changes."""
    values = dict(zip(ACCOUNT_NAMES, row, strict=True))
    values["short_told"] = bool(values["short_told"])
    values["level"] = Level(values["level"])
    values["level_seen"] = Level(values["level_seen"]) if values["level_seen"] else None
    values["balance"] = money.read(values["balance"])
    values["short_balance"] = money.read(values["short_balance"])
    values["suspect_charge"] = money.read(values["suspect_charge"])
    values["spent"] = spent_of(values["spent"])
    values["mark"], values["base"] = mark_of(values["mark"]), mark_of(values["base"])
    return Account(**values)


def changed_fields(before: Account, after: Account) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Return the columns in which two versions of an account differ, and their new values as stored."""
    return _changed(ACCOUNT_NAMES, before, after, _FIXED)


def _changed(
    names: Sequence[str], before: Sequence[Any], after: Sequence[Any], left_out: frozenset[str]
) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    # Most values are the same object in both: those are passed over without a step of the interpreter.
    others = compress(zip(names, before, after, strict=True), map(is_not, before, after))
    pairs = [(name, new) for name, old, new in others if old != new and name not in left_out]
    return tuple(name for name, _ in pairs), tuple(_stored(value) for _, value in pairs)


def service_of(row: Sequence[Any]) -> Service:
    """Read a row of SERVICE_NAMES."""
    values = dict(zip(SERVICE_NAMES, row, strict=True))
    values["price"] = money.read(values["price"])
    values.update({name: bool(values[name]) for name in _FLAGS if values[name] is not None})
    values["unread"] = json.loads(values["unread"]) if values["unread"] else {}
    return Service(**values)


@lru_cache(maxsize=64)
def ordered_service(row: tuple[Any, ...]) -> Service:
    """Read a row of SERVICE_NAMES that orders in a row are for; cached, as these are few services."""
    return service_of(row)


def service_row(service: Service) -> tuple[Any, ...]:
    """Write a service as a row of SERVICE_NAMES."""
    return tuple(_stored(getattr(service, name)) for name in SERVICE_NAMES)


def spent_of(stored: str | None) -> CostRange:
    """Read what an account has spent, as `spent_text` wrote it."""
    if stored is None:
        return CostRange()
    low, high, unknowns = json.loads(stored)
    return CostRange(Decimal(low), Decimal(high), unknowns)


def spent_text(spent: CostRange) -> str:
    """Write what an account has spent as JSON: lowest, highest, count of unknown costs."""
    return json.dumps([money.text(spent.low), money.text(spent.high), spent.unknowns])


@lru_cache(maxsize=64)
def mark_of(stored: str | None) -> Mark | None:
    """Read a mark of the balance, as `mark_text` wrote it; cached, as it stays until the wallet is read again."""
    if stored is None:
        return None
    balance, low, high, unknowns, *rest = json.loads(stored)
    at, *undecided = rest or (None,)
    return Mark(Decimal(balance), CostRange(Decimal(low), Decimal(high), unknowns), at, tuple(undecided))


def mark_text(mark: Mark | None) -> str | None:
    """Write a mark as JSON: balance, what was spent, and if known when it was read and what was undecided."""
    if mark is None:
        return None
    spent = mark.spent
    parts = [money.text(mark.balance), money.text(spent.low), money.text(spent.high), spent.unknowns]
    return json.dumps(parts if mark.at is None else [*parts, mark.at, *mark.undecided])


def placeholders(count: int) -> str:
    """Return a `?` for each of so many values, as they stand in `IN (…)` and `VALUES (…)`."""
    return ", ".join("?" * count)


def compact(values: Mapping[str, Any]) -> str:
    """Write a JSON object without spaces and with sorted keys, so that equal objects are equal texts."""
    if not values:
        return "{}"
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
