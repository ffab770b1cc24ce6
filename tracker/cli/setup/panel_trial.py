"""Tries an address and a key at a panel: which dialect it speaks, and what it says of the account."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

from tracker.lib import money
from tracker.lib.counts import counted
from tracker.lib.times import SECOND
from tracker.orders.answers import Balance, Catalogue, Failure, Reason, Service
from tracker.panel.client import ApiKey, CallLimits, PanelClient
from tracker.panel.dialects.dialect import Dialect

LIMITS = CallLimits(timeout=20 * SECOND, add_timeout=20 * SECOND, calls_per_second=5, connections=1)
"""Somebody waits for the answers, in front of a terminal."""

USUAL_PATHS = ("/api/v2", "/api/v1")
"""Where panels answer, for an address that names only the host."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a panel answered. `fault` is None when it can be used as it is."""

    url: str
    dialect: Dialect | None = None
    services: int = 0
    #: What 1000 of one of its services cost: wrong by 1000 where the dialect is wrong.
    example: str | None = None
    wallet: Balance | None = None
    fault: str | None = None
    is_key_refused: bool = False

    def __str__(self) -> str:
        if self.fault is not None or self.dialect is None or self.wallet is None:
            return self.fault or "the panel has not been asked"
        amount = money.shown(self.wallet.amount, self.wallet.currency)
        services = counted(self.services, "service")
        return f"It speaks the dialect {self.dialect.name}: {services}, your balance is {amount}."


def try_panel(url: str, key: str, dialects: Iterable[Dialect]) -> Trial:
    """Ask a panel for its services, in each dialect, and for the balance; the usual paths too where `url` has none."""
    chosen = list(dialects)
    trials = [_try_url(one, key, chosen) for one in _addresses(url)]
    good = [trial for trial in trials if trial.fault is None]
    refused = [trial for trial in trials if trial.is_key_refused]
    return (good or refused or trials)[0]


def _addresses(url: str) -> list[str]:
    if urlsplit(url).path not in ("", "/"):
        return [url]
    return [*(url.rstrip("/") + path for path in USUAL_PATHS), url]


def _try_url(url: str, key: str, dialects: list[Dialect]) -> Trial:
    read: list[tuple[Dialect, Catalogue]] = []
    failed = Failure("it has no services")
    for dialect in dialects:
        with closing(PanelClient(url, ApiKey(key, dialect.key_field), LIMITS)) as client:
            found = dialect.read_services(client.call(dialect.services()))
        if isinstance(found, Failure):
            failed = found
        elif found:
            read.append((dialect, found))
    if not read:
        return Trial(url, fault=failed.why, is_key_refused=failed.reason is Reason.ACCOUNT)
    # A line that only another dialect understands counts as broken.
    dialect, services = max(read, key=lambda one: len(one[1]) - len(one[1].broken))
    return _with_wallet(Trial(url, dialect, len(services), _example(services)), key, dialect)


def _with_wallet(trial: Trial, key: str, dialect: Dialect) -> Trial:
    with closing(PanelClient(trial.url, ApiKey(key, dialect.key_field), LIMITS)) as client:
        wallet = dialect.read_balance(client.call(dialect.balance()))
    if isinstance(wallet, Failure):
        why = f"its balance could not be read: {wallet.why}"
        return Trial(
            trial.url, dialect, trial.services, fault=why, is_key_refused=wallet.reason is Reason.ACCOUNT
        )
    return Trial(trial.url, dialect, trial.services, trial.example, wallet)


def _example(services: Iterable[Service]) -> str | None:
    for service in services:
        if service.price is not None and service.type in (None, "Default"):
            cost = money.shown(service.price * 1000)
            return f"1000 of its service {service.id} ({service.name}) cost {cost}"
    return None
