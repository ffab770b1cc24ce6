"""What a panel means that answers with another address, and what people are told to do."""

from __future__ import annotations

import pytest

from tracker.panel.dialects.redirects import moved
from tracker.panel.exchange import Exchange, Request

ASKED = "https://panel.example/api/v2"
ANOTHER = ", another host, to which the key was not sent; if the panel has moved there, write that under `url:` in the config"
WRITE = "; write that under `url:` in the config"
NOWHERE = "it does not say where to; check the address under `url:`"


@pytest.mark.parametrize(
    ("asked", "location", "said"),
    [
        ("http://panel.example/api/v2", ASKED, f"it wants to be asked at {ASKED}{WRITE}"),
        (ASKED, "https://www.panel.example/api/v2", f"it wants to be asked at https://www.panel.example/api/v2{WRITE}"),
        (ASKED, "/api/v2/", f"it wants to be asked at {ASKED}/{WRITE}"),
        (ASKED, "v3?key=secret#x", f"it wants to be asked at https://panel.example/api/v3{WRITE}"),
        (ASKED, "https://new.example/api", f"it wants to be asked at https://new.example/api{ANOTHER}"),
        (ASKED, "//user:pass@new.example/", f"it wants to be asked at https://new.example/{ANOTHER}"),
        (ASKED, "http://panel.example/api/v2", "it wants to be asked at http://panel.example/api/v2, where anybody could read the key, which was not sent; ask its operator"),
        (ASKED, ASKED, "it leads to the very address that it was asked at; only its operator can mend that"),
        (ASKED, "/user/login.php?next=/api", "it leads to its login page, https://panel.example/user/login.php. The address of an API is another one; it often ends in /api/v2"),
        ("", "/api", NOWHERE), (ASKED, "", NOWHERE), (ASKED, "javascript:alert(1)", NOWHERE),
        (ASKED, "https://[bad", NOWHERE), (ASKED, "https://x.example:99999/", NOWHERE), (ASKED, "https://x/\x1b[2J", NOWHERE),
        (ASKED, "https://new.example/" + "a" * 200, f"it wants to be asked at https://new.example/{'a' * 99}…{ANOTHER}"),
    ],
)  # fmt: skip
def test_the_address_that_a_panel_wants_to_be_asked_at_is_told_without_secrets(
    asked: str, location: str, said: str
) -> None:
    exchange = Exchange(Request("balance", {}), True, 308, {"location": location}, url=asked)

    assert moved(exchange) == f"the panel redirects (308): {said}"


@pytest.mark.parametrize("status", [None, 200, 300, 304, 404])
def test_other_answers_lead_nowhere(status: int | None) -> None:
    assert moved(Exchange(Request("balance", {}), True, status, {"location": ASKED}, url=ASKED)) is None
