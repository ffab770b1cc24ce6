"""The settings of one account at one panel. Durations are microseconds."""

from __future__ import annotations

from typing import Annotated, Literal

from tracker.config.kinds import Address, Duration, Money, NotInFile, Price, Secret, Share, described
from tracker.config.structs import Struct, force_setattr
from tracker.lib.times import DAY, MINUTE, SECOND
from tracker.panel.dialects.built_in import named
from tracker.panel.dialects.dialect import Dialect


class BalanceWatch(Struct, frozen=True, forbid_unknown_fields=True):
    """When the wallet is read, and when it is low."""

    low: (
        Annotated[
            Money, described("Alert when the balance is below this, in the panel's currency; empty: never.")
        ]
        | None
    ) = None
    every: Annotated[Duration, described("How often the balance is read.", 100_000, DAY)] = 5 * MINUTE


class Spend(Struct, frozen=True, forbid_unknown_fields=True):
    """What may be spent in a day and in a month of `timezone`."""

    day: Annotated[Money, described("In one day, in the panel's currency; empty: no limit.")] | None = None
    month: Annotated[Money, described("In one month, in the panel's currency; empty: no limit.")] | None = (
        None
    )


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What holds an order in the queue before money moves."""

    max_price: (
        Annotated[
            Price,
            described(
                "What one unit may cost, or a whole package, as `tracker services` shows it; empty: anything."
            ),
        ]
        | None
    ) = None
    price_jump: (
        Annotated[
            Share,
            described("By how much a price may have risen since the order was queued: 20%; empty: anything."),
        ]
        | None
    ) = None
    spend: Spend = Spend()
    approve_above: (
        Annotated[
            Money,
            described("An order that costs more than this waits for `tracker approve`; empty: none does."),
        ]
        | None
    ) = None


class PanelConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """One account at one panel."""

    name: NotInFile
    url: Annotated[Address, described("The address of the panel's API, without a query.")]
    key: Annotated[Secret, described("The API key.")]
    dialect: Annotated[
        Dialect, described("The panel's dialect of the API: its name, or a base and what differs from it.")
    ] = named("tagrani")
    #: 0 in the file means: as the dialect says.
    ids_per_call: Annotated[
        int, described("Orders in one status call; empty: as the dialect says.", 1, 1000)
    ] = 0
    calls_per_second: Annotated[
        float, described("At most this many calls per second, over all actions of this panel.", 0.01, 1000)
    ] = 5.0
    connections: Annotated[
        int, described("Status calls at the same time; adds are always one at a time.", 1, 64)
    ] = 4
    timeout: Annotated[
        Duration, described("How long any call except an add may take.", 100_000, 10 * MINUTE)
    ] = 30 * SECOND
    add_timeout: Annotated[
        Duration,
        described(
            "How long an add may take. If this is too short, orders become unknown.", 100_000, 30 * MINUTE
        ),
    ] = 120 * SECOND
    same_link: Annotated[
        Literal["wait", "allow"],
        described("Whether an order waits while another one for the same service and link is unfinished."),
    ] = "wait"
    account: Annotated[
        Literal["sole", "shared"],
        described("Whether only tracker orders from this account (sole), or others too (shared)."),
    ] = "sole"
    auto_refill: Annotated[
        bool,
        described("Ask for a refill by itself when the count of a completed order fell, at most once a day."),
    ] = False
    balance: BalanceWatch = BalanceWatch()
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        if not self.ids_per_call:
            force_setattr(self, "ids_per_call", self.dialect.ids_per_call)
