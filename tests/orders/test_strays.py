"""Orders of panels that are not in the config, by table."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tracker.orders.strays import stray_sentences, strays

TAIL = "nobody places or follows {}; put the panel back, or run `tracker rename-panel {} NEW`"


@pytest.mark.parametrize(
    ("states", "sentence"),
    [
        (
            {"queued": 1},
            f"1 order of panel old, which is not in the config (1 queued): {TAIL.format('it', 'old')}",
        ),
        (
            {"queued": 2},
            f"2 orders of panel old, which is not in the config (2 queued): {TAIL.format('them', 'old')}",
        ),
        (
            {"active": 4, "unknown": 3, "submitting": 2, "queued": 1, "completed": 9},
            "10 orders of panel old, which is not in the config (1 queued, 2 submitting, 3 unknown, 4 active): "
            + TAIL.format("them", "old"),
        ),
        ({"completed": 9, "dropped": 1, "queued": 0}, None),  # nothing of it waits for the panel
    ],
)
def test_what_waits_in_vain_is_counted_by_state(states: Mapping[str, int], sentence: str | None) -> None:
    counts = {"p": {"queued": 5}, "old": states}

    assert stray_sentences(counts, ["p"]) == ([] if sentence is None else [sentence])
    assert strays(counts, ["p"]) == {"old": states}


def test_panels_are_named_in_the_order_of_their_names() -> None:
    assert list(strays({"b": {}, "a": {}}, [])) == ["a", "b"]
