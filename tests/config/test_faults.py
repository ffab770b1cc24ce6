from __future__ import annotations

from pathlib import Path

import pytest

from tracker.config.faults import ConfigError
from tracker.config.loader import load, parse

GOOD = "panels: {shop: {url: 'https://shop.example/api', key: abc}}\n"


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, Path("c.yaml"), {})
    return [str(fault) for fault in caught.value.faults]


def test_every_fault_is_reported_at_once_in_the_order_of_the_file() -> None:
    text = """database: postgresql://user:hunter2@host
panels:
  a:
    url: https://a.example/api?key=hunter2
    kye: hunter2
    timeout: 5
    balance: {low: lots}
  b:
    dialect: tagarni
schedule: {poll: 2h, poll_max: 1m}
alerts:
  - {name: ops, url: "json://hunter2@x", events: [order.compleeted]}
  - {name: ops, url: "json://hunter2@y"}
"""
    assert faults(text) == [
        "c.yaml:1:11: database: write it like postgresql://user:${PASSWORD}@host:5432/tracker",
        "c.yaml:4:10: panels.a.url: remove everything from ? or # on; tracker adds `action` and `key`",
        "c.yaml:5:5: panels.a.kye: there is no such key; did you mean key?",
        "c.yaml:6:14: panels.a.timeout: '5': write a duration from 0.1s to 10m, like 45s, 5m, 2h or 1d",
        "c.yaml:7:20: panels.a.balance.low: 'lots': "
        "write an amount like 50000 or 12.50, without a currency or thousands separators",
        "c.yaml:8:3: panels.b.url: is missing",
        "c.yaml:8:3: panels.b.key: is missing: give key_file: PATH, or key: ${NAME} from the environment",
        "c.yaml:9:14: panels.b.dialect: there is no such dialect; did you mean tagrani?",
        "c.yaml:10:32: schedule.poll_max: is shorter than `poll`, which is 2h",
        "c.yaml:12:51: alerts[0].events[0]: 'order.compleeted': there is no such event; did you mean order.completed?",
        "c.yaml:13:12: alerts[1].name: alerts[0] already has this name: choose another",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "c.yaml:1:1: the file is empty: `tracker init` writes a config"),
        ("# nothing\n", "c.yaml:1:1: the file is empty: `tracker init` writes a config"),
        ("panels:\n\tshop: 1\n", "c.yaml:2:1: a tab cannot indent: use spaces"),
        ("a: b: c\n", "c.yaml:1:5: put quotes around a text with a colon and a space in it"),
        ('a: "x\n', "c.yaml:1:4: the quote that opens here is never closed"),
        ("a: @x\n", "c.yaml:1:4: put quotes around a text that begins with @"),
        ("b: {c: ${X}}\n", "c.yaml:1:9: "),
        ("a: 1\n---\nb: 2\n", "c.yaml:2:1: a second document begins here: remove the ---"),
        ("a: \x07\n", "c.yaml:1:4: a control character; remove it"),
        ("[" * 30 + "]" * 30, "c.yaml:1:21: nested deeper than 20 levels: this is not a config"),
        ("[" + "a," * 30_000 + "]", "c.yaml:1:40000: more than 20000 values: this is not a config"),
    ],
)
def test_what_is_not_yaml_is_reported_with_its_place(text: str, expected: str) -> None:
    (fault,) = faults(text)
    assert fault.startswith(expected)


