"""Tables and every query. Nothing else in tracker knows SQL.

`database` opens it, `changes` writes what was decided (the one place where a state moves), `queue` takes
orders in and picks the next to send, `attempts` records what was sent and answered, `orders` finds them,
`accounts` keeps wallets and catalogues, `outbox` keeps alerts until they are delivered, `daemons` shows
who is running.
"""

from __future__ import annotations

from tracker.lean import hidden

# peewee imports every driver that it finds. PostgreSQL's alone takes as long as `tracker status` on SQLite: where
# it is wanted, `postgres` hands it to peewee.
with hidden("psycopg"):
    import peewee  # noqa: F401
