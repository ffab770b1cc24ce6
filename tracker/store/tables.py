"""Every table and its columns, as the newest migration leaves them; the migrations alone create and change them.

Times are microseconds since 1970 UTC in BIGINT; money is the exact decimal as TEXT; both sort the same way on every
database. Panel ids are opaque TEXT.
"""

from __future__ import annotations

from typing import NamedTuple


class Table(NamedTuple):
    """One table: its columns, and which of them SQLite keeps as 0 and 1 where PostgreSQL has true and false."""

    name: str
    columns: tuple[str, ...]
    booleans: frozenset[str] = frozenset()
    #: Whether the database gives each row an id, which is never used again.
    numbered: bool = False
    #: Whether it is read by the page, each row having a number `id`; the others are small.
    paged: bool = False


def _numbered(name: str, columns: str, booleans: str = "") -> Table:
    return Table(name, ("id", *columns.split()), frozenset(booleans.split()), numbered=True, paged=True)


def _keyed(name: str, columns: str, booleans: str = "") -> Table:
    return Table(name, tuple(columns.split()), frozenset(booleans.split()))


def _paged(name: str, columns: str) -> Table:
    return Table(name, ("id", *columns.split()), paged=True)


QUEUE = (
    # First, as whoever changes orders locks it first.
    _numbered("cohorts", "panel due_at checked_at"),
    _numbered(
        "orders",
        "panel service link quantity comments fields ref state created_at panel_order_id panel_status charge "
        "expected_charge currency start_count remains attempts last_error submitted_at checked_at finished_at "
        "due_at missing import_key progressed_at stuck_at units series parts priority not_before expires_at price "
        "approved_at held tags held_why spent started_at paid",
    ),
    _paged("polls", "panel panel_order_id service since cohort digest"),
    _numbered("history", "order_id at from_state to_state why evidence"),
    _numbered(
        "attempts",
        "order_id at expected_charge balance balance_at newest_id mark answered_at begun status headers body whole "
        "error settled_by uncharged clear_at absent_at request_key request_digest",
        booleans="begun whole",
    ),
    _numbered("looks", "order_id at ruling reasons facts"),
    _numbered(
        "asks",
        "order_id attempt_id at over_at answered_at begun status headers body whole error outcome",
        booleans="begun whole",
    ),
    _keyed("tags", "tag order_id"),
    _numbered(
        "request_calls",
        "panel kind at over_at answered_at begun status headers body whole error",
        booleans="begun whole",
    ),
    _numbered(
        "requests",
        "order_id panel kind state who at due_at attempts call_id sent_at answered_at refill_id panel_status why "
        "checked_at ended_at missing",
    ),
    _keyed(
        "tag_tallies",
        "tag queued submitting unknown active completed partial canceled failed rejected dropped",
    ),
    _keyed("paused_tags", "tag at"),
    _keyed("recurring", "name panel rule added_at"),
    _keyed("occurrences", "name at ref"),
    _numbered("balances", "panel at amount currency"),
    _numbered("acts", "at who what panel"),
    _numbered("client_orders", "order_id client ref expected at"),
    _numbered("episodes", "event panel order_id raised_at calm_at ended_at returns facts ending"),
    _numbered("alerts", "at event panel order_id facts once episode_id"),
    _numbered(
        "deliveries",
        "alert_id target state gathered attempts first_at due_at sent_at last_error",
        booleans="gathered",
    ),
    _numbered("silences", "made_at until event panel order_id tag because who ended_at"),
    _numbered(
        "chat_keyboards",
        "bot chat message_id event panel order_id attempt made_at expires_at done_at done",
    ),
    _keyed("chat_buttons", "nonce keyboard act argument"),
    _keyed("chat_offsets", "bot next_update"),
    _keyed(
        "accounts",
        "panel paused_at refused_at refused_words short_at short_balance short_told forecast_at hold_until failures "
        "down_at last_error level level_seen balance currency balance_at balance_failed_at newest_id services_at "
        "spent mark base odd_at doubt restored_at restored_why unproven_at unproven_why ids_doubt answered_id "
        "suspect_charge suspect_at",
        booleans="short_told",
    ),
    _keyed(
        "services",
        "panel id name price minimum maximum category type description refill cancel dripfeed unread",
        booleans="refill cancel dripfeed",
    ),
    _keyed("targets", "target failures held_until told_dead", booleans="told_dead"),
    _keyed("probes", "panel number denials seen seen_by denied_past"),
    _keyed("parts", "panel panel_order_id order_id"),
    _keyed("tallies", "panel state orders"),
    _keyed("meters", "panel name label slot count total buckets"),
    _keyed("counted", "history_id whole_at"),
    _keyed("client_days", "client since cost orders counted_at"),
    _keyed("spending", "panel tag at amount"),
    _keyed(
        "service_figures",
        "panel service completed partial canceled failed paid refunded units kept start_times end_times usual "
        "slower_at",
    ),
    _keyed("told_months", "month at"),
    _keyed("renames", "old new"),
    _keyed("uptime", "ran beat_at stepped_at step stepped_ran"),
    _keyed("days", "number at history_id"),
    _numbered("pruned_names", "kind name order_id state content finished_at pruned_at day"),
)
"""What a copy of the queue holds, each table after those that it refers to; what is not paged is small."""

PLACE = (_keyed("epoch", "number run run_before"),)
"""What belongs to the place of a database: whoever copies its rows to another one says there what they are."""

PROCESSES = (
    _numbered(
        "daemons", "host pid version started_at beat_at process reload_asked reload_answered reload_answer"
    ),
)
"""What is true of the running programs only, and is never copied."""

POSTGRESQL_ONLY = (_keyed("paces", "panel next_at stretch at"),)
"""Never copied either; SQLite has the file `.pace` instead."""
