"""A client that is refused before its request is read is told so as by the API."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.gateways import KEY, Gateway, serving


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[http.client.HTTPConnection]:
    with serving(Gateway(tmp_path).site) as url:
        made = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        yield made
        made.close()


def test_a_request_that_is_too_large_is_refused_in_json(connection: http.client.HTTPConnection) -> None:
    connection.putrequest("POST", "/api/v2")
    connection.putheader("Content-Length", str(5 * 1024 * 1024))
    connection.endheaders()
    response = connection.getresponse()

    assert (response.status, response.getheader("Content-Type")) == (413, "application/json")
    assert json.loads(response.read())["error"].startswith("Request Entity Too Large")


def test_a_name_that_is_not_ours_is_refused_in_json(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/api/v2", f"key={KEY}&action=balance", {"Host": "evil.example"})
    response = connection.getresponse()

    assert response.status == 421
    assert "web.hosts" in json.loads(response.read())["error"]


def test_other_paths_are_no_gateway(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/api/v1", f"key={KEY}&action=balance")
    assert connection.getresponse().status == 404
