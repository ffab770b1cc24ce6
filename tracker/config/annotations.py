"""What kind of value each key of the config takes, read from its type annotation. Pure."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from tracker.config.kinds import Secret
from tracker.config.structs import Meta, Struct, msgspec
from tracker.panel.dialects.dialect import Dialect

_FORMS: Mapping[Any, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "text",
    Secret: "secret",
    Dialect: "dialect",
    Literal: "choice",
    tuple: "list",
    dict: "named",
}
"""Type -> how it is written, unless the annotation says otherwise."""


class FieldType(NamedTuple):
    """A type annotation, taken apart."""

    annotation: Any
    #: How it is written in the file: `duration`, `secret`, `part`, …
    form: str
    #: The Struct of a part; the types inside of a list or a mapping of names; the values of a choice.
    holds: Any
    ge: Any = None
    le: Any = None
    #: Of a list or a mapping.
    min_length: int = 0
    max_length: int | None = None
    pattern: str | None = None
    description: str = ""


class Key(NamedTuple):
    """A key of a part of the config."""

    name: str
    field_type: FieldType
    required: bool
    default: Any

    @property
    def in_file(self) -> str | None:
        """The other key, which names a file that holds the value; None: there is none."""
        return f"{self.name}_file" if self.field_type.form in ("secret", "database") else None


def field_type_of(annotation: Any) -> FieldType:
    """Take a type annotation apart."""
    bare, metas = _unwrapped(annotation)
    forms = [meta.extra["form"] for meta in metas if meta.extra]
    origin = get_origin(bare) or bare
    is_part = isinstance(origin, type) and issubclass(origin, Struct)
    form = "part" if is_part else forms[-1] if forms else _FORMS[origin]
    holds = bare if is_part else get_args(bare)
    limits: dict[str, Any] = {}
    for meta in metas:
        found = {
            "ge": meta.ge, "le": meta.le, "min_length": meta.min_length, "max_length": meta.max_length,
            "pattern": meta.pattern, "description": meta.description,
        }  # fmt: skip
        limits.update({name: value for name, value in found.items() if value is not None})
    return FieldType(annotation, form, holds, **limits)


def _unwrapped(annotation: Any) -> tuple[Any, list[Meta]]:
    """Return the type without `Annotated` and `| None`, and its metadata, the innermost first."""
    if get_origin(annotation) is Annotated:
        bare, metas = _unwrapped(annotation.__origin__)
        return bare, [*metas, *annotation.__metadata__]
    if get_origin(annotation) in (Union, types.UnionType):
        return _unwrapped(next(one for one in get_args(annotation) if one is not types.NoneType))
    return annotation, []


def keys_of(part: type[Struct]) -> list[Key]:
    """Return the keys that a part of the config may have."""
    found = []
    for field in msgspec.structs.fields(part):
        field_type = field_type_of(field.type)
        if field_type.form != "not_in_file":
            has_factory = field.default_factory is not msgspec.NODEFAULT
            default = field.default_factory() if has_factory else field.default
            found.append(Key(field.name, field_type, field.required, default))
    return found
