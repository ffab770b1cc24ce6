from __future__ import annotations

import os
from pathlib import Path

import pytest

from tracker.config.faults import ConfigError
from tracker.config.kinds import Secret
from tracker.config.loader import load
from tracker.config.settings import Config

KEY = "k-very-secret-1"


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def config_of(folder: Path, line: str, environ: dict[str, str] | None = None, mode: int = 0o600) -> Config:
    text = f"panels:\n  shop:\n    url: https://shop.example/api\n    {line}\n"
    return load(write(folder / "config.yaml", text, mode), environ or {})


def fault_of(folder: Path, line: str, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        config_of(folder, line, environ)
    (fault,) = caught.value.faults
    assert KEY not in str(fault)
    return str(fault)


def key_of(config: Config) -> str:
    return config.panels["shop"].key.reveal()


def test_a_secret_never_shows_itself() -> None:
    secret = Secret(KEY)

    assert KEY not in f"{secret} {secret!r} {[secret]}"
    assert secret == Secret(KEY)
    assert secret != Secret("other")
    assert secret != KEY


def test_a_config_with_secrets_never_shows_them(tmp_path: Path) -> None:
    assert KEY not in repr(config_of(tmp_path, f"key: {KEY}"))


@pytest.mark.parametrize(("text", "key"), [(KEY, KEY), (f"{KEY}\n", KEY), (f"{KEY}\r\n", KEY)])
def test_a_secret_may_be_in_a_separate_file(tmp_path: Path, text: str, key: str) -> None:
    (tmp_path / "shop.key").write_bytes(text.encode())
    (tmp_path / "shop.key").chmod(0o400)

    assert key_of(config_of(tmp_path, "key_file: shop.key")) == key
    assert key_of(config_of(tmp_path, f"key_file: {tmp_path}/shop.key")) == key
    assert key_of(config_of(tmp_path, "key_file: ${DIR}/shop.key", {"DIR": str(tmp_path)})) == key
    assert key_of(config_of(tmp_path, "key_file: ~/shop.key", {"HOME": str(tmp_path)})) == key


def test_systemds_credentials_come_before_the_configs_folder(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    write(tmp_path / "shop.key", "from the folder")
    write(tmp_path / "other.key", "other")
    write(credentials / "shop.key", KEY, 0o444)
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}

    assert key_of(config_of(tmp_path, "key_file: shop.key", environ)) == KEY
    assert key_of(config_of(tmp_path, "key_file: other.key", environ)) == "other"


def test_a_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    key = write(tmp_path / "shop.key", KEY, 0o640)

    assert f"others can read {key}: run `chmod 600 {key}`" in fault_of(tmp_path, "key_file: shop.key")
    credentials = {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    assert "others can read" in fault_of(tmp_path, "key_file: shop.key", credentials)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        (f"{KEY} \n", "starts or ends with a space"),
        (f"{KEY}\n\n", "starts or ends with a space"),
        (f"{KEY}\nmore\n", "contains more than one line"),
        ("x" * 70_000, "is too large for a secret"),
    ],
)
def test_a_file_without_a_secret_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    write(tmp_path / "shop.key", text)

    assert expected in fault_of(tmp_path, "key_file: shop.key")


def test_what_is_not_a_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.key", 0o600)

    assert "pipe.key is not a file" in fault_of(tmp_path, "key_file: pipe.key")
    assert "is not a file" in fault_of(tmp_path, "key_file: .")
    assert "this file cannot be read: " in fault_of(tmp_path, f"key_file: {'x' * 300}")


