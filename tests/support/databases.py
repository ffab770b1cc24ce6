"""Where the tests' databases are: a SQLite file each, or a schema each in one real PostgreSQL server."""

from __future__ import annotations

import functools
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Protocol

from tracker.store.database import Database

PROGRAMS = (
    *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
    Path("/usr/local/bin"),
    Path("/usr/bin"),
)
USER = "postgres"
PATIENCE = 30.0


class Home(Protocol):
    """A place for databases."""

    def url(self, folder: Path) -> str:
        """The URL of a folder's database; the same for the same folder."""


class Files:
    """A file in each folder."""

    def url(self, folder: Path) -> str:
        """The URL of a folder's database."""
        return f"sqlite:///{folder / 'tracker.db'}"


class Server:
    """A PostgreSQL server on a socket of its own, with a schema for each folder; a context manager.

    With `primary` it is a standby of that one, which runs.
    """

    def __init__(self, *settings: str, primary: Server | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tracker-pg-"))
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:  # the server refuses to run as root
            owner = pwd.getpwnam(USER)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        if primary is None:
            self._run("initdb", "-D", self._data, "-A", "trust", "-U", "tracker", "-E", "UTF8", "--no-sync")
        else:
            source = f"host={primary.folder} user=tracker"
            self._run("pg_basebackup", "-D", self._data, "-R", "-c", "fast", "--no-sync", "-d", source)

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _command(self, program: str, *arguments: str) -> list[str]:
        found = next((folder / program for folder in PROGRAMS if (folder / program).exists()), None)
        assert found is not None, f"{program} is not installed: apt-get install postgresql"
        as_user = (
            ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"] if os.geteuid() == 0 else []
        )
        return [*as_user, str(found), *arguments]

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(self._command(program, *arguments), check=True, capture_output=True)

    def start(self) -> None:
        """Start, and wait until it takes connections."""
        settings = ["fsync=off", "listen_addresses=", "max_connections=300", *self._settings]
        options = [word for setting in settings for word in ("-c", setting)]
        command = self._command("postgres", "-D", self._data, "-k", str(self.folder), *options)
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(command, stdout=log, stderr=log)
        log.close()
        until = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < until, (self.folder / "log").read_text()
            time.sleep(0.05)

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop at once; with SIGQUIT as in a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=PATIENCE)
            self._process = None

    def cpu(self) -> float:
        """The seconds of CPU that it has used, with all its processes, also those that have ended."""
        assert self._process is not None
        main = self._process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        stats = [
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in (main, *children)
        ]
        ticks = sum(
            int(field) for stat in stats for field in stat[11:15]
        )  # user and system, and those of children
        return ticks / os.sysconf("SC_CLK_TCK")

    def promote(self) -> None:
        """Let a standby take over, and wait until it may be written."""
        self._run("pg_ctl", "promote", "-D", self._data)

    def close(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def url_of(self, database: str) -> str:
        """The URL of one of the server's databases."""
        return f"postgresql://tracker@/{database}?host={self.folder}"

    def url(self, folder: Path) -> str:
        """The URL of a folder's schema, which is made if need be."""
        import psycopg

        name = f"t{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
        return self.url_in(name)

    def url_in(self, schema: str) -> str:
        """The URL of a schema."""
        return f"{self.url_of('postgres')}&options=-csearch_path%3D{schema}"


home: Home = Files()
"""Where the databases of this run are; `--database postgresql` puts them into a server."""


def url(folder: Path) -> str:
    """The URL of a folder's database."""
    return home.url(folder)


def url_with_tables(folder: Path) -> str:
    """The URL of a folder's database; if it is a new file, the tables are in it already."""
    found = url(folder)
    file = folder / "tracker.db"
    if found == Files().url(folder) and folder.is_dir() and not file.exists():
        file.touch(0o600)
        file.write_bytes(_new_file())
    return found


@functools.cache
def _new_file() -> bytes:
    """What the migrations make of an empty file: to run them for each test would cost much of its time."""
    with tempfile.TemporaryDirectory(prefix="tracker-new-") as folder:
        db = Database(Files().url(Path(folder)))
        db.open()
        db.close()
        return Path(db.name).read_bytes()
