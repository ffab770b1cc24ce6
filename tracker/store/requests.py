"""Records what is asked of panels about orders that they have: each call with its raw answer, and the outcome."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from tracker.orders.order import Order
from tracker.orders.request_answers import RequestChange
from tracker.orders.requests import Kind, OrderRequest, RequestState
from tracker.panel.exchange import Exchange
from tracker.store import epoch, outbox
from tracker.store.database import Database
from tracker.store.kept_answers import KEPT, cut_to_keep, values_of
from tracker.store.rows import placeholders


class Call(NamedTuple):
    """One call that asked for something about several orders; each value as it is stored."""

    id: int
    panel: str
    kind: str
    at: int
    #: When the request is surely over, whatever became of its process.
    over_at: int
    answered_at: int | None
    begun: bool | None
    status: int | None
    headers: str | None
    body: bytes | None
    whole: bool | None
    error: str | None


_NAMES = tuple("who" if name == "by" else name for name in OrderRequest._fields)
_SELECT = f"SELECT {', '.join(_NAMES)} FROM requests"
_CHANGING = tuple(name for name in _NAMES if name not in ("id", "order_id", "panel", "kind", "who", "at"))
_OF_ORDER = f"{_SELECT} WHERE order_id = ? ORDER BY id"
_INSERT = f"""
    INSERT INTO requests (order_id, panel, kind, state, who, at, due_at) VALUES (?, ?, ?, 'queued', ?, ?, ?)
    ON CONFLICT DO NOTHING RETURNING {", ".join(_NAMES)}
"""
_DUE = f"{_SELECT} WHERE panel = ? AND state = 'queued' AND due_at <= ? ORDER BY due_at, id LIMIT ?"
_DUE_OF_KIND = (
    f"{_SELECT} WHERE panel = ? AND state = 'queued' AND due_at <= ? AND kind = ? ORDER BY due_at, id LIMIT ?"
)
_UNDER_WAY = (
    f"{_SELECT} WHERE panel = ? AND state = 'accepted' AND due_at IS NOT NULL ORDER BY due_at, id LIMIT ?"
)
_NEXT = "SELECT MIN(due_at) FROM requests WHERE panel = ? AND state = ? AND due_at IS NOT NULL"
_PUT_OFF = "UPDATE requests SET due_at = ? WHERE id = ? AND state = 'accepted' AND due_at IS NOT NULL"
_CLAIM = """
    UPDATE requests SET state = 'sending', call_id = ?, sent_at = ?, due_at = NULL, why = NULL, attempts = attempts + 1
    WHERE id = ? AND state = 'queued'
"""
_SENT_IN = f"{_SELECT} WHERE call_id = ? ORDER BY id"
_INSERT_CALL = "INSERT INTO request_calls (panel, kind, at, over_at) VALUES (?, ?, ?, ?) RETURNING id"
_KEEP = f"UPDATE request_calls SET answered_at = ?, {KEPT} WHERE id = ?"
_CALLS = f"SELECT {', '.join(Call._fields)} FROM request_calls WHERE id IN ({{ids}})"
_LEFT = f"""
    SELECT {", ".join(Call._fields)} FROM request_calls
    WHERE id IN (SELECT call_id FROM requests WHERE panel = ? AND state = 'sending') ORDER BY id
"""
_LOCKED = "SELECT id, state, call_id FROM requests WHERE id IN ({ids}) ORDER BY id"
_UPDATE = f"UPDATE requests SET {', '.join(f'{name} = ?' for name in _CHANGING)} WHERE id = ?"
_IS_OPEN = """
    SELECT 1 FROM requests WHERE panel = ? AND (state = 'queued' OR state = 'sending'
    OR (state = 'accepted' AND due_at IS NOT NULL)) LIMIT 1
"""
_PRUNE_CALLS = """
    DELETE FROM request_calls WHERE id IN (SELECT id FROM request_calls c WHERE at < ?
    AND NOT EXISTS (SELECT 1 FROM requests r WHERE r.call_id = c.id) LIMIT ?)