def test_a_secret_in_place_of_its_file_is_not_repeated(tmp_path: Path) -> None:
    expected = f"there is no such file in {tmp_path}; it takes a path, not the secret"

    assert expected in fault_of(tmp_path, f"key_file: {KEY}")
    assert expected in fault_of(tmp_path, "key_file: ${KEY}", {"KEY": KEY})
    assert "there is no such file; it" in fault_of(tmp_path, f"key_file: /{KEY}")
    inside = {"CREDENTIALS_DIRECTORY": "/run/credentials/t"}
    assert f"file in /run/credentials/t and in {tmp_path};" in fault_of(tmp_path, f"key_file: {KEY}", inside)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"key: {KEY}\n    key_file: shop.key", "5:15: panels.shop.key_file: give key or key_file, not both"),
        ("key: ${SHOP_KEY}", "4:10: panels.shop.key: there is no environment variable SHOP_KEY: set it"),
        ("key: ${A}${B}", "there is no environment variable A and no B: set it"),
        ("key: ''", "4:10: panels.shop.key: this is empty"),
        ("key: ~", "2:3: panels.shop.key: is missing: give key_file: PATH, or key: ${NAME}"),
        (f"key: [{KEY}]", "panels.shop.key: write one value here, not a list or a mapping"),
        (f"key: {{{KEY}: x}}", "panels.shop.key: write one value here, not a list or a mapping"),
        (f'key: "{KEY}\\n"', "panels.shop.key: this starts or ends with a space"),
    ],
)  # fmt: skip
def test_the_faults_of_a_secret_do_not_hold_it(tmp_path: Path, line: str, expected: str) -> None:
    assert expected in fault_of(tmp_path, line)


def test_an_empty_variable_is_no_secret(tmp_path: Path) -> None:
    assert "panels.shop.key: this is empty" in fault_of(tmp_path, "key: ${EMPTY}", {"EMPTY": ""})


def test_what_the_environment_puts_into_a_value_is_not_shown(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, "key: abc\n    timeout: ${T}", {"T": KEY})

    assert "panels.shop.timeout: '${T}': write a duration" in fault


@pytest.mark.parametrize(
    ("text", "expected"),
    [("${A}-${B}", "1-2"), ("$${A}", "${A}"), ("$A", "$A"), ("$$$${A}", "$$${A}"), ("${C}", "${A}")],
)
def test_variables_are_put_in_once(tmp_path: Path, text: str, expected: str) -> None:
    assert key_of(config_of(tmp_path, f"key: {text}", {"A": "1", "B": "2", "C": "${A}"})) == expected


def test_a_config_that_others_can_read_is_warned_of_when_it_holds_a_secret(tmp_path: Path) -> None:
    (warning,) = config_of(tmp_path, f"key: {KEY}", mode=0o644).warnings

    assert warning.startswith(f"{tmp_path}/config.yaml:4:10: panels.shop.key: others can read this secret: ")
    assert "chmod 600" in warning
    assert KEY not in warning
    assert config_of(tmp_path, f"key: {KEY}").warnings == ()
    assert config_of(tmp_path, "key: ${K}", {"K": KEY}, mode=0o644).warnings == ()
    inside = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert config_of(tmp_path, f"key: {KEY}", inside, mode=0o444).warnings == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("add_timeout: 10m", "raise TimeoutStopSec= and WatchdogSec= of the unit"),
        ("add_timeout: 5s", "below 1m a slow panel makes orders unknown"),
    ],
)
def test_what_is_unwise_is_warned_of(tmp_path: Path, line: str, expected: str) -> None:
    (warning,) = config_of(tmp_path, f"key: abc\n    {line}").warnings

    assert f"5:18: panels.shop.add_timeout: {expected}" in warning.replace("under systemd, ", "")


@pytest.mark.parametrize(
    ("url", "warned"),
    [("http://shop.example/api", True), ("http://127.evil.example/api", True), ("http://127.0.0.1:1/api", False),
     ("http://[::1]/api", False), ("http://localhost/api", False), ("https://shop.example/api", False)],
)  # fmt: skip
def test_a_key_over_plain_http_is_warned_of(tmp_path: Path, url: str, warned: bool) -> None:
    file = write(tmp_path / "c.yaml", f"panels: {{shop: {{url: '{url}', key: abc}}}}")

    assert ["plain http" in warning for warning in load(file, {}).warnings] == [True] * warned


def test_an_alerts_url_and_the_database_may_be_in_files_too(tmp_path: Path) -> None:
    write(tmp_path / "ops.url", "tgram://token/chat\n")
    write(tmp_path / "db.url", "sqlite:///inner.db\n")
    line = "key: abc\nalerts: [{name: ops, url_file: ops.url}]\ndatabase_file: db.url"

    config = config_of(tmp_path, line)

    assert config.alerts[0].url == Secret("tgram://token/chat")
    assert config.database == f"sqlite:///{tmp_path}/inner.db"
