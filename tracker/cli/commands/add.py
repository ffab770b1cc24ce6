"""`add`: takes one order in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import click

from tracker.cli.completers import complete_panels
from tracker.cli.files.rows import BadFile
from tracker.cli.no_daemon import warn_if_stopped, warn_without_daemon
from tracker.cli.orders.find_order import find_order
from tracker.cli.orders.page import amount, print_order
from tracker.cli.orders.pruned import pruned_order, pruned_sentence
from tracker.cli.output import json_option, print_json
from tracker.cli.session import Refused, Session, full_stop, pass_session
from tracker.cli.streams import note_done
from tracker.cli.terminal import screen
from tracker.config.panel_settings import PanelConfig
from tracker.lib.clock import now
from tracker.lib.counts import counted
from tracker.operations.drafts import Row, draft_of, past_fault
from tracker.operations.offers import Offers
from tracker.orders.catalogue import Listed
from tracker.orders.cost import Estimate, estimate
from tracker.orders.order import Draft, Order, State
from tracker.orders.order_json import order_json
from tracker.store import accounts, orders, queue, renames
from tracker.store.database import Database
from tracker.store.duplicates import Rehearsal

INSIST = "Nothing was queued; --anyway queues it all the same"


@click.command()
@click.argument("service")
@click.argument("link")
@click.argument("quantity", required=False)
@click.option(
    "--panel",
    shell_complete=complete_panels,
    help="The panel to order from. It is needed when the config has more than one.",
)
@click.option("--ref", help="Your own reference. Queueing the same ref again changes nothing.")
@click.option("--comments", help="The comments, one a line.")
@click.option("--comments-file", type=click.File("rb"), help="A file of comments, one a line.")
@click.option(
    "--encoding", help="The encoding of that file, like utf-8 or cp1254. Without it the file tells."
)
@click.option(
    "--field", "fields", multiple=True, metavar="NAME=VALUE", help="A further field that the service needs."
)
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="TAG",
    help="A word of yours to find it by, like a campaign; several.",
)
@click.option(
    "--priority",
    metavar="N",
    help="From -100 to 100: of two that may be sent, the higher goes first; 0 unless told.",
)
@click.option(
    "--not-before", metavar="WHEN", help="Send it then at the earliest: tomorrow 9:00, 2h, 2026-12-24."
)
@click.option("--expires", metavar="WHEN", help="Give it up, with an alert, when it was not sent by then.")
@click.option(
    "--anyway",
    is_flag=True,
    help="Queue it although something is wrong with it. The daemon checks it again before it sends it, and rejects, "
    "with an alert, what the catalogue still rules out then; a link that only looks wrong is sent.",
)
@click.option(
    "--dry-run", is_flag=True, help="Show what it would cost and how long it would take; change nothing."
)
@json_option
@pass_session
def add(
    session: Session,
    /,
    fields: tuple[str, ...],
    tags: tuple[str, ...],
    comments_file: BinaryIO | None,
    encoding: str | None,
    anyway: bool,
    dry_run: bool,
    as_json: bool,
    **texts: str | None,
) -> None:
    """Queue one order; the daemon places it.

    It orders QUANTITY of SERVICE for LINK. SERVICE is an id, or a name that fits exactly one service. An order that is
    known to be refused is not queued.
    """
    row: dict[str, object] = {name: text for name, text in texts.items() if text is not None}
    if comments_file is not None:
        if "comments" in row:
            raise Refused("add either --comments or --comments-file, not both")
        row["comments"] = _read(comments_file, encoding)
    row |= {"fields": _pairs(fields), "tags": tags}
    panel = session.panel(texts["panel"])
    offers = Offers(session.untouched if dry_run else session.db, panel)
    row["service"] = _service_meant(offers, str(row["service"]))
    if not str(row["link"]).strip():
        row["link"] = offers.link_of(str(row["service"]), _pairs(fields)) or ""
    draft = _draft(session, row, panel.name)
    if dry_run:
        _rehearse(session, draft, anyway, as_json)
        return
    order, is_new = _enqueue(session, draft, None if anyway else offers)
    note_done(f"Order {order.id} {'is queued' if is_new else 'already exists; nothing was queued'}")
    _print(session, offers, panel, (order, is_new), as_json)
    warn_if_stopped(session, order.panel)
    warn_without_daemon(session)


def _print(
    session: Session, offers: Offers, panel: PanelConfig, taken: tuple[Order, bool], as_json: bool
) -> None:
    """Print an order that was queued, or that stood already: that one may be of another panel, or a former name."""
    order, is_new = taken
    if as_json:
        print_json(order_json(order))
    else:
        if not is_new:
            screen.say(f"Order {order.id} already exists; nothing was queued.", err=True)
        print_order(order, session.config.timezone)
        if order.state is State.QUEUED:
            _print_charge(session.db, offers, panel, order)
    if is_new:
        _print_warnings(offers, panel, order)


def _service_meant(offers: Offers, text: str) -> str:
    """Return the id of the service that is meant, and say which one it is where it was found by its name."""
    service_id, service = offers.meant(text)
    if service is not None:
        screen.say(f"Service {service.id}: {service.name}", err=True)
    return service_id


def _draft(session: Session, row: Row, panel: str) -> Draft:
    try:
        return draft_of(row, panel, session.reserved(), session.when)
    except ValueError as error:
        raise Refused(str(error)) from None


def _read(file: BinaryIO, encoding: str | None) -> str:
    # Here, because few orders have a file of comments.
    from tracker.cli.files.encodings import text_of

    try:
        text, taken = text_of(file.read(), encoding)
    except (BadFile, ValueError) as error:
        raise Refused(f"{file.name}: {error}") from None
    if taken.is_guessed:
        screen.say(f"{file.name}: {taken.sentence}.", err=True)
    return text


def _pairs(fields: Sequence[str]) -> dict[str, str]:
    """Return the fields by their names; Refused when one is given twice: which was meant is not known."""
    found: dict[str, str] = {}
    for name, value in map(_pair, fields):
        if name in found:
            raise Refused(f"--field {name} is given twice: leave one of them out")
        found[name] = value
    return found


def _pair(field: str) -> tuple[str, str]:
    name, equals, value = field.partition("=")
    if not equals:
        raise Refused(f"--field {field}: write NAME=VALUE")
    return name, value


def _enqueue(session: Session, draft: Draft, offers: Offers | None) -> tuple[Order, bool]:
    """Queue a draft; return its order, and whether it is new. With `offers`, refuse a new one that has a fault."""
    with session.db.transaction():
        former = dict.fromkeys(session.former_names(draft.panel))
        duplicates = queue.enqueue(session.db, [queue.Entry(draft, former=former)], now())
        if not duplicates:
            if past := past_fault(draft, now()):
                raise Refused(f"{past}. Nothing was queued")
            if offers is not None and (fault := offers.objection(draft)):
                raise Refused(f"{full_stop(fault)} {INSIST}")
            return orders.newest(session.db), True
    return _existing(session, draft, duplicates[0]), False


def _existing(session: Session, draft: Draft, duplicate: queue.Duplicate) -> Order:
    """Return the order that stands, or stood; Refused when it asks for something else."""
    kept = duplicate.pruned
    if kept is not None:
        was_pruned = pruned_sentence(duplicate.what, kept)
        if not duplicate.same:
            raise Refused(f"{was_pruned}, and had other content. Nothing was queued.")
        screen.say(f"{was_pruned}. Its other values are no longer known.", err=True)
        return pruned_order(draft, kept)
    if not duplicate.same:
        raise Refused(
            f"{duplicate.what} is already order {duplicate.order_id}, with other content; "
            f"`tracker show {duplicate.order_id}` shows it. Nothing was queued."
        )
    return find_order(session, f"id:{duplicate.order_id}")


def _print_warnings(offers: Offers, panel: PanelConfig, order: Order | Draft) -> None:
    """Say what could not be checked of a queued order, and what the daemon's check will find."""
    if offers.unread_sentence:
        screen.say(f"Warning: {offers.unread_sentence}", err=True)
        return
    for warning in offers.unread_figures(order.service):
        screen.say(f"Warning: {warning}", err=True)
    if fault := offers.refusal(order):
        screen.say(f"Warning: with the present catalogue it will be rejected: {fault}", err=True)


