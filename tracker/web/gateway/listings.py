"""`services` and `balance`: what was read of the panels last."""

from __future__ import annotations

import json
import threading
from decimal import Decimal

from tracker.config.panel_settings import PanelConfig
from tracker.lib import money
from tracker.store import accounts, catalogue
from tracker.store.database import Database
from tracker.web.gateway.answers import Answer, service_answer
from tracker.web.gateway.errors import ApiError
from tracker.web.gateway.panels import MARK


class Listings:
    """The catalogues as JSON, each made once after it was read: of 20,000 services that takes half a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: The panel, and whether its name stands before each id -> when its catalogue was read, and its lines.
        self._made: dict[tuple[str, bool], tuple[int, bytes]] = {}

    def services(self, db: Database, panels: list[PanelConfig]) -> bytes:
        """Return the services of these panels as one JSON list; ApiError while one of them was never read."""
        parts = [self._lines(db, panel.name, is_marked=len(panels) > 1) for panel in panels]
        return b"[" + b",\n".join(part for part in parts if part) + b"]"

    def _lines(self, db: Database, panel: str, is_marked: bool) -> bytes:
        read_at = catalogue.services_at(db, panel)
        if read_at is None:
            raise ApiError(f"the services of {panel} were not read yet. Please try again later")
        with self._lock:
            made = self._made.get((panel, is_marked))
            if made is None or made[0] != read_at:
                with db.snapshot():
                    read_at = catalogue.services_at(db, panel) or read_at
                    made = read_at, _lines_of(db, panel, f"{panel}{MARK}" if is_marked else "")
                self._made[panel, is_marked] = made
        return made[1]


def _lines_of(db: Database, panel: str, mark: str) -> bytes:
    listed = sorted(catalogue.services(db, panel), key=lambda one: (len(one.id), one.id))  # 2 before 10
    answers = (service_answer(one, f"{mark}{one.id}") for one in listed)
    return ",\n".join(json.dumps(one, ensure_ascii=False) for one in answers if one is not None).encode()


def balance(db: Database, panels: list[PanelConfig]) -> Answer:
    """Return what is in the wallets together; ApiError where that cannot be said in one amount."""
    read = [accounts.read(db, panel.name) for panel in panels]
    unread = [account.panel for account in read if account.balance is None]
    if unread or not read:
        raise ApiError(
            f"the balance of {', '.join(unread) or 'any panel'} was not read yet. Please try again later"
        )
    currencies = {account.currency for account in read}
    if len(currencies) > 1:
        named = ", ".join(sorted(one or "unknown" for one in currencies))
        raise ApiError(f"there is no one balance: your panels have different currencies ({named})")
    total = sum((account.balance for account in read if account.balance is not None), Decimal(0))
    return {"balance": money.text(total), "currency": currencies.pop()}
