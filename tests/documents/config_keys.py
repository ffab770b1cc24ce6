"""The reference of the config's keys, from the types that the parser reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from tracker.config.annotations import FieldType, Key, field_type_of, keys_of
from tracker.config.json_schema import json_schema
from tracker.config.scalars import format_duration
from tracker.config.settings import Config
from tracker.config.structs import Struct
from tracker.panel.dialects.custom import KEYS
from tracker.panel.dialects.dialect import Dialect
from tracker.panel.dialects.fields import Fields

INTRODUCTION = """\
# The config

Made from the code by `python -m tests.documents`. `tracker init` writes a config; [config.example.yaml](../config.example.yaml)
shows every key with its default; `tracker config show` prints what is in force, with secrets masked, and the file that it
comes from.

It is looked for in this order: `--config`, `$TRACKER_CONFIG`, `./config.yaml`, `~/.config/tracker/config.yaml`,
`/etc/tracker/config.yaml`. A `./config.yaml` that is plainly another program's is passed over, with a word.

- The file is YAML, or JSON. Only a panel's `url` and key are needed.
- A **duration** is `45s`, `5m`, `2h` or `1d`.
- Any text may hold `${NAME}` from the environment; `$${` stands for `${`. Inside `{ }`, put quotes around it.
- A **secret** may be in a file of its own: `key_file: PATH` instead of `key: TEXT`, and so on. The file contains only the
  secret, and only its owner may read it (`chmod 600`). A relative path counts from `$CREDENTIALS_DIRECTORY` (set by
  systemd), else from the config's folder.
- A relative database counts from `$STATE_DIRECTORY` (set by systemd), else from the config's folder, or for a config in
  `/etc/tracker` from `/var/lib/tracker`.
- A key left out, or with nothing behind it, has its default.

A wrong config is refused with every fault at once (exit code 78):

```
config.yaml:7:5: panels.main.ballance: there is no such key; did you mean balance?
```

`tracker schema` prints its JSON Schema: editors complete and check the config with it.

These variables of the environment are used:

| variable | what it does |
| --- | --- |
| `TRACKER_CONFIG` | names the config file |
| `XDG_CONFIG_HOME` | stands for `~/.config` |
| `STATE_DIRECTORY`, `CREDENTIALS_DIRECTORY` | see above; systemd sets them |
| `SSL_CERT_FILE`, `SSL_CERT_DIR` | the certificates to trust, instead of the usual ones |
| `TZ` | the time zone, where `timezone:` says nothing |
| `NO_COLOR` | no colours on a terminal |
| `TRACKER_TRACEBACK` | 1: show the whole traceback of a fault of tracker's own |

