"""Finds the config file and reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

from tracker.config import checks, places, sources
from tracker.config.annotations import field_type_of
from tracker.config.faults import ConfigError, Fault, KeyPath, Place
from tracker.config.foreign import is_another_programs
from tracker.config.kinds import Secret
from tracker.config.parse_context import ParseContext
from tracker.config.parser import read_part
from tracker.config.settings import Config
from tracker.config.structs import replace
from tracker.config.yaml_tree import Unreadable, compose
from tracker.lib.owners import whose_sentence

MAX_BYTES = 1024 * 1024

HERE = Path("config.yaml")
"""Where the config is looked for first. Other programs call theirs like that too."""

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""The marks of the byte order with which such a file begins."""

_NO_TEXT = "this is no text, or one that is not in UTF-8: save the file as UTF-8"


def find(
    explicit: Path | None, environ: Mapping[str, str], note: Callable[[str], None] = lambda _: None
) -> Path:
    """Return the config file: the explicit one, else the first that exists in the usual places, else ConfigError.

    A `config.yaml` in the current folder that is plainly another program's is passed over, which `note` is told.
    """
    if explicit is not None:
        return explicit
    if environ.get("TRACKER_CONFIG"):
        return Path(environ["TRACKER_CONFIG"])
    places = _usual_places(environ)
    for place in places:
        if not sources.is_file(place):
            continue
        if place != HERE or not is_another_programs(place, MAX_BYTES):
            return place
        note(f"{place.absolute()} is another program's config (it has no `panels:`), and is passed over")
    for place in places:
        if whose := _if_locked(place):
            _refuse(place, None, f"cannot be read by you: {whose}")
    searched = ", ".join(str(place) for place in places)
    raise ConfigError(
        [
            Fault(
                "config",
                None,
                "",
                f"no config file in {searched}: `tracker init` writes one, --config names one",
            )
        ]
    )


def _usual_places(environ: Mapping[str, str]) -> list[Path]:
    folder = environ.get("XDG_CONFIG_HOME") or (environ.get("HOME") and f"{environ['HOME']}/.config")
    own = [Path(folder) / "tracker" / "config.yaml"] if folder else []
    return [HERE, *own, places.CONFIGS / places.CONFIG_NAME]


def _if_locked(place: Path) -> str:
    """Say whose the folder of a config is, where this user may not look into it; else empty."""
    try:
        place.stat()
    except PermissionError:
        return whose_sentence(place)
    except OSError:
        pass
    return ""


def _whose(path: Path, error: OSError) -> str:
    return whose_sentence(path) if isinstance(error, PermissionError) else ""


FaultInUrl = Callable[[str], str | None]
"""Says what is wrong with an alert URL, without its secrets; None when it can be used."""


def load(path: Path, environ: Mapping[str, str], fault_in_url: FaultInUrl | None = None) -> Config:
    """Read a config file; ConfigError lists all that is wrong.

    The alert URLs are only looked at with `fault_in_url`: it takes half a second to load what knows them.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        hint = "`tracker init` writes one" if isinstance(error, FileNotFoundError) else _whose(path, error)
        _refuse(path, None, f"cannot be read: {error.strerror}{hint and f': {hint}'}")
    if len(raw) > MAX_BYTES:
        _refuse(path, None, f"is larger than {MAX_BYTES // 1024} KiB: this is not a config")
    if raw.startswith(_UTF_16):
        _refuse(path, Place(1, 1), "this is UTF-16: save the file as UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode(errors="replace")) + 1
        _refuse(path, Place(line, column), "this is not UTF-8: save the file as UTF-8")
    if "\0" in text:
        _refuse(path, Place(1, 1), _NO_TEXT)
    return parse(text, path, environ, fault_in_url)


def parse(
    text: str, path: Path, environ: Mapping[str, str], fault_in_url: FaultInUrl | None = None
) -> Config:
    """Read the text of a config that is, or will be, in the file at `path`; ConfigError lists all that is wrong."""
    try:
        root, refused = compose(text)
    except Unreadable as error:
        _refuse(path, error.place, error.why)
    if root is None:
        _refuse(path, Place(1, 1), "the file is empty: `tracker init` writes a config")
    context = ParseContext(path, environ)
    for place, what in refused:
        context.faults.append(Fault(str(path), place, "", what))
    config = read_part(context, field_type_of(Config), root, (), {"path": path})
    for key, what in checks.faults(context.parts):
        context.fault(_as_given(context, key), what)
    if fault_in_url is not None:
        _check_alert_urls(context, fault_in_url)
    if context.faults:
        database = context.parts.get((), {}).get("database")
        raise ConfigError(
            sorted(context.faults, key=lambda fault: fault.place or Place(0, 0)),
            database if isinstance(database, str) else None,
        )
    return _with_warnings(config, context)


def _check_alert_urls(context: ParseContext, fault_in_url: FaultInUrl) -> None:
    for key, url in _alert_urls(context):
        wrong = fault_in_url(url)
        if wrong is not None:
            context.fault(key, wrong)


def _alert_urls(context: ParseContext) -> Iterator[tuple[KeyPath, str]]:
    for path, part in context.parts.items():
        if len(path) == 2 and path[0] == "alerts" and isinstance(part["url"], Secret):
            yield _as_given(context, (*path, "url")), part["url"].reveal()


def _as_given(context: ParseContext, key: KeyPath) -> KeyPath:
    """Return the path of a key, or where its value is in a file, of the key that names that."""
    in_file = (*key[:-1], f"{key[-1]}_file") if key else key
    return key if context.has(key) or not context.has(in_file) else in_file


def _with_warnings(config: Config, context: ParseContext) -> Config:
    remarks = [(_as_given(context, key), what) for key, what in checks.warnings(context.parts)]
    if sources.is_open_to_others(context.file, context.environ):
        what = f"others can read this secret: run `chmod 600 {context.file}`, or use a variable or a file"
        remarks += [(key, what) for key in context.inline_secrets]
    return replace(config, warnings=tuple(str(context.remark(*remark)) for remark in remarks))


def _refuse(path: Path, place: Place | None, what: str) -> NoReturn:
    raise ConfigError([Fault(str(path), place, "", what)])
