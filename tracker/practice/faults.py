"""Every fault of the practice panel: one table, a line each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal

from tracker.practice import http11, mutations
from tracker.practice.api import ACTIONS, TAKING
from tracker.practice.mutations import Mutation
from tracker.practice.replies import SendMode

Side = Literal["before", "after", "late"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. `side` says whether the panel takes an `add` that meets it.

    A sided fault is written with `-before` (the order is not taken) or `-after` (it is taken); `side` is then
    what the bare name means, if only one makes sense. At a `late` one the order is taken after the client
    has gone.
    """

    name: str
    text: str
    mutation: Mutation
    side: Side | None = None
    sided: bool = False
    actions: tuple[str, ...] = ACTIONS
    #: Whether the panel forgets first which keys and which equal orders it had.
    forgets: bool = False


_ANY = [
    Fault("close", "closes the connection without an answer", mutations.send_as(SendMode.CLOSE)),
    Fault("reset", "resets the connection (RST)", mutations.send_as(SendMode.RESET)),
    Fault("hang", "never answers; closes after `seconds` if given", mutations.send_as(SendMode.HANG)),
    Fault("drip", "sends the body one byte every 0.2 s", mutations.send_as(SendMode.DRIP_BODY)),
    Fault("drip-headers", "sends the headers one byte every 0.2 s", mutations.send_as(SendMode.DRIP_HEAD)),
    Fault(
        "truncated",
        "sends half of the JSON, with a Content-Length that matches",
        mutations.text(mutations.half),
    ),
    Fault(
        "truncated-close",
        "closes the connection halfway through the announced body",
        mutations.send_as(SendMode.CUT),
    ),
    Fault("gzip-cut", "sends an incomplete gzip stream", mutations.gzipped(mutations.cut_short)),
    Fault("gzip-corrupt", "sends a gzip stream that cannot be read", mutations.gzipped(mutations.corrupt)),
    Fault("gzip-bomb", "sends 64 MiB of spaces and then the answer, compressed by gzip", mutations.bomb),
    Fault("oversized", "sends 64 MiB of spaces and then the answer", mutations.send_as(SendMode.OVERSIZE)),
    Fault("nested", "answers with 100,000 nested brackets", mutations.nested),
    Fault("cp1251", "announces UTF-8, but answers in another encoding", mutations.cp1251),
    Fault(
        "bom", "puts a byte order mark before the JSON", mutations.text(lambda body: b"\xef\xbb\xbf" + body)
    ),
    Fault(
        "php-notice",
        "puts a PHP warning before the JSON",
        mutations.text(lambda body: b"<br />\n<b>Notice</b>: Undefined index: user<br />\n" + body),
    ),
    Fault("html", "answers 200 with an HTML page", mutations.page(200, "Welcome")),
    Fault("wrong-type", "labels its JSON as HTML", mutations.text(bytes, http11.HTML)),
    Fault("empty", "answers 200 with an empty body", mutations.text(lambda body: b"")),
    Fault("302", "redirects to the same URL (clients follow with GET)", mutations.redirect(302)),
    Fault("307", "redirects to the same URL (clients follow with the same POST)", mutations.redirect(307)),
    Fault(
        "500", "HTTP 500 with a JSON error", mutations.answer_with({"error": "Internal server error"}, 500)
    ),
    Fault("502", "HTTP 502 from the panel's web server", mutations.page(502, "502 Bad Gateway")),
    Fault(
        "503", "HTTP 503; with `seconds` it has a Retry-After", mutations.page(503, "503 Service Unavailable")
    ),
    Fault("504", "HTTP 504 from the panel's web server", mutations.gateway_timeout),
    Fault(
        "520", "CDN error 520: the panel gave an unknown answer", mutations.cdn_error(520, "Unknown error")
    ),
    Fault(
        "522",
        "CDN error 522: the connection to the panel timed out",
        mutations.cdn_error(522, "Connection timed out"),
    ),
    Fault("524", "CDN error 524: the panel took too long", mutations.cdn_error(524, "A timeout occurred")),
    Fault(
        "odd-error",
        "an error with an unknown text",
        mutations.refusal("odd"),
    ),
    Fault(
        "maintenance",
        "a maintenance message, with 200 and no `error`",
        mutations.maintenance,
    ),
]

