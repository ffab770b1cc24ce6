"""The settings of one place where alerts go. Durations are microseconds."""

from __future__ import annotations

from typing import Annotated

from tracker.alerts.subscriptions import REMINDERS, Subscription
from tracker.config.kinds import (
    BotServer,
    ChatId,
    Duration,
    Events,
    Name,
    Quiet,
    ReminderDelay,
    Secret,
    Tag,
    described,
)
from tracker.config.structs import Meta, Struct
from tracker.lib.times import DAY, SECOND


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
