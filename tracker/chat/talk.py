"""What the commands of a chat answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tracker.chat.site import ChatSite
from tracker.operations.health import Health, PanelStatus, findings, headline
from tracker.operations.snapshot import read_status
from tracker.operations.wallets import wallet
from tracker.orders.order import State

LABELS = {Health.OK: "Note", Health.WARNING: "Warning", Health.CRITICAL: "Critical"}

LONGEST = 3500
"""Characters of an answer; Telegram takes 4096."""

HELP = """\
/status: is all well, and what goes on
/balance: what is in each wallet
/help: this
Alerts that need a decision carry buttons. Whatever is decided here stands in the history, with who did it."""


def status(site: ChatSite) -> str:
    """Say whether all is well, and what each panel does."""
    now = site.now()
    snapshot = read_status(site.db, site.config, now, "tracker run")
    found = findings(snapshot, now)
    lines = [headline(found), *(f"{LABELS[level]}: {text}" for level, text in found), ""]
    return "\n".join([*lines, *(f"{one.name}: {_orders(one)}" for one in snapshot.panels)])


def balance(site: ChatSite) -> str:
    """Say what is in each wallet."""
    now = site.now()
    panels = read_status(site.db, site.config, now, "tracker run").panels
    return "\n".join(f"{one.name}: {wallet(one, now)}" for one in panels)


COMMANDS: Mapping[str, Callable[[ChatSite], str]] = {
    "status": status, "balance": balance, "help": lambda _: HELP, "start": lambda _: HELP,
}  # fmt: skip


def answer(site: ChatSite, text: str, chat: int) -> str | None:
    """Answer a text that is a command; None for any other. In a group, an unknown one may be meant for another bot."""
    word = text.split(maxsplit=1)[0] if text.split() else ""
    if not word.startswith("/"):
        return None
    found = COMMANDS.get(word[1:].partition("@")[0].lower())
    if found is None and chat < 0:
        return None
    said = f"There is no such command.\n{HELP}" if found is None else found(site)
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def _orders(panel: PanelStatus) -> str:
    counts = [f"{count:,} {state}" for state in State if (count := panel.counts.get(str(state)))]
    return ", ".join(counts) or "no orders"
