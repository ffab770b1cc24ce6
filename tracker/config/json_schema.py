"""The JSON Schema of the config file, for editors. It is made from the same types as the parser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from tracker.config.annotations import FieldType, Key, field_type_of, keys_of
from tracker.config.scalars import DURATION, MONEY, PATTERNS, PRICE, SHARE, format_duration
from tracker.config.settings import Config
from tracker.config.structs import Struct
from tracker.config.target_settings import Target
from tracker.orders.tags import LONGEST
from tracker.panel.dialects.built_in import BASES
from tracker.panel.dialects.custom import KEYS, REQUESTS, SCOPES
from tracker.panel.dialects.dialect import Dialect

Schema = dict[str, Any]

_VARIABLE = r".*\$\{.*"


def json_schema() -> Schema:
    """Return the schema, as values that `json.dumps` takes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The config of tracker",
        **_schema(field_type_of(Config)),
    }


def _schema(field_type: FieldType) -> Schema:
    described = {"description": field_type.description} if field_type.description else {}
    return {**_FORMS[field_type.form](field_type), **described}


def _part(field_type: FieldType) -> Schema:
    keys = keys_of(field_type.holds)
    properties = {name: schema for key in keys for name, schema in _properties(key)}
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    required = [key.name for key in keys if key.required and not key.in_file]
    if required:
        schema["required"] = required
    either = [key for key in keys if key.in_file]
    rules = [_one_of(key) if key.required else _not_both(key) for key in either]
    rules += _ACROSS_KEYS.get(field_type.holds, [])
    return {**schema, "allOf": rules} if rules else {**schema, "type": ["object", "null"]}


def _properties(key: Key) -> list[tuple[str, Schema]]:
    schema = _schema(key.field_type)
    if not key.required and key.field_type.form == "secret":
        schema["type"] = [schema["type"], "null"]
    if not key.required and key.field_type.form not in ("part", "named"):
        schema["default"] = _as_written(key.field_type, key.default)
    found = [(key.name, schema)]
    if key.in_file:
        description = f"A file that contains only `{key.name}`, readable by its owner only."
        found.append((key.in_file, {"type": "string", "minLength": 1, "description": description}))
    return found


def _one_of(key: Key) -> Schema:
    return {"oneOf": [{"required": [key.name]}, {"required": [key.in_file]}]}


def _given(*names: str) -> Schema:
    """Say that these keys are given; one with nothing behind it is not."""
    return {"required": [*names], "properties": {name: {"type": "string"} for name in names}}


_WEBHOOKS = [_given(way, key) for way in ("webhook", "webhook_file") for key in ("secret", "secret_file")]

_ACROSS_KEYS: Mapping[type[Struct], list[Schema]] = {
    Target: [{"oneOf": [_given("url"), _given("url_file"), *_WEBHOOKS]}],
}
"""What the keys of a part must be together, beside what each must be."""


def _not_both(key: Key) -> Schema:
    return {"not": {"required": [key.name, key.in_file]}}


def _as_written(field_type: FieldType, value: Any) -> Any:
    """Write a default as the file would have it."""
    if isinstance(value, tuple):
        return [_as_written(field_type_of(field_type.holds[0]), one) for one in value]
    if isinstance(value, Dialect):
        return value.name
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else str(value)
    if field_type.form == "integer" and not value:
        return None
    return format_duration(value) if field_type.form == "duration" and value is not None else value


def _text(*patterns: str) -> Schema:
    """A text that matches one of the patterns, or contains an environment variable."""
    return {"type": ["string", "null"], "pattern": f"^({'|'.join([*patterns, _VARIABLE])})$"}


def _bounded(field_type: FieldType, of: str) -> Schema:
    return {"type": [of, "null"], "minimum": field_type.ge, "maximum": field_type.le}


def _list(field_type: FieldType) -> Schema:
    limits = {"minItems": field_type.min_length, "maxItems": field_type.max_length}
    given = {name: limit for name, limit in limits.items() if limit}
    return {"type": ["array", "null"], "items": _schema(field_type_of(field_type.holds[0])), **given}


