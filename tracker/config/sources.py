"""What comes from outside the config file: `${NAME}` from the environment, secret files, and absolute paths."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tracker.config import lookalikes, places
from tracker.lib.owners import home_of, whose_sentence

MAX_BYTES = 64 * 1024

LANGUAGES = Path(__file__).parent.parent / "alerts" / "languages"
"""The texts of messages in other languages, a folder each."""

_VARIABLE = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def has_variable(text: str) -> bool:
    """Return whether part of a text comes from the environment."""
    return any(found[0] != "$${" for found in _VARIABLE.finditer(text))


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Replace `${NAME}` with values of the environment; `$${` stands for `${`. ValueError names what is missing."""
    missing: list[str] = []

    def value(found: re.Match[str]) -> str:
        if found[0] == "$${":
            return "${"
        if not found[2] or not _NAME.fullmatch(found[1]):
            raise ValueError("write ${NAME} for an environment variable, and $${ for a literal ${")
        if found[1] not in environ:
            missing.append(found[1])
        return environ.get(found[1], "")

    text = _VARIABLE.sub(value, text)
    if missing:
        raise ValueError(
            f"there is no environment variable {' and no '.join(missing)}: set it before the start"
        )
    return text


def read_secret_file(text: str, folder: Path, environ: Mapping[str, str]) -> str:
    """Read a file that contains one secret; ValueError says what is wrong with it and what to do."""
    path = _resolved(text, folder, environ)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ValueError(f"{path} is not a file")
        if found.st_mode & 0o077 and not _is_credential(path, environ):
            raise ValueError(f"others can read {path}: run `chmod 600 {path}`")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        # The name is not repeated: users sometimes put the secret itself here by mistake.
        raise ValueError(
            f"there is no such file{_searched_folders(text, folder, environ)}; it takes a path, not the secret"
        ) from None
    except OSError as error:
        whose = whose_sentence(path) if isinstance(error, PermissionError) else ""
        raise ValueError(f"this file cannot be read: {error.strerror}{whose and f'; {whose}'}") from None
    return _one_line(raw, path)


def _searched_folders(text: str, folder: Path, environ: Mapping[str, str]) -> str:
    if Path(text).is_absolute() or text.startswith("~/"):
        return ""
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    return f" in {credentials} and in {folder}" if credentials else f" in {folder}"


def _one_line(raw: bytes, path: Path) -> str:
    if len(raw) > MAX_BYTES:
        raise ValueError(f"{path} is too large for a secret")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text") from None
    text = text.removesuffix("\n").removesuffix("\r")
    wrong = secret_fault(text)
    if wrong:
        raise ValueError(f"{path} {wrong}")
    return text


def secret_fault(secret: str) -> str:
    """Say what is wrong with a secret, or "". The text contains nothing of the secret."""
    if not secret.strip():
        return "is empty"
    if secret != secret.strip():
        return "starts or ends with a space or an empty line: remove it"
    if (strange := lookalikes.invisible_in(secret)) is not None:
        return f"contains {strange}"
    if lookalikes.has_typographic_quotes(secret):
        return f'has the quotes {secret[0]} and {secret[-1]} around it: write " instead, or none in a file'
    if not secret.isprintable():
        return "contains more than one line, or control characters: it must contain only the secret"
    return ""


def _resolved(text: str, folder: Path, environ: Mapping[str, str]) -> Path:
    """Return the file that a path means: a systemd credential if it exists, else relative to the config's folder."""
    if text.startswith("~/") and (home := home_of(folder, environ.get("HOME"))):
        return home / text[2:]
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    if credentials and is_file(Path(credentials) / text):
        return Path(credentials) / text
    return folder / text


def _is_credential(path: Path, environ: Mapping[str, str]) -> bool:
    """Return whether it is a systemd credential: its mode may allow others to read it, but they cannot reach it."""
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    return bool(credentials) and path.resolve().is_relative_to(Path(str(credentials)).resolve())


def is_file(path: Path) -> bool:
    """Return whether a file exists and is accessible."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_open_to_others(path: Path, environ: Mapping[str, str]) -> bool:
    """Return whether other users of the machine can read or change a file."""
    try:
        return bool(path.stat().st_mode & 0o077) and not _is_credential(path, environ)
    except OSError:
        return False


def database_url(text: str, folder: Path, environ: Mapping[str, str]) -> str:
    """Return the database's URL with an absolute path; ValueError says what is wrong without showing the URL."""
    scheme, _, path = text.partition("://")
    if scheme.startswith(("postgres", "psycopg")):
        return _server_url(text)
    if scheme != "sqlite" or not path.startswith("/"):
        raise ValueError(
            "write it like sqlite:///tracker.db, or postgresql://user:${PASSWORD}@host:5432/tracker"
        )
    path = path[1:]
    if (
        not path
        or path.endswith("/")
        or ":memory:" in path
        or "?" in path
        or "#" in path
        or not path.isprintable()
    ):
        raise ValueError(
            "write the path of a file after sqlite:///, without options; orders must survive a restart"
        )
    return f"sqlite:///{_absolute(path, folder, environ)}"


def _server_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        servers = parts.netloc.rpartition("@")[2].split(",")
        ports = [urlsplit(f"//{server}").port for server in servers]
        # An unquoted / in the password ends the address early: the rest would be shown as the database name.
        name = parts.path[1:]
        is_valid = parts.scheme == "postgresql" and name != "" and "@" not in name and 0 not in ports
    except ValueError:
        is_valid = False
    if not is_valid or not text.isprintable() or " " in text:
        raise ValueError("write it like postgresql://user:${PASSWORD}@host:5432/tracker")
    return text


def folder(text: str, beside: Path, environ: Mapping[str, str]) -> Path:
    """Return the path of a folder with texts, or of a language that tracker has; ValueError if there is none.

    It may also lie in the config's folder.
    """
    path, shipped = _absolute(text, beside, environ), LANGUAGES / text
    candidates = [path, beside.absolute() / text, *([shipped] if text in _languages() else [])]
    found = next((place for place in candidates if is_folder(place)), None)
    if found is None:
        raise ValueError(
            # The text is not repeated: it may be a secret that was written under the wrong key.
            f"there is no such folder; a relative path counts from {beside.absolute()}. `tracker alerts templates --to "
            f"FOLDER` writes one, and {' or '.join(_languages())} is a language that tracker has"
        )
    return found


def is_folder(path: Path) -> bool:
    """Return whether a folder exists and is accessible."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _languages() -> list[str]:
    return sorted(path.name for path in LANGUAGES.iterdir() if path.is_dir())


def _absolute(path: str, beside: Path, environ: Mapping[str, str]) -> Path:
    """Return an absolute path: from the home folder, the service's state folder, or the config's."""
    if path.startswith("~/") and (home := home_of(beside, environ.get("HOME"))):
        return home / path[2:]
    state = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return (Path(state) if state else _from(beside, path)) / path


def _from(beside: Path, path: str) -> Path:
    """Return from where a relative path counts in a shell, where systemd has set nothing.

    A service's config counts from the service's own folder, where there is one, so that a command by hand finds what
    the daemon uses. What lies beside the config all the same, from before, stays in use until the service has its own.
    """
    here = beside.absolute()
    state = places.state_folder(here)
    if state is None or not is_folder(state) or (is_file(here / path) and not is_file(state / path)):
        return here
    return state
