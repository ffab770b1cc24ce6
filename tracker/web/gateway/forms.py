"""Reads the fields of a request, however its client writes them: as a form, in parts, or as JSON.

A field that comes twice, or that cannot be read exactly, is refused: an order is paid for, so none of it is guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Request

from tracker.web.gateway.errors import ApiError

LARGEST = 4 * 1024 * 1024
"""Bytes of a request."""

MOST_FIELDS = 100
"""The longest form of the API has some fifteen."""

_REPLACED = "\N{REPLACEMENT CHARACTER}"
_IN_ADDRESS = "action"
"""The one field that is also taken from the address: a key does not belong there, where logs would keep it."""

REF_HEADER = "Idempotency-Key"
"""The header that stands for the ref where no field does."""

_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
_ESCAPED = re.compile(r'\\(["\\])')
"""Text as a header may write it (RFC 9651, 3.3.3), which is how the draft of this header has it."""

Pairs = Iterable[tuple[str, Any]]


def fields_of(request: Request) -> dict[str, str]:
    """Return the fields of a request by their names, without empty ones; ApiError when it cannot be read exactly."""
    request.max_content_length = request.max_form_memory_size = LARGEST
    request.max_form_parts = MOST_FIELDS
    try:
        pairs = [*_body(request, request.get_data(cache=True, parse_form_data=False))]
    except RequestEntityTooLarge:
        raise ApiError(
            f"the request is too large: {LARGEST:,} bytes and {MOST_FIELDS} fields at most", 413
        ) from None
    except HTTPException:
        raise ApiError("the request cannot be read", 400) from None
    return _once(pairs, request.args)


def ref_in_header(request: Request) -> str | None:
    """Return the ref of a request's header, None where it has none; ApiError when it cannot be read exactly.

    However it is written it is the ref that a field would give: two writings of it must never be two orders.
    """
    written = request.headers.get(REF_HEADER)
    if written is None:
        return None
    try:
        text = written.encode("latin-1").decode()  # WSGI hands each byte on as a character
    except UnicodeError:
        raise ApiError(f"the header {REF_HEADER} is not UTF-8 text", 400) from None
    quoted = _QUOTED.fullmatch(text.strip())
    return text if quoted is None else _ESCAPED.sub(r"\1", quoted[1])


def _body(request: Request, raw: bytes) -> Pairs:
    if request.mimetype == "multipart/form-data":
        return _parts(request, raw)
    if request.mimetype == "application/json" or raw.lstrip()[:1] == b"{":
        return _json(raw)
    return _form(raw)


def _form(raw: bytes) -> Pairs:
    """Read a form by the standard library, which refuses bytes that are not UTF-8; werkzeug lets them through."""
    try:
        return parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise ApiError("the request is not UTF-8 text", 400) from None
    except ValueError:
        raise ApiError(f"the request has more than {MOST_FIELDS} fields", 400) from None


def _parts(request: Request, raw: bytes) -> Pairs:
    if request.files:
        request.close()
        raise ApiError("the request holds a file: send plain fields", 400)
    pairs = list(request.form.items(multi=True))
    if not pairs:
        raise ApiError("the request cannot be read: its parts are broken, or there are none", 400)
    if any(_REPLACED in f"{name}{text}" for name, text in pairs) and _REPLACED.encode() not in raw:
        raise ApiError("the request is not UTF-8 text", 400)
    return pairs


def _json(raw: bytes) -> Pairs:
    try:
        found = json.loads(raw, object_pairs_hook=_Object)
    except (ValueError, RecursionError):
        raise ApiError("the request is not JSON that can be read", 400) from None
    if not isinstance(found, _Object):
        raise ApiError("the request is not a JSON object", 400)
    if len(found) > MOST_FIELDS:
        raise ApiError(f"the request has more than {MOST_FIELDS} fields", 400)
    return found


class _Object(list[tuple[str, Any]]):
    """A JSON object with every pair of it, also where a name comes twice."""


def _once(pairs: Pairs, address: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise ApiError(f"the field {name[:40]!r} is given twice", 400)
        found[name] = _text(name, value)
    action = address.get(_IN_ADDRESS)
    if action is not None and found.setdefault(_IN_ADDRESS, action) != action:
        raise ApiError(f"the field {_IN_ADDRESS!r} is given twice", 400)
    return {name: text for name, text in found.items() if text}


def _text(name: str, value: Any) -> str:
    """Return a value as text: JSON may hold whole numbers; a fraction, true or a list would have to be guessed at."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ApiError(f"the field {name[:40]!r} must be text or a whole number", 400)
    text = str(value)
    if "\0" in text:
        raise ApiError(f"the field {name[:40]!r} holds a NUL character", 400)
    return text
