"""The config that is in force, with every default, as it would be written in a file; secrets are masked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tracker.alerts.quiet_hours import QuietHours
from tracker.config.annotations import FieldType, field_type_of, keys_of
from tracker.config.kinds import Secret
from tracker.config.scalars import format_duration
from tracker.config.settings import Config
from tracker.config.structs import Struct
from tracker.lib.redaction import MASK, SHORTEST
from tracker.panel.dialects.built_in import BASES
from tracker.panel.dialects.dialect import Dialect

_PASSWORD = re.compile(r"(?<=:)(?!//)[^/]*(?=@)|(?<=password=)[^&]*", re.IGNORECASE)

_TOKEN = re.compile(r"(?<=[^/:]/)(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{16,}(?=/|$)")
"""A part of an address's path that is as long and mixed as a token."""

_OWN_DIFFERENCES = ("refusals", "numbers")
"""Fields of a dialect whose differences are not written out."""


def in_force(config: Config) -> dict[str, Any]:
    """Return the config as texts, numbers, lists and mappings."""
    values = _part(config)
    keys = [panel.key.reveal().strip() for panel in config.panels.values()]
    for panel in values["panels"].values():
        for key in (one for one in keys if len(one) >= SHORTEST):
            panel["url"] = panel["url"].replace(key, MASK)
    return values


def as_yaml(values: Mapping[str, Any]) -> str:
    """Write values as YAML, in their order."""
    return str(yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True, width=110))


def _part(part: Struct) -> dict[str, Any]:
    return {key.name: _value(getattr(part, key.name), key.field_type) for key in keys_of(type(part))}


def _value(value: Any, field_type: FieldType) -> Any:
    match value:
        case Struct():
            return _part(value)
        case Mapping():
            return {name: _value(one, field_type_of(field_type.holds[1])) for name, one in value.items()}
        case tuple():
            return [_value(one, field_type_of(field_type.holds[0])) for one in value]
        case Dialect():
            return _dialect(value)
        case None:
            return None
        case _:
            return _scalar(value, field_type.form)


def _scalar(value: Any, form: str) -> Any:
    match value:
        case Secret():
            return _masked(value)
        case QuietHours():
            return f"{value.begin:%H:%M}-{value.end:%H:%M} {value.zone}"
        case tzinfo():
            return str(value)  # the name, as in the file
        case Decimal() if form == "share":
            return f"{(value * 100).normalize():f}%"
        case Decimal():
            return int(value) if value == value.to_integral_value() else str(value)
        case Path():
            return str(value)
        case str() if form == "address":
            return _TOKEN.sub(MASK, value)
        case str() if form == "database":
            return _PASSWORD.sub(MASK, value)
        case int() if form == "duration":
            return format_duration(value)
        case _:
            return value


def _masked(secret: Secret) -> str:
    """Return a mask; of a URL, the scheme stays, which says what kind of target it is."""
    scheme, mark, _ = secret.reveal().partition("://")
    return f"{scheme}://{MASK}" if mark and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]{0,20}", scheme) else MASK


def _dialect(dialect: Dialect) -> str | dict[str, Any]:
    """Return the name of a built-in dialect, or the base and what differs from it."""
    base = BASES[dialect.base]
    if dialect == base and dialect.words == base.words and dialect.refusals == base.refusals:
        return dialect.base
    return {"base": dialect.base, **_differences(dialect, base)}


def _differences(one: Any, base: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in (field.name for field in fields(one)):
        mine, its = getattr(one, name), getattr(base, name)
        if mine == its or name == "name":
            continue
        if name in _OWN_DIFFERENCES:
            found[name] = "as in the file"
        elif is_dataclass(mine):
            found[name] = _differences(mine, its)
        elif isinstance(mine, Mapping):
            found[name] = {key: str(value) for key, value in mine.items() if its.get(key) != value}
        elif name.endswith("_window") and mine is not None:
            found[name] = format_duration(mine)
        else:
            found[name] = mine if isinstance(mine, bool | int | None) else str(mine)
    return found
