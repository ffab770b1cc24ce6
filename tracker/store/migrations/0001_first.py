"""The first schema: the queue, its history, the wallets, the catalogues and the outbox."""

from __future__ import annotations

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

TABLES = """
CREATE TABLE orders (
    id {id}, panel TEXT NOT NULL, service TEXT NOT NULL, link TEXT NOT NULL, quantity BIGINT, comments TEXT,
    fields TEXT NOT NULL DEFAULT '{{}}', ref TEXT, state TEXT NOT NULL, created_at BIGINT NOT NULL,
    panel_order_id TEXT, panel_status TEXT, charge TEXT, expected_charge TEXT, currency TEXT,
    start_count BIGINT, remains BIGINT, attempts INTEGER NOT NULL DEFAULT 0, last_error TEXT,
    submitted_at BIGINT, checked_at BIGINT, finished_at BIGINT, due_at BIGINT,
    missing INTEGER NOT NULL DEFAULT 0, import_key TEXT
);
CREATE TABLE history (
    id {id}, order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE, at BIGINT NOT NULL,
    from_state TEXT, to_state TEXT NOT NULL, why TEXT NOT NULL, evidence TEXT NOT NULL DEFAULT '{{}}'
);
CREATE TABLE attempts (
    id {id}, order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE, at BIGINT NOT NULL,
    expected_charge TEXT, balance TEXT, balance_at BIGINT, newest_id TEXT,
    answered_at BIGINT, begun BOOLEAN, status INTEGER, headers TEXT, body {blob}, whole BOOLEAN, error TEXT
);
CREATE TABLE accounts (
    panel TEXT NOT NULL PRIMARY KEY, paused_at BIGINT, refused_at BIGINT, refused_words TEXT,
    short_at BIGINT, short_balance TEXT, short_told BOOLEAN NOT NULL DEFAULT FALSE, hold_until BIGINT,
    failures INTEGER NOT NULL DEFAULT 0, down_at BIGINT, last_error TEXT, level TEXT NOT NULL DEFAULT 'ok',
    level_seen TEXT, balance TEXT, currency TEXT, balance_at BIGINT, balance_failed_at BIGINT,
    newest_id TEXT, services_at BIGINT
);
CREATE TABLE balances (
    id {id}, panel TEXT NOT NULL, at BIGINT NOT NULL, amount TEXT NOT NULL, currency TEXT
);
CREATE TABLE services (
    panel TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, price TEXT, minimum BIGINT, maximum BIGINT,
    category TEXT, type TEXT, description TEXT, PRIMARY KEY (panel, id)
);
CREATE TABLE alerts (
    id {id}, at BIGINT NOT NULL, event TEXT NOT NULL, panel TEXT, order_id BIGINT,
    facts TEXT NOT NULL DEFAULT '{{}}', once TEXT
);
CREATE TABLE deliveries (
    id {id}, alert_id BIGINT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE, target TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting', gathered BOOLEAN NOT NULL DEFAULT FALSE,
    attempts INTEGER NOT NULL DEFAULT 0, first_at BIGINT, due_at BIGINT, sent_at BIGINT, last_error TEXT
);
CREATE TABLE daemons (
    id {id}, host TEXT NOT NULL, pid INTEGER NOT NULL, version TEXT NOT NULL,
    started_at BIGINT NOT NULL, beat_at BIGINT NOT NULL
)
"""

INDEXES = """
CREATE UNIQUE INDEX orders_ref ON orders (ref) WHERE ref IS NOT NULL;
CREATE UNIQUE INDEX orders_import_key ON orders (import_key) WHERE import_key IS NOT NULL;
CREATE UNIQUE INDEX orders_panel_order_id ON orders (panel, panel_order_id) WHERE panel_order_id IS NOT NULL;
CREATE INDEX orders_queued ON orders (panel, due_at, id) WHERE state = 'queued';
CREATE INDEX orders_active ON orders (panel, due_at) WHERE state = 'active';
CREATE INDEX orders_open ON orders (panel, service, link) WHERE state IN ('submitting', 'unknown', 'active');
CREATE INDEX orders_held ON orders (panel, state) WHERE state IN ('submitting', 'unknown');
CREATE INDEX orders_finished ON orders (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX orders_state ON orders (state, panel, id);
CREATE INDEX history_order ON history (order_id);
CREATE INDEX attempts_order ON attempts (order_id);
CREATE INDEX balances_panel ON balances (panel, at);
CREATE UNIQUE INDEX alerts_once ON alerts (once) WHERE once IS NOT NULL;
CREATE INDEX alerts_at ON alerts (at);
CREATE INDEX deliveries_alert ON deliveries (alert_id);
CREATE INDEX deliveries_waiting ON deliveries (target, due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_dead ON deliveries (target) WHERE state = 'dead'
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create every table and index."""
    postgres = isinstance(db, PostgresqlDatabase)
    types = {
        # AUTOINCREMENT: an id that was given out never comes back, even after its order was pruned.
        "id": "BIGSERIAL PRIMARY KEY" if postgres else "INTEGER PRIMARY KEY AUTOINCREMENT",
        "blob": "BYTEA" if postgres else "BLOB",
    }
    for statement in (TABLES.format(**types) + ";" + INDEXES).split(";"):
        db.execute_sql(statement)
