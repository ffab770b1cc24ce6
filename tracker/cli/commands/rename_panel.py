"""`rename-panel`."""

from __future__ import annotations

from contextlib import ExitStack

import click
import structlog

from tracker.cli.completers import complete_panels
from tracker.cli.output import json_option, print_json
from tracker.cli.session import Refused, Session, pass_session
from tracker.cli.streams import note_done
from tracker.cli.terminal import screen
from tracker.lib.clock import now
from tracker.lib.counts import counted
from tracker.store import daemons, renames
from tracker.store.database import StorageFault
from tracker.store.instance_lock import InstanceLock

log = structlog.get_logger(__name__)


@click.command(name="rename-panel")
@click.argument("old")
@click.argument("new", shell_complete=complete_panels)
@click.option("--merge", is_flag=True, help="NEW has orders too: both names are the same account.")
@json_option
@pass_session
def rename_panel(session: Session, old: str, new: str, merge: bool, as_json: bool) -> None:
    """Move the orders of panel OLD to the name NEW.

    Stop the daemon, rename the panel in the config, then run this. Its orders with their history, its account, its
    alerts and its catalogue go to NEW, and a file that was imported under OLD is known again.
    """
    with ExitStack() as running:
        _refuse_while_running(session, running)
        _check(session, old, new, merge)
        count = renames.rename(session.db, old, new)
    log.info("panel.renamed", old=old, new=new, orders=count)
    are = "is now one" if count == 1 else "are now orders"
    outcome = f"{counted(count, 'order')} of panel {old} {are} of panel {new}"
    note_done(outcome)
    if as_json:
        print_json({"old": old, "new": new, "orders": count})
    else:
        screen.say(f"{outcome}.")


def _refuse_while_running(session: Session, running: ExitStack) -> None:
    """Keep daemons away while the command runs; StorageFault when one runs already."""
    running.enter_context(InstanceLock(session.db).held())
    alive = [one for one in daemons.listed(session.db) if one.is_alive(now())] if session.db.shared else []
    if alive:
        raise StorageFault(
            f"a daemon runs on {alive[0].host} (process {alive[0].pid}); stop every daemon first"
        )


def _check(session: Session, old: str, new: str, merge: bool) -> None:
    """Refuse what would mix two accounts, or leave orders without a panel."""
    panels = session.config.panels
    if new not in panels:
        raise Refused(f"the config has no panel {new!r}; it has: {', '.join(panels)}")
    if old in panels:
        raise Refused(f"panel {old} is still in the config; rename it there first")
    if not renames.is_known(session.db, old):
        raise Refused(f"nothing is known of a panel {old!r}")
    if not merge and renames.has_orders(session.db, old) and renames.has_orders(session.db, new):
        raise Refused(
            f"panel {new} has orders of its own; if {old} and {new} are the same account, add --merge. "
            "Nothing was changed."
        )
