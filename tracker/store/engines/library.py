"""peewee, imported without the database drivers, which it would import whether they are needed or not.

PostgreSQL's driver alone takes as long to import as `tracker status` on SQLite; `postgres` gives it to peewee later.
"""

from __future__ import annotations

from tracker.lib.imports import import_without

with import_without("psycopg"):
    import peewee

__all__ = ["peewee"]
