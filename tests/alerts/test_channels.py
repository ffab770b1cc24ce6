from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.support.inboxes import HttpInbox, MailInbox
from tests.support.servers import Conversation, ScriptedServer
from tracker.alerts.channels.sender import deliver, fault_in
from tracker.alerts.channels.tries import Delivered, Undelivered
from tracker.alerts.messages import Message
from tracker.lib.times import SECOND

LINK = "https://instagram.test/p/Ab_c*d?x=<1>&y=2&amp;z=[3]"
TEXT = Message(
    "Order 7 (promo_1) completed", f"1000 of service 4\n{LINK}\nCharge: 30000 Tomans", None, "success"
)
TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"


def mail_url(port: int, extra: str = "", user: str = "") -> str:
    return f"mailto://{user}127.0.0.1:{port}?from=tracker@desk.test&to=ali@desk.test&mode=insecure{extra}"


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpInbox]:
    from tracker.alerts.channels.plugins import library

    library()
    from apprise.plugins.telegram import NotifyTelegram

    with HttpInbox() as inbox:
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://127.0.0.1:{inbox.port}/bot")
        yield inbox


# -- arriving -------------------------------------------------------------------------------------------


def test_a_mail_arrives_with_its_links_intact() -> None:
    with MailInbox() as inbox:
        assert deliver(mail_url(inbox.port), TEXT) == Delivered()
    [mail] = inbox.messages
    assert mail["subject"] == TEXT.title
    assert "tracker" in mail["from"]
    assert mail["to"] == "ali@desk.test"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r", "").rstrip("\n") == TEXT.body


def test_a_web_address_gets_the_text_unchanged() -> None:
    with HttpInbox() as inbox:
        assert deliver(f"json://127.0.0.1:{inbox.port}/hook", TEXT) == Delivered()
    [post] = inbox.posts
    assert post.path == "/hook"
    assert (post.json["title"], post.json["message"], post.json["type"]) == (TEXT.title, TEXT.body, "success")


