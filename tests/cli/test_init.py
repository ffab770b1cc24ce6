"""`init` writes a config that loads, and `schema` prints its schema."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support import forks, terminals
from tests.support.project import Inbox
from tracker.cli.terminal.cells import cells
from tracker.config.kinds import Secret
from tracker.config.loader import load
from tracker.config.settings import Config
from tracker.lib.times import MINUTE
from tracker.practice.behaviour import Behaviour
from tracker.practice.panel import PracticePanel

KEY = "k-very-secret-1"
URL = "https://shop.example/api/v2"

pytestmark = pytest.mark.sqlite  # nothing here depends on which database it is


def tracker(
    folder: Path, *arguments: str, answers: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run tracker as a user would, in a folder."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), **environ}
    return forks.run([sys.executable, "-m", "tracker", *arguments], answers, folder, environ)


def key_file(folder: Path, mode: int = 0o600) -> str:
    (folder / "my.key").write_text(f"{KEY}\n")
    (folder / "my.key").chmod(mode)
    return "my.key"


def config_of(folder: Path, **environ: str) -> Config:
    return load(folder / "config.yaml", environ)


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_to_do_next_fits_on_a_terminal(tmp_path: Path) -> None:
    words = ("init", "--yes", "--offline", "--url", URL, "--dialect", "tagrani")
    command = [sys.executable, "-m", "tracker", *words, "--key-file", key_file(tmp_path)]
    shown = terminals.shown(command, folder=tmp_path)

    assert "tracker run  " in shown
    assert all(cells(one) <= 80 for one in shown.splitlines())


def test_options_alone_write_a_config_that_loads(tmp_path: Path) -> None:
    done = tracker(
        tmp_path, "init", "--yes", "--panel", "shop", "--url", URL, "--dialect", "perfectpanel", "--low", "12.50",
        "--alert-url", "json://${BOT}/${CHAT}", "--key-file", key_file(tmp_path), BOT="b", CHAT="c",
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    config = config_of(tmp_path, BOT="b", CHAT="c")
    shop = config.panels["shop"]
    assert (shop.url, shop.dialect.name, shop.key.reveal()) == (URL, "perfectpanel", KEY)
    assert shop.balance.low == Decimal("12.50")
    assert config.alerts[0].url == Secret("json://b/c")
    assert config.warnings == ()
    assert mode_of(tmp_path / "config.yaml") == 0o600
    for command in ("tracker check", "tracker add SERVICE LINK QUANTITY", "tracker run"):
        assert command in done.stdout


def test_answers_write_a_config_that_loads_and_a_separate_key_file(tmp_path: Path) -> None:
    done = tracker(tmp_path, "init", "--offline", answers=f"{URL}\n{KEY}\nperfectpanel\nshop\n50\n\n")

    assert done.returncode == 0, done.stderr
    config = config_of(tmp_path)
    assert config.panels["shop"].key.reveal() == KEY
    assert config.panels["shop"].balance.low == Decimal(50)
    assert config.alerts == ()
    assert mode_of(tmp_path / "shop.key") == mode_of(tmp_path / "config.yaml") == 0o600
    assert KEY not in (tmp_path / "config.yaml").read_text() + done.stdout + done.stderr


def test_the_default_panel_is_tagrani(tmp_path: Path) -> None:
    done = tracker(tmp_path, "init", "--offline", answers=f"\n{KEY}\n\n\n\n\n")

    assert done.returncode == 0, done.stderr
    panel = config_of(tmp_path).panels["tagrani"]
    assert (panel.url, panel.dialect.name) == ("https://tagrani.com/api/v1", "tagrani")


def test_the_key_is_not_shown_on_a_terminal(tmp_path: Path) -> None:
    our_end, their_end = pty.openpty()
    flags = [
        "--panel",
        "shop",
        "--url",
        URL,
        "--dialect",
        "tagrani",
        "--low",
        "5",
        "--alert-url",
        "json://localhost",
        "--digest",
        "15m",
        "--offline",
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "tracker", "init", *flags],
        cwd=tmp_path, stdin=their_end, stdout=their_end, stderr=their_end, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(their_end)
        seen = until(our_end, b"not shown): ")
        os.write(our_end, f"{KEY}\n".encode())
        seen += until(our_end, b"tracker run")
        assert process.wait(60) == 0
    os.close(our_end)

    assert KEY.encode() not in seen
    assert config_of(tmp_path).panels["shop"].key.reveal() == KEY


def until(terminal: int, text: bytes) -> bytes:
    seen = b""
    while text not in seen:
        assert select.select([terminal], [], [], 60)[0], seen
        seen += os.read(terminal, 4096)
    return seen


def test_a_config_that_exists_is_overwritten_only_with_force(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("mine")
    flags = ["init", "--yes", "--key-file", key_file(tmp_path)]

    refused = tracker(tmp_path, *flags)
    assert refused.returncode == 2
    assert "config.yaml already exists" in refused.stderr
    assert (tmp_path / "config.yaml").read_text() == "mine"

    assert tracker(tmp_path, *flags, "--force").returncode == 0
    assert "tagrani" in config_of(tmp_path).panels
    assert mode_of(tmp_path / "config.yaml") == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml", "my.key"]


def test_a_key_file_that_exists_is_overwritten_only_with_force(tmp_path: Path) -> None:
    (tmp_path / "tagrani.key").write_text("mine")

    refused = tracker(tmp_path, "init", "--offline", answers=f"\n{KEY}\n\n\n\n\n")
    assert refused.returncode == 2
    assert "tagrani.key already exists" in refused.stderr
    assert not (tmp_path / "config.yaml").exists()

    assert tracker(tmp_path, "init", "--offline", "--force", answers=f"\n{KEY}\n\n\n\n\n").returncode == 0
    assert config_of(tmp_path).panels["tagrani"].key.reveal() == KEY


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--yes"], "--key-file is needed when nothing may be asked"),
        (["--yes", "--dialect", "perfectpanel", "--key-file", "my.key"], "--url is needed"),
        (
            ["--yes", "--url", "http://127.0.0.1:1/api", "--key-file", "my.key"],
            "the panel at http://127.0.0.1:1/api",
        ),
        (["--yes", "--key-file", "my.key", "--alert-url", "tgrm://x"], "did you mean tgram://?"),
        (["--yes", "--key-file", "no.key"], "there is no such file in "),
        (["--yes", "--key-file", "open.key"], "run `chmod 600"),
        (
            ["--yes", "--key-file", "my.key", "--url", f"https://x/?key={KEY}"],
            "remove everything from ? or # on",
        ),
        (["--yes", "--key-file", "my.key", "--low", "1,00"], "write an amount like 50000 or 12.50"),
        (["--yes", "--key-file", "my.key", "--panel", "my shop"], "a name has 1 to 64 letters"),
        (["--yes", "--key-file", "my.key", "--alert-url", "tgram://${NOPE}"], "no environment variable NOPE"),
    ],
)
def test_options_that_cannot_work_are_refused_and_nothing_is_written(
    tmp_path: Path, flags: list[str], expected: str
) -> None:
    key_file(tmp_path)
    (tmp_path / "open.key").write_text(KEY)
    (tmp_path / "open.key").chmod(0o644)

    refused = tracker(tmp_path, "init", *flags)

    assert refused.returncode == 2
    assert expected in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "config.yaml").exists()


def test_a_config_in_another_folder_names_the_key_file_relative_to_that_folder(tmp_path: Path) -> None:
    done = tracker(tmp_path, "--config", "deep/er/c.yaml", "init", "--yes", "--key-file", key_file(tmp_path))

    assert done.returncode == 0, done.stderr
    assert load(tmp_path / "deep" / "er" / "c.yaml", {}).panels["tagrani"].key.reveal() == KEY
    assert "tracker --config deep/er/c.yaml check" in done.stdout
    assert mode_of(tmp_path / "deep" / "er") == 0o700


@pytest.mark.parametrize(
    "url", ["json://a#b", 'json://a: "b\\', "json://a'b", "null", "json://ключ", "{x}", "$${A}"]
)
def test_any_text_in_a_written_config_is_read_back_unchanged(tmp_path: Path, url: str) -> None:
    from tracker.config.loader import parse
    from tracker.config.template import Answers, first_config

    text = first_config(Answers("tagrani", "null", URL, None, "1", url))

    assert parse(text, tmp_path / "c.yaml", {}).alerts[0].url == Secret(url.replace("$$", "$"))


def test_the_defaults_in_the_comments_are_the_real_defaults(tmp_path: Path) -> None:
    from tracker.config.loader import parse
    from tracker.config.template import Answers, first_config

    text = first_config(Answers("tagrani", "shop", URL, None, "", "json://localhost"))
    spoken = re.sub(r"^( *)# (?=[ -]*[a-z_]+:)", r"\1", text, flags=re.MULTILINE)
    spoken = spoken.replace("low: 50000", "low:").replace("digest: 15m", "digest:")
    for name in ("quiet", "templates", "heartbeat"):
        spoken = re.sub(rf"^( *{name}:).*$", r"\1", spoken, flags=re.MULTILINE)

    assert spoken.count("\n# ") < text.count("\n# ")
    assert parse(spoken, tmp_path / "c.yaml", {}) == parse(text, tmp_path / "c.yaml", {})


def test_the_schema_is_printed_as_json(tmp_path: Path) -> None:
    done = tracker(tmp_path, "schema")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["properties"]["panels"]["minProperties"] == 1


# -- on a terminal --------------------------------------------------------------------------------------


def answered(folder: Path, *steps: tuple[str, str]) -> str:
    """What `init` shows on a terminal to somebody who answers each question, found by its words."""
    our_end, their_end = pty.openpty()
    seen = b""
    with subprocess.Popen(
        [sys.executable, "-m", "tracker", "init"],
        cwd=folder, stdin=their_end, stdout=their_end, stderr=their_end, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(their_end)
        for question, answer in steps:
            seen += until(our_end, question.encode())
            os.write(our_end, answer.encode())
        seen += until(our_end, b"tracker run")
        assert process.wait(60) == 0
    os.close(our_end)
    return seen.decode()


ADDRESS, THE_KEY, NAME = "address of the panel's API", "not shown): ", "name for the panel"
LOW, ALERTS, TEST, GATHER = (
    "balance is below",
    "Where to send alerts",
    "test message there now",
    "urgent for this long",
)


def test_on_a_terminal_the_panel_is_asked_and_the_alert_url_tried(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with PracticePanel(Behaviour(dialect="perfectpanel", key=KEY)) as panel, Inbox() as inbox:
        url = inbox.target().partition("'")[2].partition("'")[0]
        shown = answered(
            tmp_path, (ADDRESS, f"{panel.url.removesuffix('/api/v1')}\n"), (THE_KEY, "wrong-key\n"), (THE_KEY, f"{KEY}\n"),
            (NAME, "shop\n"), (LOW, "lots\n"), (LOW, "50\n"), (ALERTS, "tgrm://x\n"), (ALERTS, f"{url}\n"),
            (TEST, "y\n"), (GATHER, "\n"),
        )  # fmt: skip

    assert "It speaks the dialect perfectpanel: " in shown
    assert "Invalid API key" in shown
    assert "did you mean tgram://? Write it again." in shown
    assert any("Test message" in body for body in inbox.bodies)
    config = config_of(tmp_path)
    assert (config.panels["shop"].dialect.name, config.panels["shop"].key.reveal()) == ("perfectpanel", KEY)
    assert config.alerts[0].digest == 15 * MINUTE
    assert (tmp_path / ".gitignore").read_text() == "*.key\n"


def test_what_is_pasted_into_one_question_never_answers_the_next(tmp_path: Path) -> None:
    with PracticePanel(Behaviour(key=KEY)) as panel:
        shown = answered(
            tmp_path, (ADDRESS, f"{panel.url}\nsecond line\n"), (ADDRESS, f"{panel.url}\n"), (THE_KEY, f"{KEY}\n"),
            (NAME, "one\ntwo\nthree\n"), (NAME, "shop\n"), (LOW, "\n"), (ALERTS, "\n"),
        )  # fmt: skip

    assert shown.count("that was more than one line. Write it again.") == 2
    assert list(config_of(tmp_path).panels) == ["shop"]


def test_what_was_written_is_told_as_json_and_the_questions_go_to_stderr(tmp_path: Path) -> None:
    done = tracker(tmp_path, "init", "--offline", "--json", answers=f"{URL}\n{KEY}\nperfectpanel\nshop\n\n\n")

    assert json.loads(done.stdout) == {
        "config": "config.yaml", "key_file": "shop.key", "panel": "shop", "url": URL, "dialect": "perfectpanel",
        "gitignore": None,
    }  # fmt: skip
    assert "The address of the panel's API" in done.stderr


@pytest.mark.parametrize(
    ("typed", "low"),
    [
        ("۵۰٬۰۰۰", "50000"), ("٥٠٠٠٠", "50000"), ("50,000", "50000"), ("1,234.50", "1234.50"), ("12.50", "12.50"),
        ("1 000 000", "1000000"), ("0.125", "0.125"), ("1,00,000", "100000"),
    ],
)  # fmt: skip
def test_a_low_balance_is_read_as_people_write_it(tmp_path: Path, typed: str, low: str) -> None:
    tracker(tmp_path, "init", "--offline", answers=f"{URL}\n{KEY}\nperfectpanel\nshop\n{typed}\n\n")

    assert config_of(tmp_path).panels["shop"].balance.low == Decimal(low)


@pytest.mark.parametrize(
    ("typed", "said"), [("50.000", "write 50000 or 50"), ("12,50", "write an amount like")]
)
def test_an_amount_that_is_not_clear_is_refused(tmp_path: Path, typed: str, said: str) -> None:
    done = tracker(tmp_path, "init", "--offline", answers=f"{URL}\n{KEY}\nperfectpanel\nshop\n{typed}\n\n")

    assert said in done.stderr
    assert not (tmp_path / "config.yaml").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("place", ["service", "root"])
def test_a_key_that_root_names_becomes_one_that_the_service_can_read(tmp_path: Path, place: str) -> None:
    for folder in ("service", "root"):
        (tmp_path / folder).mkdir(mode=0o700)
    os.chown(tmp_path / "service", 65534, 65534)
    given = tmp_path / place / "my.key"
    given.write_text(f"{KEY}\n")
    given.chmod(0o600)
    config = tmp_path / "service" / "config.yaml"
    done = tracker(
        tmp_path, "init", "--force", "--yes", "--offline", "--url", URL, "--dialect", "perfectpanel", "--panel", "shop",
        "--key-file", str(given), "--output", str(config),
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    key = tmp_path / "service" / ("my.key" if place == "service" else "shop.key")
    for file in (key, config):
        assert (file.stat().st_uid, mode_of(file)) == (65534, 0o600)
    assert load(config, {}).panels["shop"].key.reveal() == KEY


def test_without_a_terminal_a_refused_answer_ends_the_command(tmp_path: Path) -> None:
    done = tracker(tmp_path, "init", "--offline", answers=f"ftp://x\n{URL}\n{KEY}\n")

    assert done.returncode == 2
    assert "write it like https://example.com/api/v2" in done.stderr
    assert not (tmp_path / "config.yaml").exists()
