"""Silences of alerts, and the keyboards under messages of a chat, their buttons, and how far a bot was read."""

from __future__ import annotations

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = """
CREATE TABLE silences (
    id {id}, made_at BIGINT NOT NULL, until BIGINT NOT NULL, event TEXT NOT NULL, panel TEXT, order_id BIGINT,
    tag TEXT, because TEXT NOT NULL, who TEXT NOT NULL, ended_at BIGINT
);
CREATE INDEX silences_until ON silences (until);
CREATE TABLE chat_keyboards (
    id {id}, bot TEXT NOT NULL, chat BIGINT NOT NULL, message_id BIGINT, event TEXT NOT NULL, panel TEXT,
    order_id BIGINT, attempt INTEGER, made_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, done_at BIGINT, done TEXT
);
CREATE INDEX chat_keyboards_place ON chat_keyboards (bot, chat, message_id);
CREATE INDEX chat_keyboards_expiry ON chat_keyboards (expires_at);
CREATE TABLE chat_buttons (
    nonce TEXT PRIMARY KEY, keyboard BIGINT NOT NULL REFERENCES chat_keyboards (id) ON DELETE CASCADE,
    act TEXT NOT NULL, argument TEXT
);
CREATE INDEX chat_buttons_keyboard ON chat_buttons (keyboard);
CREATE TABLE chat_offsets (bot TEXT PRIMARY KEY, next_update BIGINT NOT NULL)
"""


def up(migrator: SchemaMigrator, db: Database) -> None:
    """Create the tables."""
    postgres = isinstance(db, PostgresqlDatabase)
    number = "BIGSERIAL PRIMARY KEY" if postgres else "INTEGER PRIMARY KEY AUTOINCREMENT"
    for statement in STATEMENTS.format(id=number).split(";"):
        db.execute_sql(statement)
