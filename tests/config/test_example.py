from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tracker.config.annotations import FieldType, Key, field_type_of, keys_of
from tracker.config.json_schema import json_schema
from tracker.config.loader import load
from tracker.config.scalars import format_duration
from tracker.config.settings import Config, Recurring
from tracker.lib.times import SECOND
from tracker.panel.dialects.custom import KEYS

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
ENVIRON = {
    "BOT": "1:a",
    "CHAT": "2",
    "MAIL_USER": "me",
    "MAIL_PASSWORD": "pw",
    "TAGRANI_KEY": "k",
    "SHOP_KEY": "a-key-for-the-shop",
}

OTHERWISE = {
    "password",
    "low",
    "url",
    "webhook",
    "secret",
    "api",
    "events",
    "digest",
    "quiet",
    "templates",
    "timezone",
    "heartbeat",
    "panels",
    "daily_limit",
    "max_price",
    "price_jump",
    "day",
    "month",
    "approve_above",
    "tags",
}
"""Keys whose value in the example is not the default; a comment beside each says so."""


def loaded(tmp_path: Path, text: str) -> Config:
    (tmp_path / "tagrani.key").write_text("key\n")
    (tmp_path / "tagrani.key").chmod(0o600)
    (tmp_path / "config.yaml").write_text(text)
    return load(tmp_path / "config.yaml", ENVIRON)


def written(field_type: FieldType, raw: Any, path: str = "") -> Iterator[tuple[str, Key, Any]]:
    """Walk the types and the example side by side: the path of each key, the key, and what the example has."""
    for key in keys_of(field_type.holds):
        name = key.name if key.name in raw else key.in_file
        assert name in raw, f"{path}.{key.name} is missing"
        own = f"{path}.{name}".removeprefix(".")
        if key.field_type.form == "part":
            yield from written(key.field_type, raw[name], own)
        elif own == "panels":
            yield from written(field_type_of(key.field_type.holds[1]), raw[name]["tagrani"], f"{own}.tagrani")
        elif own in ("alerts", "web.clients"):
            yield from written(field_type_of(key.field_type.holds[0]), raw[name][-1], f"{own}[-1]")
        else:
            yield own, key, raw[name]


def test_the_example_loads_without_a_warning(tmp_path: Path) -> None:
    config = loaded(tmp_path, EXAMPLE.read_text())

    assert list(config.panels) == ["tagrani"]
    assert [target.name for target in config.alerts] == ["ops", "desk"]
    assert config.warnings == ()


def test_every_key_is_in_the_example_with_its_default() -> None:
    text = EXAMPLE.read_text()

    seen = {}
    for path, key, value in written(field_type_of(Config), yaml.load(text, yaml.BaseLoader)):  # texts only
        seen[path] = value
        if key.required or key.name in OTHERWISE:
            said = [
                line for line in text.splitlines() if re.match(rf" *-? *{path.rpartition('.')[2]}:", line)
            ]
            assert any("default" in line for line in said), f"{path}: say what the default is"
        else:
            assert value == example_of(key), path
    assert len(seen) == 61


def example_of(key: Key) -> Any:
    """Return what is written for a default."""
    if key.name in ("poll", "add_timeout"):
        return f"{key.default // SECOND}s"  # the contract writes 60s and 120s
    return in_words(key.field_type, key.default)


def in_words(field_type: FieldType, value: Any) -> Any:
    if field_type.form == "list":
        return [in_words(field_type_of(field_type.holds[0]), one) for one in value]
    if field_type.form == "named":
        return value
    if field_type.form == "duration":
        return format_duration(value)
    if field_type.form == "boolean":
        return str(value).lower()
    if field_type.form == "number":
        return f"{value:g}"
    return {"dialect": "tagrani", "integer": str(value or 100)}.get(field_type.form, str(value))


def test_the_adapted_dialect_of_the_example_works(tmp_path: Path) -> None:
    text = EXAMPLE.read_text()
    adapted = re.search(r"^#   dialect:\n(#     .*\n)+", text, re.MULTILINE)
    assert adapted
    lines = "".join(f" {line.removeprefix('#')}\n" for line in adapted[0].splitlines())
    text = re.sub(r"^    dialect: .*\n", lines, text, flags=re.MULTILINE).replace(
        "    ids_per_call: 100", "    #"
    )

    panel = loaded(tmp_path, text).panels["tagrani"]

    assert (panel.dialect.price_unit, panel.ids_per_call) == (1, 50)
    assert panel.dialect.words["fertig"] == "completed"
    for key in KEYS[()]:
        assert f"\n#     {key}: " in text or f"      {key}: " in text


