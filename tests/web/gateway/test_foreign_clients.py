"""Three clients by other authors order through the gateway, unchanged, over a real connection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.practice.test_foreign_clients import CLIENTS, Babismm, Client
from tests.support.gateways import KEY, Gateway, serving

LINK = "https://example.com/p/1"


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    made = Gateway(tmp_path, limit="100")
    made.read_catalogue()
    made.read_balance("99972.73", "Tomans")
    return made


@pytest.fixture
def url(gateway: Gateway) -> Iterator[str]:
    with serving(gateway.site) as address:
        yield address


@pytest.fixture(params=sorted(CLIENTS))
def client(request: pytest.FixtureRequest, url: str) -> Iterator[Client]:
    made: Any = CLIENTS[request.param](url, KEY)
    yield made
    if isinstance(made, Babismm):
        made.client.close()


def test_they_order_and_follow_and_read(gateway: Gateway, client: Client) -> None:
    assert [service["rate"] for service in client.services()] == ["500", "2000", "30", "100"]
    assert client.balance() == {"balance": "99972.73", "currency": "Tomans"}

    first = client.add(1, LINK, 100)["order"]
    second = client.add(2, LINK, None, comments="Nice\nسلام")["order"]

    assert client.status(first) == {
        "charge": "50", "start_count": None, "status": "Pending", "remains": "100", "currency": "Tomans",
    }  # fmt: skip
    found = client.statuses([first, second, 99])
    assert found[str(second)]["charge"] == "4"
    assert found["99"] == {"error": "Incorrect order ID"}
    assert [order.comments for order in gateway.orders()] == [None, "Nice\nسلام"]


def test_they_are_told_why_not(gateway: Gateway, client: Client) -> None:
    with pytest.raises(Exception, match="Not enough funds on balance"):
        client.add(1, LINK, 300)
    with pytest.raises(Exception, match="Quantity less than minimal 10"):
        client.add(1, LINK, 1)
    with pytest.raises(Exception, match="Incorrect order ID"):
        client.status(1)
    assert gateway.orders() == []


@pytest.mark.parametrize("library", sorted(CLIENTS))
def test_a_wrong_key_is_told_in_words_that_they_know(url: str, library: str) -> None:
    made: Any = CLIENTS[library](url, "another-key")

    with pytest.raises(Exception, match="Invalid API key"):
        made.balance()
    if isinstance(made, Babismm):
        made.client.close()