_REFUSED = [
    Fault("429", "HTTP 429, too many requests; Retry-After is `seconds`, or 2", mutations.rate_limit),
    Fault("403", "HTTP 403 with a challenge page of the CDN", mutations.challenge),
    Fault("401", "HTTP 401, the key is refused", mutations.refusal("key", 401)),
    Fault("521", "CDN error 521: the panel's server is down", mutations.cdn_error(521, "Web server is down")),
    Fault("523", "CDN error 523: the panel cannot be reached", mutations.cdn_error(523, "Origin is unreachable")),
    Fault("525", "CDN error 525: no TLS with the panel", mutations.cdn_error(525, "SSL handshake failed")),
    Fault("526", "CDN error 526: invalid panel certificate", mutations.cdn_error(526, "Invalid SSL certificate")),
    Fault("bad-key", "the key is refused, with HTTP 200", mutations.refusal("key")),
]  # fmt: skip

_ADD = [
    Fault("late", "hangs; the order is taken `seconds` (1) after the client gave up",
          mutations.send_as(SendMode.HANG), "late"),
    Fault("late-close", "closes; the order is taken `seconds` (1) later", mutations.send_as(SendMode.CLOSE), "late"),
    Fault("late-504", "HTTP 504; the order is taken `seconds` (1) later", mutations.gateway_timeout, "late"),
    Fault("wrong-id", "taken, but the answer has the id of the order before it", mutations.other_id, "after"),
    Fault("lower-id", "taken, but the answer has an id lower than all others", mutations.lower_id, "after"),
    Fault("huge-id", "taken, but the answer has the id 99999999999", mutations.fixed_id(99_999_999_999), "after"),
    Fault("int64-id", "taken, but the answer has an id of 2^63", mutations.fixed_id(2**63), "after"),
    Fault("persian-id", "taken; the answer has its id in Persian digits", mutations.persian_id, "after"),
]  # fmt: skip

_ADD_AGAIN = [
    Fault("key-ignored", "taken once more, as if it took no notice of `request_id`", mutations.unchanged, "after",
          forgets=True),
    Fault("window-over", "taken once more, as if the window for equal orders was shorter", mutations.unchanged, "after",
          forgets=True),
    Fault("key-conflict", "HTTP 409: the key was used for another order", mutations.refusal("conflict", 409), "before"),
]  # fmt: skip

_ORDERS = [
    Fault("list-late", "orders of the last `seconds` (60) are not in the list yet", mutations.late_list),
    Fault("list-short", "only the three newest orders are in the list", mutations.rows(lambda rows: rows[:3])),
    Fault("list-holes", "every second order is left out", mutations.rows(lambda rows: rows[::2])),
    Fault("list-no-links", "the orders have no links",
          mutations.rows(lambda rows: [{**row, "link": None} for row in rows])),
    Fault("list-odd-links", "the links are written with www. and a slash at the end, without https",
          mutations.rows(lambda rows: [{**row, "link": mutations.odd_link(row["link"])} for row in rows])),
]  # fmt: skip

_ADD_SIDED = [
    Fault("no-id", "a success without an order id", mutations.no_id),
    Fault("funds", "refused: not enough funds", mutations.refusal("funds"), "before"),
    Fault("link-busy", "refused: an order with this link is active", mutations.refusal("busy"), "before"),
]

_STATUS = [
    Fault("call-error", "an error for the whole call", mutations.refusal("trouble")),
    Fault("all-incorrect", "every item (or `order`) says Incorrect order ID",
          mutations.items(lambda item: {"error": mutations.NOT_KNOWN})),
    Fault("missing-items", "every second item (or `order`) is left out", mutations.without_items),
    Fault("odd-items", "every item (or `order`) is an error with an unknown text", mutations.odd_items),
    Fault("null-items", "every item (or `order`) is null", mutations.items(lambda item: None)),
    Fault("string-errors", "every item (or `order`) is a bare string",
          mutations.items(lambda item: mutations.NOT_KNOWN)),
    Fault("array", "the items are an array without ids, in reverse order", mutations.array),
    Fault("odd-word", "an unknown status word", mutations.with_fields(status="Resting")),
    Fault("unknown-figures", "figures are the text Unknown",
          mutations.with_fields(charge="Unknown", start_count="Unknown", remains="Unknown")),
    Fault("null-figures", "figures are null",
          mutations.with_fields(charge=None, start_count=None, remains=None)),
    Fault("wrong-currency", "items have the currency USD", mutations.with_fields(currency="USD")),
    Fault("several", "an error for every call that asks about more than one order", mutations.one_only),
    Fault("first-ten", "only the first ten orders of a call are answered", mutations.first_ten),
    Fault("poison", "HTTP 400 for every call that names `order`", mutations.answer_with({"error": "Bad request"}, 400)),
]  # fmt: skip


