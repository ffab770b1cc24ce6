"""The health of everything at one moment, and what the operator should know about it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum

from tracker.accounts.account import Account, Level, restored_words
from tracker.accounts.balance import WalletEstimate, is_stale
from tracker.accounts.breaker import LONGEST_BACKOFF
from tracker.accounts.limits import Cap
from tracker.lib import money
from tracker.lib.counts import counted
from tracker.lib.times import about
from tracker.orders.order import Order
from tracker.orders.strays import OPEN, stray_sentences
from tracker.store.daemons import FORGOTTEN_AFTER, DaemonRow
from tracker.store.orders import Words
from tracker.store.uptime import STEP_SHOWN, Uptime

BY_HAND = "tracker run"
"""The command that starts a daemon where no service is there to do it."""


class Health(IntEnum):
    """The exit code of `tracker status`, as monitoring programs read it."""

    OK = 0
    WARNING = 1
    CRITICAL = 2


@dataclass(frozen=True, slots=True)
class PanelStatus:
    """One panel: its orders by state, its account, and how often its balance is read."""

    name: str
    counts: Mapping[str, int]
    account: Account
    balance_every: int
    #: What the panel answers about active orders in words that its dialect does not list.
    unlisted: Sequence[Words] = ()
    #: How long the balance lasts at the recent rate (microseconds); None when nothing is spent or known.
    runway: int | None = None
    #: Queued orders that wait because the panel would take each for an equal one: its id, that one's, and until when.
    waits_for_equal: Sequence[tuple[int, int, int]] = ()
    #: What queued orders wait for, a sentence for each lost order that they look like, and for each kind of limit.
    waiting: Sequence[str] = ()
    #: What may still be spent under each limit of the panel.
    rooms: Mapping[Cap, Decimal] = field(default_factory=dict)
    #: What the wallet should hold by now; None while nothing was charged since its last reading.
    estimate: WalletEstimate | None = None
    #: The newest orders that were rejected of late, and how many there were.
    rejected: Sequence[Order] = ()
    rejected_count: int = 0
    #: How many queued orders are not to be sent yet, by why.
    held: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """Everything at one moment."""

    panels: Sequence[PanelStatus]
    #: Those that run and those that died; the one with the newest heartbeat first.
    daemons: Sequence[DaemonRow]
    alerts: Mapping[str, int]
    #: The orders of panels that are not in the config, by panel and state.
    strays: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    #: How long daemons have run, and the newest step of the clock.
    uptime: Uptime = field(default_factory=Uptime)
    #: The command that starts a daemon.
    start: str = BY_HAND
    #: How many orders of each tag are in which state, for tags whose orders go on.
    tags: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    paused_tags: Sequence[str] = ()
    #: The names of recurring orders, and when each comes next (None: never more), the first first.
    recurring: Sequence[tuple[str, int | None]] = ()
    #: How many silences keep alerts back.
    silences: int = 0
    #: What may still be spent under each limit of a tag.
    tag_rooms: Mapping[Cap, Decimal] = field(default_factory=dict)
    #: Whether a daemon is only started by hand, and need not run while there is nothing to do.
    may_rest: bool = False
    #: What is said of recurring orders whose panel is not in the config.
    stray_rules: Sequence[str] = ()

    def is_at_rest(self) -> bool:
        """Tell whether a daemon has ended as it may, with nothing left to do or to come."""
        counts = [panel.counts for panel in self.panels]
        is_done = any(counts) and not any(of_one.get(str(state)) for of_one in counts for state in OPEN)
        is_told = not self.alerts.get("waiting") and all(at is None for _, at in self.recurring)
        return self.may_rest and not self.daemons and is_done and is_told


Finding = tuple[Health, str]
"""How bad it is, and a sentence about it."""


def findings(status: Status, now: int) -> list[Finding]:
    """Return what the operator should know, the worst first; empty when all is well."""
    found = _daemon_findings(status, now) + _clock_findings(status.uptime, now)
    rules = [rule for rule in PANEL_RULES if rule is not STALE or not status.is_at_rest()]
    for panel in status.panels:
        found += panel_findings(panel, now, rules)
    found += [
        (Health.WARNING, sentence) for sentence in (*stray_sentences(status.strays, ()), *status.stray_rules)
    ]
    found += [
        (Health.WARNING, f"the tag {tag} is paused; `tracker resume --tag {tag}` sends its orders again")
        for tag in status.paused_tags
    ]
    if dead := status.alerts.get("dead"):
        are = "1 alert is" if dead == 1 else f"{dead:,} alerts are"
        found.append((Health.WARNING, f"{are} dead; see `tracker alerts list --state dead`"))
    if status.silences:
        are = "1 silence keeps" if status.silences == 1 else f"{status.silences:,} silences keep"
        found.append((Health.OK, f"{are} alerts back; `tracker alerts silences` lists what and until when"))
    return sorted(found, key=lambda finding: -finding[0])


def headline(found: Sequence[Finding]) -> str:
    """Say in one line whether all is well."""
    count = Counter(level for level, _ in found)
    parts = []
    if count[Health.CRITICAL]:
        parts.append(f"{count[Health.CRITICAL]} critical")
    if count[Health.WARNING]:
        parts.append(counted(count[Health.WARNING], "warning"))
    return f"Not all is well: {' and '.join(parts)}." if parts else "All is well."


def missing(daemons: Sequence[DaemonRow], now: int) -> list[DaemonRow]:
    """Return the daemons that died while others run, until they are started again on their machine."""
    alive = [daemon for daemon in daemons if daemon.is_alive(now)]
    dead = [
        daemon for daemon in daemons if not daemon.is_alive(now) and now - daemon.beat_at < FORGOTTEN_AFTER
    ]
    return [daemon for daemon in dead if alive and not any(_replaces(other, daemon) for other in alive)]


def _replaces(later: DaemonRow, dead: DaemonRow) -> bool:
    return later.host == dead.host and later.started_at > dead.beat_at


def _daemon_findings(status: Status, now: int) -> list[Finding]:
    daemons = status.daemons
    if status.is_at_rest():
        return [
            (
                Health.OK,
                f"no daemon runs, and none is needed: nothing is left to do; `{status.start}` starts one",
            )
        ]
    if not daemons:
        return [(Health.CRITICAL, f"the daemon is not running; start it with `{status.start}`")]
    if not any(one.is_alive(now) for one in daemons):
        return [(Health.CRITICAL, f"the daemon {_silence(daemons[0], now)}")]
    return [
        (
            Health.WARNING,
            f"the daemon on {one.host} (process {one.pid}) {_silence(one, now)}; other daemons do its work",
        )
        for one in missing(daemons, now)
    ]


def _silence(daemon: DaemonRow, now: int) -> str:
    """Say how a daemon is seen to be dead."""
    since = about(now - daemon.beat_at)
    if daemon.is_gone:
        return f"has died; its last heartbeat was {since} ago"
    if daemon.is_running:
        return (
            f"has sent no heartbeat for {since}: it was paused, or another program keeps the database locked"
        )
    return f"has sent no heartbeat for {since}"


def is_clock_shown(uptime: Uptime) -> bool:
    """Tell whether the newest step of the clock still matters."""
    since = uptime.since_step()
    return since is not None and since < STEP_SHOWN


def _clock_findings(uptime: Uptime, now: int) -> list[Finding]:
    if not is_clock_shown(uptime):
        return []
    step, left = uptime.step or 0, STEP_SHOWN - (uptime.since_step() or 0)
    how = f"the clock was set {'forward' if step > 0 else 'back'} by {about(abs(step))}"
    what = how if step else "a clock was wrong: times that it wrote lay too far ahead"
    ago = about(max(0, now - (uptime.stepped_at or now)))
    return [
        (
            Health.WARNING,
            f"{what} ({ago} ago); what it held back is due again, nothing is pruned for {about(left)}",
        )
    ]


@dataclass(frozen=True, slots=True)
class Rule:
    """When something about a panel is worth knowing, how bad it is, and the sentence that says it."""

    health: Health
    applies: Callable[[PanelStatus, int], bool]
    sentence: Callable[[PanelStatus, int], str]


def _down_sentence(panel: PanelStatus, now: int) -> str:
    """Say since when a panel fails and why; one that redirects, say, does answer."""
    why, since = panel.account.last_error or "unknown", _since(panel.account.down_at, now)
    silent = "the panel did not answer"
    is_silent = why.startswith(silent) or why == "unknown"
    what = "has not answered" if is_silent else "has given no answer that can be used"
    return f"{panel.name} {what} for {since}: {why.removeprefix(f'{silent}: ')}"


def _since(at: int | None, now: int) -> str:
    return "an unknown time" if at is None else about(now - at)


def _amount(panel: PanelStatus, amount: Decimal | None) -> str:
    return "unknown" if amount is None else money.shown(amount, panel.account.currency)


def _last_read(panel: PanelStatus, now: int) -> str:
    at = panel.account.balance_at
    return "was never read" if at is None else f"was last read {about(now - at)} ago"


def _why_unread(panel: PanelStatus) -> str:
    """Say why the newest try failed, unless the sentence about a panel that is down says it."""
    account = panel.account
    is_said = account.down_at is not None or account.refused_at is not None
    return (
        ""
        if account.balance_failed_at is None or is_said or not account.last_error
        else f": {account.last_error}"
    )


def _equal_sentence(panel: PanelStatus, now: int) -> str:
    waiting, equal, until = panel.waits_for_equal[0]
    more = f" (and {len(panel.waits_for_equal) - 1} more)" if len(panel.waits_for_equal) > 1 else ""
    return (
        f"{panel.name}: order {waiting}{more} waits {about(max(0, until - now))} more: until then the panel "
        f"would take it for order {equal}, which asks for the same"
    )


def _pause_left(panel: PanelStatus, now: int) -> int:
    """Return for how long a panel is not asked anything more, because it asked for that; 0 where more is the matter."""
    account = panel.account
    is_more = account.down_at is not None or account.refused_at is not None
    return 0 if is_more or account.hold_until is None else max(0, account.hold_until - now)


STALE = Rule(
    Health.WARNING,
    lambda panel, now: is_stale(panel.account, panel.balance_every, now),
    lambda panel, now: f"{panel.name}: the balance is stale; it {_last_read(panel, now)}{_why_unread(panel)}",
)
"""Nobody reads it, or nobody can."""

PANEL_RULES = (
    Rule(
        Health.CRITICAL,
        lambda panel, _now: panel.account.refused_at is not None,
        lambda panel, _now: (
            f"{panel.name} refused the key or the account ({panel.account.refused_words}); "
            f"fix it, then run `tracker resume {panel.name}`"
        ),
    ),
    Rule(
        Health.CRITICAL,
        lambda panel, _now: panel.account.down_at is not None,
        _down_sentence,
    ),
    Rule(
        Health.CRITICAL,
        lambda panel, _now: panel.account.short_at is not None and panel.account.suspect_charge is not None,
        lambda panel, _now: (
            f"{panel.name}: nothing is sent: an order that costs "
            f"{_amount(panel, panel.account.suspect_charge)}, more than the wallet holds, was refused in words that "
            f"are not known; top it up, or run `tracker resume {panel.name}`"
        ),
    ),
    Rule(
        Health.CRITICAL,
        lambda panel, _now: panel.account.short_at is not None and panel.account.suspect_charge is None,
        lambda panel, _now: f"{panel.name} refused an order for lack of funds; top up the wallet",
    ),
    Rule(
        Health.CRITICAL,
        lambda panel, _now: panel.account.restored_at is not None,
        lambda panel, _now: (
            f"{panel.name}: {restored_words(panel.account)}, so nothing is sent; "
            f"`tracker drop` what the panel's page has of the queue, then run `tracker resume {panel.name}`"
        ),
    ),
    Rule(
        Health.CRITICAL,
        lambda panel, _now: panel.account.ids_doubt is not None,
        lambda panel, _now: (
            f"{panel.name}: nothing is sent: {panel.account.ids_doubt}; if this panel's order ids do not grow, set "
            f"`ids_grow: false` in its dialect and restart; then run `tracker resume {panel.name}`"
        ),
    ),
    Rule(
        Health.WARNING,
        lambda panel, now: _pause_left(panel, now) > LONGEST_BACKOFF,
        lambda panel, now: (
            f"{panel.name}: nothing is sent or asked for {about(_pause_left(panel, now))} more, as the panel asked "
            f"({panel.account.last_error}); `tracker resume {panel.name}` goes on at once"
        ),
    ),
    Rule(
        Health.WARNING,
        lambda panel, _now: panel.account.doubt is not None,
        lambda panel, _now: (
            f"{panel.name}: unknown orders wait for you: {panel.account.doubt}; "
            f"check them, then run `tracker resume {panel.name}`"
        ),
    ),
    Rule(
        Health.WARNING,
        lambda panel, _now: bool(panel.counts.get("unknown")),
        lambda panel, _now: (
            f"{panel.name}: {counted(panel.counts['unknown'], 'unknown order')}; see `tracker list --state unknown`"
        ),
    ),
    Rule(
        Health.OK,
        lambda panel, _now: bool(panel.waits_for_equal),
        lambda panel, now: _equal_sentence(panel, now),
    ),
    Rule(
        Health.WARNING,
        lambda panel, _now: bool(panel.unlisted),
        lambda panel, _now: (
            f"{panel.name} answers about {counted(sum(one.orders for one in panel.unlisted), 'order')} in words "
            f'that are not known ("{panel.unlisted[0].words}"); `tracker show {panel.unlisted[0].first}` shows what to '
            "add to the config"
        ),
    ),
    Rule(
        Health.WARNING,
        lambda panel, _now: panel.account.paused_at is not None,
        lambda panel, _now: f"{panel.name} is paused; `tracker resume {panel.name}` starts it again",
    ),
    Rule(
        Health.WARNING,
        lambda panel, _now: panel.account.level is Level.LOW,
        lambda panel, _now: f"{panel.name}: the balance is low",
    ),
    STALE,
)
"""Everything about one panel that the operator should know."""


def panel_findings(panel: PanelStatus, now: int, rules: Sequence[Rule] = PANEL_RULES) -> list[Finding]:
    """Return what the operator should know about one panel."""
    found = [(rule.health, rule.sentence(panel, now)) for rule in rules if rule.applies(panel, now)]
    return found + [(Health.WARNING, sentence) for sentence in panel.waiting]