def _print_charge(db: Database, offers: Offers, panel: PanelConfig, order: Order) -> None:
    """Print what a queued order will cost, where that is known."""
    found = offers.find(order.service)
    if not isinstance(found, Listed) or offers.refusal(order):
        return
    said = _said(
        estimate(order, found.service, panel.dialect.cost_rules), accounts.read(db, panel.name).currency
    )
    if said:
        click.echo(f"{'charge':<12} {said}")


def _rehearse(session: Session, draft: Draft, anyway: bool, as_json: bool) -> None:
    """Show what would become of a draft; Refused when it would not be queued."""
    # Here, because most orders are added without a plan.
    from tracker.cli.queueing.plans import PanelPlan, plan_json, print_plan

    plan = PanelPlan(session, session.panel(draft.panel))
    existing = _standing(session, draft)
    fault = plan.offers.objection(draft) if existing is None else None
    is_refused = fault is not None and not anyway
    if existing is None and not is_refused:
        plan.add(draft)
    if as_json:
        print_json(
            {
                "would_queue": int(existing is None and not is_refused), "already": int(existing is not None),
                "order": existing, "error": fault, "panels": [plan_json(draft.panel, plan.of_added(), plan.offers)],
            }
        )  # fmt: skip
    if is_refused:
        raise Refused(f"{full_stop(str(fault))} {INSIST}")
    if existing is None:
        _print_warnings(plan.offers, session.panel(draft.panel), draft)
    if not as_json and existing is not None:
        click.echo(f"Order {existing} already exists; nothing would be queued.")
    elif not as_json:
        print_plan(draft.panel, plan.of_added(), plan.offers)
        click.echo("Nothing was queued: this was a dry run.", err=True)


def _standing(session: Session, draft: Draft) -> int | None:
    """Return the order that a draft is the same as; Refused when it asks for something else."""
    db = session.untouched
    former = renames.former_names(db, draft.panel, session.config.panels) if db is not None else ()
    for found in Rehearsal(db).enqueue([queue.Entry(draft, former=dict.fromkeys(former))]):
        if not found.same:
            raise Refused(f"{found.what} is already order {found.order_id}, with other content")
        return found.order_id
    return None


def _said(cost: Estimate, currency: str | None) -> str | None:
    """Say what an order will cost; None when that is not known."""
    if cost.per_post is not None:
        low, high = amount(cost.per_post.low), amount(cost.per_post.high)
        return " ".join(filter(None, (low if low == high else f"{low} to {high}", currency, "for each post")))
    if cost.charge is None:
        return None
    of = f"for {counted(cost.units, 'unit')} in all" if cost.series and cost.units else None
    return " ".join(filter(None, (amount(cost.charge, currency), "expected", of)))
