"""The kinds of accounts that an order is sent from, as a config says them."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.lib.times import MINUTE


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of account. `panel` goes into the panel's part of the config, `unknown` into `unknown:`."""

    name: str
    panel: str = ""
    unknown: str = ""
    #: Whether others order from it too.
    shared: bool = False
    #: For how many seconds the panel answers an equal order with the id of the one before it.
    window: float = 0.0
    #: How late an order may arrive, in microseconds: where it is asked for again within a window, no later than that is
    #: over, as the panel would then take it once more.
    latest: int = 10 * MINUTE
    #: What its orders of one month may cost; None: anything.
    cap: int | None = None

    def __repr__(self) -> str:
        return self.name


_DIALECT = ", dialect: {{base: tagrani, {}}}"

KINDS = (
    Kind("sole"),
    Kind("together", unknown=", apart: false"),
    Kind("shared", ", account: shared", shared=True),
    Kind("capped", ", limits: {spend: {month: 1500}}", cap=1500),
    Kind("key", _DIALECT.format("idempotency_field: request_id")),
    Kind("window", _DIALECT.format("dedupe_window: 120s"), window=120.0, latest=MINUTE),
    Kind("list", _DIALECT.format("orders_action: orders")),
    Kind("shared list", f"{_DIALECT.format('orders_action: orders')}, account: shared", shared=True),
    Kind("all that a panel can know", _DIALECT.format(
        "idempotency_field: request_id, dedupe_window: 120s, orders_action: orders"), window=120.0, latest=MINUTE),
)  # fmt: skip
