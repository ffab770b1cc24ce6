"""How the messages of a config are worded, with the names of services from the catalogue."""

from __future__ import annotations

from tracker.alerts.templates import OwnWords, own_words, read
from tracker.alerts.wording import Wording
from tracker.config.settings import Config
from tracker.orders.catalogue import Listed
from tracker.store import catalogue
from tracker.store.database import Database

LONGEST_NAME = 60
"""Characters of a service's name; panels put whole descriptions into it."""


def wording_of(config: Config, db: Database) -> Wording:
    """Return the wording of a config; texts that cannot be used are logged."""
    return _wording(config, db, own_words(config.templates))


def quiet_wording_of(config: Config, db: Database) -> Wording:
    """Return the wording of a config for what only shows messages; `check` tells what is wrong with it."""
    return _wording(config, db, read(config.templates))


def _wording(config: Config, db: Database, own: OwnWords) -> Wording:

    def service_name(panel: str, service: str) -> str | None:
        match catalogue.find(db, panel, service):
            case Listed(service=found):
                name = " ".join(found.name.split())
                return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
            case _:
                return None

    return Wording(own.texts, own.phrases, config.timezone, service_name)
