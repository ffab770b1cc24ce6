"""Checks across several values: whether they fit together. Pure.

Each check gets the parts of the config as far as they could be read, so that a fault in one value does not
hide another. A value that could not be read is `INVALID`: never compare it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from tracker.config import addresses, destinations
from tracker.config.addresses import is_loopback, place
from tracker.config.faults import KeyPath
from tracker.config.parse_context import INVALID
from tracker.config.scalars import format_duration
from tracker.lib.times import MINUTE, SECOND
from tracker.panel.dialects.dialect import Requests

ASKING = 30 * SECOND
"""What must be left of a window for a lost order to be asked for again: MARGIN and SHORTEST of reconciliation."""

Parts = Mapping[KeyPath, Mapping[str, Any]]
Remark = tuple[KeyPath, str]

MAX_ADD_TIMEOUT = 150 * SECOND
"""The systemd unit allows 180 s for a stop: a longer add could be killed halfway and become `unknown`."""

SHORTEST_PASSWORD, SHORTEST_KEY = 10, 16
"""Characters of the password of the page, and of a client's key: whoever guesses them spends money."""

MIN_ADD_TIMEOUT = MINUTE
"""Below this, orders become `unknown` at a panel that is only slow."""


def faults(parts: Parts) -> Iterator[Remark]:
    """Yield what does not fit together."""
    checks = (
        _schedule, _looks, _resend, _ids_per_call, _refills, _accounts, _target_names, destinations.faults, _heartbeat,
        _page, _clients, _recurring,
    )  # fmt: skip
    for check in checks:
        yield from check(parts)


def warnings(parts: Parts) -> Iterator[Remark]:
    """Yield what is allowed but unwise."""
    yield from _probe(parts)
    yield from _windows(parts)
    yield from destinations.warnings(parts)
    for path, panel in _panels(parts):
        url, add_timeout = panel["url"], panel["add_timeout"]
        if url is not INVALID and urlsplit(url).scheme == "http" and not is_loopback(url):
            yield (*path, "url"), "plain http: others on the network can read the API key; use https"
        if add_timeout is INVALID:
            continue
        if add_timeout > MAX_ADD_TIMEOUT:
            yield (
                (*path, "add_timeout"),
                "under systemd, raise TimeoutStopSec= and WatchdogSec= of the unit above this",
            )
        elif add_timeout < MIN_ADD_TIMEOUT and url is not INVALID and not is_loopback(url):
            yield (
                (*path, "add_timeout"),
                f"below {format_duration(MIN_ADD_TIMEOUT)} a slow panel makes orders unknown",
            )


def _probe(parts: Parts) -> Iterator[Remark]:
    if parts.get(("unknown",), {}).get("probe") is not True:
        return
    for path, panel in _panels(parts):
        if panel["dialect"] is not INVALID and not panel["dialect"].ids_grow:
            yield (
                (*path, "dialect"),
                "`probe` has no effect here: where ids do not grow, none is near a lost one",
            )


def _windows(parts: Parts) -> Iterator[Remark]:
    """Find windows in which no lost answer can be asked for: they are over when it is looked for first."""
    looks = parts.get(("unknown",), {}).get("looks", INVALID)
    for path, panel in _panels(parts):
        dialect = panel["dialect"]
        if INVALID in (dialect, looks):
            continue
        spans = {"dedupe_window": dialect.dedupe_window}
        if dialect.idempotency_field is not None:
            spans["idempotency_window"] = dialect.idempotency_window
        for key, span in spans.items():
            if span is not None and span < looks[0] + ASKING:
                yield (
                    (*path, "dialect"),
                    f"`{key}` is too short to ask again for a lost order: it is looked for {format_duration(looks[0])} "
                    f"after the loss, and {format_duration(ASKING)} must be left then",
                )


def _panels(parts: Parts) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    return ((path, part) for path, part in parts.items() if len(path) == 2 and path[0] == "panels")


def _schedule(parts: Parts) -> Iterator[Remark]:
    part = parts.get(("schedule",), {})
    poll, longest = part.get("poll", INVALID), part.get("poll_max", INVALID)
    if INVALID not in (poll, longest) and longest < poll:
        yield ("schedule", "poll_max"), f"is shorter than `poll`, which is {format_duration(poll)}"


def _looks(parts: Parts) -> Iterator[Remark]:
    looks = parts.get(("unknown",), {}).get("looks", INVALID)
    if looks is INVALID:
        return
    for index in range(1, len(looks)):
        if looks[index] <= looks[index - 1]:
            yield (
                ("unknown", "looks", index),
                f"is not longer than the one before it, {format_duration(looks[index - 1])}",
            )


def _resend(parts: Parts) -> Iterator[Remark]:
    part = parts.get(("unknown",), {})
    if part.get("resend") != "when-proven-absent":
        return
    if part.get("probe") is False:
        yield (
            ("unknown", "resend"),
            "needs `probe: true`: absence cannot be proven without asking about the ids near the order",
        )
    if part.get("resend_max") == 0:
        yield (
            ("unknown", "resend"),
            "has no effect while `resend_max` is 0; set that to the largest charge that may be sent again",
        )


