"""Addresses that cannot be asked are refused, and two panels for one account, however their addresses are written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.config.addresses import fault, place
from tracker.config.faults import ConfigError
from tracker.config.loader import parse
from tracker.lib.http_endpoint import Endpoint

ADDRESS = "https://bücher.example/api/v1"


def fault_with(*addresses: str) -> str:
    """The faults of a config with a panel for each address and one key for all."""
    panels = "\n".join(f"  p{n}: {{url: '{url}', key: abcdefgh}}" for n, url in enumerate(addresses))
    try:
        parse(f"panels:\n{panels}\n", Path("c.yaml"), {})
    except ConfigError as error:
        return "\n".join(map(str, error.faults))
    return ""


@pytest.mark.parametrize(
    "other",
    [
        ADDRESS,
        "https://BÜCHER.example/API/v1",
        "https://xn--bcher-kva.example/api/v1",
        "https://XN--BCHER-KVA.Example:443/api/v1",
        "http://bücher.example/api/v1",
        "http://bücher.example:80/api/v1",
        "http://bücher.example:443/api/v1",
        "https://bücher.example./api/v1",
        "https://bücher.example.:443/api/v1/",
        "https://bücher。example/api/v1",
        "https://www.bücher.example/api/v1",
        "https://bücher.example/api/v1/",
        "https://bücher.example/api//v1///",
        "https://bücher.example/./api/x/../v1",
        "https://bücher.example/%61pi/v%31",
        "https://bücher.example/../api/v1/.",
        "https://b%C3%BCcher.example/api/v1",
    ],
)
def test_an_account_is_refused_as_a_second_panel_however_its_address_is_written(other: str) -> None:
    assert "panels.p1: has the same URL and key as panel p0" in fault_with(ADDRESS, other)
    assert "panels.p1: has the same URL and key as panel p0" in fault_with(other, ADDRESS)


@pytest.mark.parametrize(
    "other",
    [
        "https://bucher.example/api/v1",
        "https://bücher.example:8443/api/v1",
        "https://bücher.example/api/v2",
        "https://shop.bücher.example/api/v1",
        "https://bücher.example.org/api/v1",
    ],
)
def test_an_address_that_leads_elsewhere_is_another_panel(other: str) -> None:
    assert fault_with(ADDRESS, other) == ""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("http://localhost:8080/api", "http://127.0.0.1:8080/api/"),
        ("http://[::1]:8080/api", "http://127.0.0.1:8080/api"),
        ("http://[2001:DB8:0::1]/api", "http://[2001:db8::1]/api"),
        ("http://[::ffff:192.0.2.1]/api", "http://192.0.2.1/api"),
        ("http://straße.example/api", "http://xn--strae-oqa.example/api"),
    ],
)
def test_addresses_of_one_machine_are_one_place(first: str, second: str) -> None:
    assert place(first) == place(second)


HOSTS = st.text("aA0.-_:[]%,*é☃ａ。۱ßx", min_size=1, max_size=9)


@given(
    st.builds(
        "{}://{}{}".format,
        st.sampled_from(["http", "https", "HTTPS", "ftp"]),
        HOSTS,
        st.text("/a?b=#:\t", max_size=5),
    )
)
@example("https://256.1.1.1/")
@example("https://[v1.a]/")
@example("https://[fe80::1]:8443/")
@example("https://xn--a/")
@example("https://☃.net/")
@example("https://ａ.example/")
@example("https://a/" + "x" * 70_000)
def test_whatever_address_the_config_takes_requests_can_be_written_to(text: str) -> None:
    if not fault(text, "https://example.com"):
        assert Endpoint(text).post({"key": "k"}, {}, {}).written


@pytest.mark.parametrize(
    "url", ["x", "ftp://x/y", "https://a b/", "https://256.1.1.1/", "https://u:p@hc.example/"]
)
def test_a_heartbeat_that_cannot_be_requested_is_a_fault_of_the_config(url: str) -> None:
    text = f"panels: {{p: {{url: 'https://p.example', key: k}}}}\nheartbeat: '{url}'\n"

    with pytest.raises(ConfigError, match="heartbeat: ") as refused:
        parse(text, Path("config.yaml"), {})
    assert "u:p" not in str(refused.value)
