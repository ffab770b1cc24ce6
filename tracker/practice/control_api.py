"""The control API of the practice panel, for other processes: what it took, and what it does next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from tracker.lib.times import rfc3339
from tracker.practice.api import money
from tracker.practice.http11 import Request
from tracker.practice.mutations import encode
from tracker.practice.records import Move, Placed
from tracker.practice.replies import Reply
from tracker.practice.request_log import LoggedRequest, Requests
from tracker.practice.requests import Asking
from tracker.practice.state import PanelState
from tracker.practice.validation import Refusal

ROOT = "/_practice/"
SHOWN_REQUESTS = 1000

Form = Mapping[str, str]


class ControlledPanel(Protocol):
    """What the control API needs from a panel."""

    state: PanelState
    requests: Requests
    latency: float

    @property
    def asking(self) -> Asking:
        """The refills and cancels that it took."""

    def fault(
        self, action: str, name: str, times: int | None = 1, skip: int = 0, *,
        seconds: float | None = None, order: int | str | None = None,
    ) -> None:  # fmt: skip
        """Arm a fault."""

    def clear_faults(self) -> None:
        """Disarm all."""

    def word(self, kind: str, text: str) -> None:
        """Refuse in these words."""


def answer(panel: ControlledPanel, request: Request) -> Reply:
    """Answer one request under `ROOT`; a wrong request gets a 400 with a sentence that says why."""
    name = request.path.removeprefix(ROOT)
    command = (_READS if request.method == "GET" else _WRITES).get(name)
    if command is None:
        known = [*(f"GET {read}" for read in _READS), *(f"POST {write}" for write in _WRITES)]
        return Reply(encode({"error": f"Not found; the paths here are {', '.join(known)}"}), 404)
    try:
        return Reply(encode(command(panel, request.form or request.query)))
    except Refusal as refused:
        return Reply(encode({"error": f"The panel refuses: {refused.kind}"}), 400)
    except KeyError as missing:
        return Reply(encode({"error": f"There is no {missing.args[0]}"}), 400)
    except (ValueError, InvalidOperation) as wrong:
        return Reply(encode({"error": str(wrong) or "That is not a number"}), 400)


def summary(state: PanelState) -> dict[str, Any]:
    """The ledger, the movements and the wallet as JSON values; money is an exact decimal in a string."""
    with state.lock:
        moves = state.moves
        return {
            "orders": [_placed(placed) for placed in state.ledger],
            "moves": [_move(move) for move in moves],
            "opening": money(state.opening),
            "balance": money(state.balance),
        }


def _placed(placed: Placed) -> dict[str, Any]:
    return {
        "at": rfc3339(placed.at),
        "order": placed.order_id,
        "service": placed.service,
        "link": placed.link,
        "quantity": placed.quantity,
        "comments": placed.comments,
        "charge": money(placed.charge),
    }


def _move(move: Move) -> dict[str, Any]:
    return {
        "at": rfc3339(move.at), "kind": move.kind, "amount": money(move.amount), "order": move.order_id
    }  # fmt: skip


def _logged(request: LoggedRequest) -> dict[str, Any]:
    return {
        "at": rfc3339(request.at),
        "action": request.action,
        "form": dict(request.form),
        "fault": request.fault,
    }


def _ledger(panel: ControlledPanel, form: Form) -> dict[str, Any]:
    return summary(panel.state)


def _requests(panel: ControlledPanel, form: Form) -> dict[str, Any]:
    with panel.state.lock:
        last = list(panel.requests)[-SHOWN_REQUESTS:]
        counts = panel.requests.counts()
        return {
            "count": counts,
            "ids_asked": panel.requests.ids_asked,
            "last": [_logged(one) for one in last],
        }


def _fault(panel: ControlledPanel, form: Form) -> dict[str, Any]:
    times = form.get("times", "1")
    panel.fault(
        form["action"],
        form["fault"],
        None if times in ("none", "") else int(times),
        int(form.get("skip", "0")),
        seconds=float(form["seconds"]) if "seconds" in form else None,
        order=form.get("order"),
    )
    return {"done": True}


def _clear(panel: ControlledPanel, form: Form) -> dict[str, Any]:
    panel.clear_faults()
    return {"done": True}


def _text(panel: ControlledPanel, form: Form) -> dict[str, Any]:
    panel.word(form["kind"], form["text"])
    return {"done": True}


def _deposit(panel: ControlledPanel, form: Form) -> dict[str, Any]:
    amount = Decimal(form["amount"])
    if not amount.is_finite():
        raise ValueError("amount must be a number")
    panel.state.deposit(amount)
    return {"balance": money(panel.state.balance)}


def _end(panel: ControlledPanel, form: Form) -> dict[str, Any]:
    remains = int(form["remains"]) if form.get("remains") else None
    with panel.state.lock:
        named = list(panel.state.orders) if form["order"] == "all" else form["order"].split(",")
        ids = [int(order_id) for order_id in named]
        unknown = [order_id for order_id in ids if order_id not in panel.state.orders]
        if unknown:
            raise ValueError(f"There is no order {unknown[0]}")
        for order_id in ids:
            panel.state.end(order_id, form["word"], remains)
    return {"ended": len(ids)}


def _elsewhere(panel: ControlledPanel, form: Form) -> dict[str, Any]:
    return {"order": panel.state.place_elsewhere(form["service"], form["link"], int(form["quantity"]))}


def _fill(panel: ControlledPanel, form: Form) -> dict[str, Any]:
    word = form.get("word", "Processing")
    quantity = int(form.get("quantity", "100"))
    ids = panel.state.fill(
        int(form["n"]), service=int(form.get("service", "1")), quantity=quantity, word=word or None
    )
    return {"orders": ids}


def _part(panel: ControlledPanel, form: Form) -> dict[str, Any]:
    return {"order": panel.state.make_part(form["order"])}


def _fall(panel: ControlledPanel, form: Form) -> dict[str, Any]:
    """Let the count of an order that is over fall: so much remains of it again."""
    panel.state.override(form["order"], remains=int(form["remains"]))
    return {"done": True}


def _refill(panel: ControlledPanel, form: Form) -> dict[str, Any]:
    """End a refill with a word."""
    panel.asking.end(int(form["refill"]), form.get("word", "Completed"))
    return {"done": True}


def _latency(panel: ControlledPanel, form: Form) -> dict[str, Any]:
    panel.latency = float(form["seconds"])
    return {"latency": panel.latency}


Command = Callable[[ControlledPanel, Form], dict[str, Any]]

_READS: Mapping[str, Command] = {"ledger": _ledger, "requests": _requests}
_WRITES: Mapping[str, Command] = {
    "fault": _fault,
    "clear": _clear,
    "text": _text,
    "deposit": _deposit,
    "end": _end,
    "elsewhere": _elsewhere,
    "fill": _fill,
    "latency": _latency,
    "part": _part,
    "fall": _fall,
    "refill": _refill,
}
