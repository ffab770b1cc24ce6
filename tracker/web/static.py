"""The files that every page needs: the style, and the script that keeps a page fresh."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

FOLDER = Path(__file__).with_name("static")

TYPES = {"style.css": "text/css", "fresh.js": "text/javascript", "icon.svg": "image/svg+xml"}
"""The files there are: no other name is looked for on the disk."""


@cache
def _read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def file(name: str) -> Response:
    """Return one of the files."""
    if name not in TYPES:
        raise NotFound
    return Response(_read(name), mimetype=TYPES[name], headers={"Cache-Control": "public, max-age=3600"})
