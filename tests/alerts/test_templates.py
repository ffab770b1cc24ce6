"""The user's own texts, and the default in place of each that cannot be used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import terminals
from tests.support.project import Project
from tracker.alerts import phrases
from tracker.alerts.channels import failures
from tracker.alerts.digest_message import digest
from tracker.alerts.messages import fault_in_text, message
from tracker.alerts.phrases import PHRASES
from tracker.alerts.samples import samples
from tracker.alerts.sentences import SENTENCES
from tracker.alerts.templates import LANGUAGES, PHRASE_FILE, languages, own_words, read, write_defaults
from tracker.alerts.texts import TEXTS
from tracker.alerts.wording import Wording, places_of
from tracker.cli.terminal.cells import cells
from tracker.events import Event, Notice
from tracker.lib import http_faults, system_errors
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel
from tracker.store.engines import sqlite

AT = 1_790_000_000_000_000


def test_the_defaults_written_out_change_nothing(tmp_path: Path) -> None:
    written = write_defaults(tmp_path / "texts")
    own = read(tmp_path / "texts")

    assert (len(written), own.faults) == (len(TEXTS) + 1, ())
    for notice in samples().values():
        assert message(notice, AT, Wording(own.texts, own.phrases)) == message(notice, AT)
    assert write_defaults(tmp_path / "texts") == []


def test_a_text_of_the_user_replaces_the_default(tmp_path: Path) -> None:
    (tmp_path / "balance.low.txt").write_text(
        "Konto $panel leer: $balance\r\nNoch $runway\nBitte $$ einzahlen\n"
    )
    own = Wording(own_words(tmp_path).texts)

    made = message(Notice(Event.BALANCE_LOW, "p", facts={"balance": "5", "currency": "EUR"}), AT, own)
    assert made.title == "Konto p leer: 5 EUR"
    assert made.body.splitlines()[:-1] == ["Bitte $ einzahlen"]  # a line without its fact is left out
    assert "Konto p leer" in digest([(Notice(Event.BALANCE_LOW, "p"), AT)] * 2, "", own).body


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("balance.low", "costs $5", "a $ must come before a name"),
        ("balance.low", "$nope", "there is no $nope"),
        ("balance.low", " \n", "it is empty"),
        ("balance.lo", "x", "no message has that name"),
        ("balance.low", "a\0b", "it holds a control character"),
    ],
)
def test_a_text_that_cannot_be_used_is_refused_and_the_default_is_used(
    tmp_path: Path, name: str, text: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in (fault_in_text(name, text) or "")
    (tmp_path / f"{name}.txt").write_text(text)
    assert own_words(tmp_path).texts == {}
    assert words in capsys.readouterr().out


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "balance.low.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "panel.down.txt").mkdir()
    own = read(tmp_path)
    assert own.texts == {}
    assert [fault.partition(": ")[2] for fault in own.faults] == [
        "it is not UTF-8",
        "it cannot be read: Is a directory",
    ]


def test_every_sample_uses_its_text_to_the_full() -> None:
    for name, notice in samples().items():
        made = message(notice, AT)
        assert "–" not in made.title, name
        assert "$" not in made.title + made.body, name
        if name.endswith("(reminder)"):
            assert made.title.startswith("Still, after 4 h: ")


def test_persian_messages_are_shown_with_their_marks_and_in_lines_that_fit(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = Project(tmp_path, panel, more=f"templates: {tmp_path / 'texts'}\n")
        project.run("alerts", "templates", "--to", str(tmp_path / "texts"), "--language", "fa")
        piped = project.run("alerts", "preview").stdout
        shown = terminals.shown(project.command("alerts", "preview"))
        (sent,) = project.json("alerts", "preview", "order.expired")

    assert "(\u2068campaign-17\u2069)" in piped
    assert "u2068" not in piped.replace("\u2068", "")
    assert sent["title"] in piped
    assert all(cells(one) <= 80 for one in shown.splitlines())


def test_the_commands_show_and_write_the_texts(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(pace=0)) as panel:
        project = Project(tmp_path, panel, more=f"templates: {tmp_path / 'texts'}\n")
        (tmp_path / "texts").mkdir()
        (tmp_path / "texts" / "panel.down.txt").write_text("$panel ist weg\n")
        (tmp_path / "texts" / "panel.up.txt").write_text("$oops\n")

        shown = project.run("alerts", "preview", "panel.")
        assert "shop ist weg" in shown.stdout
        assert "shop answers again" in shown.stdout
        assert "there is no $oops" in shown.stderr
        assert "&lt;2&gt;" in project.run("alerts", "preview", "order.completed", "--html").stdout
        assert "there is no message nope" in project.run("alerts", "preview", "nope", code=2).stderr
        assert "there is no $oops" in project.run("check", "--offline", code=1).stderr
        assert "── order.stuck.moves.txt" in project.run("alerts", "templates").stdout
        project.run("alerts", "templates", "--to", str(tmp_path / "more"))
        assert len(list((tmp_path / "more").glob("*.txt"))) == len(TEXTS) + 1


# -- languages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", languages())
def test_a_language_has_every_text_and_phrase(language: str) -> None:
    own = read(LANGUAGES / language)

    assert own.faults == ()
    assert set(own.texts) == set(TEXTS)
    assert {*PHRASES, *SENTENCES} <= set(own.phrases)
    for english, words in own.phrases.items():
        assert places_of(english) == places_of(words), english


@pytest.mark.parametrize("language", languages())
def test_every_message_of_a_language_has_the_facts_of_the_english_one(language: str) -> None:
    own = read(LANGUAGES / language)
    for name, text in own.texts.items():
        used, english = (set(re.findall(r"\$[a-z_]+", one)) for one in (text, TEXTS[name]))
        assert used == english, name


def test_every_phrase_that_a_message_is_made_of_can_be_said_in_other_words() -> None:
    said = set()
    for path in (Path(phrases.__file__).parent).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say":
                said |= {
                    one.value
                    for one in ast.walk(node.args[0])
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                }

    assert len(said) > 20
    assert said <= set(PHRASES)


ROOMS = (
    "accounts",
    "alerts/channels",
    "daemon",
    "lib",
    "orders",
    "panel",
    "reconciliation",
    "service",
    "store",
)


def test_every_sentence_that_can_be_translated_is_one_that_is_written() -> None:
    tracker = Path(phrases.__file__).parents[1]
    written = set()
    for path in (one for room in ROOMS for one in sorted((tracker / room).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                written |= {node.value, *re.split(r"\{\w*\}", node.value)}
    code = "\0".join(written)

    for sentence in SENTENCES:
        parts = [part for part in re.split(r"\{\w+\}", sentence) if part.strip(' .:;,(){}"')]
        missing = [part for part in parts if not _is_written(part, code)]
        assert not missing, (sentence, missing)


FEEDERS = (
    *(
        "lib/http.py",
        "lib/http_body.py",
        "lib/http_endpoint.py",
        "lib/http_faults.py",
        "lib/http_deadline.py",
    ),
    "lib/trust.py",
    *("lib/system_errors.py", "panel/client.py", "panel/dialects/envelope.py", "panel/dialects/redirects.py"),
    *("panel/dialects/read_add.py", "panel/dialects/read_balance.py", "panel/dialects/read_services.py"),
    *("panel/dialects/read_status.py", "panel/dialects/read_orders.py", "panel/dialects/json_faults.py"),
    *("panel/dialects/json_values.py", "panel/dialects/json_rows.py", "panel/dialects/figures.py"),
    *("alerts/channels/refusals.py", "alerts/channels/tries.py", "alerts/channels/webhook.py"),
    *("alerts/channels/failures.py", "alerts/channels/sender.py", "service/ends.py", "orders/catalogue.py"),
    *(
        "orders/links.py",
        "accounts/audit.py",
        "accounts/limits.py",
        "accounts/ids.py",
        "accounts/breaker.py",
        "daemon/fencing.py",
    ),
    *(
        "reconciliation/evidence.py",
        "reconciliation/listed_orders.py",
        "store/engines/sqlite.py",
        "store/backup.py",
    ),
)
"""The files whose sentences become facts of notices."""

NOT_TOLD = (
    *(
        "the url ",
        "illegal header",
        "without sending",
        "an action must go",
        "HTTP request was",
        "attention required",
    ),
    *(
        "cf-error",
        "checking your",
        "verify you",
        "sucuri",
        "an error, and",
        "the page of a",
        "refused, for",
        "refused: ",
    ),
    *(
        "order|pedido",
        "Expecting",
        "Illegal trailing",
        "Invalid control",
        "the last encoding",
        "utf-",
        "bot was",
    ),
    *(
        "an alert URL looks",
        "the password contains",
        "the part before",
        "did you mean",
        "see the list",
        "no service is",
    ),
    *(
        "{x}:// names",
        "application/",
        "file://",
        "SELECT",
        "DELETE",
        "mode=ro",
        "migrate_to",
        "self[- ]",
        "[Hh]ost",
    ),
    *(
        "certificate verify",
        "TLS CA cert",
        "STARTTLS ext",
        "AUTH ext",
        "Failed to send",
        "<PanelClient",
        "JSON with a",
    ),
    *(  # what clients of the gateway are told, in the words of panels
        "There are missing required parameters",
        "Incorrect quantity: ",
        "Runs is invalid",
        "This service does not support",
        "Quantity less than",
        "Quantity more than",
    ),
    *("other HTML", "it is not complete", "PRAGMA temp_store", "{x} while this daemon", "{x} the field"),
)
"""Beginnings of texts there that no notice holds: patterns, what `check` says, the names of the tables' cells."""


