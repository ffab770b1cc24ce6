"""The settings of the page, of monitors and of the programs that order through the gateway."""

from __future__ import annotations

from typing import Annotated

from tracker.config.kinds import HostName, Listen, Money, Name, Secret, described
from tracker.config.structs import Meta, Struct


class WebClient(Struct, frozen=True, forbid_unknown_fields=True):
    """A program that orders through the gateway, with a key of its own."""

    name: Annotated[Name, described("What this client is called in lists and logs.")]
    key: Annotated[Secret, described("The API key that it sends, at least 16 characters.")]
    panels: Annotated[
        tuple[Name, ...],
        Meta(max_length=100, description="The panels that it may order from; empty: all of them."),
    ] = ()
    daily_limit: (
        Annotated[
            Money,
            described(
                "What its orders of one day may cost together, in the panel's currency; empty: no limit."
            ),
        ]
        | None
    ) = None


class Web(Struct, frozen=True, forbid_unknown_fields=True):
    """The page, the figures for monitors and the gateway, on one port."""

    listen: Annotated[
        Listen,
        described("The address and the port. Another address than this machine's own needs a password."),
    ] = "127.0.0.1:8787"
    password: Annotated[Secret, described("The password of the page.")] | None = None
    hosts: Annotated[
        tuple[HostName, ...],
        Meta(
            max_length=100,
            description="Names by which browsers may reach it, beside localhost and addresses.",
        ),
    ] = ()
    https: Annotated[
        bool,
        described("Whether browsers reach it by https, through a proxy: its cookies then go no other way."),
    ] = False
    clients: Annotated[
        tuple[WebClient, ...],
        Meta(max_length=1000, description="The programs that order through the gateway at /api/v2."),
    ] = ()
