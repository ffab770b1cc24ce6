"""The one check of an order, before it is queued and before it is sent; and what a person calls a service."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.samples import a_draft
from tracker.orders.answers import Service
from tracker.orders.catalogue import Found, Listed, NotListed, Unread, known_refusal
from tracker.orders.links import link_doubt, link_fault
from tracker.orders.service_names import by_digits, called, nearest

FOLLOWERS = Service("4", "Followers", Decimal(30), minimum=50, maximum=5000)
POSTS = Service("15", "Likes on new posts", Decimal(1), 1, 100, type="Subscriptions")


@pytest.mark.parametrize(
    ("found", "values", "words"),
    [
        (Listed(FOLLOWERS), {}, None),
        (Listed(FOLLOWERS), {"quantity": 49}, "below the service's minimum of 50"),
        (Listed(FOLLOWERS), {"quantity": None}, "the quantity is missing"),
        (Listed(FOLLOWERS), {"link": "https://"}, "leads nowhere"),
        (Listed(FOLLOWERS), {"link": "some_user"}, None),
        (NotListed(), {}, "the panel has no service 4"),
        (NotListed(), {"link": "https://"}, "the panel has no service 4"),
        (Unread(), {"quantity": 1}, None),
        (Unread(), {"link": "—"}, "leads nowhere"),
        (Unread(), {"link": "https://a.example/1 https://a.example/2"}, "holds a space"),
        (
            Listed(POSTS),
            {"link": "-", "quantity": None, "fields": {"username": "u", "min": "1", "max": "2"}},
            None,
        ),
    ],
)
def test_what_is_known_to_be_refused_is_said(
    found: Found, values: dict[str, object], words: str | None
) -> None:
    fault = known_refusal(a_draft(**values), found)  # type: ignore[arg-type]

    assert fault is None if words is None else words in (fault or "")


@pytest.mark.parametrize(
    "link",
    [
        *(
            "https://x.example/a?b=c#d",
            "http://localhost:8000/a",
            "HTTPS://X.EXAMPLE",
            "https://user@x.example/a",
            "https://archive.example/https://x.example/?url=https://a.example,https://b.example",
            "x.example/a",
            "t.me/x",
        ),
        *("www.x.example", "@name", "https://مثال.إيران/a", "http://[::1]/a", "10.0.0.1/a", "httpbin.org/a"),
    ],
)
def test_what_looks_like_a_link_is_taken_for_one(link: str) -> None:
    assert link_fault(link) is None
    assert link_doubt(link) is None


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("some_user", "names no website"),
        ("1000", "names no website"),
        ("1.000", "names no website"),
        ("user/posts", "names no website"),
        ("https:///a", "names no website"),
        ("https://x", "names no website"),
        ("example..com", "names no website"),
        ("htps://x.example", "does not begin with https://"),
        ("https:/x.example", "does not begin with https://"),
        ("https//x.example", "does not begin with https://"),
        ("http:\\\\x.example", "does not begin with https://"),
        ("tg://resolve?domain=x", "does not begin with https://"),
        ("my page", "holds a space"),
        ("+https://x.example/a", "names no website"),
        ("=https://x.example/a", "names no website"),
        ('"https://x.example/a"', "names no website"),
        ("<https://x.example/a>", "names no website"),
        ("mailto:somebody@x.example", "names no website"),
        ("somebody@x.example", "names no website"),
        ("https://x.example/a,https://x.example/b", "is more than one address"),
    ],
)
def test_what_is_probably_no_link_stops_a_person_and_not_the_daemon(link: str, words: str) -> None:
    assert link_fault(link) is None
    assert words in (link_doubt(link) or "")


CATALOGUE = [
    Service("1", "Instagram Followers [Real]", None),
    Service("2", "Instagram  Likes", None),
    Service("3", "Likes", None),
    Service("44", "Views 100", None),
    Service("45", "views 100", None),
    Service("5", "İzlenme ⚡", None),
]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("likes", ["3"]),
        ("INSTAGRAM likes", ["2"]),
        ("instagram", ["1", "2"]),
        ("real followers", ["1"]),
        ("Views 100", ["44", "45"]),
        ("100", []),
        ("۱۰۰", []),
        ("", []),
        ("follow", []),
        ("i̇zlenme", ["5"]),
    ],
)
def test_a_service_is_found_by_its_name_or_by_all_words_of_it(text: str, ids: list[str]) -> None:
    assert [service.id for service in called(text, CATALOGUE)] == ids


def test_what_is_nearest_to_a_text_is_suggested() -> None:
    assert [service.id for service in nearest("instagram folowers real", CATALOGUE)][:1] == ["1"]
    assert {service.id for service in nearest("4", CATALOGUE)} == {"44", "45"}
    assert [service.id for service in nearest("like", CATALOGUE)][:1] == ["3"]
    assert nearest("zzz", CATALOGUE) == []
    assert by_digits("۴۵") == "45"
