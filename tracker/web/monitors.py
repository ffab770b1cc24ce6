"""What monitors ask: whether all is well, and the figures. With a password of the page, they need it too."""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass, field

from werkzeug.wrappers import Request, Response

from tracker.operations.health import Health
from tracker.web.healthz import health
from tracker.web.metrics import exposition
from tracker.web.passwords import Password, Tries
from tracker.web.site import Site

TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
"""The format of the figures that every version of Prometheus reads."""


@dataclass(slots=True)
class Gate:
    """Lets monitors in by HTTP Basic authentication; any user name will do.

    A password that was right is remembered as a keyed digest: a monitor comes every few seconds, and the slow hash of
    the page would cost as much as a sweep.
    """

    password: Password | None
    tries: Tries
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _right: bytes = b""

    def is_open(self, request: Request) -> bool:
        """Tell whether a request may see figures and findings."""
        if self.password is None:
            return True
        given = request.authorization
        text = given.password if given is not None and given.type == "basic" else None
        if text is None:
            return False
        digest = hmac.digest(self._key, text.encode(), "sha256")
        if self._right and hmac.compare_digest(digest, self._right):
            return True
        address = request.remote_addr or ""
        if not self.tries.may_try(address):
            return False
        if self.password.matches(text):
            self._right = digest
            return True
        self.tries.note_wrong(address)
        return False


def refusal() -> Response:
    """Ask for the password."""
    return Response(
        "Error: the password of the page is needed (HTTP Basic, any user name).\n", 401, mimetype="text/plain",
        headers={"WWW-Authenticate": 'Basic realm="tracker", charset="UTF-8"'},
    )  # fmt: skip


def health_of(site: Site) -> Response:
    """Answer whether all is well, as JSON: 200, or 503 when something is critical."""
    is_well, found = health(site)
    worst = max((severity for severity, _ in found), default=Health.OK)
    said = {
        "health": worst.name.lower(),
        "findings": [{"level": severity.name.lower(), "text": text} for severity, text in found],
    }
    body = json.dumps(said, ensure_ascii=False) + "\n"
    return Response(body, 200 if is_well else 503, mimetype="application/json")


def figures_of(site: Site) -> Response:
    """Answer with the figures."""
    return Response(exposition(site), content_type=TEXT_FORMAT)
