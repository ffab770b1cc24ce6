"""The dialects by name, and those that a config describes as a base and its differences. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from tracker.lib.times import DAY, SECOND, duration
from tracker.orders.answers import Reason
from tracker.orders.cost import Scope
from tracker.orders.order import State
from tracker.panel.dialects.built_in import BASES
from tracker.panel.dialects.dialect import Dialect, DialectError, Fault, Path, Requests
from tracker.panel.dialects.fields import NAMES, REQUEST_FIELDS, Fields
from tracker.panel.dialects.numbers import DECIMAL_MARKS, THOUSANDS_MARKS, Numbers
from tracker.panel.dialects.perfectpanel import PERFECTPANEL
from tracker.panel.dialects.refusals import Refusals
from tracker.panel.dialects.spelling import SHORTEST, folded_message, literal
from tracker.panel.dialects.status_words import folded

_STATES: Mapping[str, State] = {
    **{
        str(state): state
        for state in (State.ACTIVE, State.COMPLETED, State.PARTIAL, State.CANCELED, State.FAILED)
    },
    "pending": State.ACTIVE,
    "processing": State.ACTIVE,
    "refunded": State.CANCELED,
}

_REASONS: Mapping[str, Reason] = {str(reason): reason for reason in Reason}

KEYS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    (): (
        "fields",
        "price_unit",
        "words",
        "refusals",
        "ids_per_call",
        "multi_status",
        "action_in_query",
        "counts_comments",
        "ids_grow",
        "drip_feed_quantity",
        "drip_feed_limits",
        "package_price_whole",
        "idempotency_field",
        "idempotency_window",
        "dedupe_window",
        "orders_action",
        "requests",
        "numbers",
    ),
    ("fields",): NAMES,
    ("words",): tuple(_STATES),
    ("refusals",): tuple(_REASONS),
    ("numbers",): ("decimal", "thousands"),
}
"""The keys that `differences` may have: path of a mapping -> its valid keys."""

MOST_IDS = 1000
LONGEST_WINDOW = 30 * DAY

SCOPES = [str(scope) for scope in Scope]
"""What a figure of a drip-feed can be about."""

REQUESTS = [str(one) for one in Requests]
"""About how many orders a call may ask for a refill or a cancel."""


def custom(base: str, differences: Mapping[str, object]) -> Dialect:
    """Return the dialect that differs from `base` as described; DialectError lists every fault."""
    faults: list[Fault] = []
    if base not in BASES:
        faults.append((("base",), f"there is no dialect {base!r}: choose {' or '.join(BASES)}"))
    dialect = BASES.get(base, PERFECTPANEL)
    changes: dict[str, Any] = {}
    for key, value in differences.items():
        if key not in _READERS:
            faults.append(((key,), _no_such_key(())))
        elif isinstance(read := _READERS[key](value, dialect), list):
            faults.extend(read)
        else:
            changes[key] = read
    faults.extend(_ids_fault(changes))
    faults.extend(_again_faults(changes, dialect))
    if faults:
        raise DialectError(faults)
    if not changes.get("multi_status", True):
        changes["ids_per_call"] = 1
    return replace(dialect, **{"name": f"{base} (adapted)", **changes})


def _no_such_key(path: Path) -> str:
    return f"there is no such key here: choose from {', '.join(KEYS[path])}"


def _ids_fault(changes: Mapping[str, Any]) -> Iterator[Fault]:
    if changes.get("multi_status") is False and changes.get("ids_per_call", 1) != 1:
        yield ("ids_per_call",), "it can only be 1 where `multi_status` is false"


def _again_faults(changes: Mapping[str, Any], dialect: Dialect) -> Iterator[Fault]:
    """Find what does not fit together among what lets a lost `add` be asked again."""
    key_field, names = changes.get("idempotency_field"), changes.get("fields", dialect.fields)
    taken = {getattr(names, name): name for name in REQUEST_FIELDS}
    if key_field in taken:
        yield ("idempotency_field",), f"{key_field!r} is already the name of `{taken[key_field]}`"
    if "idempotency_window" in changes and "idempotency_field" not in changes:
        yield ("idempotency_window",), "it has no meaning without `idempotency_field`"


def _window(key: str) -> Callable[[object, Dialect], int | list[Fault]]:
    def read(value: object, _: Dialect) -> int | list[Fault]:
        try:
            span = duration(value) if isinstance(value, str) else 0
        except ValueError:
            span = 0
        if SECOND <= span <= LONGEST_WINDOW:
            return span
        return [((key,), "it must be a length of time from 1s to 30d, like 120s or 10m")]

    return read


def _field_name(value: object, _: Dialect) -> str | list[Fault]:
    why = _name_fault(NAMES[0], value)
    return value if why is None and isinstance(value, str) else [(("idempotency_field",), str(why))]


def _orders_action(value: object, _: Dialect) -> str | list[Fault]:
    why = _name_fault(NAMES[0], value)
    if why or not isinstance(value, str):
        return [(("orders_action",), str(why))]
    taken = value in ("services", "add", "status", "balance", "refill", "refill_status", "cancel")
    return (
        [(("orders_action",), f"{value!r} does something else: name what lists orders")] if taken else value
    )


def _requests(value: object, _: Dialect) -> Requests | list[Fault]:
    if isinstance(value, str) and value in REQUESTS:
        return Requests(value)
    return [(("requests",), f"it must be {', '.join(REQUESTS[:-1])} or {REQUESTS[-1]}")]


def _fields(value: object, dialect: Dialect) -> Fields | list[Fault]:
    if not isinstance(value, Mapping):
        return [(("fields",), "it must be a mapping of our names to the panel's, like `price: rate`")]
    faults: list[Fault] = [
        (("fields", str(name)), why) for name, theirs in value.items() if (why := _name_fault(name, theirs))
    ]
    if faults:
        return faults
    names = dict(value)
    if "service" in names:
        names.setdefault("service_id", names["service"])
    read = replace(dialect.fields, **names)
    return list(_used_twice(read)) or read


def _name_fault(name: object, theirs: object) -> str | None:
    if name not in NAMES:
        return _no_such_key(("fields",))
    if not isinstance(theirs, str) or not 0 < len(theirs) <= 64:
        return "it must be the panel's name for it, a text of up to 64 characters"
    if not theirs.isprintable() or any(char.isspace() for char in theirs):
        return f"{theirs!r} cannot be a field's name: leave out spaces and control characters"
    return None


def _used_twice(fields: Fields) -> Iterator[Fault]:
    """Find request fields with the same name, which would overwrite each other; `order` and `orders` may share one."""
    taken: dict[str, str] = {}
    for name in REQUEST_FIELDS:
        theirs = getattr(fields, name)
        other = taken.setdefault(theirs, name)
        if other != name and {name, other} != {"order", "orders"}:
            yield ("fields", name), f"{theirs!r} is already the name of `{other}`: requests need two names"


def _price_unit(value: object, _: Dialect) -> int | list[Fault]:
    if type(value) is int and value in (1, 1000):
        return value
    return [(("price_unit",), "it must be 1 or 1000: how many units the panel's prices are for")]


def _ids_per_call(value: object, _: Dialect) -> int | list[Fault]:
    if type(value) is int and 1 <= value <= MOST_IDS:
        return value
    return [(("ids_per_call",), f"it must be a whole number from 1 to {MOST_IDS}")]


def _switch(key: str) -> Callable[[object, Dialect], bool | list[Fault]]:
    def read(value: object, _: Dialect) -> bool | list[Fault]:
        return value if isinstance(value, bool) else [((key,), "it must be true or false")]

    return read


def _scope(key: str) -> Callable[[object, Dialect], Scope | list[Fault]]:
    def read(value: object, _: Dialect) -> Scope | list[Fault]:
        if isinstance(value, str) and value in SCOPES:
            return Scope(value)
        return [((key,), f"it must be {' or '.join(SCOPES)}")]

    return read


def _words(value: object, dialect: Dialect) -> dict[str, State] | list[Fault]:
    listed, faults = _lists("words", value)
    read: dict[str, State] = {}
    for path, name, word in listed:
        state = _STATES[name]
        if not folded(word):
            faults.append((path, "an empty status word"))
        elif read.setdefault(folded(word), state) is not state:
            faults.append((path, f"{word!r} is listed for two states"))
    return faults or {**dialect.words, **read}


def _refusals(value: object, dialect: Dialect) -> Refusals | list[Fault]:
    """Put the texts of the config before the base's rows, the longest first, so that the more exact text decides."""
    listed, faults = _lists("refusals", value)
    read: dict[str, Reason] = {}
    for path, name, text in listed:
        message, reason = folded_message(text), _REASONS[name]
        if len(message) < SHORTEST:
            faults.append(
                (path, f"{text!r} is too short to tell it from other answers: give at least four characters")
            )
        elif read.setdefault(message, reason) is not reason:
            faults.append((path, f"{text!r} is listed for two reasons"))
    own = sorted(read.items(), key=lambda row: -len(row[0]))
    return faults or Refusals(
        (*((reason, literal(message)) for message, reason in own), *dialect.refusals.rows)
    )


