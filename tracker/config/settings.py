"""The config as typed values. The defaults are defined here and nowhere else. Durations are microseconds."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from tracker.alerts.subscriptions import REMINDERS, Subscription
from tracker.config.kinds import (
    Address,
    BotServer,
    ChatId,
    CheckDelay,
    Database,
    Day,
    Duration,
    Events,
    Every,
    Folder,
    Money,
    Name,
    NotInFile,
    Price,
    Quiet,
    ReminderDelay,
    Secret,
    Share,
    Tag,
    Text,
    Zone,
    described,
    form,
)
from tracker.config.structs import Meta, Struct, field, force_setattr
from tracker.config.web_settings import Web
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
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


class Schedule(Struct, frozen=True, forbid_unknown_fields=True):
    """How often each thing is done, for all panels."""

    submit: Annotated[
        Duration, described("Queued orders are looked for at least this often.", 100_000, HOUR)
    ] = 5 * SECOND
    poll: Annotated[
        Duration, described("The shortest time between two polls of the same order.", 100_000, DAY)
    ] = 60 * SECOND
    poll_max: Annotated[Duration, described("The longest time between two polls.", 100_000, 30 * DAY)] = (
        30 * MINUTE
    )
    services: Annotated[Duration, described("How often the catalogue is read.", 100_000, 30 * DAY)] = 6 * HOUR
    stuck: Annotated[
        Duration,
        described(
            "How long an order may make no progress, until the usual time of its service is known.",
            SECOND,
            365 * DAY,
        ),
    ] = DAY


class Unknown(Struct, frozen=True, forbid_unknown_fields=True):
    """What is done about an order when it is not known whether the panel took it."""

    looks: Annotated[
        tuple[CheckDelay, ...],
        Meta(
            min_length=1,
            max_length=50,
            description="When evidence is checked after a lost answer; the last repeats.",
        ),
    ] = (2 * SECOND, 8 * SECOND, 30 * SECOND, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY)
    settle: Annotated[Duration, described("How long negative evidence must hold.", SECOND, 30 * DAY)] = (
        15 * MINUTE
    )
    probe: Annotated[
        bool, described("Ask the panel about ids near the lost order, to adopt it automatically.")
    ] = False
    apart: Annotated[
        bool,
        described(
            "While a lost order may still arrive, let orders wait that could not be told apart from it."
        ),
    ] = True
    resend: Annotated[
        Literal["never", "when-proven-absent"],
        described("Whether an order may be sent again automatically."),
    ] = "never"
    resend_max: Annotated[Money, described("The largest charge that may be sent again automatically.")] = (
        Decimal(0)
    )


class Target(Struct, frozen=True, forbid_unknown_fields=True):
    """One place where alerts go."""

    name: Annotated[Name, described("What this target is called in lists and logs.")]
    url: (
        Annotated[
            Secret,
            described("An apprise URL: tgram://…, mailtos://…, and many more. Either this or `webhook`."),
        ]
        | None
    ) = None
    webhook: (
        Annotated[
            Secret,
            described("An address to which signed JSON is posted, for programs: https://…, with `secret`."),
        ]
        | None
    ) = None
    secret: (
        Annotated[
            Secret,
            described("What a webhook is signed with: `whsec_` and the base64 of random bytes, or any text."),
        ]
        | None
    ) = None
    events: Annotated[
        Events, described("The events it is subscribed to; order.* stands for all that begin with order.")
    ] = ("*",)
    digest: (
        Annotated[
            Duration,
            described(
                "Collect for this long, then send one message; empty: send each at once.", SECOND, 7 * DAY
            ),
        ]
        | None
    ) = None
    remind: Annotated[
        tuple[ReminderDelay, ...],
        Meta(
            max_length=20,
            description="How long after an alert a condition that still lasts is reported again; the last repeats.",
        ),
    ] = REMINDERS
    tags: Annotated[
        tuple[Tag, ...],
        Meta(
            max_length=100,
            description="It gets only what is about orders with one of these tags; empty: all.",
        ),
    ] = ()
    quiet: (
        Annotated[Quiet, described("Hours in which only urgent alerts are sent: 22:00-07:00 Europe/Berlin.")]
        | None
    ) = None

    commands: Annotated[
        bool,
        described(
            "Whether a tgram:// chat may decide: its alerts carry buttons, and it may ask for /status."
        ),
    ] = False
    chats: Annotated[
        tuple[ChatId, ...],
        Meta(
            max_length=100,
            description="With `commands`: the ids of the chats that may decide; in a group, everybody in it.",
        ),
    ] = ()
    users: Annotated[
        tuple[ChatId, ...],
        Meta(
            max_length=100,
            description="With `commands`: the ids of the only people in these chats who may; empty: everybody there.",
        ),
    ] = ()
    api: (
        Annotated[
            BotServer,
            described("With `commands`: a server of your own for Telegram's Bot API; empty: Telegram's."),
        ]
        | None
    ) = None

    @property
    def destination(self) -> tuple[Secret | str | None, ...]:
        """What must be the same for it to be the same place."""
        return self.url, self.webhook, self.secret, self.api

    @property
    def subscription(self) -> Subscription:
        """What the outbox needs to know about it."""
        return Subscription(self.name, self.events, self.digest, self.quiet, self.remind, self.tags)


class Recurring(Struct, frozen=True, forbid_unknown_fields=True):
    """An order that is queued again and again."""

    name: NotInFile
    every: Annotated[
        Every,
        described(
            'When: five cron words like "0 9 * * mon-fri", in `timezone`; or a length of time like 1d.'
        ),
    ]
    service: Annotated[Text, described("The panel's number of the service.")]
    link: Annotated[Text, described("The link, as with `tracker add`.")]
    quantity: Annotated[int, described("How many; empty for services that take none.", 1, 10**12)] | None = (
        None
    )
    comments: Annotated[Text, described("The comments, one a line.")] | None = None
    panel: Annotated[Text, described("The panel; needed where the config has more than one.")] | None = None
    tags: Annotated[tuple[Tag, ...], Meta(max_length=20, description="The tags of its orders.")] = ()
    priority: Annotated[int, described("Of two that may be sent, the higher goes first.", -100, 100)] = 0
    expires: (
        Annotated[
            Duration,
            described(
                "Give an order up that was not sent so long after its time; empty: never.", MINUTE, 365 * DAY
            ),
        ]
        | None
    ) = None
    until: Annotated[Day, described("None are queued from this day or time on; empty: for ever.")] | None = (
        None
    )


class Retention(Struct, frozen=True, forbid_unknown_fields=True):
    """How long rows are kept."""

    finished: Annotated[Duration, described("Finished orders.", HOUR, 36500 * DAY)] = 365 * DAY
    alerts: Annotated[Duration, described("Alerts that were sent or are dead.", HOUR, 36500 * DAY)] = 30 * DAY


class Log(Struct, frozen=True, forbid_unknown_fields=True):
    """What the daemon writes to stderr."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], described("The least severe lines that are written.")
    ] = "info"
    format: Annotated[
        Literal["auto", "text", "json"],
        described("auto: sentences on a terminal, json elsewhere; text: each event with its values."),
    ] = "auto"


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """All of the config. `database` is a URL with an absolute path."""

    path: Annotated[Path, form("not_in_file")]
    panels: Annotated[dict[Name, PanelConfig], Meta(min_length=1, description="The panels by name.")]
    database: Annotated[
        Database,
        described(
            "sqlite:///PATH, from $STATE_DIRECTORY or this file's folder; or postgresql://USER:PASSWORD@HOST/NAME."
        ),
    ] = "sqlite:///tracker.db"
    tags: (
        Annotated[
            dict[Tag, Limits],
            described(
                "What the orders with a tag may cost, over all panels: the same keys as `limits` of a panel."
            ),
        ]
        | None
    ) = None
    schedule: Schedule = Schedule()
    unknown: Unknown = Unknown()
    alerts: Annotated[
        tuple[Target, ...], Meta(max_length=100, description="Who is notified of which events.")
    ] = ()
    templates: (
        Annotated[
            Folder,
            described(
                "A folder with your own texts, or fa for Persian; `tracker alerts templates` writes the defaults."
            ),
        ]
        | None
    ) = None
    timezone: (
        Annotated[
            Zone,
            described("The time zone of messages and limits: Europe/Berlin; default: the machine's own."),
        ]
        | None
    ) = None
    heartbeat: (
        Annotated[
            Secret,
            described(
                "A URL that is requested each minute while everything works: healthchecks, Uptime Kuma."
            ),
        ]
        | None
    ) = None
    report: Annotated[
        Literal["never", "monthly"],
        described("Whether the report of each month is sent, to the targets subscribed to report.monthly."),
    ] = "never"
    #: None: no page, no figures and no gateway.
    web: Web | None = None
    recurring: Annotated[
        dict[Name, Recurring],
        Meta(max_length=1000, description="Orders that are queued again and again, by name."),
    ] = field(default_factory=dict)
    retention: Retention = Retention()
    log: Log = Log()
    #: What is allowed but unwise, as `FILE:LINE:COLUMN: key.path: …`.
    warnings: Annotated[tuple[str, ...], form("not_in_file")] = ()