def test_a_variable_inside_braces_needs_quotes_and_the_fault_says_so() -> None:
    (fault,) = faults("panels: {shop: {key: ${KEY}, url: x}}\n")
    assert "put quotes around a text with ${…} in it" in fault


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("just a text\n", "c.yaml:1:1: write keys and values here, like `name: value`"),
        ("[1, 2]\n", "c.yaml:1:1: write keys and values here, like `name: value`"),
        ("log: {level: info}\n", "c.yaml:1:1: panels: is missing"),
        ("panels: {}\n", "c.yaml:1:1: panels: is empty: give at least one"),
        (GOOD + GOOD, "c.yaml:2:1: panels: this key is already given in line 1"),
        (
            GOOD + "log: {level: inf}\n",
            "c.yaml:2:14: log.level: 'inf': write debug or info or warning or error; did you mean info?",
        ),
        (GOOD + "log: [1]\n", "c.yaml:2:1: log: write keys and values here, like `name: value`"),
        (
            GOOD + "log: {level: [1]}\n",
            "c.yaml:2:7: log.level: write one value here, not a list or a mapping",
        ),
        (GOOD + "alerts: ops\n", "c.yaml:2:9: alerts: write a list here, like [one, two]"),
        (GOOD + "? [1]\n: 2\n", "c.yaml:1:1: a key is a text, followed by a colon"),
        (
            GOOD + "zzz: 1\n",
            "c.yaml:2:1: zzz: there is no such key; the keys here are panels, database, database_file, ",
        ),
        (GOOD + "<<: {a: 1}\n", "c.yaml:2:1: <<: there is no such key; the keys here are "),
        (GOOD + "log: &l {level: info}\n", "c.yaml:2:6: anchors (&name) are not supported"),
        (GOOD + "log: {level: !!str info}\n", "c.yaml:2:14: tags (!name) are not supported"),
        (GOOD + "unknown: {looks: []}\n", "c.yaml:2:11: unknown.looks: is empty: give at least one"),
        (
            GOOD + "unknown: {looks: [1m, 30s]}\n",
            "c.yaml:2:23: unknown.looks[1]: is not longer than the one before it, 1m",
        ),
        (GOOD + "unknown: {probe: no}\n", "c.yaml:2:18: unknown.probe: 'no': write false"),
        (
            GOOD + "unknown: {resend: when-proven-absent, resend_max: 5}\n",
            "c.yaml:2:19: unknown.resend: needs `probe: true`",
        ),
        (
            GOOD + "unknown: {probe: true, resend: when-proven-absent}\n",
            "c.yaml:2:32: unknown.resend: has no effect while",
        ),
        (GOOD + "unknown: {resend_max: -1}\n", "c.yaml:2:23: unknown.resend_max: '-1': write an amount"),
        (
            GOOD + "retention: {finished: 0d}\n",
            "c.yaml:2:23: retention.finished: '0d': write a duration from 1h to ",
        ),
        (
            GOOD + "alerts: [{name: a b, url: x}]\n",
            "c.yaml:2:17: alerts[0].name: 'a b': a name has 1 to 64 letters",
        ),
        (
            GOOD + "alerts: [{name: a}]\n",
            "c.yaml:2:10: alerts[0].url: is missing: give url_file: PATH, or url: ",
        ),
        (
            GOOD + "alerts: [{name: a, url: x, events: []}]\n",
            "c.yaml:2:28: alerts[0].events: is empty: give at least one",
        ),
        (
            GOOD + "alerts: [{name: a, url: x, events: [nothing]}]\n",
            "c.yaml:2:37: alerts[0].events[0]: 'nothing': ",
        ),
        (
            GOOD + "database: 'sqlite:///:memory:'\n",
            "c.yaml:2:11: database: write the path of a file after sqlite:///",
        ),
        (GOOD + "database: tracker.db\n", "c.yaml:2:11: database: write it like sqlite:///tracker.db"),
        (
            GOOD + "database: mysql://root:pw@host/db\n",
            "c.yaml:2:11: database: write it like sqlite:///tracker.db",
        ),
    ],
)
def test_each_fault_is_reported_with_its_place_and_what_to_write(text: str, expected: str) -> None:
    (fault,) = faults(text)
    assert fault.startswith(expected)


