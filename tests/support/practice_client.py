"""A client of the practice panel that uses only http.client and the API's documentation."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from tracker.practice.panel import PracticePanel

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def connect(panel: PracticePanel, timeout: float = 5) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(panel.url).netloc, timeout=timeout)


def post(panel: PracticePanel, action: str, timeout: float = 5, **form: Any) -> tuple[int, bytes]:
    """Call with the right key, on a new connection; the status and the raw body."""
    connection = connect(panel, timeout)
    try:
        body = urlencode({"key": panel.key, "action": action, **form})
        connection.request("POST", f"/api/v1?action={action}", body, FORM)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def ask(panel: PracticePanel, action: str, **form: Any) -> Any:
    """Call and expect success; the JSON value of the answer."""
    status, body = post(panel, action, **form)
    assert status == 200
    return json.loads(body)


def add(panel: PracticePanel, timeout: float = 5, **form: Any) -> tuple[int, bytes]:
    """Place the usual order, with changes."""
    usual: dict[str, Any] = {"service": 2, "link": "https://example.com/p/1", "quantity": 100}
    return post(panel, "add", timeout, **{**usual, **form})


def control(panel: PracticePanel, method: str, name: str, **form: object) -> tuple[int, Any]:
    """Call the control API; the status and the JSON value."""
    connection = connect(panel)
    try:
        connection.request(method, f"/_practice/{name}", urlencode(form) if form else None, FORM)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()
