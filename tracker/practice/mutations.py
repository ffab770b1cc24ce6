"""How a fault changes the correct answer: functions from a context to the reply that the client gets."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tracker.practice import http11
from tracker.practice.replies import OVERSIZE, Reply, SendMode
from tracker.practice.state import PanelState

Item = dict[str, Any]

FIGURES = frozenset({"order", "charge", "start_count", "remains", "balance", "price", "rate", "min", "max"})


@dataclass(frozen=True, slots=True)
class MutationContext:
    """What a mutation gets: the correct answer, and the panel that gave it."""

    payload: Any
    target: str
    state: PanelState
    texts: Mapping[str, str]
    seconds: float | None = None
    #: Change only the item of this order, if the fault changes items.
    order: str | None = None

    @property
    def reply(self) -> Reply:
        """The correct answer as it would have been sent."""
        return Reply(encode(self.payload))


Mutation = Callable[[MutationContext], Reply]


def encode(payload: Any) -> bytes:
    """A JSON value as the panel writes it."""
    return json.dumps(payload, separators=(",", ":")).encode()


def send_as(mode: SendMode) -> Mutation:
    """The correct answer, sent in another mode."""
    return lambda context: replace(context.reply, mode=mode, seconds=context.seconds)


def page(status: int, title: str, *headers: tuple[str, str]) -> Mutation:
    """A page of HTML in place of the answer."""
    text = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return lambda context: Reply(text.encode(), status, http11.HTML, (*headers, *_retry_after(context)))


challenge = page(403, "Just a moment...", ("Server", "cloudflare"), ("Cf-Mitigated", "challenge"))
"""The page with which a CDN keeps programs out."""


gateway_timeout = page(504, "504 Gateway Time-out")


def cdn_error(status: int, title: str) -> Mutation:
    """The error page of a proxy in front of the panel."""
    return page(status, f"{title} | Error code {status}", ("Server", "cloudflare"))


def answer_with(payload: Any, status: int = 200) -> Mutation:
    """Another JSON value in place of the answer."""
    return lambda context: Reply(encode(payload), status, headers=_retry_after(context))


def refusal(kind: str, status: int = 200) -> Mutation:
    """A refusal with the panel's own text, even if the request was right."""
    return lambda context: Reply(
        encode({"error": context.texts[kind]}), status, headers=_retry_after(context)
    )


def maintenance(context: MutationContext) -> Reply:
    """A failure that has a message and no `error`."""
    return Reply(
        encode({"status": "error", "msg": context.texts["maintenance"]}), headers=_retry_after(context)
    )


def rate_limit(context: MutationContext) -> Reply:
    """429 with Retry-After, by default 2 seconds."""
    error = {"error": "Rate limit exceeded. Max 60 requests per minute."}
    return Reply(encode(error), 429, headers=(("Retry-After", f"{context.seconds or 2:g}"),))


def redirect(status: int) -> Mutation:
    """A redirect to the same URL: a client that follows it sends the request, and pays, again."""
    return lambda context: Reply(b"", status, http11.HTML, (("Location", context.target),))


def text(change: Callable[[bytes], bytes], kind: str = http11.JSON) -> Mutation:
    """The body of the correct answer, changed; Content-Length matches what is sent."""
    return lambda context: Reply(change(context.reply.body), type=kind)


