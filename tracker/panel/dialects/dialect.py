"""A dialect: how one kind of panel writes what all panels of the family say. Pure.

This file holds what the family has in common; a dialect's own file holds only its differences. The readers are
imported with the first answer: every command makes the dialects of its config, and most of them call no panel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from tracker import __version__
from tracker.lib.times import MINUTE
from tracker.orders.answers import AddAnswer, Balance, Catalogue, Failure, Listing, Said
from tracker.orders.cost import CostRules, Scope
from tracker.orders.kinds import lines_in
from tracker.orders.order import Order, State
from tracker.orders.request_answers import RefillSaid, RequestAnswer
from tracker.orders.requests import Kind
from tracker.panel.dialects.fields import REQUEST_FIELDS, Fields
from tracker.panel.dialects.numbers import FAMILY as FAMILY_NUMBERS
from tracker.panel.dialects.numbers import Numbers
from tracker.panel.dialects.refusals import FAMILY as FAMILY_REFUSALS
from tracker.panel.dialects.refusals import Refusals
from tracker.panel.dialects.status_words import FAMILY as FAMILY_WORDS
from tracker.panel.exchange import Action, Exchange, Request

if TYPE_CHECKING:
    from tracker.lib.raw_json import RawValue
    from tracker.panel.dialects.json_values import NotJson
    from tracker.panel.dialects.read_status import StatusReader
    from tracker.panel.dialects.status_items import Digests, RawItems


class Requests(StrEnum):
    """About how many orders a call may ask for a refill or a cancel."""

    NONE = "none"
    ONE = "one"
    MANY = "many"


@dataclass(frozen=True)
class Dialect:
    """How to write requests to a panel and read its answers."""

    name: str
    #: How many units the panel's prices are for: 1 or 1000. A wrong value makes every cost wrong by 1000.
    price_unit: int
    fields: Fields = field(default_factory=Fields)
    #: Folded status word -> state.
    words: Mapping[str, State] = field(default_factory=lambda: FAMILY_WORDS, hash=False, repr=False)
    refusals: Refusals = field(default=Refusals(FAMILY_REFUSALS), repr=False)
    #: The most orders that one status call may ask about; 1 where the panel has no multi-status.
    ids_per_call: int = 100
    multi_status: bool = True
    #: Whether an order with comments must also give their number as its quantity.
    counts_comments: bool = False
    #: Whether `action` is also sent in the query string.
    action_in_query: bool = False
    #: Whether a new order's id is above those before it. Some panels give random numbers.
    ids_grow: bool = True
    #: What `quantity` is beside `runs`, and what a service's limits are for.
    drip_feed_quantity: Scope = Scope.RUN
    drip_feed_limits: Scope = Scope.TOTAL
    #: Whether a package's price is for the whole package, and not for `price_unit` units like the other prices.
    package_price_whole: bool = True
    #: The form field of an idempotency key: the same `add` with the same key is answered the same. None: there is none.
    idempotency_field: str | None = None
    #: For how long (microseconds) after the first `add` the panel surely knows its key; it may forget it then.
    idempotency_window: int = 10 * MINUTE
    #: For how long (microseconds) the panel answers an equal order with the id of the one before it. None: it does not.
    dedupe_window: int | None = None
    #: The action that lists the account's recent orders with their links. None: there is none.
    orders_action: str | None = None
    #: Whether it takes requests about orders that it has, to refill or to cancel them, and about how many a call.
    requests: Requests = Requests.NONE
    #: How it writes figures that may be either thousands or a fraction.
    numbers: Numbers = FAMILY_NUMBERS

    @property
    def key_field(self) -> str:
        """The form field of the key; the panel client adds it, so that no `Request` ever holds the key."""
        return self.fields.key

    @property
    def base(self) -> str:
        """The name of the built-in dialect that this one is, or is based on."""
        return self.name.partition(" ")[0]

    @cached_property
    def reserved(self) -> frozenset[str]:
        """Form fields that belong to the dialect: an order's further fields may not use them."""
        own = {self.idempotency_field} if self.idempotency_field else set()
        return frozenset(getattr(self.fields, name) for name in REQUEST_FIELDS) | own

    @property
    def may_ask_again(self) -> bool:
        """Whether an `add` whose answer was lost may be sent once more, for its answer."""
        return self.idempotency_field is not None or self.dedupe_window is not None

    @cached_property
    def cost_rules(self) -> CostRules:
        """How the panel counts what an order is for."""
        return CostRules(self.drip_feed_quantity, self.drip_feed_limits, self.fields.runs)

    def services(self) -> Request:
        """Return the request for the catalogue."""
        return self._request("services")

    def add(self, order: Order, request_key: str | None = None) -> Request:
        """Return the request that places an order. Sending it twice pays twice, but for what the dialect says.

        `request_key` is the idempotency key of this attempt; it is left out where the panel knows none.
        """
        names = self.fields
        form = {name: value for name, value in order.fields.items() if name not in self.reserved}
        form[names.service] = order.service
        if order.link:
            form[names.link] = order.link
        if order.comments is not None:
            form[names.comments] = order.comments.replace("\r\n", "\n")
        quantity = order.quantity or (lines_in(order.comments) if self.counts_comments else 0)
        if quantity:
            form[names.quantity] = str(quantity)
        if self.idempotency_field and request_key:
            form[self.idempotency_field] = request_key
        return self._request("add", form)

    def status(self, ids: Sequence[str]) -> Request:
        """Return the request for the status of one or more orders; ValueError for ids that a call cannot hold."""
        unfit = [order_id for order_id in ids if not order_id or "," in order_id]
        if not ids or unfit:
            raise ValueError(
                f"cannot ask about {unfit or 'no orders'}: an order id is a text without a comma"
            )
        if len(ids) == 1:
            return self._request("status", {self.fields.order: ids[0]})
        if not self.multi_status:
            raise ValueError(f"{self.name} answers for one order a call, not for {len(ids)}")
        return self._request("status", {self.fields.orders: ",".join(ids)})

    def orders(self, count: int) -> Request:
        """Return the request for the newest orders of the account; ValueError where the panel lists none."""
        if self.orders_action is None:
            raise ValueError(f"{self.name} does not list orders")
        named = {self.fields.action: self.orders_action}
        form = {**named, self.fields.limit: str(count)}
        return Request("orders", form, named if self.action_in_query else {}, is_evidence=True)

    def asks(self, kind: Kind, ids: Sequence[str]) -> Request:
        """Return the request that asks for a refill or a cancel of these orders; ValueError where it cannot be asked.

        Sending it twice may be billed, or refused, twice.
        """
        if self.requests is Requests.NONE or (self.requests is Requests.ONE and len(ids) > 1):
            raise ValueError(f"{self.name} does not take a {kind} of {len(ids)} orders in a call")
        # The family's `cancel` knows no `order`, but panels that take one order a call know nothing else.
        alone = len(ids) == 1 and (kind is Kind.REFILL or self.requests is Requests.ONE)
        name = self.fields.order if alone else self.fields.orders
        return self._request(kind.value, {name: ",".join(ids)})

    def refill_status(self, refill_ids: Sequence[str]) -> Request:
        """Return the request for what became of refills, by the panel's ids of them."""
        return self._request(
            "refill_status", {"refill" if len(refill_ids) == 1 else "refills": ",".join(refill_ids)}
        )

    def balance(self) -> Request:
        """Return the request for the balance."""
        return self._request("balance")

    def read_services(self, exchange: Exchange) -> Catalogue | Failure:
        """Read the catalogue; prices are per one unit."""
        from tracker.panel.dialects.read_services import PriceUnits, read_services

        units = PriceUnits(self.price_unit, 1 if self.package_price_whole else self.price_unit)
        return read_services(exchange, self.fields, self.refusals, units, self.numbers)

    def read_add(self, exchange: Exchange, newest_id: str | None = None) -> AddAnswer:
        """Read the outcome of an `add`; an id must be above `newest_id`, the highest known, where ids grow."""
        from tracker.panel.dialects.read_add import read_add

        newest_id = newest_id if self.ids_grow else None
        return read_add(exchange, newest_id, self.fields, self.refusals, numbers=self.numbers, base=self.base)

    def read_status(self, exchange: Exchange, ids: Sequence[str]) -> dict[str, Said] | Failure:
        """Read the status of each asked order; about an id that is missing in the result, the answer says nothing."""
        return self._status_reader.read(exchange, ids)

    def split_status(self, exchange: Exchange, ids: Sequence[str]) -> RawItems | None:
        """Return what an answer says of each asked order, unread; None where it must be read as a whole."""
        from tracker.panel.dialects.status_items import split

        return split(exchange, ids)

    def read_status_item(self, item: RawValue, panel_order_id: str) -> Said | NotJson | None:
        """Read what an answer that was split says of one order; None when it says nothing."""
        return self._status_reader.read_item(bytes(item), panel_order_id)

    def read_orders(self, exchange: Exchange) -> Listing | Failure:
        """Read the list of recent orders."""
        from tracker.panel.dialects.read_orders import read_orders

        return read_orders(exchange, self._status_reader, self.fields, self.refusals)

    def read_requests(
        self, exchange: Exchange, kind: Kind, ids: Sequence[str]
    ) -> dict[str, RequestAnswer] | Failure:
        """Read what became of a request about each of these orders; what is not there is not known."""
        from tracker.panel.dialects.read_requests import read_requests

        return read_requests(exchange, kind, ids, self.fields, self.refusals)

    def read_refills(self, exchange: Exchange, refill_ids: Sequence[str]) -> dict[str, RefillSaid] | Failure:
        """Read what is said of each of these refills."""
        from tracker.panel.dialects.read_refills import read_refills

        return read_refills(exchange, refill_ids, self.words, self.refusals)

    def read_balance(self, exchange: Exchange) -> Balance | Failure:
        """Read the balance."""
        from tracker.panel.dialects.read_balance import read_balance

        return read_balance(exchange, self.fields, self.refusals, self.numbers)

    def _request(self, action: Action, form: Mapping[str, str] | None = None) -> Request:
        named = {self.fields.action: action}
        return Request(action, {**named, **(form or {})}, named if self.action_in_query else {})

    @cached_property
    def _status_reader(self) -> StatusReader:
        from tracker.panel.dialects.read_status import StatusReader

        return StatusReader(self.fields, self.words, self.refusals, self.numbers, self.base)

    @cached_property
    def digests(self) -> Digests:
        """What tells whether an answer says the same of an order as before, to this dialect and this version."""
        from tracker.panel.dialects.status_items import Digests

        return Digests(f"{__version__} {self.fields} {sorted(self.words.items())} {self.numbers}")


Path = tuple[str, ...]


Fault = tuple[Path, str]


class DialectError(ValueError):
    """A description that makes no dialect; `faults` holds all that is wrong, each as a path of keys and a sentence."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{'.'.join(path)}: {why}" if path else why for path, why in faults))
        self.faults = faults