def test_telegram_shows_the_text_unchanged_in_its_html(telegram: HttpInbox) -> None:
    assert deliver(f"tgram://{TOKEN}/12345", TEXT) == Delivered()
    [post] = telegram.posts
    assert post.path == f"/bot{TOKEN}/sendMessage"
    assert post.json["chat_id"] in (12345, "12345")
    assert post.json["parse_mode"] == "HTML"
    shown = post.json["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert LINK in shown
    assert f"<b>{TEXT.title}</b>" in post.json["text"]


def test_a_long_text_is_shortened_into_one_message(telegram: HttpInbox) -> None:
    long = Message("Many " + "words " * 100, "\n".join(f"{n} {LINK}" for n in range(1000)))
    assert deliver(f"tgram://{TOKEN}/12345", long) == Delivered()
    [post] = telegram.posts
    assert len(post.json["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")) < 4096
    assert "… (shortened)" in post.json["text"]


def test_retries_of_the_url_are_not_made_here() -> None:
    with HttpInbox(500) as inbox:
        deliver(f"json://127.0.0.1:{inbox.port}/?retry=3&wait=0", TEXT)
        assert len(inbox.posts) == 1


# -- not arriving ---------------------------------------------------------------------------------------


def failure(url: str, limit: float = 10.0) -> Undelivered:
    result = deliver(url, TEXT, limit)
    assert isinstance(result, Undelivered)
    return result


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


@pytest.mark.parametrize(
    "scheme", ["json://127.0.0.1:{}/", "mailto://127.0.0.1:{}?from=a@b.test&to=c@d.test&mode=insecure"]
)
def test_the_failure_of_a_target_that_is_down_is_in_plain_words(scheme: str) -> None:
    assert failure(scheme.format(closed_port())) == Undelivered("the connection was refused")


def test_a_target_that_hangs_ends_at_the_limit() -> None:
    with ScriptedServer(lambda talk: talk.hang()) as server:
        began = time.monotonic()
        assert failure(f"json://127.0.0.1:{server.port}/", 0.3) == Undelivered(
            "it did not answer within 0.3 s"
        )
        assert time.monotonic() - began < 10


def test_the_failure_of_a_web_address_that_refuses_has_its_status() -> None:
    with HttpInbox(403) as inbox:
        assert failure(f"json://127.0.0.1:{inbox.port}/").why.startswith("it answered 403")


def test_a_redirect_is_not_a_delivery() -> None:
    with HttpInbox() as elsewhere:
        with HttpInbox(302, headers={"Location": f"http://127.0.0.1:{elsewhere.port}/"}) as inbox:
            assert (
                "it answered 302 and redirects to another address"
                in failure(f"json://127.0.0.1:{inbox.port}/").why
            )
        assert elsewhere.posts == []


def test_the_message_of_telegram_and_its_wait_are_passed_on(
    monkeypatch: pytest.MonkeyPatch, telegram: HttpInbox
) -> None:
    from apprise.plugins.telegram import NotifyTelegram

    for status, body, expected in (
        (401, b'{"ok":false,"description":"Unauthorized"}', Undelivered("it answered 401: Unauthorized")),
        (
            429,
            b'{"ok":false,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}',
            Undelivered("it answered 429: Too Many Requests: retry after 35", 35 * SECOND),
        ),
    ):
        with HttpInbox(status, body) as inbox:
            monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://127.0.0.1:{inbox.port}/bot")
            assert failure(f"tgram://{TOKEN}/12345") == expected


def test_a_mail_server_that_refuses_the_recipient_is_a_failure() -> None:
    with MailInbox(refuse={"ali@desk.test": "550 no such user"}) as inbox:
        assert (
            failure(mail_url(inbox.port)).why == "the mail server refused the recipient (550: no such user)"
        )


def test_the_failure_of_a_mail_server_that_refuses_the_password_does_not_show_it() -> None:
    def script(talk: Conversation) -> None:
        talk.send(b"220 hi\r\n")
        talk.sock.recv(1000)
        talk.send(b"250-hi\r\n250 AUTH PLAIN LOGIN\r\n")
        while talk.sock.recv(1000):
            talk.send(b"535 5.7.8 Username and Password not accepted: hush-hush-42\r\n")

    with ScriptedServer(script) as server:
        outcome = failure(mail_url(server.port, user="ali:hush-hush-42@"))
    assert outcome == Undelivered("the mail server refused the user name or the password (535)")


def test_a_mail_server_that_says_not_now_is_a_failure() -> None:
    with ScriptedServer(lambda talk: talk.send(b"421 too busy\r\n")) as server:
        assert (
            failure(mail_url(server.port)).why == "the mail server does not accept it for now (421: too busy)"
        )


@pytest.mark.parametrize(
    "url",
    [
        f"tgram://{TOKEN}/12345",
        "json://ali:hush-hush-42@127.0.0.1:{}/?+X-Key=hush-hush-42",
        "mailto://u:hush-hush-42@127.0.0.1:{}",
    ],
)
def test_no_secret_of_the_url_is_in_an_error(
    url: str, monkeypatch: pytest.MonkeyPatch, telegram: HttpInbox
) -> None:
    from apprise.plugins.telegram import NotifyTelegram

    port = closed_port()
    monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://127.0.0.1:{port}/bot")
    outcome = str(failure(url.format(port)))
    assert "hush" not in outcome
    assert TOKEN[10:] not in outcome


def test_a_url_that_cannot_be_used_is_undelivered_and_never_raises() -> None:
    for url in ("", "nonsense", "tgrm://x/y", "mailto://"):
        assert "cannot be used" in failure(url).why


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {
                "ok": False,
                "description": "Bad Request: group chat was upgraded",
                "parameters": {"migrate_to_chat_id": -1001},
            },
            "the group has become a supergroup: in the URL, put -1001 in the place of its old chat id",
        ),
        (
            {"description": "Forbidden: bot was blocked by the user"},
            "it answered 403: Forbidden: bot was blocked by the user; unblock it in Telegram",
        ),
        ({"error": {"message": "Unknown Webhook"}}, "it answered 403: Unknown Webhook"),
        ({"errors": ["token is invalid"]}, "it answered 403: token is invalid"),
        ({"odd": 1}, "it answered 403"),
        ([1], "it answered 403"),
    ],
)
def test_a_refusal_is_told_in_the_targets_own_words(body: object, words: str) -> None:
    with HttpInbox(403, json.dumps(body).encode()) as inbox:
        assert failure(f"json://127.0.0.1:{inbox.port}/").why.startswith(words)


