"""What a request must be before anybody reads it: for our host, from our page, of a known session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.wrappers import Response

from tests.support.browsers import PASSWORD, Stage, served
from tests.support.samples import a_database, a_draft, enqueued
from tracker.lib.times import SECOND
from tracker.store import accounts
from tracker.web.guards import HEADERS, host_fault, inner_path, origin_fault
from tracker.web.passwords import OF_ALL, OF_ONE, SPAN, Password, Tries, hashed
from tracker.web.sessions import LASTS_S, MOST_ENDED, Sessions

PAGES = (
    "/",
    "/orders",
    "/orders/1",
    "/panels/p",
    "/services",
    "/services?by=time",
    "/worth",
    "/report",
    "/report?by=tag",
    "/alerts",
    "/journal",
)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    db = a_database(tmp_path)
    enqueued(db, a_draft())
    with served(db, tmp_path) as made:
        yield made


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Stage]:
    with served(a_database(tmp_path), tmp_path, f"password: {PASSWORD}") as made:
        yield made


# -- whose request it is -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "",
        "a@127.0.0.1",
        "127.0.0.1/x",
        "[::1",
    ],
)
def test_another_name_than_ours_leads_nowhere(stage: Stage, host: str) -> None:
    browser = stage.browser(host or " ")

    for path in ("/", "/static/style.css", "/login"):
        answer = browser.get(path)
        assert answer.status in (400, 421), path
        assert "Unknown" not in answer.text


@pytest.mark.parametrize(
    "host", ["127.0.0.1:1", "localhost", "LOCALHOST:8787", "[::1]:8787", "192.168.1.7", "shop.example."]
)
def test_addresses_and_names_of_the_config_lead_here(host: str) -> None:
    assert host_fault(host, ("shop.example",)) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "x"}, {"Origin": "null"},
        {"Origin": "https://evil.example"}, {"Origin": "http://["}, {"Origin": ""}, {"Origin": "http://127.0.0.1:1"},
    ],
)  # fmt: skip
def test_a_form_of_another_page_changes_nothing(stage: Stage, headers: dict[str, str]) -> None:
    browser = stage.browser()
    token = browser.token("/panels/p")

    answer = browser.post("/panels/p/pause", {"token": token}, **headers)

    assert (answer.status, accounts.read(stage.db, "p").paused_at) == (403, None)
    assert origin_fault(headers, browser.host) == "it was sent from another page"


def test_a_form_is_taken_with_the_token_of_its_own_session_only(stage: Stage) -> None:
    mine, other = stage.browser(), stage.browser()
    tokens = {
        "another's": other.token("/panels/p"),
        "none": "",
        "a guess": "0" * 64,
        "odd": "é\ud800".encode("utf-8", "replace").decode(),
    }
    own = mine.token("/panels/p")

    for token in tokens.values():
        assert mine.post("/panels/p/pause", {"token": token}).status == 403
    assert mine.post(f"/panels/p/pause?token={own}").status == 403
    assert accounts.read(stage.db, "p").paused_at is None

    assert (
        mine.post(
            "/panels/p/pause", {"token": own}, Origin=f"http://{mine.host}", Sec_Fetch_Site="same-origin"
        ).status
        == 303
    )
    assert accounts.read(stage.db, "p").paused_at is not None


def test_nothing_changes_by_get(stage: Stage) -> None:
    browser = stage.browser()
    token = browser.token("/panels/p")

    for path in (
        "/panels/p/pause",
        "/panels/p/resume",
        "/orders/1/drop",
        "/orders/1/retry",
        "/orders/1/release",
        "/orders/1/adopt",
        "/alerts/retry",
        "/logout",
    ):
        assert browser.get(f"{path}?token={token}&sure=yes").status == 405, path
    assert accounts.read(stage.db, "p").paused_at is None


# -- signing in --------------------------------------------------------------------------------------------


def test_without_the_password_nothing_but_the_sign_in_is_shown(locked: Stage) -> None:
    browser = locked.browser()
    browser.get("/login")

    for path in PAGES:
        answer = browser.get(path)
        assert (answer.status, answer.text.count("<main")) == (303, 0), path
        assert answer.headers["Location"].startswith("/login?next=%2F")
    assert browser.post("/panels/p/pause", {"token": browser.token("/login")}).status == 403
    assert accounts.read(locked.db, "p").paused_at is None


def test_the_password_opens_every_page_until_one_signs_out(locked: Stage) -> None:
    browser = locked.browser()
    before = dict(browser.cookies)

    answer = browser.sign_in(next="/orders")

    assert (answer.status, answer.headers["Location"]) == (303, "/orders")
    assert browser.cookies != before
    assert browser.get("/orders").status == 200
    assert browser.send("/logout", on="/journal").status == 303
    assert browser.get("/orders").status == 303


def test_a_copy_of_a_cookie_is_worth_nothing_once_it_was_signed_out_of(locked: Stage) -> None:
    browser, thief, other = locked.browser(), locked.browser(), locked.browser()
    browser.sign_in()
    other.sign_in()
    thief.cookies = dict(browser.cookies)
    assert thief.get("/journal").status == 200

    assert browser.send("/logout").status == 303

    assert thief.get("/journal").headers["Location"].startswith("/login")
    assert other.get("/journal").status == 200


def test_sessions_that_were_ended_take_bounded_memory_and_are_forgotten_with_their_cookies() -> None:
    at = 0.0
    sessions = Sessions(https=False, elapsed=lambda: at)
    for _ in range(MOST_ENDED + 5):
        sessions.end(Response(), sessions.signed_in())
    assert len(sessions._ended) == MOST_ENDED

    at = LASTS_S + 1.0
    sessions.end(Response(), sessions.signed_in())
    assert len(sessions._ended) == 1


def test_a_session_of_before_the_sign_in_is_another_afterwards(locked: Stage) -> None:
    mine, fixed = locked.browser(), locked.browser()
    mine.get("/login")
    fixed.cookies = dict(mine.cookies)
    mine.sign_in()

    assert fixed.get("/orders").status == 303


COOKIES = ("", "x", "tracker_session=", "tracker_session=eyJpZCI6MX0.a.b", "tracker_session=\xff\xfe", 'tracker_session="\x01', "a=" + "b" * 4000, "tracker_told=x; tracker_told=y")  # fmt: skip


def test_a_made_up_cookie_is_none(locked: Stage) -> None:
    for cookie in COOKIES:
        assert locked.browser().get("/orders", Cookie=cookie).status in (303, 400), cookie


ELSEWHERE = ("//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/\t/evil.example", "/\n/evil", "\\\\evil", "", "evil", "/a\r\nSet-Cookie: x=y", "/\x00")  # fmt: skip


@pytest.mark.parametrize("path", ELSEWHERE)
def test_no_path_leads_to_another_site(path: str) -> None:
    assert inner_path(path) == "/"


def test_after_the_sign_in_and_after_a_change_one_stays_on_this_site(locked: Stage) -> None:
    browser = locked.browser()

    assert browser.sign_in(next="//evil.example").headers["Location"] == "/"
    assert (
        browser.send("/panels/p/pause", on="/panels/p", back="https://evil.example").headers["Location"]
        == "/"
    )


def test_wrong_passwords_are_not_looked_at_for_ever(locked: Stage) -> None:
    browser = locked.browser()
    token = browser.token("/login")

    answers = [
        browser.post("/login", {"token": token, "password": f"wrong {n}"}).status for n in range(OF_ONE)
    ]

    assert answers == [403] * OF_ONE
    assert browser.post("/login", {"token": token, "password": PASSWORD}).status == 429


def test_tries_are_counted_by_address_and_for_all_and_forgotten_after_a_minute() -> None:
    at = 0
    tries = Tries(lambda: at)
    for number in range(OF_ALL):
        assert tries.may_try(f"10.0.0.{number}")
        tries.note_wrong(f"10.0.0.{number}")

    assert not tries.may_try("10.9.9.9")
    at += SPAN + SECOND
    assert tries.may_try("10.9.9.9")


def test_through_a_proxy_a_stranger_needs_as_many_tries_as_all_to_keep_others_out() -> None:
    tries = Tries(lambda: 0, shared=True)
    for _ in range(OF_ONE):
        tries.note_wrong("127.0.0.1")

    assert tries.may_try("127.0.0.1")


def test_the_config_may_hold_the_hash_of_the_password() -> None:
    text = hashed(PASSWORD)

    assert text.startswith("scrypt:")
    assert Password(text).matches(PASSWORD)
    assert not Password(text).matches(text)


# -- what every answer says --------------------------------------------------------------------------------


def test_every_answer_says_what_browsers_must_not_do_with_it(stage: Stage) -> None:
    browser = stage.browser()
    asked = [
        *PAGES,
        "/static/style.css",
        "/static/fresh.js",
        "/static/icon.svg",
        "/login",
        "/nothing",
        "/orders/99",
        "/panels/q",
        "/static/x",
    ]
    answers = [browser.get(path) for path in asked]
    answers += [
        browser.post("/panels/p/pause"),
        browser.send("/panels/p/pause", on="/panels/p"),
        browser.ask("PUT", "/"),
        browser.ask("OPTIONS", "/"),
    ]
    answers += [
        stage.browser("evil.example").get("/"),
        stage.browser().ask("GET", "/" + "x" * 20_000),
    ]

    for answer in answers:
        missing = {name: value for name, value in HEADERS.items() if answer.headers.get(name) != value}
        assert set(missing) <= (
            {"Cache-Control"} if "max-age" in answer.headers.get("Cache-Control", "") else set()
        ), answer
        assert "Server" not in answer.headers or "waitress" not in answer.headers["Server"]
        assert "Traceback" not in answer.text


def test_pages_hold_no_script_and_no_style_of_their_own(stage: Stage) -> None:
    browser = stage.browser()

    for path in (*PAGES, "/login"):
        text = browser.get(path).text
        assert not re.search(
            r"<script(?![^>]*\ssrc=)|<style|\son\w+=|style=|javascript:|https?://(?!panel|x\.example|www\.w3)",
            text,
        ), path
        assert set(re.findall(r'<script src="([^"]+)"', text)) <= {"/static/fresh.js"}


def test_a_page_that_keeps_itself_fresh_can_say_that_it_is_old(stage: Stage) -> None:
    browser, script = stage.browser(), stage.browser().get("/static/fresh.js").text

    for path in (*PAGES, "/login"):
        text = browser.get(path).text
        assert ('id="old"' in text) is ("/static/fresh.js" in text), path
        assert text.count("could not be read again") == len(re.findall(r'<p id="old"[^>]* hidden>', text)), (
            path
        )
    assert script.count("isOld(") == 2  # where nothing comes, and where something else than the page does


def test_cookies_are_kept_from_scripts_and_other_sites(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    for web, is_secure in (("", False), ("https: true", True)):
        with served(db, tmp_path, web) as stage:
            line = stage.browser().get("/").headers["Set-Cookie"]
            assert all(word in line for word in ("HttpOnly", "SameSite=Strict", "Path=/"))
            assert ("Secure" in line) is is_secure