def _named(field_type: FieldType) -> Schema:
    name, part = map(field_type_of, field_type.holds)
    return {
        "type": "object" if field_type.min_length else ["object", "null"],
        "propertyNames": {"pattern": name.pattern} if name.pattern else {},
        "additionalProperties": _schema(part),
        "minProperties": field_type.min_length,
    }


def _dialect(_: FieldType) -> Schema:
    texts = {"type": "array", "items": {"type": ["string", "number"]}}
    own: Mapping[str, Schema] = {
        "base": {"enum": list(BASES)},
        "price_unit": {"enum": [1, 1000], "description": "How many units the panel's prices are for."},
        "ids_per_call": {"type": "integer", "minimum": 1, "maximum": 1000},
        "ids_grow": {"type": "boolean", "description": "Whether a new order's id is above those before it."},
        "drip_feed_quantity": {"enum": SCOPES, "description": "What `quantity` is beside `runs`."},
        "drip_feed_limits": {"enum": SCOPES, "description": "What the minimum and maximum are for."},
        "idempotency_field": {"type": "string", "description": "The form field of an idempotency key."},
        "idempotency_window": _text(DURATION),
        "dedupe_window": _text(DURATION),
        "orders_action": {
            "type": "string",
            "description": "The action that lists the account's recent orders.",
        },
        "requests": {
            "enum": REQUESTS,
            "description": "About how many orders a call may ask for a refill or a cancel.",
        },
        "fields": _mapping("fields", {"type": "string"}),
        "words": _mapping("words", texts),
        "refusals": _mapping("refusals", texts),
        "numbers": {
            **_mapping("numbers", {"type": "string", "maxLength": 1}),
            "description": "The marks in its numbers: they decide what 150.000 is.",
        },
    }
    properties = {key: own.get(key, {"type": "boolean"}) for key in ("base", *KEYS[()])}
    adapted = {
        "type": "object", "properties": properties, "required": ["base"], "additionalProperties": False,
    }  # fmt: skip
    return {"anyOf": [{"enum": [*BASES, None]}, adapted]}


def _mapping(key: str, of: Schema) -> Schema:
    return {"type": "object", "properties": dict.fromkeys(KEYS[(key,)], of), "additionalProperties": False}


_FORMS: Mapping[str, Callable[[FieldType], Schema]] = {
    "part": _part,
    "list": _list,
    "named": _named,
    "dialect": _dialect,
    "boolean": lambda _: {"type": ["boolean", "null"]},
    "integer": lambda field_type: _bounded(field_type, "integer"),
    "number": lambda field_type: _bounded(field_type, "number"),
    "money": lambda _: {**_text(MONEY), "type": ["number", "string", "null"], "minimum": 0},
    "price": lambda _: {**_text(PRICE), "type": ["number", "string", "null"], "minimum": 0},
    "share": lambda _: _text(SHARE),
    "duration": lambda _: _text(DURATION),
    "choice": lambda field_type: {"enum": [*field_type.holds, None]},
    "event": lambda _: {"enum": PATTERNS},
    "text": lambda _: {"type": ["string", "number", "null"]},
    "every": lambda _: {"type": "string", "minLength": 2},
    "day": lambda _: _text(r"\d{4}-\d{2}-\d{2}.*"),
    "tag": lambda _: {"type": "string", "minLength": 1, "maxLength": LONGEST},
    "name": lambda field_type: {"type": "string", "pattern": field_type.pattern},
    "address": lambda _: {"type": "string", "pattern": f"^(https?://.+|{_VARIABLE})$"},
    "listen": lambda _: _text(r"\S+:\d{1,5}"),
    "host": lambda _: {"type": "string", "minLength": 1},
    "bot_server": lambda _: _text("https?://.+"),
    "chat_id": lambda _: {"type": "integer", "not": {"const": 0}},
    "database": lambda _: {
        "type": ["string", "null"],
        "pattern": f"^(sqlite:///.+|postgresql://.+|{_VARIABLE})$",
    },
    "quiet": lambda _: _text(r"\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}\s+\S+"),
    "zone": lambda _: _text(r"[A-Za-z0-9_+/-]+"),
    "folder": lambda _: {"type": ["string", "null"]},
    "secret": lambda _: {"type": "string", "minLength": 1},
}