"""


def _read(rows: Iterable[Sequence[Any]]) -> list[OrderRequest]:
    found = (OrderRequest._make(row) for row in rows)
    return [one._replace(kind=Kind(one.kind), state=RequestState(one.state)) for one in found]


def of_order(db: Database, order_id: int) -> list[OrderRequest]:
    """Return all that was asked about an order, the oldest first."""
    return _read(db.sql(_OF_ORDER, (order_id,)))


def queue(db: Database, order: Order, kind: Kind, by: str, now: int) -> OrderRequest | None:
    """Record, durably, that something is to be asked; None where the same waits already."""
    with db.transaction():
        found = _read(db.sql(_INSERT, (order.id, order.panel, kind, by, now, now)))
    return found[0] if found else None


def due(db: Database, panel: str, count: int, now: int) -> list[OrderRequest]:
    """Return what is to be sent in the next call: all of the kind that waits longest."""
    first = _read(db.sql(_DUE, (panel, now, 1)))
    return _read(db.sql(_DUE_OF_KIND, (panel, now, first[0].kind, count))) if first else []


def under_way(db: Database, panel: str, count: int) -> list[OrderRequest]:
    """Return the refills whose end is awaited, those first that are to be looked at first."""
    return _read(db.sql(_UNDER_WAY, (panel, count)))


def next_due(db: Database, panel: str) -> int | None:
    """Return when something is to be sent, or a refill to be looked at; None when nothing is."""
    times = (db.sql(_NEXT, (panel, state))[0][0] for state in (RequestState.QUEUED, RequestState.ACCEPTED))
    return min((int(one) for one in times if one is not None), default=None)


def is_any_open(db: Database, panel: str) -> bool:
    """Tell whether anything waits, is on its way, or is a refill whose end is awaited."""
    return bool(db.sql(_IS_OPEN, (panel,)))


def claim(
    db: Database, panel: str, requests: Sequence[OrderRequest], at: int, over_at: int
) -> tuple[int, list[OrderRequest]]:
    """Record the intent to send these in one call, durably; return the call and those that it sends.

    What another process has taken meanwhile is left out.
    """
    with db.transaction():
        call_id: int = db.sql(_INSERT_CALL, (panel, requests[0].kind, at, over_at))[0][0]
        db.many(_CLAIM, [(call_id, at, one.id) for one in requests])
        claimed = sent_in(db, call_id)
        number = epoch.raise_with_intent(db)
    epoch.note_intent(db, number)
    return call_id, claimed


def keep(db: Database, call_id: int, exchange: Exchange, now: int) -> Exchange:
    """Keep the raw answer, durably, before anyone reads it; return it as it was kept."""
    kept = cut_to_keep(exchange)
    with db.transaction():
        db.many(_KEEP, [(now, *values_of(kept), call_id)])
    return kept


def left(db: Database, panel: str) -> list[Call]:
    """Return the calls that some requests are still on their way in: their process may be dead."""
    return [Call(*row) for row in db.sql(_LEFT, (panel,))]


def calls(db: Database, call_ids: Collection[int]) -> dict[int, Call]:
    """Return these calls by their ids."""
    rows = db.sql(_CALLS.format(ids=placeholders(len(call_ids))), (*call_ids,)) if call_ids else []
    return {row[0]: Call(*row) for row in rows}


def sent_in(db: Database, call_id: int) -> list[OrderRequest]:
    """Return the requests that were sent in a call."""
    return _read(db.sql(_SENT_IN, (call_id,)))


def apply(db: Database, changes: Sequence[RequestChange], now: int) -> list[RequestChange]:
    """Write decisions with their alerts in one transaction; return those that were written.

    What was changed since it was read is left out.
    """
    if not changes:
        return []
    with db.transaction():
        found = db.sql(
            _LOCKED.format(ids=placeholders(len(changes))) + db.for_update,
            [change.before.id for change in changes],
        )
        states = {request_id: (state, call_id) for request_id, state, call_id in found}
        written = [one for one in changes if _is_true(one.before, states.get(one.before.id))]
        db.many(_UPDATE, [(*_values(one.after), one.before.id) for one in written])
        outbox.post(db, (notice for one in written for notice in one.notices), now)
    return written


def _is_true(before: OrderRequest, found: tuple[str, int | None] | None) -> bool:
    """Tell whether a decision still stands; the answer to the very call also settles what was called lost meanwhile."""
    if found is None or found[1] != before.call_id:
        return False
    is_late = before.state is RequestState.SENDING and found[0] == RequestState.UNKNOWN
    return found[0] == before.state or is_late


def _values(request: OrderRequest) -> list[Any]:
    values = dict(zip(_NAMES, request, strict=True))
    return [str(values[name]) if name == "state" else values[name] for name in _CHANGING]


def put_off(db: Database, requests: Iterable[OrderRequest], due_at: int) -> None:
    """Set when these refills are looked at next, and nothing else."""
    with db.transaction():
        db.many(_PUT_OFF, [(due_at, one.id) for one in requests])


def prune_calls(db: Database, before: int, limit: int) -> int:
    """Delete calls whose requests are gone with their orders; return how many."""
    with db.transaction():
        return db.many(_PRUNE_CALLS, [(before, limit)])


_BY_ID = f"{_SELECT} WHERE id IN ({{ids}})"


def some(db: Database, request_ids: Collection[int]) -> dict[int, OrderRequest]:
    """Return those of these requests that there are, by their ids."""
    if not request_ids:
        return {}
    found = _read(db.sql(_BY_ID.format(ids=placeholders(len(request_ids))), tuple(request_ids)))
    return {one.id: one for one in found}
