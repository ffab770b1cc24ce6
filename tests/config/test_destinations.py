"""Where a target of alerts leads: by exactly one way, and a webhook with its secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.test_example import misfits
from tracker.config.faults import ConfigError
from tracker.config.in_force import as_yaml, in_force
from tracker.config.json_schema import json_schema
from tracker.config.kinds import Secret
from tracker.config.loader import parse
from tracker.config.settings import Config

GOOD = "panels: {p: {url: https://p.example, key: k}}\n"
HOOK = "https://shop.example/hooks/hush-hush-43?token=hush-hush-44"
SECRET = "hush-hush-hush-42"


def read(target: str) -> Config:
    return parse(f"{GOOD}alerts: [{{name: a, {target}}}]\n", Path("c.yaml"), {"HOOK": HOOK})


def faults(target: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        read(target)
    return [str(fault).split(": ", 1)[1] for fault in error.value.faults]


def schema_refuses(target: dict[str, object]) -> bool:
    whole = {"panels": {"p": {"url": "https://p.example", "key": "k"}}, "alerts": [{"name": "a", **target}]}
    return any(misfits(whole, json_schema(), "config"))


def test_a_webhook_and_its_secret_are_read_from_the_file_the_environment_or_files(tmp_path: Path) -> None:
    (tmp_path / "hook.url").write_text(f"{HOOK}\n")
    (tmp_path / "hook.secret").write_text(f"{SECRET}\n")
    for name in ("hook.url", "hook.secret"):
        (tmp_path / name).chmod(0o600)
    inline = read(f"webhook: '{HOOK}', secret: {SECRET}").alerts[0]
    variable = read(f'webhook: "${{HOOK}}", secret: {SECRET}').alerts[0]
    text = f"{GOOD}alerts: [{{name: a, webhook_file: hook.url, secret_file: hook.secret}}]\n"
    files = parse(text, tmp_path / "c.yaml", {}).alerts[0]

    assert inline.destination == variable.destination == files.destination
    assert inline.destination == (None, Secret(HOOK), Secret(SECRET), None)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("events: ['*']", "alerts[0].url: is missing: give url_file: PATH, or url: ${NAME} from the environment; or"),
        (f"webhook: '{HOOK}'", "alerts[0].secret: is missing: give secret_file: PATH"),
        (f"webhook: '{HOOK}', url: json://x, secret: {SECRET}", "alerts[0].webhook: a target has `url` or `webhook`"),
        (f"url: json://x, secret: {SECRET}", "alerts[0].secret: only a `webhook` is signed: remove this key"),
        (f"webhook: ftp://hush-hush-43, secret: {SECRET}", "alerts[0].webhook: write it like https://"),
        (f"webhook: hush-hush-43, secret: {SECRET}", "alerts[0].webhook: write it like https://"),
        (f"webhook: 'https://', secret: {SECRET}", "alerts[0].webhook: write it like https://"),
        (f"webhook: 'https://x:hush/', secret: {SECRET}", "alerts[0].webhook: this is not a URL"),
        (f"webhook: 'https://[hush/', secret: {SECRET}", "alerts[0].webhook: this is not a URL"),
        (f"webhook: 'https://x.example/a b', secret: {SECRET}", "alerts[0].webhook: write it like https://"),
        (f"webhook: 'https://☃.-☃/hush', secret: {SECRET}", "alerts[0].webhook: no host can have this name"),
        (f"webhook: 'https://u:hush@x.example', secret: {SECRET}", "alerts[0].webhook: a user name and password"),
        (f"webhook: 'https://x.example/#hush', secret: {SECRET}", "alerts[0].webhook: remove everything from # on"),
        (f"webhook: '{HOOK}', secret: 'whsec_hush##'", "alerts[0].secret: after whsec_ comes base64"),
    ],
)  # fmt: skip
def test_a_target_that_leads_nowhere_is_refused_without_its_secrets(target: str, expected: str) -> None:
    (fault,) = faults(target)
    assert fault.startswith(expected)
    assert "hush" not in fault


def test_a_misspelt_key_is_one_fault_and_names_the_right_one() -> None:
    assert faults(f"webook: '{HOOK}', secret: {SECRET}") == [
        "alerts[0].webook: there is no such key; did you mean webhook?"
    ]
    assert faults(f"webhook: '{HOOK}', secret_fil: x") == [
        "alerts[0].secret_fil: there is no such key; did you mean secret_file?"
    ]


def test_a_fault_in_a_file_names_the_key_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "hook.url").write_text("hush\n")
    (tmp_path / "hook.url").chmod(0o600)
    text = f"{GOOD}alerts: [{{name: a, webhook_file: hook.url, secret: {SECRET}}}]\n"
    with pytest.raises(ConfigError) as error:
        parse(text, tmp_path / "c.yaml", {})
    (fault,) = error.value.faults
    assert (fault.key, fault.place and fault.place.column) == ("alerts[0].webhook_file", 34)


@pytest.mark.parametrize(
    ("target", "warning"),
    [
        (f"webhook: http://shop.example/x, secret: {SECRET}", "webhook: plain http: others on the network can read"),
        (f"webhook: '{HOOK}', secret: short", "secret: shorter than 16 characters, so that it can be guessed"),
        (f"webhook: '{HOOK}', secret: whsec_aGVsbG8=", "secret: shorter than 16 characters"),
    ],
)  # fmt: skip
def test_what_is_unwise_is_a_warning(target: str, warning: str) -> None:
    (found,) = read(target).warnings
    assert f"alerts[0].{warning}" in found


def test_a_webhook_on_this_machine_may_be_plain_http() -> None:
    for host in ("127.0.0.1:8080", "localhost", "[::1]:80"):
        assert read(f"webhook: 'http://{host}/x', secret: {SECRET}").warnings == ()


def test_the_config_in_force_shows_no_secret_of_a_webhook() -> None:
    values = in_force(read(f"webhook: '{HOOK}', secret: {SECRET}"))

    assert values["alerts"][0]["webhook"] == "https://[hidden]"
    assert "hush" not in as_yaml(values)
    assert "hush" not in repr(read(f"webhook: '{HOOK}', secret: {SECRET}"))


@pytest.mark.parametrize("way", ["webhook", "webhook_file"])
@pytest.mark.parametrize("key", ["secret", "secret_file"])
def test_the_schema_takes_one_way_and_its_secret(way: str, key: str) -> None:
    assert not schema_refuses({way: "https://x.example", key: "s"})
    assert not schema_refuses({"url": "json://x", "webhook": None, "secret": None})
    assert schema_refuses({way: "https://x.example"})
    assert schema_refuses({"url": "json://x", way: "https://x.example", key: "s"})
    assert schema_refuses({})


CHAT = "url: 'tgram://1:a/2', commands: true"


@pytest.mark.parametrize(
    ("target", "key", "words"),
    [
        (CHAT, "chats", "give the ids of the chats"),
        (f"{CHAT}, chats: [x]", "chats[0]", "write an id of Telegram"),
        (f"{CHAT}, chats: [0]", "chats[0]", "write an id of Telegram"),
        (f"{CHAT}, chats: [1], api: ftp://x", "api", "write the address of the server"),
        ("url: 'json://h', commands: true, chats: [1]", "commands", "only a Telegram chat"),
        (
            f"webhook: '{HOOK}', secret: {SECRET}, commands: true, chats: [1]",
            "commands",
            "only a Telegram chat",
        ),
        ("url: 'tgram://1:a/2', chats: [1]", "chats", "without `commands: true`"),
        ("url: 'tgram://1:a/2', users: [1]", "users", "without `commands: true`"),
    ],
)
def test_a_chat_that_may_decide_is_one_and_says_whose_it_is(target: str, key: str, words: str) -> None:
    with pytest.raises(ConfigError) as found:
        parse(f"{GOOD}alerts: [{{name: phone, {target}}}]\n", Path("c.yaml"), {})

    [fault] = found.value.faults
    assert fault.key == f"alerts[0].{key}"
    assert words in str(fault)


def test_a_group_in_which_everybody_may_decide_and_a_token_in_the_clear_are_unwise() -> None:
    text = f"{GOOD}alerts: [{{name: phone, {CHAT}, chats: [-100123, 5], api: 'http://bots.example.com'}}]\n"
    config = parse(text, Path("c.yaml"), {})

    assert config.alerts[0].chats == (-100123, 5)
    assert any("everybody in a group" in warning for warning in config.warnings)
    assert any("the bot's token" in warning for warning in config.warnings)
