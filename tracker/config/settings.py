"""The config as typed values. The defaults are defined here and nowhere else. Durations are microseconds."""

from __future__ import annotations

from datetime import tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from tracker.alerts.quiet_hours import QuietHours
from tracker.alerts.subscriptions import REMINDERS, Subscription
from tracker.config.structs import Meta, Struct, force_setattr
from tracker.lib.times import DAY, HOUR, MINUTE, SECOND
from tracker.panel.dialects.built_in import named
from tracker.panel.dialects.dialect import Dialect


class Secret:
    """A text that is never shown: only `reveal` returns it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself; never log or print it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


def _form(form: str) -> Meta:
    """Mark how a value is written in the file, for the reader and for the schema."""
    return Meta(extra={"form": form})


def _described(description: str, ge: int | float | None = None, le: int | float | None = None) -> Meta:
    return Meta(description=description, ge=ge, le=le)


NotInFile = Annotated[str, _form("not_in_file")]
"""A field that is not a key of the file."""
Name = Annotated[str, _form("name"), Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Address = Annotated[str, _form("address")]
Database = Annotated[str, _form("database")]
EventPattern = Annotated[str, _form("event")]
Duration = Annotated[int, _form("duration")]
ReminderDelay = Annotated[Duration, Meta(ge=60 * SECOND, le=365 * DAY)]
Quiet = Annotated[QuietHours, _form("quiet")]
Zone = Annotated[tzinfo, _form("zone")]
Folder = Annotated[Path, _form("folder")]
CheckDelay = Annotated[Duration, Meta(ge=SECOND, le=365 * DAY)]
Money = Annotated[Decimal, _form("money")]
Events = Annotated[tuple[EventPattern, ...], Meta(min_length=1, max_length=100)]


class BalanceWatch(Struct, frozen=True, forbid_unknown_fields=True):
    """When the wallet is read, and when it is low."""

    low: (
        Annotated[
            Money, _described("Alert when the balance is below this, in the panel's currency; empty: never.")
        ]
        | None
    ) = None
    every: Annotated[Duration, _described("How often the balance is read.", 100_000, DAY)] = 5 * MINUTE


class PanelConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """One account at one panel."""

    name: NotInFile
    url: Annotated[Address, _described("The address of the panel's API, without a query.")]
    key: Annotated[Secret, _described("The API key.")]
    dialect: Annotated[
        Dialect, _described("The panel's dialect of the API: its name, or a base and what differs from it.")
    ] = named("tagrani")
    #: 0 in the file means: as the dialect says.
    ids_per_call: Annotated[
        int, _described("Orders in one status call; empty: as the dialect says.", 1, 1000)
    ] = 0
    calls_per_second: Annotated[
        float, _described("At most this many calls per second, over all actions of this panel.", 0.01, 1000)
    ] = 5.0
    connections: Annotated[
        int, _described("Status calls at the same time; adds are always one at a time.", 1, 64)
    ] = 4
    timeout: Annotated[
        Duration, _described("How long any call except an add may take.", 100_000, 10 * MINUTE)
    ] = 30 * SECOND
    add_timeout: Annotated[
        Duration,
        _described(
            "How long an add may take. If this is too short, orders become unknown.", 100_000, 30 * MINUTE
        ),
    ] = 120 * SECOND
    same_link: Annotated[
        Literal["wait", "allow"],
        _described("Whether an order waits while another one for the same service and link is unfinished."),
    ] = "wait"
    account: Annotated[
        Literal["sole", "shared"],
        _described("Whether only tracker orders from this account (sole), or others too (shared)."),
    ] = "sole"
    balance: BalanceWatch = BalanceWatch()

    def __post_init__(self) -> None:
        if not self.ids_per_call:
            force_setattr(self, "ids_per_call", self.dialect.ids_per_call)


class Schedule(Struct, frozen=True, forbid_unknown_fields=True):
    """How often each thing is done, for all panels."""

    submit: Annotated[
        Duration, _described("Queued orders are looked for at least this often.", 100_000, HOUR)
    ] = 5 * SECOND
    poll: Annotated[
        Duration, _described("The shortest time between two polls of the same order.", 100_000, DAY)
    ] = 60 * SECOND
    poll_max: Annotated[Duration, _described("The longest time between two polls.", 100_000, 30 * DAY)] = (
        30 * MINUTE
    )
    services: Annotated[Duration, _described("How often the catalogue is read.", 100_000, 30 * DAY)] = (
        6 * HOUR
    )
    stuck: Annotated[
        Duration,
        _described(
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
    settle: Annotated[Duration, _described("How long negative evidence must hold.", SECOND, 30 * DAY)] = (
        15 * MINUTE
    )
    probe: Annotated[
        bool, _described("Ask the panel about ids near the lost order, to adopt it automatically.")
    ] = False
    apart: Annotated[
        bool,
        _described(
            "While a lost order may still arrive, let orders wait that could not be told apart from it."
        ),
    ] = True
    resend: Annotated[
        Literal["never", "when-proven-absent"],
        _described("Whether an order may be sent again automatically."),
    ] = "never"
    resend_max: Annotated[Money, _described("The largest charge that may be sent again automatically.")] = (
        Decimal(0)
    )


class Target(Struct, frozen=True, forbid_unknown_fields=True):
    """One place where alerts go."""

    name: Annotated[Name, _described("What this target is called in lists and logs.")]
    url: Annotated[Secret, _described("An apprise URL: tgram://…, mailtos://…, and many more.")]
    events: Annotated[
        Events, _described("The events it is subscribed to; order.* stands for all that begin with order.")
    ] = ("*",)
    digest: (
        Annotated[
            Duration,
            _described(
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
    quiet: (
        Annotated[Quiet, _described("Hours in which only urgent alerts are sent: 22:00-07:00 Europe/Berlin.")]
        | None
    ) = None

    @property
    def subscription(self) -> Subscription:
        """What the outbox needs to know about it."""
        return Subscription(self.name, self.events, self.digest, self.quiet, self.remind)


class Retention(Struct, frozen=True, forbid_unknown_fields=True):
    """How long rows are kept."""

    finished: Annotated[Duration, _described("Finished orders.", HOUR, 36500 * DAY)] = 365 * DAY
    alerts: Annotated[Duration, _described("Alerts that were sent or are dead.", HOUR, 36500 * DAY)] = (
        30 * DAY
    )


class Log(Struct, frozen=True, forbid_unknown_fields=True):
    """What the daemon writes to stderr."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"], _described("The least severe lines that are written.")
    ] = "info"
    format: Annotated[
        Literal["auto", "text", "json"],
        _described("auto: sentences on a terminal, json elsewhere; text: each event with its values."),
    ] = "auto"


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """All of the config. `database` is a URL with an absolute path."""

    path: Annotated[Path, _form("not_in_file")]
    panels: Annotated[dict[Name, PanelConfig], Meta(min_length=1, description="The panels by name.")]
    database: Annotated[
        Database,
        _described(
            "sqlite:///PATH, from $STATE_DIRECTORY or this file's folder; or postgresql://USER:PASSWORD@HOST/NAME."
        ),
    ] = "sqlite:///tracker.db"
    schedule: Schedule = Schedule()
    unknown: Unknown = Unknown()
    alerts: Annotated[
        tuple[Target, ...], Meta(max_length=100, description="Who is notified of which events.")
    ] = ()
    templates: (
        Annotated[
            Folder,
            _described(
                "A folder with your own texts, or fa for Persian; `tracker alerts templates` writes the defaults."
            ),
        ]
        | None
    ) = None
    timezone: (
        Annotated[Zone, _described("The time zone of messages: Europe/Berlin; default: the machine's own.")]
        | None
    ) = None
    heartbeat: (
        Annotated[
            Secret,
            _described(
                "A URL that is requested each minute while everything works: healthchecks, Uptime Kuma."
            ),
        ]
        | None
    ) = None
    retention: Retention = Retention()
    log: Log = Log()
    #: What is allowed but unwise, as `FILE:LINE:COLUMN: key.path: …`.
    warnings: Annotated[tuple[str, ...], _form("not_in_file")] = ()