@pytest.mark.parametrize(
    "url",
    ["shop.example/api", "ftp://shop.example/api", "https://", "https://sh op.example/", "https://x:99999/api",
     "https://me:pw@shop.example/api", "https://shop.example/api?key=pw", "https://[x/api", "https://shop.example/#pw"],
)  # fmt: skip
def test_a_panels_address_is_a_plain_web_address_and_is_not_repeated_when_refused(url: str) -> None:
    (fault,) = faults(f"panels: {{shop: {{url: '{url}', key: abc}}}}")
    assert fault.startswith("c.yaml:1:22: panels.shop.url: ")
    assert "pw" not in fault


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ids_per_call: 0", "'0': write a whole number from 1 to 1000"),
        ("ids_per_call: 012", "'012': write a whole number from 1 to 1000"),
        ("connections: 4.5", "'4.5': write a whole number from 1 to 64"),
        ("calls_per_second: 1e3", "'1e3': write a number from 0.01 to 1000"),
        ("calls_per_second: .nan", "'.nan': write a number from 0.01 to 1000"),
        ("timeout: 1:30", "'1:30': write a duration from 0.1s to 10m"),
        ("add_timeout: 2 hours", "'2 hours': write a duration from 0.1s to 30m"),
        ("timeout: ٣s", "'٣s': write a duration from 0.1s to 10m"),
        ("same_link: forbid", "'forbid': write wait or allow"),
        ("balance: {low: 1_000}", "'1_000': write an amount"),
        ("balance: {low: 0.1234567}", "'0.1234567': write an amount"),
        ("connections: ${C}", "there is no environment variable C: set it before the start"),
        ("timeout: ${T", "write ${NAME} for an environment variable, and $${ for a literal ${"),
    ],
)
def test_a_value_out_of_its_range_is_reported_with_the_range(line: str, expected: str) -> None:
    (fault,) = faults(f"panels:\n  shop:\n    url: https://shop.example/api\n    key: abc\n    {line}\n")
    assert f": {expected}" in fault


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("tagarni", ["1:{}: panels.shop.dialect: there is no such dialect; did you mean tagrani?"]),
        ("[tagrani]", ["panels.shop.dialect: write one value here, not a list or a mapping"]),
        ("{price_unit: 1}", ["panels.shop.dialect.base: is missing: name the dialect that is closest to it"]),
        ("{base: tagrani, price_unit: 10}", ["panels.shop.dialect.price_unit: it must be 1 or 1000"]),
        (
            "{base: tagrani, feilds: {}}",
            ["panels.shop.dialect.feilds: there is no such key; did you mean fields?"],
        ),
        (
            "{base: tagrani, fields: {prise: x}}",
            ["panels.shop.dialect.fields.prise: there is no such key; did you mean price?"],
        ),
        (
            "{base: tagrani, multi_status: maybe}",
            ["panels.shop.dialect.multi_status: it must be true or false"],
        ),
        (
            "{base: nope, words: {completd: [x]}, price_unit: 3}",
            [".base: ", ".words.completd: ", ".price_unit: "],
        ),
    ],
)
def test_the_faults_of_a_dialect_are_reported_with_the_rest(dialect: str, expected: list[str]) -> None:
    found = faults(f"panels: {{shop: {{url: 'https://shop.example/api', key: abc, dialect: {dialect}}}}}")

    assert len(found) == len(expected)
    for fault, part in zip(found, expected, strict=True):
        assert part.replace("1:{}: ", "") in fault


def test_a_dialect_without_multi_status_takes_no_larger_calls() -> None:
    more = "ids_per_call: 5, dialect: {base: tagrani, multi_status: false}"
    text = f"panels: {{shop: {{url: 'https://shop.example/api', key: abc, {more}}}}}"
    (fault,) = faults(text)
    assert "panels.shop.ids_per_call: the dialect answers for one order per call" in fault


def test_refills_by_themselves_need_a_dialect_that_knows_refills() -> None:
    text = "panels: {{shop: {{url: 'https://shop.example/api', key: abc, auto_refill: true, dialect: {}}}}}"
    (fault,) = faults(text.format("tagrani"))

    assert "panels.shop.auto_refill: has no effect: the dialect tagrani knows no refill" in fault
    for dialect in ("perfectpanel", "{base: tagrani, requests: one}"):
        assert parse(text.format(dialect), Path("c.yaml"), {}).panels["shop"].auto_refill


def test_one_account_cannot_be_two_panels() -> None:
    text = """panels:
  one: {url: 'https://shop.example/api', key: abc}
  two: {url: 'https://SHOP.example:443/api/', key: abc}
  three: {url: 'https://shop.example/api', key: other, timeout: never}
"""
    found = faults(text)
    assert (
        "c.yaml:3:3: panels.two: has the same URL and key as panel one: an account can be only one panel"
        in found[0]
    )
    assert "panels.three.timeout" in found[1]
    assert not any("abc" in fault for fault in found)


def test_aliases_cannot_make_much_out_of_little() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{after}: &{after} [{','.join([f'*{before}'] * 9)}]\n"
        for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    found = faults(bomb)
    assert any("aliases (*name) are not supported" in fault for fault in found)


def test_a_file_that_is_not_text_is_reported_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(b"panels:\n  caf\xe9: 1\n")

    with pytest.raises(ConfigError, match=r"config\.yaml:2:6: this is not UTF-8"):
        load(file, {})
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, {})
    file.write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(ConfigError, match="is larger than 1024 KiB"):
        load(file, {})
