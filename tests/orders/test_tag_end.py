"""When a tag is over, and what is told of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tracker.events import Event
from tracker.orders.order import State
from tracker.orders.tag_end import Ended, TagChange, notice_of_end
from tracker.orders.tags import split, tags_of


@pytest.mark.parametrize(
    ("before", "after", "is_over"),
    [
        ({"active": 1}, {"completed": 1}, True), ({"unknown": 1, "failed": 2}, {"failed": 2, "dropped": 1}, True),
        ({"queued": 1}, {"dropped": 1}, False), ({"queued": 1}, {"rejected": 1}, False),
        ({"active": 2}, {"active": 1, "completed": 1}, False), ({"active": 1}, {"submitting": 1, "partial": 4}, False),
        ({"completed": 1}, {"canceled": 1}, False), ({}, {"completed": 1}, False),
        ({"queued": 1, "active": 0}, {"queued": 0, "canceled": 1}, True),
    ],
)  # fmt: skip
def test_a_tag_is_over_when_its_last_order_that_went_on_ends(
    before: dict[str, int], after: dict[str, int], is_over: bool
) -> None:
    assert TagChange("july", before, after).has_ended is is_over


def ended(state: State, charge: str | None = None, **more: object) -> Ended:
    amount = None if charge is None else Decimal(charge)
    values = {"expected_charge": None, "currency": "USD", "total": 100, "remains": None} | more
    return Ended(str(state), amount, **values)  # type: ignore[arg-type]


def test_the_costs_are_summed_to_the_last_digit_by_currency() -> None:
    notice = notice_of_end(
        "july",
        [
            *(ended(State.COMPLETED, "0.1") for _ in range(3)), ended(State.COMPLETED, "5", currency="Toman"),
            ended(State.COMPLETED, expected_charge=Decimal("0.0001")), ended(State.PARTIAL, "1", remains=25),
            ended(State.PARTIAL, "0.5", expected_charge=Decimal(1), remains=50), ended(State.CANCELED, "7"),
            ended(State.FAILED, "7"), ended(State.PARTIAL, "1"), ended(State.COMPLETED), ended(State.REJECTED),
        ],
    )  # fmt: skip

    assert notice.event is Event.TAG_ENDED
    assert notice.facts == {
        "tag": "july", "spent": {"Toman": "5", "USD": "1.5501"}, "unpriced": 3,
        "orders": {"completed": 6, "partial": 3, "canceled": 1, "failed": 1, "rejected": 1},
    }  # fmt: skip


@pytest.mark.parametrize("text", ["july", "2026", "a-b_c.d", "کمپین", "हिन्दी", "کمپین\u200cها", "x" * 64])
def test_a_tag_has_letters_of_any_script_digits_and_a_few_marks(text: str) -> None:
    assert tags_of([text, f" {text} "]) == (text,)


def test_what_looks_the_same_is_the_same_tag() -> None:
    assert tags_of(["Zu\u0308rich", "Z\u00fcrich"]) == ("Z\u00fcrich",)
    assert split("a, b;c  d،e") == ["a", "b", "c", "d", "e"]
    assert split(" ; ") == []


@pytest.mark.parametrize(
    "text", ["", " ", "a/b", "-x", ".x", "a b", "a\u200cb", "x" * 65, "a,b", "<b>", "a\n"[:1] + "\x00"]
)
def test_any_other_text_is_no_tag(text: str) -> None:
    with pytest.raises(ValueError, match="tag"):
        tags_of([text])


def test_an_order_has_no_more_than_twenty_tags() -> None:
    with pytest.raises(ValueError, match="at most 20"):
        tags_of([f"t{n}" for n in range(21)])
