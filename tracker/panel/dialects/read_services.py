"""Reads the answer to `services`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Context, Decimal
from functools import partial
from typing import Any, NamedTuple

from tracker.orders.answers import BrokenLine, Catalogue, Failure, Service
from tracker.orders.kinds import kind_named
from tracker.panel.dialects.envelope import PanelError, error_in, unwrap
from tracker.panel.dialects.fields import Fields
from tracker.panel.dialects.figures import Figures, point_in
from tracker.panel.dialects.json_rows import BrokenRow, read_rows
from tracker.panel.dialects.json_values import opaque_id, plain_text, shortened, written
from tracker.panel.dialects.numbers import Numbers
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
    exchange: Exchange, fields: Fields, refusals: Refusals, price_units: PriceUnits, numbers: Numbers
) -> Catalogue | Failure:
    """Return the catalogue, each id once; rows that cannot be read are left out, unless that leaves none."""
    rows = _Rows(fields, price_units, Figures(numbers))
    answer = unwrap(exchange, partial(read_rows, key="services", take=rows.take))
    if isinstance(answer, Failure):
        return answer
    error = answer if isinstance(answer, PanelError) else error_in(answer)
    if error is not None:
        return error.failure(exchange, refusals)
    if _list_in(answer) is None:
        return Failure("the panel answered with JSON that is not a list of services")
    return rows.catalogue()


class _Rows:
    """Takes the rows of a catalogue one by one, and keeps only the services in them, each id once."""

    def __init__(self, fields: Fields, price_units: PriceUnits, figures: Figures) -> None:
        self.count = 0
        self._services: dict[str, Service] = {}
        self._broken: list[BrokenLine] = []
        #: Services whose price was read by a mark that is only assumed -> how it is written.
        self._assumed: dict[str, str] = {}
        self._points: set[str] = set()
        self._fields = fields
        self._price_units = price_units
        self._figures = figures

    def take(self, row: Any) -> None:
        """Keep the service that a row describes, if it can be read."""
        self.count += 1
        if isinstance(row, BrokenRow):
            self._broken.append(BrokenLine(self.count, self._id(row.value), row.why))
            return
        service = self._service(row)
        if service is not None and self._services.setdefault(service.id, service) is service:
            self._note_marks(service.id, row.get(self._fields.price))

    def catalogue(self) -> Catalogue | Failure:
        """Return what was read; a failure when there were rows and none can be read."""
        if self.count and not self._services:
            return Failure(self._all_unread())
        if "," in self._points:
            # The catalogue itself shows that this panel does not write as most do.
            for service_id, price in self._assumed.items():
                service = self._services[service_id]
                unread = {**service.unread, "price": price}
                self._services[service_id] = replace(service, price=None, unread=unread)
        return Catalogue(self._services.values(), self._broken)

    def _all_unread(self) -> str:
        is_one = self.count == 1
        none = (
            "its only service cannot be read"
            if is_one
            else f"none of the {self.count:,} services can be read"
        )
        if len(self._broken) == self.count:
            first = self._broken[0]
            return f"{none}, e.g. {first.name}: {first.why}"
        return f"{none}: are the dialect's field names the panel's?"

    def _id(self, row: Any) -> str | None:
        return opaque_id(row.get(self._fields.service_id)) if type(row) is dict else None

    def _note_marks(self, service_id: str, price: object) -> None:
        # Most prices say nothing: 0.90 is read alike in every dialect.
        if type(price) is str and ("," in price or price.count(".") > 1 or price.rstrip()[-4:-3] == "."):
            self._points.add(point_in(price))
            if self._figures.is_assumed(price):
                self._assumed[service_id] = shortened(price)

    def _service(self, row: Any) -> Service | None:
        fields, figures = self._fields, self._figures
        service_id = self._id(row)
        if service_id is None:
            return None
        name, type_ = plain_text(row.get(fields.name), 500) or "", plain_text(row.get(fields.type), 100)
        price = figures.amount(row.get(fields.price))
        minimum, maximum = (figures.non_negative_int(row.get(name)) for name in (fields.min, fields.max))
        return Service(
            id=service_id,
            name=name,
            price=_per_one(price, self._price_unit(type_)),
            minimum=minimum,
            maximum=maximum,
            category=plain_text(row.get(fields.category), 500),
            type=type_,
            description=plain_text(row.get(fields.description), 4000),
            refill=_flag(row.get(fields.refill)),
            cancel=_flag(row.get(fields.cancel)),
            dripfeed=_flag(row.get(fields.dripfeed)),
            unread=self._unread(row, {"price": price, "min": minimum, "max": maximum}),
        )

    def _price_unit(self, type_: str | None) -> int:
        kind = kind_named(type_)
        return self._price_units.packages if kind and kind.is_priced_whole else self._price_units.units

    def _unread(self, row: Mapping[str, Any], read: Mapping[str, object]) -> dict[str, str]:
        return {
            name: said
            for name, value in read.items()
            if value is None and (said := _said(row.get(getattr(self._fields, name)))) is not None
        }


def _said(value: object) -> str | None:
    """Return a figure that cannot be read as the panel writes it; None where it writes that there is none."""
    if value is None or (type(value) is str and value.strip().casefold() in _NO_FIGURE):
        return None
    return written(value)


_NO_FIGURE = frozenset({"", "-", "null", "none", "unlimited", "∞", "n/a"})
"""Texts with which panels say that there is no such figure."""


def _list_in(answer: Any) -> list[Any] | None:
    if type(answer) is dict:
        if str(answer.get("data")).casefold() == "empty data":
            return []
        answer = answer.get("services")
    return answer if type(answer) is list else None


def _flag(value: object) -> bool | None:
    """Read a yes or no, which panels write as true, 1, "1" or "true"; None for anything else."""
    word = str(value).strip().casefold()
    return True if word in _YES else False if word in _NO else None


def _per_one(price: Decimal | None, price_unit: int) -> Decimal | None:
    return None if price is None else _EXACT.divide(price, Decimal(price_unit))
