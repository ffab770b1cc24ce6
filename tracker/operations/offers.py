"""What is known of a panel's services before an order is queued: which one is meant, and what would be refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from tracker.config.panel_settings import PanelConfig
from tracker.operations.refused import Refused
from tracker.orders.answers import Service
from tracker.orders.catalogue import (
    Found,
    Listed,
    NotListed,
    OrderFault,
    Unread,
    known_fault,
    known_refusal,
)
from tracker.orders.cost import expected_charge
from tracker.orders.kinds import is_subscription
from tracker.orders.links import link_doubt
from tracker.orders.order import Draft, Order
from tracker.orders.service_names import NAMED, by_digits, called, nearest
from tracker.orders.unread import service_warnings
from tracker.store import catalogue
from tracker.store.database import Database

LISTED = 10
"""The most services that are listed where several are meant."""


class Offers:
    """A panel's catalogue as it was last read. Without a database nothing is known."""

    def __init__(self, db: Database | None, panel: PanelConfig) -> None:
        self._db = db
        self._panel = panel
        self._found: dict[str, Found] = {}

    @cached_property
    def is_read(self) -> bool:
        """Whether the catalogue was ever read."""
        return self._db is not None and catalogue.services_at(self._db, self._panel.name) is not None

    @cached_property
    def services(self) -> dict[str, Service]:
        """All services by their id, to look for a name."""
        return (
            {}
            if self._db is None
            else {one.id: one for one in catalogue.services(self._db, self._panel.name)}
        )

    def find(self, service_id: str) -> Found:
        """Look one service up."""
        if self._db is None:
            return Unread()
        if service_id not in self._found:
            self._found[service_id] = catalogue.find(self._db, self._panel.name, service_id)
        return self._found[service_id]

    @property
    def unread_sentence(self) -> str | None:
        """Say that the catalogue was never read, so that orders could not be checked; None when it was."""
        if self.is_read:
            return None
        name = self._panel.name
        return (
            f"the services of {name} were never read, so orders for it were not checked against them, and what they "
            "cost is not known; `tracker services` reads them"
        )

    def unread_figures(self, service_id: str) -> list[str]:
        """Say which figures of a service cannot be read."""
        found = self.find(service_id)
        if not isinstance(found, Listed) or not found.service.unread:
            return []
        return service_warnings(found.service, list(self.services.values()))

    def refusal(self, order: Order | Draft) -> str | None:
        """Say why an order would be refused, with the services that may have been meant; None when nothing is known."""
        found = self.find(order.service)
        fault = known_refusal(order, found, self._panel.dialect.cost_rules)
        if fault is None or not isinstance(found, NotListed):
            return fault
        known = list(self.services.values())
        near = called(order.service, known)[:NAMED] or nearest(order.service, known)
        return f"{fault}; did you mean {' or '.join(map(_called, near))}?" if near else fault

    def link_doubt(self, draft: Draft) -> str | None:
        """Say why a draft's link is probably none; None when it looks like one, or needs to be none."""
        return None if self.is_subscription(draft) else link_doubt(draft.link)

    def objection(self, draft: Draft) -> str | None:
        """Say what is wrong with a draft, or probably is; None when nothing is known."""
        doubt = self.link_doubt(draft)
        return self.refusal(draft) or (f"{doubt} (some services take a name instead)" if doubt else None)

    def is_subscription(self, draft: Draft) -> bool:
        """Tell whether a draft is for posts that are still to come."""
        return is_subscription(draft, self._listed(draft))

    def link_of(self, service: str, fields: Mapping[str, str]) -> str | None:
        """Return what stands for the link of an order without one: a subscription is about a user. None for others."""
        user = fields.get("username")
        if user is None:
            return None
        return user if self.is_subscription(Draft(self._panel.name, service, user, fields=fields)) else None

    def fault(self, draft: Draft) -> OrderFault | None:
        """Return why a draft would be refused, in a panel's words too, and at little cost: no service is suggested."""
        return known_fault(draft, self.find(draft.service), self._panel.dialect.cost_rules)

    def cost(self, draft: Draft) -> Decimal | None:
        """Return what a draft will cost by the catalogue; None where that is not known."""
        return expected_charge(draft, self._listed(draft), self._panel.dialect.cost_rules)

    def _listed(self, draft: Draft) -> Service | None:
        found = self.find(draft.service)
        return found.service if isinstance(found, Listed) else None

    def meant(self, text: str) -> tuple[str, Service | None]:
        """Return the id of the service that a person means by an id or a name, and the service where a name was given.

        Refused where a name fits several services, or where no catalogue is there to look it up in.
        """
        found = self._fitting(text)
        if isinstance(found, str):
            return found, None
        if len(found) > 1:
            raise Refused(f"{len(found)} services are called so; give the id of one:\n{_listed(found)}")
        return (found[0].id, found[0]) if found else (text, None)

    def meant_by_row(self, text: str) -> tuple[str, Service | None]:
        """Return what `meant` returns; Refused says in one line why it is not known."""
        found = self._fitting(text)
        if isinstance(found, str) or len(found) < 2:
            return self.meant(text)
        some = ", ".join(map(_called, found[:NAMED])) + (", …" if len(found) > NAMED else "")
        raise Refused(f"the name {text!r} fits several services; give the id of one: {some}")

    def _fitting(self, text: str) -> str | Sequence[Service]:
        """Return the id that a text is, or the services that it may be the name of."""
        if not self.is_read:
            if len(text.split()) > 1 or not any(map(str.isdigit, text)):
                raise Refused(
                    f"the services of {self._panel.name} were never read, so none can be found by its name; "
                    "run `tracker services`, or give the id"
                )
            return text
        for one in (text.strip(), by_digits(text.strip())):
            if isinstance(self.find(one), Listed):
                return one
        return called(text, self.services.values())


def _called(service: Service) -> str:
    return f"{service.id} ({service.name})"


def _listed(services: Sequence[Service]) -> str:
    lines = [f"  {service.id:<8} {service.name}" for service in services[:LISTED]]
    return "\n".join(
        [*lines, *([f"  … and {len(services) - LISTED} more"] if len(services) > LISTED else [])]
    )