# -- URLs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "has no ://"),
        (f"tgrm://{TOKEN}/1", "no service is called tgrm://; did you mean tgram://?"),
        ("https://x.test/hush-hush-42", "write jsons://"),
        ("hush-hush-42!://x", "the part before :// names no service"),
        ("tgram://hush-hush-42", "it is not complete, or not correct, for Telegram"),
        ("mailto://", "it is not complete, or not correct, for E-Mail"),
        ("mailtos://ali:hush#42@gmail.com", "write %23 for #, %2F for / and %3F for ?"),
        ("mailtos://ali:hush/42@gmail.com?to=x@y.example", "the password contains # or / or ?"),
        ("mailto://", "write it like mailto://USER:PASSWORD@HOST?to=YOU@HOST"),
        ("slack://hush-hush-42/x", "it is not complete, or not correct, for Slack"),
    ],
)
def test_a_url_that_cannot_be_used_is_explained_without_its_secrets(url: str, words: str) -> None:
    fault = fault_in(url)
    assert fault is not None
    assert words in fault
    assert "hush" not in fault
    assert TOKEN not in fault


def test_good_urls_have_no_fault() -> None:
    for url in (
        f"tgram://{TOKEN}/1",
        mail_url(25),
        "mailtos://ali:pa%40ss@gmail.com",
        "json://127.0.0.1:80/",
        "ntfy://topic",
    ):
        assert fault_in(url) is None


def test_apprise_is_not_imported_before_it_is_needed_and_prints_nothing() -> None:
    code = f"""
import sys, tracker.alerts.channels.sender as notify
assert "apprise" not in sys.modules
import logging
logging.basicConfig(level=1)
from tracker.alerts.messages import Message
print(notify.deliver("tgram://{TOKEN}/1?retry=2", Message("t", "b"), 0.001).why)
print(notify.fault_in("tgram://hush"))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stderr
    assert "apprise" not in done.stderr
    assert "did not answer within" in done.stdout


# -- which services are loaded --------------------------------------------------------------------------


def test_each_service_that_is_known_is_the_one_that_apprise_finds_itself() -> None:
    from tracker.alerts.channels.plugins import KNOWN, names

    named = names()
    from apprise.manager_plugins import NotificationManager

    manager = NotificationManager()  # type: ignore[no-untyped-call]
    for scheme, place in KNOWN.items():
        module, _, name = place.partition(":")
        assert scheme in named
        assert manager[scheme] is getattr(sys.modules[f"apprise.plugins.{module}"], name)


LOADED = """
import sys
from tracker.alerts.messages import Message
from tracker.alerts.channels.sender import deliver, fault_in
for url in sys.argv[1:]:
    outcome = deliver(url, Message("Title", "Body")) if "127.0.0.1" in url else fault_in(url)
    services = {name.split(".")[2] for name in sys.modules if name.startswith("apprise.plugins.")}
    print(outcome, "+".join(sorted(services & {"custom_json", "telegram", "zoom"})))
"""


def loaded(*urls: str) -> list[str]:
    """The outcome for each URL in a new process, and which of three services were loaded by then."""
    done = subprocess.run([sys.executable, "-c", LOADED, *urls], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_only_the_services_that_are_named_are_loaded() -> None:
    with HttpInbox() as inbox:
        here = f"json://127.0.0.1:{inbox.port}/hook"
        assert loaded(here, f"tgram://{TOKEN}/12345", here) == [
            "Delivered() custom_json",
            "None custom_json+telegram",
            "Delivered() custom_json+telegram",
        ]


def test_a_service_that_is_not_known_is_found_among_all_and_the_others_stay() -> None:
    with HttpInbox() as inbox:
        here = f"json://127.0.0.1:{inbox.port}/hook"
        outcome = loaded(here, "zoom://webhook/token", here, "tgrm://x/y", f"tgram://{TOKEN}/12345")
    assert outcome == [
        "Delivered() custom_json",
        "None custom_json+telegram+zoom",
        "Delivered() custom_json+telegram+zoom",
        "no service is called tgrm://; did you mean tgram://? custom_json+telegram+zoom",
        "None custom_json+telegram+zoom",
    ]