Proxies that the environment names are not used for panels.
"""

NAMED = {
    "panels": "panels.NAME",
    "recurring": "recurring.NAME",
    "tags": "tags.NAME",
    "alerts": "alerts (a list: each target has these keys)",
    "web.clients": "web.clients (a list: each client has these keys)",
}
"""The heading of a part that there may be several of."""


def reference() -> str:
    """The text of docs/config.md."""
    parts = [_section(heading, part) for heading, part in _parts("", Config)]
    return "\n".join([INTRODUCTION, *parts, *_dialect()])


def _parts(path: str, part: type[Struct]) -> Iterator[tuple[str, type[Struct]]]:
    yield path or "The whole file", part
    for key in keys_of(part):
        inner = _inner(key.field_type)
        if inner is not None:
            yield from _parts(NAMED.get(own := f"{path}.{key.name}".lstrip("."), own), inner)


def _inner(field_type: FieldType) -> type[Struct] | None:
    """The part that a key holds, or holds several of."""
    if field_type.form == "part":
        found: type[Struct] = field_type.holds
        return found
    if field_type.form not in ("list", "named"):
        return None
    held = field_type_of(field_type.holds[0 if field_type.form == "list" else 1])
    return held.holds if held.form == "part" else None


def _section(heading: str, part: type[Struct]) -> str:
    rows = "\n".join(_row(key) for key in keys_of(part))
    about = "" if part is Config else f"{part.__doc__}\n\n"
    return (
        f"## {heading}\n\n{about}| key | value | default | what it is |\n| --- | --- | --- | --- |\n{rows}\n"
    )


def _row(key: Key) -> str:
    names = f"`{key.name}`" + (f" or `{key.in_file}`" if key.in_file else "")
    cells = (names, _value(key.field_type), _default(key), _about(key.field_type))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _about(field_type: FieldType) -> str:
    inner = _inner(field_type)
    text = field_type.description or (inner.__doc__ or "" if inner else "")
    return " ".join(text.split())


def _value(field_type: FieldType) -> str:
    return _VALUES[field_type.form](field_type)


def _within(of: str, write: Callable[[Any], str]) -> Callable[[FieldType], str]:
    def value(field_type: FieldType) -> str:
        if field_type.le is None:
            return of
        return f"{of}, {write(field_type.ge)} to {write(field_type.le)}"

    return value


def _list(field_type: FieldType) -> str:
    one = field_type_of(field_type.holds[0])
    return "list, see below" if one.form == "part" else f"list of: {_value(one)}"


_VALUES: Mapping[str, Callable[[FieldType], str]] = {
    "part": lambda _: "keys, see below",
    "listen": lambda _: "address and port",
    "host": lambda _: "name of a host",
    "bot_server": lambda _: "URL",
    "chat_id": lambda _: "id of Telegram",
    "named": lambda _: "a name for each, see below",
    "list": _list,
    "choice": lambda field_type: " or ".join(f"`{one}`" for one in field_type.holds),
    "boolean": lambda _: "`true` or `false`",
    "integer": _within("number", lambda limit: f"{limit:,}"),
    "number": _within("number", lambda limit: f"{limit:,}"),
    "duration": _within("duration", format_duration),
    "money": lambda _: "amount",
    "price": lambda _: "amount",
    "share": lambda _: "percent",
    "secret": lambda _: "text, secret",
    "database": lambda _: "`sqlite:///PATH` or `postgresql://…`",
    "dialect": lambda _: "name, or keys: see below",
    "address": lambda _: "`https://…`",
    "tag": lambda _: "tag",
    "text": lambda _: "text",
    "every": lambda _: "five cron words, or a duration",
    "day": lambda _: "date, or date and time",
    "event": lambda _: "event, or family with `*`",
    "name": lambda _: "letters, digits, `_`, `.`, `-`",
    "quiet": lambda _: "`HH:MM-HH:MM ZONE`",
    "zone": lambda _: "time zone",
    "folder": lambda _: "folder",
}
"""How each form of value is written."""


def _default(key: Key) -> str:
    if key.required:
        return "needed"
    if _inner(key.field_type) is not None:
        return "–"
    if key.name == "ids_per_call":
        return "as the dialect says"
    written = _written(key.field_type, key.default)
    return f"`{written}`" if written else "none"


def _written(field_type: FieldType, value: Any) -> str:
    """A default as the file would have it; "" where there is none."""
    if isinstance(value, tuple):
        inner = field_type_of(field_type.holds[0])
        return f"[{', '.join(_written(inner, one) for one in value)}]".replace("[*]", '["*"]')
    if isinstance(value, Dialect):
        return value.name
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return format_duration(value) if field_type.form == "duration" else _plain(value)


def _plain(value: Any) -> str:
    is_whole = isinstance(value, (Decimal, float)) and value == int(value)
    return str(int(value)) if is_whole else str(value)


def _dialect() -> Iterator[str]:
    """What `dialect:` may say, from the schema; docs/dialects.md explains each."""
    yield "## panels.NAME.dialect\n\nEach key is explained in [dialects.md](dialects.md).\n\n| key | value |\n| --- | --- |"
    for key, schema in _dialect_schema().items():
        yield f"| `{key}` | {_of_schema(key, schema)} |"
    names = ", ".join(_field(name) for name in KEYS[("fields",)])
    yield f"\nOur names under `fields:`, with the panel's name where it is usually another: {names}.\n"


def _field(name: str) -> str:
    usual = getattr(Fields(), name)
    return f"`{name}`" if usual == name else f"`{name}` (`{usual}`)"


def _dialect_schema() -> dict[str, Any]:
    panel = json_schema()["properties"]["panels"]["additionalProperties"]
    found: dict[str, Any] = panel["properties"]["dialect"]["anyOf"][1]["properties"]
    return found


def _of_schema(key: str, schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"])
    if key == "fields":
        return "our name: the panel's name, of those below"
    if schema["type"] == "object":
        return "keys: " + ", ".join(f"`{one}`" for one in schema["properties"])
    if schema["type"] == "integer":
        return f"number, {schema['minimum']} to {schema['maximum']}"
    if schema["type"] == "boolean":
        return "`true` or `false`"
    return "duration" if key.endswith("window") else "text"