def test_the_recurring_order_of_the_example_works_and_has_every_key(tmp_path: Path) -> None:
    text = EXAMPLE.read_text()
    shown = re.search(r"^# recurring:\n(#   .*\n)+", text, re.MULTILINE)
    assert shown
    lines = "".join(f"{line.removeprefix('# ')}\n" for line in shown[0].splitlines())
    text = re.sub(r"^recurring: .*\n", lines, text, flags=re.MULTILINE)

    rule = loaded(tmp_path, text).recurring["daily-likes"]

    assert (rule.every, rule.service, rule.quantity, rule.tags) == (
        "0 9 * * mon-fri",
        "104",
        100,
        ("campaign",),
    )
    assert all(f"\n#     {key.name}: " in EXAMPLE.read_text() for key in keys_of(Recurring))
    assert list(misfits(yaml.safe_load(text), json_schema(), "config")) == []


def test_limits_are_of_tags_in_any_script_as_orders_bear_them(tmp_path: Path) -> None:
    text = EXAMPLE.read_text().replace("  july:  ", "  e\u0301t\u00e9: {max_price: 1}\n  تیر:  ")

    assert set(loaded(tmp_path, text).tags or {}) == {"\u00e9t\u00e9", "تیر"}
    assert list(misfits(yaml.safe_load(text), json_schema(), "config")) == []


def test_the_example_fits_the_schema() -> None:
    assert list(misfits(yaml.safe_load(EXAMPLE.read_text()), json_schema(), "config")) == []


def test_the_schema_refuses_what_the_reader_refuses() -> None:
    wrong = {
        "panels": {"a b": {"url": "ftp://x", "key": "k", "key_file": "f", "timeout": 5, "zzz": 1,
                           "dialect": "tagarni"}},
        "alerts": [{"name": "ops", "url": "x", "events": ["nothing"]}, {}],
        "log": {"level": "loud"},
    }  # fmt: skip
    found = "\n".join(misfits(wrong, json_schema(), "config"))

    for where in ("panels 'a b'", "url", "timeout", "zzz", "dialect", "allOf", "events", "name", "level"):
        assert where in found, where


def misfits(value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
    """Yield where a value does not fit, by as much of JSON Schema as the schema uses."""
    if "anyOf" in schema and all(any(misfits(value, one, where)) for one in schema["anyOf"]):
        yield f"{where}: anyOf"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: enum"
    if "type" in schema and not is_type(value, schema["type"]):
        yield f"{where}: type"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{where}: pattern"
    if isinstance(value, dict):
        yield from misfits_of_mapping(value, schema, where)
    for index, one in enumerate(value if isinstance(value, list) else []):
        yield from misfits(one, schema.get("items", {}), f"{where}[{index}]")


def misfits_of_mapping(value: dict[str, Any], schema: dict[str, Any], where: str) -> Iterator[str]:
    known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    names = schema.get("propertyNames", {})
    for key, one in value.items():
        if any(misfits(key, names, where)):
            yield f"{where} {key!r}: propertyNames"
        if key not in known and more is False:
            yield f"{where}.{key}: additionalProperties"
        elif isinstance(inner := known.get(key, more), dict):
            yield from misfits(one, inner, f"{where}.{key}")
    for name in schema.get("required", []):
        if name not in value:
            yield f"{where}.{name}: required"
    for rule in schema.get("allOf", []):
        if not holds(value, rule):
            yield f"{where}: allOf {rule}"


def holds(value: dict[str, Any], rule: dict[str, Any]) -> bool:
    if "oneOf" in rule:
        return sum(is_given(value, one) for one in rule["oneOf"]) == 1
    return not all(key in value for key in rule["not"]["required"])


def is_given(value: dict[str, Any], rule: dict[str, Any]) -> bool:
    types = rule.get("properties", {})
    return all(
        key in value and (key not in types or is_type(value[key], types[key]["type"]))
        for key in rule["required"]
    )


def is_type(value: Any, names: str | list[str]) -> bool:
    kinds: dict[str, Any] = {
        "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int,
        "number": (int, float),
    }  # fmt: skip
    return any(isinstance(value, kinds[name]) for name in ([names] if isinstance(names, str) else names))


def test_every_default_of_the_schema_fits_the_schema() -> None:
    assert list(defaults_that_misfit(json_schema())) == []


def defaults_that_misfit(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for one in schema:
            yield from defaults_that_misfit(one)
    if isinstance(schema, dict):
        if "default" in schema and not isinstance(schema["default"], dict):
            yield from misfits(schema["default"], schema, str(schema))
        for one in schema.values():
            yield from defaults_that_misfit(one)
