"""What an order comes to: how many units the panel counts, what they cost, and whether it makes more orders. Pure.

The one place that knows what drip-feed, packages, lists and subscriptions do to a charge: the expected charge, the
queue's cost, the check before sending and the evidence about lost orders all come from here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum

from tracker.orders.answers import Report, Service
from tracker.orders.kinds import Counted, Kind, kind_of, lines_in
from tracker.orders.ledger import Range
from tracker.orders.order import Draft, Order, Series

_EXACT = Context(prec=80)
"""A price has up to 39 digits, a quantity 13 and a number of runs 9: no charge is ever rounded."""

_NUMBER = re.compile(r"[0-9]{1,9}")


class Scope(StrEnum):
    """What a figure of a drip-feed is about."""

    RUN = "run"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class CostRules:
    """How a panel counts a drip-feed; the defaults are those of the scripts that most panels run.

    With `quantity` RUN an order of 100 and 5 runs is for 500, else for 100. `limits` says which of the two must
    keep to the service's minimum and maximum.
    """

    quantity: Scope = Scope.RUN
    limits: Scope = Scope.TOTAL
    #: The panel's name of the field for the number of runs.
    runs: str = "runs"


FAMILY = CostRules()


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an order comes to. `charge` is None where it cannot be known before; it is never a guess."""

    #: What the panel charges for, and what `remains` counts down from; 0 where it counts none, None when unknown.
    units: int | None
    charge: Decimal | None
    series: Series | None = None
    #: What each post of a subscription costs.
    per_post: Range | None = None


def estimate(order: Order | Draft, service: Service | None, rules: CostRules = FAMILY) -> Estimate:
    """Return what an order comes to by the catalogue's price; `service` is None while no catalogue is known."""
    kind, price = kind_of(order, service), None if service is None else service.price
    if kind.counted is Counted.POSTS:
        return Estimate(0, None, Series.POSTS, _per_post(order, price))
    series = Series.RUNS if rules.runs in order.fields else None
    if kind.is_priced_whole:
        return Estimate(0, price, series)
    units = units_in(order, kind, rules)
    return Estimate(units, None if price is None or units is None else charge_for(price, units), series)


def expected_charge(
    order: Order | Draft, service: Service | None, rules: CostRules = FAMILY
) -> Decimal | None:
    """Return what the panel will take for an order by the catalogue's price; None when that is not known."""
    return estimate(order, service, rules).charge


def charge_for(price: Decimal, units: int) -> Decimal:
    """Return exactly what so many units cost, in plain digits."""
    return _EXACT.add(_EXACT.multiply(price, Decimal(units)).normalize(_EXACT), Decimal(0))


def units_in(order: Order | Draft, kind: Kind, rules: CostRules) -> int | None:
    """Return how many units an order is for, over all its runs; None when it does not say."""
    count, runs = count_in(order, kind), runs_of(order, rules)
    if count is None or runs is None:
        return None
    return count * runs if rules.quantity is Scope.RUN else count


def count_in(order: Order | Draft, kind: Kind) -> int | None:
    """Return the number that an order gives for itself: its quantity, or the length of its list."""
    listed = {
        Counted.COMMENTS: lines_in(order.comments),
        Counted.USERNAMES: lines_in(order.fields.get("usernames")),
    }
    if (length := listed.get(kind.counted)) or order.quantity is not None:
        return length or order.quantity
    return listed[Counted.COMMENTS] or listed[Counted.USERNAMES] or None


def runs_of(order: Order | Draft, rules: CostRules) -> int | None:
    """Return in how many runs an order is delivered: 1 where it does not say; None when that is no number above 0."""
    text = order.fields.get(rules.runs)
    return 1 if text is None else number_in(text)


def number_in(text: str | None) -> int | None:
    """Read a number above 0 from a field of an order; None for anything else."""
    digits = (text or "").strip()
    return int(digits) or None if _NUMBER.fullmatch(digits) else None


def is_other_series(report: Report, order: Order) -> bool:
    """Tell whether what a panel says of an id is about a drip-feed or a subscription, and the order is none such."""
    return report.series not in (None, order.series) and str(report.series) not in order.fields


def is_same_series(report: Report, order: Order) -> bool:
    """Tell whether what a panel says of an id is about a series like an order's: of as many runs or posts."""
    asked = number_in(order.fields.get(str(order.series)))
    return order.series is report.series and asked is not None and asked == report.length


def may_be_part(report: Report, whole: Order, rules: CostRules) -> bool:
    """Tell whether what a panel says of an id may be about a part of an order whose parts it does not list."""
    runs = runs_of(whole, rules)
    if whole.series is not Series.RUNS or None in (report.charge, whole.expected_charge, runs):
        return True
    return charge_for(report.charge or Decimal(0), runs or 1) == whole.expected_charge


def _per_post(order: Order | Draft, price: Decimal | None) -> Range | None:
    low, high = number_in(order.fields.get("min")), number_in(order.fields.get("max"))
    if price is None or low is None or high is None:
        return None
    return Range(charge_for(price, low), charge_for(price, high))
