from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.config.faults import ConfigError
from tracker.config.loader import parse
from tracker.config.settings import Config

SECRET = "hunter2hunter2hunter2"
TEXT = (Path(__file__).parents[2] / "config.example.yaml").read_text()
TEXT = re.sub(r" +#.*|^#.*\n", "", TEXT, flags=re.MULTILINE)
TEXT = TEXT.replace("key_file: tagrani.key", f"key: {SECRET}").replace(
    "dialect: tagrani", "dialect: {base: tagrani}"
)
LINES = TEXT.splitlines()
ENVIRON = {
    "BOT": SECRET,
    "CHAT": SECRET,
    "MAIL_USER": SECRET,
    "MAIL_PASSWORD": SECRET,
    "SHOP_KEY": SECRET * 2,
}

HOSTILE = r"""
[1, {a: b}]|{}|~|- x|${BOT}|$${|${|&a 1|*a|!!int 1|? [a]|<<: {}|"\u0000"|1e999|---|٣s|key_file: .|key_file: /dev/zero
url_file: ${BOT}|database: ${BOT}|url: https://${BOT}@x/
"""
pieces = st.one_of(
    st.sampled_from(LINES), st.sampled_from(re.split(r"[|\n]", HOSTILE.strip())), st.text(max_size=20)
)

edits = st.lists(
    st.tuples(
        st.sampled_from(["drop", "key", "value", "insert", "indent"]), st.integers(0, len(LINES) - 1), pieces
    ),
    max_size=4,
)


def edited(changes: list[tuple[str, int, str]]) -> str:
    lines = list(LINES)
    for what, at, piece in changes:
        line = lines[at]
        indent = re.match(r" *", line)
        blanks = indent[0] if indent else ""
        lines[at] = {
            "drop": "",
            "key": f"{line.partition(':')[0]}_file: {piece}",
            "value": f"{line.partition(':')[0]}: {piece}",
            "insert": f"{line}\n{blanks}{piece}",
            "indent": f"  {line}",
        }[what]
    return "\n".join(lines)


def read(text: str) -> Config | ConfigError:
    """Read a config; any exception but ConfigError fails the test."""
    try:
        return parse(text, Path("/nowhere/c.yaml"), ENVIRON)
    except ConfigError as error:
        return error


def test_the_text_that_is_damaged_below_is_good() -> None:
    assert isinstance(read(TEXT), Config)


@settings(max_examples=300, deadline=None)
@given(edits)
def test_a_damaged_config_gives_faults_with_places_and_no_secret(changes: list[tuple[str, int, str]]) -> None:
    result = read(edited(changes))

    if isinstance(result, ConfigError):
        assert SECRET not in str(result)
        assert result.faults
        assert all(
            re.match(r"/nowhere/c\.yaml:\d+:\d+: .+", str(fault), re.DOTALL) for fault in result.faults
        )
        assert all(str(fault).isprintable() for fault in result.faults)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_any_text_at_all_gives_faults(text: str) -> None:
    assert isinstance(read(text), ConfigError)
