"""All of the config as typed values: a default is defined here, or in the settings of a part, and nowhere else.

Durations are microseconds.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from tracker.config.kinds import (
    CheckDelay,
    Database,
    Day,
    Duration,
    Every,
    Folder,
    Money,
    Name,
    NotInFile,
    Secret,
    Tag,
    Text,
    Zone,
    described,
    form,
)
from tracker.config.panel_settings import Limits, PanelConfig
from tracker.config.structs import Meta, Struct, field
from tracker.config.target_settings import Target
from tracker.config.web_settings import Web
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND


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