@pytest.mark.parametrize("feeder", FEEDERS)
def test_every_sentence_that_can_reach_a_notice_can_be_translated(feeder: str) -> None:
    known = "\0".join(re.sub(r"\{\w+\}", "\0", sentence) for sentence in (*SENTENCES, *PHRASES))
    missing = [
        text
        for text in _texts(Path(phrases.__file__).parents[1] / feeder)
        if len(re.findall("[a-z]{2,}", text)) > 2 and "(?" not in text and not text.startswith(NOT_TOLD)
        and not all(_is_written(part, known) for part in text.split("{x}") if part.strip(" .:;,(){}\"'="))
    ]  # fmt: skip

    assert not missing


def _texts(path: Path) -> Iterator[str]:
    """Every text of a file but its docstrings, with `{x}` for what is filled in."""
    tree = ast.parse(path.read_text())
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
            parts = (str(part.value) if isinstance(part, ast.Constant) else "{x}" for part in node.values)
            yield re.sub(r"\{\w*\}", "{x}", "".join(parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield re.sub(r"\{\w*\}", "{x}", node.value)


TABLES = {
    "http": [
        *http_faults._SYSTEM.values(), *http_faults._LOOKUP.values(), *http_faults._CERTIFICATE.values(),
        *(one for _, one in http_faults._TLS), *(one for _, one in http_faults._BEGINNINGS),
        *(one for _, one in http_faults._PROTOCOL), http_faults._NOT_HTTP,
    ],
    "target": [re.sub(r"\{\d?\}", "7", one) for _, one in failures._REASONS],
    "disk": [*system_errors._CURES.values(), *sqlite._SENTENCES.values(), sqlite.OTHER_TABLES],
}  # fmt: skip


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(
    "sentence", [one.replace("{host}", "shop.example:443") for table in TABLES.values() for one in table]
)
def test_whatever_fails_on_the_way_is_said_in_the_language(language: str, sentence: str) -> None:
    own = read(LANGUAGES / language)
    said = Wording(own.texts, own.phrases).translated(sentence)

    assert re.search("[^\x00-\xff]{3}", said)
    assert not re.search(r"(?<![.:/\w-])(the|its|this|check|cannot|with)(?![\w-])", said), said


def _is_written(part: str, code: str) -> bool:
    """Tell whether the code has a part of a sentence, in one piece or in several."""
    words = part.strip(" .:;,(){}\"'").split(" ")
    while words:
        longest = next(
            (at for at in range(len(words), 0, -1) if " ".join(words[:at]).rstrip(",:;.") in code), 0
        )
        if not longest:
            return False
        del words[:longest]
    return True


@pytest.mark.parametrize(
    ("fact", "persian"),
    [
        (
            "the panel did not answer: 1.2.3.4:80 did not answer within 120 s",
            "دلیل: 1.2.3.4:80 در 120 ثانیه پاسخ نداد",
        ),
        (
            "the panel answered 503 with an empty body; its server is down or overloaded",
            "سرور پنل از کار افتاده",
        ),
        (
            "no verdict: the host x.example takes no connections; check it",
            "no verdict: the host x.example takes no",
        ),
        (
            "no automatic verdict: the balance could not be read",
            "تصمیم خودکار ممکن نیست: موجودی خوانده نشد",
        ),
        ("the quantity 5 is below the service's minimum of 10", "تعداد 5 کمتر از حداقل سرویس (10) است"),
        ("the wallet proves nothing: the balance could not be read", "معلوم نمی‌شود: موجودی خوانده نشد"),
        (
            "no automatic verdict: the wallet sank by 20 USD more than the orders here cost",
            "ممکن نیست: موجودی 20 USD",
        ),
    ],
)
def test_what_other_rooms_say_is_said_in_the_language_of_the_message(fact: str, persian: str) -> None:
    own = read(LANGUAGES / "fa")
    made = message(Notice(Event.PANEL_DOWN, "p", facts={"why": fact}), AT, Wording(own.texts, own.phrases))
    assert persian in made.body.translate(ISOLATES)


def test_a_sentence_that_is_not_known_stays_whole() -> None:
    own = read(LANGUAGES / "fa")
    fault = "config.yaml:12:5: panels.shop.timeout: write it like 30s, and 3 active orders none"
    made = message(
        Notice(Event.CONFIG_REFUSED, facts={"faults": [fault]}), AT, Wording(own.texts, own.phrases)
    )
    assert fault in made.body.splitlines()


def test_a_persian_message_reads_from_the_right_and_its_commands_can_be_copied() -> None:
    own = read(LANGUAGES / "fa")
    for name, notice in samples().items():
        made = message(notice, AT, Wording(own.texts, own.phrases))
        begin = re.sub("\u2068[^\u2069]*\u2069", "", made.title).lstrip(" :–")
        assert not re.match("[A-Za-z]", begin) or begin.startswith("tracker"), (name, made.title)
        for command in re.findall(r"tracker [a-z][^`؛\n]*", made.body):
            assert "\u2068" not in command, (name, command)


ISOLATES = str.maketrans("", "", "\u2068\u2069")


def test_a_phrase_that_cannot_be_used_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / PHRASE_FILE).write_text(
        "# mine\nit = das\nonce einmal\n{count} times = {number} mal\nnone = \n"
    )

    own = read(tmp_path)

    assert own.phrases == {"it": "das"}
    assert [fault.partition(": ")[2] for fault in own.faults] == [
        "line 3: write the English phrase, ` = `, and your own",
        "line 4: the English phrase has no {number}",
        "line 5: write the English phrase, ` = `, and your own",
    ]
