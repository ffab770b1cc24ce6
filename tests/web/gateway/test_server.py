"""A client that is refused before its request is read is told so as by the API."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.browsers import FORM
from tests.support.gateways import KEY, Gateway, serving
from tracker.web.gateway.keys import FREE
from tracker.web.rests import MOST, REST_S, Rests


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[http.client.HTTPConnection]:
    with serving(Gateway(tmp_path).site) as url:
        made = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        yield made
        made.close()


def asked(connection: http.client.HTTPConnection, key: str) -> int:
    connection.request("POST", "/api/v2", f"key={key}&action=balance", FORM)
    response = connection.getresponse()
    response.read()
    return response.status


def test_who_hammers_with_wrong_keys_is_slowed_on_new_connections_too(
    connection: http.client.HTTPConnection,
) -> None:
    assert [asked(connection, "wrong") for _ in range(FREE)] == [200] * FREE
    began = time.monotonic()
    assert asked(connection, "wrong") == 429
    assert asked(connection, "wrong") == 429
    other = http.client.HTTPConnection(connection.host, connection.port, timeout=60)
    assert asked(other, "wrong") == 429
    other.close()

    assert time.monotonic() - began >= 2 * REST_S

    elsewhere = http.client.HTTPConnection(
        connection.host, connection.port, timeout=60, source_address=("127.0.0.2", 0)
    )
    assert asked(elsewhere, KEY) == asked(connection, KEY) == 200
    elsewhere.close()


def test_refused_addresses_take_bounded_memory() -> None:
    rests = Rests(lambda: 100.0)
    for number in range(MOST + 5):
        rests.begin(str(number))

    assert [rests.until(str(number)) for number in (4, 5)] == [0, 100 + REST_S]


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


def test_a_slash_after_the_address_leads_to_it_too(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/api/v2/", f"key={KEY}&action=status&order=1", FORM)
    assert json.loads(connection.getresponse().read()) == {"error": "Incorrect order ID"}

    connection.request("POST", "/api/v2/", "x", {"Host": "evil.example"})
    assert json.loads(connection.getresponse().read())["error"].startswith("this name is not one of ours")


def test_other_paths_are_no_gateway(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/api/v1", f"key={KEY}&action=balance")
    assert connection.getresponse().status == 404