def _lists(key: str, value: object) -> tuple[list[tuple[Path, str, str]], list[Fault]]:
    """Read a mapping of names to lists of texts, as (path, name, text); also return its faults."""
    valid = KEYS[(key,)]
    if not isinstance(value, Mapping):
        return [], [((key,), f"it must be a mapping, like `{valid[0]}: [text, text]`")]
    read: list[tuple[Path, str, str]] = []
    faults: list[Fault] = []
    for name, texts in value.items():
        path = (key, str(name))
        if name not in valid:
            faults.append((path, _no_such_key((key,))))
        elif not isinstance(texts, list | tuple) or not all(type(text) in (str, int) for text in texts):
            faults.append(
                (path, "it must be a list of texts; put quotes around words like yes, no, on and off")
            )
        else:
            read.extend((path, name, str(text)) for text in texts)
    return read, faults


def _numbers(value: object, _: Dialect) -> Numbers | list[Fault]:
    if not isinstance(value, Mapping) or not value:
        return [(("numbers",), 'it must be a mapping, like `decimal: ",", thousands: "."`')]
    faults = list(_mark_faults(value))
    if faults:
        return faults
    group = str(value.get("thousands", _OTHER_MARK.get(str(value.get("decimal")))))
    point = str(value.get("decimal", _OTHER_MARK.get(group, "")))
    if not point:
        return [(("numbers", "decimal"), "say this mark too: beside that for thousands, it may be either")]
    if point == group:
        return [(("numbers", "thousands"), "it must be another mark than the decimal one")]
    return Numbers(DECIMAL_MARKS[point], THOUSANDS_MARKS[group], is_told=True)


