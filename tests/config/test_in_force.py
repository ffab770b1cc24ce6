"""What `config show` prints is a config, with every default and without any secret; another program's file is passed over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

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


ALL = """
database: sqlite:////var/lib/tracker/tracker.db
panels:
  a:
    url: https://x.example/api
    key: the-key
    calls_per_second: 0.5
    balance: {low: 12.5, every: 90s}
    limits: {max_price: 0.00090, price_jump: 12.50%, spend: {day: 500000, month: 1}, approve_above: 0.1}
  b: {url: https://y.example, key: the-key, dialect: {base: perfectpanel, ids_grow: false, numbers: {decimal: ","}}}
tags: {july: {spend: {day: 100}, price_jump: 300%}}
schedule: {submit: 0.5s, stuck: 2d}
unknown: {looks: [2s, 1h], settle: 1h, probe: true, apart: false, resend: when-proven-absent, resend_max: 7.5}
alerts:
  - {name: ops, url: json://x, events: [order.*], digest: 15m, quiet: "22:00-07:00 Europe/Berlin", tags: [july], remind: []}
  - {name: bot, url: "tgram://123456789:abcdefghij-klmnop_qrstu/12", commands: true, chats: [12], users: [-5], api: https://b.example}
  - {name: hook, webhook: https://h.example/x, secret: whsec_c2VjcmV0c2VjcmV0c2VjcmV0}
templates: fa
timezone: Asia/Kathmandu
heartbeat: https://ping.example/secret
report: monthly
recurring:
  daily: {every: "0 9 * * mon-fri", service: 2, link: https://x.example, quantity: 5, comments: "a", panel: a,
    tags: [july], priority: 3, expires: 2h, until: "2030-01-02"}
  often: {every: 90m, service: 2, link: https://x.example, panel: b}
web:
  listen: 127.0.0.1:8788
  password: a-long-enough-password
  hosts: [t.example]
  https: true
  clients: [{name: shop, key: a-key-of-sixteen-signs, panels: [a], daily_limit: 100.5}]
retention: {finished: 30d, alerts: 1d}
log: {level: debug, format: json}
"""


def values_in(value: object) -> Iterator[object]:
    """Every single value in lists and mappings."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from values_in(one)
    else:
        yield value


def test_every_key_is_written_as_in_a_file() -> None:
    config = parse(ALL, Path("config.yaml"), {})
    values = in_force(config)
    wanted = yaml.safe_load(ALL)

    assert values.keys() >= wanted.keys(), "each key has a value that is not its default"
    assert all(isinstance(one, str | int | float | None) for one in values_in(values))
    assert json.loads(json.dumps(values)) == values == yaml.safe_load(as_yaml(values))
    assert values["timezone"] == "Asia/Kathmandu"
    assert (values["panels"]["a"]["limits"]["price_jump"], values["tags"]["july"]["price_jump"]) == (
        "12.5%",
        "300%",
    )
    for name in (
        "schedule",
        "unknown",
        "retention",
        "log",
        "report",
        "recurring",
        "tags",
        "timezone",
        "templates",
    ):
        again = parse(as_yaml({"panels": wanted["panels"], name: values[name]}), Path("config.yaml"), {})
        assert getattr(again, name) == getattr(config, name), name
    for name in ("balance", "limits"):
        one = {**wanted["panels"]["a"], name: values["panels"]["a"][name]}
        again = parse(as_yaml({"panels": {"a": one}}), Path("config.yaml"), {})
        assert getattr(again.panels["a"], name) == getattr(config.panels["a"], name)


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
