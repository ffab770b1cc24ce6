"""What the daemon does, as sentences for whoever watches it on a terminal.

To tell a new event of the log, add a line to SENTENCES; an event without one is written with its values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any

from tracker.cli.terminal import screen
from tracker.cli.terminal.cells import wrapped
from tracker.lib import moments
from tracker.lib.counts import counted
from tracker.lib.times import read_rfc3339
from tracker.lib.visible import one_line

Event = Mapping[str, Any]
"""An event of the log: its name as `event`, and its values."""

_LEVELS = {"warning": ("Warning", "33"), "error": ("Error", "31"), "critical": ("Error", "31")}
_OWN = frozenset({"event", "at", "level", "logger", "exception", "stack"})


def line(event: Event, colors: bool, zone: tzinfo | None = None) -> str:
    """Write an event as a line with its time in a zone; an empty text for what a person need not see."""
    said = sentence(event)
    if not said:
        return ""
    at = read_rfc3339(event["at"])
    label, color = _LEVELS.get(str(event.get("level")), ("", ""))
    mark = f"{label}: " if label else ""
    text = one_line(f"{moments.exact(at, at, zone)}  {mark}{said}")
    found = "\n".join(wrapped(text, screen.width(), "", " " * 10))
    return found.replace(mark, f"\x1b[{color}m{mark}\x1b[0m", 1) if mark and colors else found


def sentence(event: Event) -> str:
    """Write an event as one sentence."""
    name = str(event.get("event"))
    tell = SENTENCES.get(name)
    try:
        said = tell(event) if tell else _with_values(name, event)
    except KeyError:  # an event with other values than it used to have
        said = _with_values(name, event)
    if "exception" in event:
        last = str(event["exception"]).strip().rpartition("\n")[2]
        said += f" This is a bug in tracker, please report it: {last}"
    return said


def _with_values(name: str, event: Event) -> str:
    """Write an event by the words of its name, and its values."""
    what = name if " " in name else name.replace(".", ": ").replace("_", " ")
    values = "; ".join(
        f"{key.rstrip('_').replace('_', ' ')} {value}" for key, value in event.items() if key not in _OWN
    )
    return f"{what} ({values})" if values else what


def _state_changed(event: Event) -> str:
    """Tell a move of an order; not that it is being sent, as what comes of it follows at once."""
    state, was = event["state"], event["was"]
    ref = f" ({event['ref']})" if event.get("ref") else ""
    order = f"Order {event['order']}{ref}"
    if state == "submitting":
        return ""
    if was == "submitting" and state == "active":
        return f"{order} is placed: {event['panel']} calls it {event['panel_order_id']}."
    if state == "unknown":
        return f"{order} may be placed, or not ({event['why']}): it is held and looked for."
    return f"{order} is {state}: {event['why']}."


def _started(event: Event) -> str:
    panels = ", ".join(event["panels"])
    return f"tracker {event['version']} works for {panels}. Ctrl-C stops it."


def _waiting(event: Event) -> str:
    """Tell what `run --until-idle` still waits for."""
    left = dict(event["left"])
    asked, alerts = left.pop("requests", 0), left.pop("alerts", 0)
    parts = [f"{count:,} {state}" for state, count in left.items()]
    parts += [f"{counted(alerts, 'alert')} to send"] * bool(alerts)
    parts += ["what was asked of the panel"] * bool(asked)
    return f"Still to do: {', '.join(parts) or 'nothing'}."


def _reloaded(event: Event) -> str:
    changed, restart = event["changed"], event["needs_restart"]
    said = f"The config was read again: {', '.join(changed) or 'nothing'} changed."
    return f"{said} Restart it for {', '.join(restart)}." if restart else said


_RULINGS = {"hold": "nothing is certain yet", "adopt": "it is found", "absent": "it is surely not there"}


def _checked(event: Event) -> str:
    ruling = str(event["ruling"])
    return f"Order {event['order']} is looked for at {event['panel']}: {_RULINGS.get(ruling, ruling)}."


def _calls_failed(event: Event) -> str:
    return f"{event['panel']} could not be asked ({event['action']}): {event['why']}."


def _because(text: str) -> Callable[[Event], str]:
    """Return a sentence with its values filled in."""
    return lambda event: text.format_map(event)


SENTENCES: Mapping[str, Callable[[Event], str]] = {
    "daemon.started": _started,
    "daemon.waiting": _waiting,
    "daemon.stopping": lambda _: "Stopping: what is in progress is finished first.",
    "daemon.stopped": lambda _: "Stopped.",
    "order.state_changed": _state_changed,
    "order.evidence_checked": _checked,
    "order.isolated": _because("Order {order} is asked about alone from now on: {why}."),
    "order.not_adopted": _because("Order {order} is not taken over: {why}."),
    "add.asked_again": _because("{panel} is asked for order {order} once more: {how}."),
    "add.not_sent": _because("Order {order} was not sent: {why}."),
    "answer.late": _because(
        "A late answer of {panel} came for order {order}; `tracker show {order}` tells it."
    ),
    "alert.sent": lambda event: f"{counted(event['notices'], 'alert')} sent to {event['target']}.",
    "alert.failed": _because("{target} could not be alerted: {why}."),
    "alert.dead": lambda event: (
        f"{counted(event['count'], 'alert')} for {event['target']} could not be delivered: {event['why']}. "
        "`tracker alerts retry` sends them again."
    ),
    "panel.call_failed": _calls_failed,
    "recurring.queued": _because("The recurring order {name} is queued, as {ref}."),
    "recurring.refused": _because("The recurring order {name} is not queued: {why}."),
    "recurring.skipped": _because("The recurring order {name} is not queued this time: {why}."),
    "panel.not_in_config": lambda event: f"{event['what'][0].upper()}{event['what'][1:]}.",
    "panel.batch_truncated": _because(
        "{panel} answers for {answered} of {asked} orders a call; it is asked so."
    ),
    "panel.batch_unsupported": _because("{panel} is asked about one order a call from now on: {why}."),
    "catalogue.unread": _because("{panel}: {what}."),
    "gateway.queued": _because("Order {order} was queued by the client {client}."),
    "gateway.unavailable": _because("A client of the gateway was told to try again: {why}."),
    "gateway.wrong_keys": _because("{address} sends many wrong keys to the gateway; more are refused."),
    "config.reloaded": _reloaded,
    "config.refused": lambda event: (
        f"The new config is refused, the old one stays: {'; '.join(map(str, event['faults']))}"
    ),
    "signal.ignored": _because("The signal {signal} is ignored: {why}."),
    "clock.stepped": _because("The clock was set by {seconds} s."),
    "database.unavailable": _because("The database cannot be used: {why}."),
    "database.replaced": _because("{why}. Nothing is sent any more."),
    "database.moved": _because("{what}"),
    "pass.failed": _because("{pass_} failed and is tried again: {why}."),
    "pass.crashed": _because("{pass_} failed and is tried again."),
    "process.crashed": lambda _: "tracker stopped.",
    "heartbeat.failed": _because("The heartbeat URL could not be requested: {why}."),
}
"""The sentence of each event that people see often."""