_REQUESTS = [
    Fault("rows-without-ids", "the rows of the answer name no order, and come in reverse order",
          mutations.without_ids),
    Fault("rows-keyed", "the answer is keyed by the id, in place of a list", mutations.keyed_rows),
    Fault("rows-short", "every second row of the answer is left out", mutations.every_second_row),
    Fault("rows-doubled", "every row of the answer comes twice", mutations.doubled_rows),
    Fault("one-word", "the answer is a single `1`, whatever was asked", mutations.one_word),
    Fault("bare-errors", "every row says a bare text in place of what became of it", mutations.bare_errors),
]  # fmt: skip


def _table() -> Iterable[Fault]:
    yield from (replace(fault, sided=True) for fault in _ANY)
    yield from (replace(fault, sided=True, side="before") for fault in _REFUSED)
    yield Fault("nan", "every figure is a bare NaN", mutations.no_number, "after")
    yield Fault("empty-list", "answers []", mutations.answer_with([]), "after")
    yield from (replace(fault, actions=("add",)) for fault in _ADD)
    yield from (replace(fault, sided=True, actions=("add",)) for fault in _ADD_SIDED)
    yield from (replace(fault, actions=("add",)) for fault in _ADD_AGAIN)
    yield from (replace(fault, side="before", actions=("status",)) for fault in _STATUS)
    yield from (replace(fault, side="before", actions=("orders",)) for fault in _ORDERS)
    yield from (
        replace(fault, side="after", actions=("refill", "cancel", "refill_status")) for fault in _REQUESTS
    )


FAULTS: dict[str, Fault] = {fault.name: fault for fault in _table()}
"""Every fault by its name."""


def find_fault(name: str, action: str) -> tuple[Fault, Side]:
    """The fault with this name, and its side, for an action or `*`; ValueError says what to write instead."""
    if action not in (*ACTIONS, "*"):
        raise ValueError(f"{action!r} is not an action: write {', '.join(ACTIONS)} or *")
    fault, side = _named(name)
    wanted = ACTIONS if action == "*" else (action,)
    if not set(wanted) <= set(fault.actions):
        raise ValueError(f"{fault.name!r} is a fault of {' and '.join(fault.actions)} only, not of {action}")
    if side is None:
        if not set(TAKING).isdisjoint(wanted):
            raise ValueError(f"say whether the order is taken: {name}-before or {name}-after")
        side = "before"
    return fault, side


def _named(name: str) -> tuple[Fault, Side | None]:
    if name in FAULTS:
        return FAULTS[name], FAULTS[name].side
    bare, _, side = name.rpartition("-")
    if bare in FAULTS and side in (("before", "after") if FAULTS[bare].sided else (FAULTS[bare].side,)):
        return FAULTS[bare], "after" if side == "after" else "before"
    known = [written for one in FAULTS.values() for written in _written(one)]
    near = get_close_matches(name, known, 1)
    raise ValueError(f"{name!r} is not a fault" + (f": did you mean {near[0]}?" if near else ""))


def _written(fault: Fault) -> list[str]:
    return [f"{fault.name}-before", f"{fault.name}-after"] if fault.sided else [fault.name]


def describe() -> list[tuple[str, str]]:
    """The name and the description of each fault, for a list on a terminal."""
    return [
        (fault.name + ("-before|-after" if fault.sided else ""), _described(fault))
        for fault in FAULTS.values()
    ]


def _described(fault: Fault) -> str:
    return fault.text if fault.actions == ACTIONS else f"{' and '.join(fault.actions)}: {fault.text}"