def _ids_per_call(parts: Parts) -> Iterator[Remark]:
    for path, panel in _panels(parts):
        dialect, ids = panel["dialect"], panel["ids_per_call"]
        if INVALID not in (dialect, ids) and not dialect.multi_status and ids > 1:
            yield (
                (*path, "ids_per_call"),
                "the dialect answers for one order per call: remove this key, or write 1",
            )


def _refills(parts: Parts) -> Iterator[Remark]:
    for path, panel in _panels(parts):
        dialect = panel["dialect"]
        if dialect is INVALID or panel["auto_refill"] is not True:
            continue
        if dialect.requests is Requests.NONE:
            yield (
                (*path, "auto_refill"),
                f"has no effect: the dialect {dialect.name} knows no refill; remove this key, or add "
                "`requests: many` or `requests: one` to the dialect if the panel's API has one",
            )


def _accounts(parts: Parts) -> Iterator[Remark]:
    """Adds of one account go one at a time; two panels for one account would not wait for each other."""
    known: dict[Any, KeyPath] = {}
    for path, panel in _panels(parts):
        if INVALID in (panel["url"], panel["key"]):
            continue
        first = known.setdefault((place(panel["url"]), panel["key"].reveal().strip()), path)
        if first != path:
            yield (
                path,
                f"has the same URL and key as panel {first[1]}: an account can be only one panel; remove one of them",
            )


def _target_names(parts: Parts) -> Iterator[Remark]:
    known: dict[str, KeyPath] = {}
    for path, target in destinations.targets(parts):
        if target["name"] is not INVALID:
            first = known.setdefault(target["name"], path)
            if first != path:
                yield (*path, "name"), f"alerts[{first[1]}] already has this name: choose another"


def _heartbeat(parts: Parts) -> Iterator[Remark]:
    url = parts.get((), {}).get("heartbeat")
    if url in (None, INVALID):
        return
    if wrong := addresses.fault(url.reveal(), "https://hc-ping.com/YOUR-UUID"):
        yield ("heartbeat",), wrong
    elif "@" in urlsplit(url.reveal()).netloc:
        yield ("heartbeat",), "a user name and password in the address are not sent: remove them"


def _recurring(parts: Parts) -> Iterator[Remark]:
    """Each recurring order needs a panel of the config, named where there are several."""
    panels = sorted(str(path[1]) for path, _ in _panels(parts))
    for path, part in parts.items():
        if len(path) != 2 or path[0] != "recurring" or part["panel"] is INVALID:
            continue
        if part["panel"] is None and len(panels) > 1:
            yield (*path, "panel"), f"is missing: name one of {', '.join(panels)}"
        elif part["panel"] is not None and part["panel"] not in panels:
            yield (*path, "panel"), f"the config has no panel {part['panel']!r}; it has: {', '.join(panels)}"


def _page(parts: Parts) -> Iterator[Remark]:
    part = parts.get(("web",), {})
    listen, password = part.get("listen", INVALID), part.get("password", INVALID)
    if INVALID in (listen, password):
        return
    if password is None and not is_loopback(f"//{listen}"):
        yield (
            ("web", "listen"),
            "others can reach this address: give `password_file`, or listen on 127.0.0.1",
        )
    if password is not None and len(password.reveal()) < SHORTEST_PASSWORD:
        yield ("web", "password"), f"is too short: give at least {SHORTEST_PASSWORD} characters"


def _clients(parts: Parts) -> Iterator[Remark]:
    """Clients are told apart by their names and keys."""
    names: dict[str, int] = {}
    keys: dict[str, int] = {}
    panels = {path[1] for path, _ in _panels(parts)}
    own = {panel["key"].reveal() for _, panel in _panels(parts) if panel["key"] is not INVALID}
    for path, client in sorted(
        (path, part) for path, part in parts.items() if path[:2] == ("web", "clients")
    ):
        number = int(path[2])
        name, key, allowed = client["name"], client["key"], client["panels"]
        if name is not INVALID and names.setdefault(name, number) != number:
            yield (*path, "name"), f"clients[{names[name]}] already has this name: choose another"
        if allowed is not INVALID:
            for place_of, panel in enumerate(allowed):
                if panel not in panels:
                    yield (*path, "panels", place_of), f"the config has no panel {panel!r}"
        if key is INVALID:
            continue
        if len(key.reveal()) < SHORTEST_KEY:
            yield (*path, "key"), f"is too short: give at least {SHORTEST_KEY} characters"
        elif key.reveal() in own:
            yield (*path, "key"), "is the key of a panel: give the client a key of its own"
        elif keys.setdefault(key.reveal(), number) != number:
            yield (*path, "key"), f"clients[{keys[key.reveal()]}] already has this key: give each its own"
