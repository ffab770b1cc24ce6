"""When `run --until-idle` exits, and with which code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.accounts.account import Account
from tracker.config.settings import Config
from tracker.orders.order import WAIT_FOR_PERSON, State
from tracker.orders.strays import stray_sentences
from tracker.panel.dialects.dialect import Requests
from tracker.reconciliation.schedule import is_awaited
from tracker.store import accounts, counters, losses, orders, queue, requests
from tracker.store.database import Database

NEEDS_OPERATOR = 4
"""The exit code when all that is left needs a person."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """What one panel has left to do."""

    queued: bool
    active: bool
    #: Nothing is sent, until the operator resumes the account.
    sending_stopped: bool
    #: Nothing is asked either, until the operator resumes the account.
    polling_stopped: bool
    #: A lost order is to be looked for, for the first time.
    unchecked: bool = False
    #: A refill or a cancel is to be asked for, or a refill is under way.
    requested: bool = False
    #: All that is queued waits for a person, or for the calendar to lift a limit.
    held: bool = False

    def goes_on(self) -> bool:
        """Tell whether something will still happen automatically."""
        sends = self.queued and not self.sending_stopped and not self.held
        polls = (self.active or self.requested) and not self.polling_stopped
        return sends or polls or self.unchecked


@dataclass(frozen=True, slots=True)
class Pending:
    """What is left to do over all panels of the config."""

    alerts_waiting: bool
    submitting: bool
    #: Unknown orders, alerts that could not be delivered, or what belongs to a panel or target that the config no
    #: longer has.
    needs_operator: bool


def exit_code(config: Config, db: Database) -> int | None:
    """Return the exit code when nothing is left to do automatically; None while something is."""
    with db.snapshot():  # or an order that moves on between two of the queries is seen by none of them
        return decide_exit(_pending(config, db), [_remaining(config, db, panel) for panel in config.panels])


def _pending(config: Config, db: Database) -> Pending:
    counts, waiting = counters.counts(db), counters.waiting_targets(db)
    targets = {target.name for target in config.alerts}
    return Pending(
        alerts_waiting=not waiting.isdisjoint(targets),
        submitting=any(str(State.SUBMITTING) in counts.get(panel, ()) for panel in config.panels),
        needs_operator=counters.alerts(db)["dead"] > 0
        or not waiting <= targets
        or any(str(State.UNKNOWN) in of_one for of_one in counts.values())
        or bool(stray_sentences(counts, config.panels)),
    )


def left_to_do(config: Config, db: Database) -> dict[str, int]:
    """Count what is still to be done: orders by their state, alerts to send, and panels that something is asked of."""
    counts = counters.counts(db)
    going_on = (State.QUEUED, State.SUBMITTING, State.ACTIVE, State.UNKNOWN)
    left = {
        str(one): sum(counts.get(panel, {}).get(str(one), 0) for panel in config.panels) for one in going_on
    }
    left["alerts"] = counters.alerts(db)["waiting"]
    left["requests"] = sum(requests.is_any_open(db, panel) for panel in config.panels)
    return {what: count for what, count in left.items() if count}


def decide_exit(pending: Pending, panels: Sequence[Remaining]) -> int | None:
    """Return 0 when all is done, 4 when all that is left needs the operator, None while work is left. Pure."""
    if pending.alerts_waiting or pending.submitting or any(panel.goes_on() for panel in panels):
        return None
    left = pending.needs_operator or any(panel.queued or panel.active for panel in panels)
    return NEEDS_OPERATOR if left else 0


def _remaining(config: Config, db: Database, panel: str) -> Remaining:
    account = accounts.read(db, panel)
    stops = account.paused_at, account.refused_at, account.restored_at, account.ids_doubt
    return Remaining(
        queued=orders.any_in(db, [State.QUEUED], panel),
        held=_are_all_held(db, panel),
        active=orders.any_in(db, [State.ACTIVE], panel),
        sending_stopped=any(stop is not None for stop in stops),
        polling_stopped=account.refused_at is not None,
        unchecked=config.unknown.probe and _is_check_awaited(db, panel),
        requested=_is_requested(config, db, panel, account),
    )


def _is_requested(config: Config, db: Database, panel: str, account: Account) -> bool:
    """Tell whether something that was asked about orders is still to be sent or followed, and can be."""
    asks = config.panels[panel].dialect.requests is not Requests.NONE
    is_stopped = account.restored_at is not None or account.ids_doubt is not None
    return asks and not is_stopped and requests.is_any_open(db, panel)


def _are_all_held(db: Database, panel: str) -> bool:
    held = sum(count for why, count in queue.held(db, panel).items() if why in WAIT_FOR_PERSON)
    return held > 0 and held == counters.counts(db).get(panel, {}).get("queued", 0)


def _is_check_awaited(db: Database, panel: str) -> bool:
    return any(
        is_awaited(lost.checked_at, lost.due_at, lost.lost_at) for lost in losses.open_losses(db, panel)
    )
