"""Which ids an account believes, by table."""

from __future__ import annotations

import pytest

from tests.support.samples import NOW, an_order
from tracker.accounts.account import Account, after_resume, submitting_hold
from tracker.accounts.add_answer import account_after_add
from tracker.accounts.ids import (
    account_after_adopt,
    account_after_poll,
    after_fit,
    after_ids_resumed,
    after_own_ids,
    after_unfit_id,
    contradicts,
    floor,
    is_far_above,
    is_unproven,
)
from tracker.events import Event, Notice
from tracker.orders.answers import Accepted, Unanswered
from tracker.orders.order import Order, State

FRESH = Account("p")
KNOWN = Account("p", newest_id="5001")


def test_an_answer_alone_makes_no_id_the_highest() -> None:
    assert account_after_add(KNOWN, Accepted("5002"), NOW).after.newest_id == "5001"
    assert account_after_add(FRESH, Accepted("5002"), NOW).after.newest_id is None


def test_an_id_that_the_panel_confirms_may_become_the_highest() -> None:
    assert account_after_poll(KNOWN, ["5003", None, "5002"]).after.newest_id == "5003"
    assert account_after_poll(KNOWN, []).after == KNOWN
    assert account_after_adopt(KNOWN, "5004").after.newest_id == "5004"


@pytest.mark.parametrize(
    ("ids", "newest"),
    [
        (["7", "9", "8"], "9"), (["ord_1"], None), (["99", "100"], "100"), (["100", "x", "99"], "100"), ([], None),
        ([None], None), (["0000000000099", "100"], "100"), (["5", str(2**63), "6"], str(2**63)), (["5", "٩٩"], "5"),
        (["5", "9²"], "5"), (["5", "-9"], "5"), (["5", "9" * 101], "5"), (["5", "9" * 10_000], "5"),
    ],
)  # fmt: skip
def test_the_newest_own_id_is_the_highest_number(ids: list[str | None], newest: str | None) -> None:
    assert after_own_ids(FRESH, ids).newest_id == newest
    account = FRESH
    for one in ids:
        account = after_own_ids(account, [one])
    assert account.newest_id == newest


@pytest.mark.parametrize(
    ("panel_order_id", "newest_id", "far"),
    [
        ("99999999999", "5001", True), (str(2**63), "5001", True), ("9" * 100, "5001", True), ("5002", "5001", False),
        ("1050010", "5001", False), ("1050011", "5001", True), ("1000000", "1", False), ("5001", "99999999999", False),
        ("99999999999", None, False), ("99999999999", "ord_1", False), ("ord_99999999999", "5001", False),
        ("890000000", "88000000", True), ("880000000", "88000000", False), ("000000005002", "5001", False),
    ],
)  # fmt: skip
def test_an_id_is_far_above_what_a_panel_gives_in_ten_of_its_lives(
    panel_order_id: str, newest_id: str | None, far: bool
) -> None:
    assert is_far_above(panel_order_id, newest_id) is far


@pytest.mark.parametrize(
    ("panel_order_id", "newest_id", "owner", "words"),
    [
        ("5002", "5001", None, None),
        ("5002", None, None, None),
        ("99999999999", None, None, None),
        ("99999999999", "5001", None, "far above 5001, the newest id before: it may be no order's"),
        ("5001", "5001", None, "not above 5001, the newest id before: it may be another order's"),
        ("5002", "5001", 3, "order 3's already"),
        ("4711234", None, 3, "order 3's already"),  # also where ids do not grow
    ],
)
def test_an_id_is_believed_only_if_it_fits(
    panel_order_id: str, newest_id: str | None, owner: int | None, words: str | None
) -> None:
    answer = after_fit(Accepted(panel_order_id), newest_id, owner)

    if words is None:
        assert answer == Accepted(panel_order_id)
    else:
        assert isinstance(answer, Unanswered)
        assert answer.claimed_id == panel_order_id
        assert answer.why == f"the panel answered with order id {panel_order_id}, which is {words}"


def test_an_id_that_was_ours_before_the_order_was_sent_is_not_its_own() -> None:
    answer = after_fit(Accepted("5002"), "5001", None, was_seen=True)

    assert isinstance(answer, Unanswered)
    assert "ours already" in answer.why


def test_an_id_that_does_not_fit_stops_the_account_and_notifies_once() -> None:
    unfit = Unanswered("the panel answered with order id 7", claimed_id="7")

    first = account_after_add(KNOWN, unfit, NOW)
    second = account_after_add(first.after, unfit, NOW)

    assert [(one.event, one.facts["kind"]) for one in first.notices] == [("spend.unexplained", "ids")]
    assert second.notices == ()
    hold = submitting_hold(first.after, NOW + 1)
    assert hold is not None
    assert hold.person
    assert "order id 7" in hold.why


def test_the_notice_of_an_id_that_does_not_fit_names_the_panel_and_the_reason() -> None:
    why = "it is order 3's already"
    notice = Notice(Event.SPEND_UNEXPLAINED, "p", facts={"kind": "ids", "why": why})

    change = after_unfit_id(KNOWN, why)

    assert change.after == KNOWN._replace(ids_doubt=why)
    assert change.notices == (notice,)
    assert after_unfit_id(change.after, "another") == (change.after, ())


def test_an_account_is_unproven_from_its_first_number_until_one_is_confirmed() -> None:
    assert not is_unproven(FRESH)
    assert is_unproven(FRESH._replace(answered_id="5002"))
    assert not is_unproven(FRESH._replace(answered_id="ord_1"))
    assert not is_unproven(KNOWN._replace(answered_id="5002"))


def test_an_answer_is_remembered_though_it_proves_nothing() -> None:
    assert account_after_add(KNOWN, Accepted("5002"), NOW).after.answered_id == "5002"


@pytest.mark.parametrize(
    ("panel_order_id", "answered_id", "does"),
    [("5003", "5002", False), ("5002", "5002", True), ("5001", "5002", True), ("ord_1", "5002", False)],
)
def test_an_id_contradicts_the_answer_before_it_unless_it_is_above(
    panel_order_id: str, answered_id: str, does: bool
) -> None:
    assert contradicts(panel_order_id, answered_id) is does


ACTIVE = an_order(state=State.ACTIVE, panel_order_id="5002")


@pytest.mark.parametrize(
    ("last", "lowest"),
    [
        (None, "5001"),
        (ACTIVE._replace(missing=1), "5001"),  # the panel denies it
        (ACTIVE, "5002"),  # it says nothing of it
        (ACTIVE._replace(panel_status="Pending"), "5002"),
        (ACTIVE._replace(panel_status="Pending", missing=1), "5002"),  # it has confirmed it before
        (ACTIVE._replace(panel_order_id="4000"), "5001"),
    ],
)
def test_a_new_id_must_be_above_the_one_before_unless_the_panel_denies_that(
    last: Order | None, lowest: str
) -> None:
    assert floor("5001", last) == lowest


def test_no_answer_at_all_does_not_stop_the_account() -> None:
    assert account_after_add(KNOWN, Unanswered("it timed out"), NOW).after.ids_doubt is None


@pytest.mark.parametrize(
    ("verified", "newest"), [(["5001", "5002", "x"], "5002"), ([], None), (["ord_1"], None)]
)
def test_resume_takes_the_highest_id_of_verified_orders(verified: list[str], newest: str | None) -> None:
    stopped = KNOWN._replace(newest_id="99999999999", answered_id="99999999999", ids_doubt="it does not fit")

    assert after_ids_resumed(stopped, verified) == KNOWN._replace(newest_id=newest)
    assert after_resume(stopped).after.ids_doubt is None
