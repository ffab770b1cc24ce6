"""What people are told of a wallet, a panel, the daemon and the alerts themselves. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tracker.alerts.told import Told, Written, money
from tracker.events import Event


def _wallet(told: Told) -> str:
    amount = told.fact("balance")
    return money(amount, told.facts.get("currency")) if amount else "unknown"


def _low(told: Told) -> Written:
    least = told.fact("low")
    below = f"It is below {money(least, told.facts.get('currency'))}." if least else ""
    return f"{told.panel}: the balance is low, {_wallet(told)}", [
        below,
        "Top it up: without funds the panel refuses orders. `tracker balance` reads it anew.",
    ]


def _ok(told: Told) -> Written:
    return f"{told.panel}: the balance has recovered, {_wallet(told)}", ["Nothing needs to be done."]


def _short(told: Told) -> Written:
    needed = told.fact("needed")
    return f"{told.panel}: not enough funds for the next order", [
        f"Balance: {_wallet(told)}",
        f"Needed: {money(needed, told.facts.get('currency'))}" if needed else "",
        told.say("The panel's words: {}", "words"),
        "Orders stay queued and go out by themselves once the balance has risen. `tracker balance` reads it.",
    ]


def _unexplained(told: Told) -> Written:
    return f"{told.panel}: the balance moved without a known reason", [
        told.say("What was seen: {}", "why"),
        "Compare it with the panel's own page: someone else may be using the account, or a price may have changed.",
        "Orders go on, but those whose answer is lost wait for you. Once all is explained:",
        f"  tracker resume {told.panel}",
        "To place nothing meanwhile:",
        f"  tracker pause {told.panel}",
    ]


def _down(told: Told) -> Written:
    return f"{told.panel} does not answer", [
        told.say("Why: {}", "why"),
        told.say("Since {}", "since"),
        "Nothing is lost: orders wait and it is asked again by itself. `tracker status` shows how things stand.",
    ]


def _up(told: Told) -> Written:
    return f"{told.panel} answers again", [
        told.say("It was away for {}.", "lasted"),
        told.say("Since {}", "since"),
    ]


def _refused(told: Told) -> Written:
    return f"{told.panel} refuses the key or the account", [
        told.say("The panel's words: {}", "words"),
        "Nothing is sent to it and nothing asked any more.",
        f"Set the key in the config, or the account, right; then: tracker resume {told.panel}",
    ]


def _service(told: Told) -> Written:
    service = told.fact("service")
    what = f"service {service}" if service else "a service"
    return f"{told.panel}: {what} changed", [
        told.fact("what") or "",
        "`tracker services` lists what there is.",
    ]


def _daemon(word: str) -> Callable[[Told], Written]:
    def written(told: Told) -> Written:
        host = told.say(" on {}", "host")
        orders = told.facts.get("orders")
        counts = orders.items() if isinstance(orders, Mapping) else ()
        told_orders = ", ".join(f"{count} {state}" for state, count in counts if count)
        return f"Tracker {word}{host}", [
            told.say("Version {}", "version"),
            f"Orders: {told_orders or 'none'}",
            told.fact("held") or "",
        ]

    return written


def _dead(told: Told) -> Written:
    target = told.fact("target") or "a target"
    return f"Alerts to {target} could not be delivered", [
        told.say("Why: {}", "error"),
        told.say("Lost: {}", "title"),
        "Check its URL with `tracker alerts test`; `tracker alerts list --state dead` lists what was lost,",
        "and `tracker alerts retry` sends it again.",
    ]


def _test(told: Told) -> Written:
    target = told.fact("target")
    name = f" for {target}" if target else ""
    return f"Test message of tracker{name}", ["Alerts reach you here. Nothing needs to be done."]


WRITERS: Mapping[Event, Callable[[Told], Written]] = {
    Event.BALANCE_LOW: _low,
    Event.BALANCE_OK: _ok,
    Event.BALANCE_SHORT: _short,
    Event.SPEND_UNEXPLAINED: _unexplained,
    Event.PANEL_DOWN: _down,
    Event.PANEL_UP: _up,
    Event.PANEL_REFUSED: _refused,
    Event.SERVICE_CHANGED: _service,
    Event.DAEMON_STARTED: _daemon("started"),
    Event.DAEMON_STOPPED: _daemon("stopped"),
    Event.ALERT_DEAD: _dead,
    Event.ALERT_TEST: _test,
}