def half(body: bytes) -> bytes:
    """The first half."""
    return body[: len(body) // 2]


def gzipped(change: Callable[[bytes], bytes]) -> Mutation:
    """The correct answer through gzip, and then changed."""
    encoding = (("Content-Encoding", "gzip"),)
    return lambda context: Reply(change(gzip.compress(context.reply.body, mtime=0)), headers=encoding)


def cut_short(packed: bytes) -> bytes:
    """A gzip stream without its second half and its checksum."""
    return packed[: 10 + (len(packed) - 18) // 2]


def corrupt(packed: bytes) -> bytes:
    """A gzip stream whose first block has a type that does not exist."""
    return packed[:10] + b"\x07" + packed[11:]


def bomb(context: MutationContext) -> Reply:
    """64 MiB of spaces before the correct answer, in a few dozen KiB of gzip."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * (1 << 20)
    parts = [packer.compress(block) for _ in range(OVERSIZE >> 20)]
    packed = b"".join([*parts, packer.compress(context.reply.body), packer.flush()])
    return Reply(packed, headers=(("Content-Encoding", "gzip"),))


def nested(context: MutationContext) -> Reply:
    """100,000 nested brackets."""
    return Reply(b'{"order":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def cp1251(context: MutationContext) -> Reply:
    """The correct answer with a note in Russian, declared as UTF-8 but not encoded in it."""
    written = json.dumps(_with_note(context.payload), ensure_ascii=False).encode("cp1251")
    return Reply(written, type="application/json; charset=utf-8")


def no_number(context: MutationContext) -> Reply:
    """Every figure as a bare NaN, which is not valid JSON."""
    return Reply(encode(_figures(context.payload, float("nan"))))


def unchanged(context: MutationContext) -> Reply:
    """The correct answer: what goes wrong is what the panel did."""
    return context.reply


def rows(change: Callable[[list[Item]], list[Item]]) -> Mutation:
    """The rows of a list of orders, changed."""
    return lambda context: Reply(encode(change(context.payload)))


def late_list(context: MutationContext) -> Reply:
    """The list of orders as it was some time ago."""
    hidden = context.state.placed_within(60 if context.seconds is None else context.seconds)
    return Reply(encode([row for row in context.payload if row["order"] not in hidden]))


def odd_link(link: str) -> str:
    """A link as some panels write it."""
    return "www." + link.removeprefix("https://").removeprefix("www.") + "/"


def other_id(context: MutationContext) -> Reply:
    """The id of the order before this one, which also belongs to the customer."""
    earlier = [order_id for order_id in context.state.orders if order_id < _new_id(context)]
    return _with_id(context, max(earlier) if earlier else _new_id(context) - 1)


def lower_id(context: MutationContext) -> Reply:
    """An id below every id that this customer ever got."""
    return _with_id(context, min(context.state.orders, default=1000) - 7)


def fixed_id(order_id: int | str) -> Mutation:
    """The same id, whatever the order's own is."""
    return lambda context: _with_id(context, order_id)


def persian_id(context: MutationContext) -> Reply:
    """The order's own id, in Persian digits."""
    return _with_id(context, str(_new_id(context)).translate(_PERSIAN))


_PERSIAN = {ord("0") + digit: ord("۰") + digit for digit in range(10)}


def no_id(context: MutationContext) -> Reply:
    """A success that names no order."""
    return Reply(encode({"status": "success"}))


NOT_KNOWN = "Incorrect order ID"


def items(change: Callable[[Item], Any]) -> Mutation:
    """Each item of a `status` answer changed, or only that of the named order."""

    def mutation(context: MutationContext) -> Reply:
        if not _is_keyed(context.payload):
            return Reply(encode(change(context.payload)))
        chosen = {key for key in context.payload if context.order in (None, key)}
        changed = {k: change(item) if k in chosen else item for k, item in context.payload.items()}
        return Reply(encode(changed))

    return mutation


def odd_items(context: MutationContext) -> Reply:
    """Each item an error whose words no dialect lists."""
    return items(lambda item: {"error": context.texts["archived"]})(context)


def with_fields(**figures: str | None) -> Mutation:
    """Each item with other values in some of its fields; errors stay as they are."""
    return items(lambda item: {**item, **figures} if "status" in item else item)


def without_items(context: MutationContext) -> Reply:
    """Every second item left out, or only that of the named order."""
    if not _is_keyed(context.payload):
        return Reply(b"{}")
    named = list(context.payload)
    missing = {context.order} if context.order else set(named[::2])
    return Reply(encode({key: item for key, item in context.payload.items() if key not in missing}))


def one_only(context: MutationContext) -> Reply:
    """An error, unless the call asks about a single order."""
    return refusal("trouble")(context) if _is_keyed(context.payload) else context.reply


def first_ten(context: MutationContext) -> Reply:
    """The first ten items; a call that asks about more silently gets no others."""
    payload = context.payload
    return Reply(encode(dict(list(payload.items())[:10]) if _is_keyed(payload) else payload))


def array(context: MutationContext) -> Reply:
    """The items as a list, without ids and in reverse order."""
    rows = context.payload.values() if _is_keyed(context.payload) else [context.payload]
    return Reply(encode(list(rows)[::-1]))


def _said(context: MutationContext) -> list[Item]:
    """The rows of an answer to `refill`, `cancel` or `refill_status`."""
    return context.payload if isinstance(context.payload, list) else [context.payload]


def without_ids(context: MutationContext) -> Reply:
    """The rows without their first key, which names what they are about, in reverse order."""
    return Reply(
        encode([dict(list(row.items())[1:]) if len(row) > 1 else row for row in _said(context)][::-1])
    )


def keyed_rows(context: MutationContext) -> Reply:
    """The rows as a map by the id that they are about."""
    return Reply(
        encode({str(next(iter(row.values()))): dict(list(row.items())[1:]) for row in _said(context)})
    )


def every_second_row(context: MutationContext) -> Reply:
    """Every second row."""
    return Reply(encode(_said(context)[::2]))


def doubled_rows(context: MutationContext) -> Reply:
    """Every row twice."""
    return Reply(encode([row for row in _said(context) for _ in range(2)]))


def one_word(context: MutationContext) -> Reply:
    """A single value of the last key."""
    return Reply(encode({list(row)[-1]: 1 for row in _said(context)[:1]}))


def bare_errors(context: MutationContext) -> Reply:
    """Every row with a text that no dialect lists in place of what became of it."""
    return Reply(encode([{**row, list(row)[-1]: context.texts["odd"]} for row in _said(context)]))


def _retry_after(context: MutationContext) -> http11.Headers:
    return () if context.seconds is None else (("Retry-After", f"{context.seconds:g}"),)


def _is_keyed(payload: Any) -> bool:
    return isinstance(payload, dict) and all(isinstance(item, dict) for item in payload.values())


def _new_id(context: MutationContext) -> int:
    return int(context.payload.get("order", context.state.peek_id()))


def _with_id(context: MutationContext, order_id: int | str) -> Reply:
    answer = {"order": order_id} if "order" in context.payload else context.payload
    return Reply(encode(answer))


def _with_note(payload: Any) -> Any:
    if isinstance(payload, list):
        return [_with_note(item) for item in payload]
    if _is_keyed(payload) and payload:
        return {key: _with_note(item) for key, item in payload.items()}
    return {**payload, "note": "Проверено"}


def _figures(payload: Any, value: float) -> Any:
    if isinstance(payload, list):
        return [_figures(item, value) for item in payload]
    if isinstance(payload, dict):
        return {k: value if k in FIGURES else _figures(item, value) for k, item in payload.items()}
    return payload
