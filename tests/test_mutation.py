"""The mutation tests name files and tests that exist, and know a change that changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.mutants import why_equivalent
from tests.mutation.rooms import ROOMS, SLOW, Room
from tests.mutation.unremembered import forgets
from tracker.panel.dialects.perfectpanel import PERFECTPANEL
from tracker.panel.dialects.spelling import folded_message

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("room", ROOMS.values(), ids=ROOMS)
def test_every_room_names_files_and_tests_that_exist(room: Room) -> None:
    assert all(list((ROOT / "tracker").glob(file)) for file in room.files)
    assert all((ROOT / "tests" / test).exists() for test in room.tests)


def test_what_is_left_out_exists() -> None:
    for test in SLOW:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text()


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (
            "return db.sql(\"select seen from probes where seen = 'a'\")",
            "SQL knows no case, but in quoted values",
        ),
        ("return db.sql(\"SELECT SEEN FROM PROBES WHERE SEEN = 'A'\")", None),
        ("return None", "nobody looks"),
        ("return 0", None),
    ],
)
def test_a_change_is_equivalent_by_the_list_or_as_sql_in_another_case(
    tmp_path: Path, changed: str, why: str | None
) -> None:
    folder = tmp_path / "mutants" / "tracker" / "store"
    folder.mkdir(parents=True)
    line = "return db.sql(\"SELECT seen FROM probes WHERE seen = 'a'\")"
    (folder / "seen.py").write_text(
        f"def x_found__mutmut_orig(db):\n    {line}\n\ndef x_found__mutmut_1(db):\n    {changed}\n"
    )

    found, shown = why_equivalent(
        tmp_path, "tracker.store.seen.x_found__mutmut_1", {"nobody looks": ("store.seen.found: return None",)}
    )

    assert found == why
    assert changed in shown


def test_what_the_program_remembers_is_forgotten_before_a_change_is_tried() -> None:
    assert PERFECTPANEL.cost_rules
    assert folded_message("Error: not enough funds") == "not enough funds"

    for forget in forgets():
        forget()

    assert folded_message.cache_info().currsize == 0
    assert "cost_rules" not in vars(PERFECTPANEL)
