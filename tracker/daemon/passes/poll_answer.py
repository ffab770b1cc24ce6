"""Reads the answer to a poll: which orders it says the same of as before, and what it says of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tracker.orders.answers import Failure, Said
from tracker.orders.batches import Batch
from tracker.orders.followed import Followed
from tracker.panel.dialects.dialect import Dialect
from tracker.panel.dialects.json_values import NotJson
from tracker.panel.dialects.status_items import RawItems
from tracker.panel.exchange import Exchange


class News(NamedTuple):
    """What an answer says of one order, read with care; None where it says nothing."""

    order: Followed
    said: Said | None
    #: What tells whether the next answer says the same; None where the answer could not be split.
    digest: int | None = None


class PollAnswer(NamedTuple):
    """An answer to a poll, with each of its orders in one of the two."""

    repeated: Sequence[Followed]
    news: Sequence[News]


def read(dialect: Dialect, exchange: Exchange, batch: Batch) -> PollAnswer | Failure:
    """Return what an answer says of each order of a batch, or why it cannot be used at all.

    What is the same to the byte as what was read with care before needs no reading. All else of an answer that can be
    split is read item by item, and any other answer as a whole: the outcome is the same (tests/daemon/test_repeats.py).
    """
    ids = [order.panel_order_id for order in batch]
    items = dialect.split_status(exchange, ids)
    found = None if items is None else _read_items(dialect, items, batch)
    return _read_whole(dialect, exchange, batch, ids) if found is None else found


def _read_items(dialect: Dialect, items: RawItems, batch: Batch) -> PollAnswer | None:
    """Read the items that are not the same as before; None where one of them spoils the whole answer."""
    repeated: list[Followed] = []
    news: list[News] = []
    digest_of = dialect.digests.of
    for order in batch:
        item = items[order.panel_order_id]
        digest = digest_of(item)
        if digest == order.digest:
            repeated.append(order)
            continue
        said = dialect.read_status_item(item, order.panel_order_id)
        if isinstance(said, NotJson):
            return None
        news.append(News(order, said, digest))
    return PollAnswer(repeated, news)


def _read_whole(
    dialect: Dialect, exchange: Exchange, batch: Batch, ids: Sequence[str]
) -> PollAnswer | Failure:
    answers = dialect.read_status(exchange, ids)
    if isinstance(answers, Failure):
        return answers
    return PollAnswer((), [News(order, answers.get(order.panel_order_id)) for order in batch])
