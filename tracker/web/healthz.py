"""Whether all is well, for monitors that ask by HTTP."""

from __future__ import annotations

from tracker.operations.health import Finding, Health, findings
from tracker.operations.snapshot import read_status
from tracker.store.database import StorageFault
from tracker.web.site import Site

HANGS = "a pass of the daemon hangs, or the database cannot be written; the daemon's log says more"

START = "tracker run"
"""The command that starts a daemon."""


def health(site: Site) -> tuple[bool, list[Finding]]:
    """Tell whether nothing is critical, and what there is to know, the worst first.

    It writes nothing: a daemon writes its heartbeat each quarter of a minute, and one that cannot is missed.
    """
    found = _findings(site)
    if not site.doors.is_alive():
        found.insert(0, (Health.CRITICAL, HANGS))
    return all(severity is not Health.CRITICAL for severity, _ in found), found


def _findings(site: Site) -> list[Finding]:
    now = site.now()
    try:
        site.db.refuse_replaced()
        return findings(read_status(site.db, site.config, now, START), now)
    except StorageFault as fault:
        return [(Health.CRITICAL, f"the database cannot be read: {fault}")]
