"""Writes the answer to what spends money, however long the disk refuses it. A part of the pass that sends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import structlog

from tracker.daemon.context import PanelContext
from tracker.lib.times import SECOND, seconds
from tracker.orders.order import Order
from tracker.store.database import StorageFault

log = structlog.get_logger(__name__)
T = TypeVar("T")

WRITE_DELAY = SECOND
"""How soon the write of an answer is tried again that the disk refused."""


def persist(
    context: PanelContext, write: Callable[[], T], order: Order, accepted_as: Callable[[], str | None]
) -> T:
    """Write an answer that money was spent for, however long the disk refuses it; at the stop, say what it was."""
    while True:
        try:
            return write()
        except StorageFault as fault:
            names = {"panel": context.name, "order": order.id, "panel_order_id": accepted_as()}
            log.error("answer.write_failed", **names, why=str(fault))
            if is_ending(context, "submit"):
                print(_unwritten(order, accepted_as(), fault), file=sys.stderr, flush=True)
                raise


def persist_requests(context: PanelContext, write: Callable[[], T], count: int) -> T:
    """Write the answer to requests about orders, however long the disk refuses it; lost at the stop, it is unknown."""
    while True:
        try:
            return write()
        except StorageFault as fault:
            log.error("answer.write_failed", panel=context.name, requests=count, why=str(fault))
            if is_ending(context, "requests"):
                raise


def is_ending(context: PanelContext, pass_name: str) -> bool:
    """Wait a little before the next try; tell whether there is none, as the process ends."""
    context.note_progress(pass_name)  # what ends the daemon now loses the answer
    return context.ending.wait(seconds(WRITE_DELAY))


def _unwritten(order: Order, panel_order_id: str | None, fault: StorageFault) -> str:
    """Say, for the operator, which order has an answer that is not in the database, and what it was."""
    name = f"order {order.id}{f' ({order.ref})' if order.ref else ''}"
    if panel_order_id is None:
        advice = f"if it is unknown after the next start, look for it on the page of panel {order.panel}"
        return f"the answer to {name} could not be written ({fault}); {advice}"
    advice = f"if it is unknown after the next start: tracker resolve {order.id} --adopt {panel_order_id}"
    return (
        f"panel {order.panel} took {name} as {panel_order_id}, which could not be written ({fault}); {advice}"
    )