_OTHER_MARK = {".": ",", ",": ".", "٫": "٬", "٬": "٫"}


def _mark_faults(value: Mapping[Any, object]) -> Iterator[Fault]:
    marks = {"decimal": DECIMAL_MARKS, "thousands": THOUSANDS_MARKS}
    for name, mark in value.items():
        if name not in marks:
            yield ("numbers", str(name)), _no_such_key(("numbers",))
        elif not isinstance(mark, str) or mark not in marks[name]:
            yield ("numbers", name), f"it must be one of {_QUOTED_MARKS[name]}, in quotes"


_QUOTED_MARKS = {"decimal": '"." ","', "thousands": '"." "," " " "\'" ""'}

_READERS: Mapping[str, Callable[[object, Dialect], Any]] = {
    "fields": _fields,
    "price_unit": _price_unit,
    "words": _words,
    "refusals": _refusals,
    "ids_per_call": _ids_per_call,
    "multi_status": _switch("multi_status"),
    "action_in_query": _switch("action_in_query"),
    "counts_comments": _switch("counts_comments"),
    "ids_grow": _switch("ids_grow"),
    "drip_feed_quantity": _scope("drip_feed_quantity"),
    "drip_feed_limits": _scope("drip_feed_limits"),
    "package_price_whole": _switch("package_price_whole"),
    "idempotency_field": _field_name,
    "idempotency_window": _window("idempotency_window"),
    "dedupe_window": _window("dedupe_window"),
    "orders_action": _orders_action,
    "requests": _requests,
    "numbers": _numbers,
}
