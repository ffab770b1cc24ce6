"""Builds the passes over one panel account, and names them. Read passes/submit.py next.

A pass works until nothing is due and returns how long it may wait. It picks work in the store, calls the panel once,
has the answer read and decided on by pure functions, and has the decision written by `changes.apply`. It knows no HTTP,
no SQL and no wording of any panel.
"""

from __future__ import annotations

from functools import partial

import structlog

from tracker.daemon.context import PanelContext, Pass
from tracker.daemon.passes.adopt import adopt
from tracker.daemon.passes.balance import Balance
from tracker.daemon.passes.catalogue import Catalogue
from tracker.daemon.passes.counts import Counts
from tracker.daemon.passes.drifts import Drifts
from tracker.daemon.passes.prove import Prove
from tracker.daemon.passes.reconcile import Reconcile
from tracker.daemon.passes.refills import Refills
from tracker.daemon.passes.requests import Requests
from tracker.daemon.passes.settle import Settle
from tracker.daemon.passes.stalls import Stalls
from tracker.daemon.passes.submit import Submit
from tracker.daemon.passes.track import Track
from tracker.panel.dialects.dialect import Requests as Taken
from tracker.store.engines.engine import StorageFault

log = structlog.get_logger(__name__)


class PanelWorker:
    """The passes of one panel account. Each may run in a thread of its own, and only in one at a time."""

    def __init__(self, context: PanelContext) -> None:
        self.name = context.name
        self.catalogue = Catalogue(context)
        self.balance = Balance(context, self.catalogue.ask)
        self.track = Track(context)
        self.drifts = Drifts(context)
        self.stalls = Stalls(context)
        self.reconcile = Reconcile(context, self.track.poll)
        settle = Settle(context, partial(adopt, context), self.reconcile.own_ids)
        prove = Prove(context, self.track.poll)
        self.submit = Submit(context, self.reconcile, settle, self._refresh, prove.run)

        counts = Counts(context, self.track.poll_batch)
        self.requests = Requests(context, Refills(context).follow, counts.watch)

    def passes(self) -> dict[str, Pass]:
        """Return each pass by its name."""
        passes: dict[str, Pass] = {
            "submit": self.submit.run,
            "track": self.track.run,
            "balance": self.balance.run,
            "catalogue": self.catalogue.run,
            "drifts": self.drifts.run,
            "stalls": self.stalls.run,
        }
        if self.requests.context.dialect.requests is not Taken.NONE:
            passes["requests"] = self.requests.run
        return passes

    def _refresh(self) -> bool:
        """Read the prices and the wallet, before the first order is sent; return whether the panel told either.

        The prices first: a failed reading of the wallet backs off, and they would not be asked for.
        """
        self.catalogue.is_heard = self.balance.is_heard = False
        try:
            self.catalogue.ask()
        except StorageFault:
            raise
        except Exception:
            log.exception("pass.crashed", pass_=f"catalogue:{self.name}")
        self.balance.ask()
        return self.catalogue.is_heard or self.balance.is_heard
