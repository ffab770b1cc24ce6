"""The reference of the log's events: the events and their values from the code, their meaning from here."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent / "tracker"
LEVELS = ("debug", "info", "warning", "error", "exception")

INTRODUCTION = """\
# Events of the log

Made from the code by `python -m tests.documents`. On a terminal `tracker run` prints sentences; elsewhere each event is one
line of JSON on stderr with `at`, `level`, `event`, `logger` and the values named here. Secrets are masked everywhere.

| event | level | values | what it means |
| --- | --- | --- | --- |
"""

MEANINGS = {
    "add.asked_again": "an order whose answer was lost was sent again with the same request, which the panel answers the same way",
    "add.not_sent": "an order was not sent, for the reason in `why`; it is queued again",
    "alert.dead": "alerts to a target were given up after three days",
    "alert.failed": "a message could not be delivered; it is tried again",
    "alert.sent": "a message was delivered",
    "answer.late": "the panel's answer to an order came after the order had been called unknown",
    "answer.write_failed": "an answer could not be written yet; it is tried again",
    "catalogue.unread": "a line or figure of the catalogue cannot be read",
    "change.conflict": "an order was changed by somebody else at the same moment; it is looked at again",
    "chat.conflict": "somebody else asks for the updates of a bot, or a webhook is set: no button and no command is heard",
    "chat.crashed": "a fault of tracker in a chat, with its traceback: please report it; it listens on",
    "chat.decided": "somebody decided something in a chat; `who` is Telegram's id of the person",
    "chat.failed": "the updates of a bot could not be asked for; it is tried again, less and less often",
    "chat.ignored": "somebody who may not decide pressed or wrote; once for each chat",
    "chat.listening": "the updates of a bot can be asked for again",
    "chat.unsaid": "what was done in a chat could not be said there",
    "clock.stepped": "the clock of the machine was set",
    "clock.times_brought_near": "due times that a wrong clock had put far ahead were brought near",
    "config.refused": "the config was to be read again and is wrong: the old one stays",
    "config.times_brought_near": "what was due later than the config now allows is due now",
    "config.unwise": "the config does what is allowed but unwise; only with `run --json`, else it is a sentence",
    "config.reloaded": "the config was read again; `changed` names the keys",
    "daemon.started": "the daemon works",
    "daemon.stopped": "the daemon has stopped",
    "daemon.waiting": "with `--until-idle`, now and then: what is still to be done: orders by state, alerts to send, and panels of which something was asked",
    "daemon.stopping": "a signal asks the daemon to stop; what it is doing ends first",
    "database.copied": "a copy of a database whose file was replaced was left beside it",
    "database.copy_failed": "that copy could not be written",
    "database.moved": "the database may have been put back: it is compared with the panel first",
    "database.replaced": "the file of the database was replaced, overwritten or deleted: nothing more is sent",
    "database.stale_copy": "the database is older than the one that ran here: nothing is sent until `tracker resume`",
    "database.upgraded": "a newer version has brought the database up to date",
    "database.upgrading": "a newer version brings the database up to date: let it finish",
    "database.unavailable": "the database cannot be used just now",
    "epoch.unreadable": "the file `.epoch` beside the database cannot be read",
    "epoch.write_failed": "the file `.epoch` cannot be written",
    "gateway.failed": "a fault of tracker, with its traceback: please report it; the client was told to try again",
    "gateway.not_asked": "a client asked for a refill or a cancel that cannot be asked for, for the reason in `why`",
    "gateway.queued": "a client has queued an order through the gateway",
    "gateway.unavailable": "a client could not be answered, because the database cannot be used just now",
    "gateway.wrong_keys": "an address has sent many wrong keys to the gateway; more are refused for a minute",
    "heartbeat.failed": "the URL of `heartbeat:` could not be requested",
    "heartbeat.restored": "the URL of `heartbeat:` can be requested again",
    "heartbeat.skipped": "no heartbeat was sent, because the daemon is not well",
    "lease.lost": "the right to send for an account was lost; nothing was sent",
    "order.count_fell": "more remains of an order that was completed than when it ended: a refill is asked for",
    "order.evidence_checked": "evidence of a lost order was gathered and ruled on",
    "order.evidence_failed": "evidence could not be gathered",
    "order.isolated": "an order spoils the calls that ask about it and is asked about alone",
    "order.not_adopted": "a lost order could not be adopted",
    "order.state_changed": "an order changed its state; one line for each change",
    "recurring.queued": "a recurring order was queued",
    "recurring.refused": "a recurring order cannot be queued: its values are wrong",
    "recurring.skipped": "a recurring order was not queued this time, for the reason in `why`",
    "order.words_listed": "an order was settled by the panel's answer of then, whose words the config lists by now",
    "panel.batch_truncated": "the panel answered about fewer orders than it was asked",
    "panel.batch_unsupported": "the panel does not answer about several orders at once",
    "panel.call_failed": "a call had no usable answer",
    "panel.not_in_config": "there are orders, or recurring orders, of a panel that the config does not have",
    "panel.renamed": "orders were moved to another panel's name",
    "pass.crashed": "a fault of tracker, with its traceback: please report it; the pass runs again",
    "pass.failed": "a pass could not work, for the reason in `why`; it runs again",
    "rate_limit.local": "the common rate limit cannot be used; each process keeps to it for itself",
    "rate_limit.shared": "the common rate limit can be used again",
    "request.state_changed": "what was asked about an order, a refill or a cancel, has another state",
    "requests.sent": "a call asked for refills or cancels of so many orders; with `sent` false it did not leave",
    "seen.write_failed": "the file `.seen` cannot be written; sending goes on",
    "service.drifted": "the orders of a service take longer than they did, or as long as before again",
    "signal.ignored": "a signal came that means nothing here",
    "systemd.notify_failed": "systemd could not be told how the daemon is",
    "template.invalid": "a text or phrase of `templates:` cannot be used; the default is sent",
    "web.changed": "somebody changed something on the page",
    "web.crashed": "a fault of tracker on the page, with its traceback: please report it",
    "web.listening": "the page is served",
    "web.unavailable": "the page's port cannot be had; it is tried again",
    "web.wrong_password": "somebody tried to sign in with a wrong password",
}
"""What each event says, for whoever reads the log."""


@cache
def events() -> dict[str, tuple[set[str], set[str]]]:
    """Every event that the code logs -> its levels and the names of its values."""
    found: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for path in sorted(ROOT.rglob("*.py")):
        for name, level, values in _logged(ast.parse(path.read_text())):
            found[name][0].add("error" if level == "exception" else level)
            found[name][1].update(values)
    return dict(sorted(found.items()))


def _logged(tree: ast.AST) -> Iterator[tuple[str, str, set[str]]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        owner, first = node.func.value, node.args[0]
        is_log = isinstance(owner, ast.Name) and owner.id == "log" and node.func.attr in LEVELS
        if is_log and isinstance(first, ast.Constant) and "." in str(first.value):
            yield str(first.value), node.func.attr, {key.arg.rstrip("_") for key in node.keywords if key.arg}


def reference() -> str:
    """The text of docs/log-events.md."""
    rows = [
        f"| `{name}` | {', '.join(sorted(levels))} | {', '.join(f'`{one}`' for one in sorted(values)) or '–'} | {MEANINGS[name]} |"
        for name, (levels, values) in events().items()
    ]
    return INTRODUCTION + "\n".join(rows) + "\n"
