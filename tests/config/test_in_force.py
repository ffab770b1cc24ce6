"""What `config show` prints is a config, with every default and without any secret; another program's file is passed over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tracker.config.foreign import is_another_programs
from tracker.config.in_force import as_yaml, in_force
from tracker.config.loader import MAX_BYTES, parse

WHOLE = """
database: postgresql://user:pa:ss@host:5432/name?password=other
panels:
  a: {url: https://x.example, key: the-key, balance: {low: 12.5}}
  b: {url: https://y.example, key: the-other-key, dialect: {base: perfectpanel, price_unit: 1, words: {canceled: [gone]}, dedupe_window: 5m}}
alerts:
  - {name: ops, url: "tgram://token/chat", digest: 15m, quiet: "22:00-07:00 Europe/Berlin"}
heartbeat: https://ping.example/secret
"""
SECRETS = ("the-key", "the-other-key", "pa:ss", "other", "token", "chat", "secret")


def test_what_is_in_force_is_written_with_every_default_and_no_secret() -> None:
    values = in_force(parse(WHOLE, Path("config.yaml"), {}))
    text = as_yaml(values)

    assert not [
        secret
        for secret in SECRETS
        if secret in text.replace("the-other-key", "").replace("secret: null", "").replace("chats: []", "")
    ]
    assert values["database"] == "postgresql://user:[hidden]@host:5432/name?password=[hidden]"
    assert values["panels"]["a"]["dialect"] == "tagrani"
    assert values["panels"]["a"]["balance"] == {"low": "12.5", "every": "5m"}
    assert values["panels"]["b"]["dialect"]["price_unit"] == 1
    assert values["panels"]["b"]["dialect"]["dedupe_window"] == "5m"
    assert values["alerts"][0]["url"] == "tgram://[hidden]"
    assert values["alerts"][0]["quiet"] == "22:00-07:00 Europe/Berlin"
    assert values["schedule"]["poll_max"] == "30m"


def test_a_key_within_an_address_is_masked_too() -> None:
    text = """
panels:
  a: {url: "https://x.example/${KEY}/v2", key: "${KEY}"}
  b: {url: https://y.example/api/v2/a1b2c3d4e5f6a7b8c9, key: k}
  c: {url: https://a-long-name-of-a-panel-24.example/api/v2, key: k}
"""
    panels = in_force(parse(text, Path("config.yaml"), {"KEY": "letters-only"}))["panels"]
    assert [panel["url"] for panel in panels.values()] == [
        "https://x.example/[hidden]/v2",
        "https://y.example/api/v2/[hidden]",
        "https://a-long-name-of-a-panel-24.example/api/v2",
    ]


def test_what_is_printed_can_be_read_as_a_config_again() -> None:
    plain = "panels: {a: {url: https://x.example, key: k}}\nalerts: [{name: ops, url: json://x}]\n"
    config = parse(plain, Path("config.yaml"), {})
    again = parse(as_yaml(in_force(config)), Path("config.yaml"), {})

    assert again.schedule == config.schedule
    assert again.unknown == config.unknown
    assert again.panels["a"].balance == config.panels["a"].balance


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("site: x\ndatabase: {host: a}\n", True),
        ("- hosts: all\n", True),
        ("log: {level: debug}\nserver: {port: 80}\n", True),
        ("panels: {}\nsite: x\n", False),
        ('{"panels": {}}', False),
        ("panel: {a: {}}\nsite: x\n", False),
        ("database: x\nlog: {}\n", False),
        ("databse: x\n", False),
        ("", False),
        ("a: [", False),
    ],
)
def test_only_what_is_plainly_another_programs_is_called_so(tmp_path: Path, text: str, foreign: bool) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text)

    assert is_another_programs(file, MAX_BYTES) is foreign


def test_another_programs_config_is_passed_over_with_a_word(tmp_path: Path) -> None:
    own = tmp_path / "home" / "tracker" / "config.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("panels: {a: {url: https://x.example, key: k}}\n")
    (tmp_path / "config.yaml").write_text("site: x\ntheme: dark\n")
    env = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "home")}
    env.pop("TRACKER_CONFIG", None)
    command = [sys.executable, "-m", "tracker", "config", "show", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)

    assert json.loads(done.stdout)["file"] == str(own)
    assert "another program's config" in done.stderr
