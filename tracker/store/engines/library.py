"""peewee, imported without the drivers that it would load whether they are needed or not.

PostgreSQL's alone takes as long as `tracker status` on SQLite: where it is wanted, `postgres` hands it to peewee.
"""

from __future__ import annotations

from tracker.lib.imports import import_without

with import_without("psycopg"):
    import peewee

__all__ = ["peewee"]
