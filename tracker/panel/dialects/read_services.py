"""Reads the answer to `services`. Pure."""

from __future__ import annotations

from decimal import Context, Decimal
from functools import partial
from typing import Any, NamedTuple

from tracker.orders.answers import Failure, Service
from tracker.orders.kinds import kind_named
from tracker.panel.dialects.envelope import PanelError, error_in, unwrap
from tracker.panel.dialects.fields import Fields
from tracker.panel.dialects.json_rows import read_rows
from tracker.panel.dialects.json_values import amount, non_negative_int, opaque_id, short_text
from tracker.panel.dialects.refusals import Refusals
from tracker.panel.exchange import Exchange

_EXACT = Context(prec=60)
"""Prices have up to 36 digits; a division by 1000 adds at most three."""


_YES, _NO = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})


class PriceUnits(NamedTuple):
    """How many units a price of the catalogue is for, and how many packages a package's."""

    units: int
    packages: int


def read_services(
    exchange: Exchange, fields: Fields, refusals: Refusals, price_units: PriceUnits
) -> list[Service] | Failure:
    """Return the catalogue, each id once; rows that cannot be read are left out, unless that leaves none."""
    rows = _Rows(fields, price_units)
    answer = unwrap(exchange, refusals, partial(read_rows, key="services", take=rows.take))
    if isinstance(answer, Failure):
        return answer
    error = answer if isinstance(answer, PanelError) else error_in(answer)
    if error is not None:
        return error.failure(exchange, refusals)
    if _list_in(answer) is None:
        return Failure("the panel answered with JSON that is not a list of services")
    if rows.count and not rows.services:
        return Failure(
            f"none of the {rows.count} services can be read: are the dialect's field names the panel's?"
        )
    return list(rows.services.values())


class _Rows:
    """Takes the rows of a catalogue one by one, and keeps only the services in them, each id once."""

    def __init__(self, fields: Fields, price_units: PriceUnits) -> None:
        self.services: dict[str, Service] = {}
        self.count = 0
        self._fields = fields
        self._price_units = price_units

    def take(self, row: Any) -> None:
        """Keep the service that a row describes, if it can be read."""
        self.count += 1
        service = _service(row, self._fields, self._price_units)
        if service is not None:
            self.services.setdefault(service.id, service)


def _list_in(answer: Any) -> list[Any] | None:
    if type(answer) is dict:
        if str(answer.get("data")).casefold() == "empty data":
            return []
        answer = answer.get("services")
    return answer if type(answer) is list else None


def _service(row: Any, fields: Fields, price_units: PriceUnits) -> Service | None:
    if type(row) is not dict or (service_id := opaque_id(row.get(fields.service_id))) is None:
        return None
    name, type_ = short_text(row.get(fields.name), 500) or "", short_text(row.get(fields.type))
    kind = kind_named(type_, name)
    price_unit = price_units.packages if kind and kind.is_priced_whole else price_units.units
    return Service(
        id=service_id,
        name=name,
        price=_per_one(amount(row.get(fields.price)), price_unit),
        minimum=non_negative_int(row.get(fields.min)),
        maximum=non_negative_int(row.get(fields.max)),
        category=short_text(row.get(fields.category), 500),
        type=type_,
        description=short_text(row.get(fields.description), 4000),
        refill=_flag(row.get(fields.refill)),
        cancel=_flag(row.get(fields.cancel)),
        dripfeed=_flag(row.get(fields.dripfeed)),
    )


def _flag(value: object) -> bool | None:
    """Read a yes or no, which panels write as true, 1, "1" or "true"; None for anything else."""
    word = str(value).strip().casefold() if isinstance(value, bool | int | str) else ""
    return True if word in _YES else False if word in _NO else None


def _per_one(price: Decimal | None, price_unit: int) -> Decimal | None:
    if price is None or price_unit == 1:
        return price
    return _EXACT.divide(price, Decimal(price_unit))
