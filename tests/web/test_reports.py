"""The page of a report: made beside the requests, one at a time, and kept for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.daemon.test_page import a_config, a_free_port
from tests.support import crowds
from tests.support.browsers import served
from tests.support.project import eventually
from tests.support.samples import a_database
from tracker.accounts.statement import By
from tracker.lib import clock, money, months
from tracker.lib.times import HOUR, SECOND
from tracker.operations.statements import month_statement
from tracker.store.database import ReplacedFault, StorageFault
from tracker.web.pages.report import ROWS, Asked, values_of
from tracker.web.reports import FAULT_KEPT, MOST, Reports, Rest, Values
from tracker.web.serving import Serving
from tracker.web.site import Doors


class Making:
    """Makes a report as soon as it is let, and counts how often."""

    def __init__(self, *, is_let: bool = True) -> None:
        self.begun = 0
        self.may_end = threading.Event()
        if is_let:
            self.may_end.set()

    def __call__(self, rest: Rest) -> Values:
        """Make it."""
        self.begun += 1
        while not self.may_end.wait(0.005):
            rest()
        return {"number": self.begun}


class Clock:
    """Goes on when it is told."""

    def __init__(self) -> None:
        self.at = 0

    def __call__(self) -> int:
        """Return the time."""
        return self.at


@pytest.fixture
def timer() -> Clock:
    return Clock()


@pytest.fixture
def reports(timer: Clock) -> Iterator[Reports]:
    made = Reports(timer, wait=SECOND // 5)
    yield made
    made.close()


# -- what is kept ------------------------------------------------------------------------------------------


def test_a_report_is_made_once_for_all_who_ask_and_one_at_a_time(reports: Reports) -> None:
    making, other = Making(is_let=False), Making()
    began = time.monotonic()
    with ThreadPoolExecutor(4) as askers:
        asked = [askers.submit(reports.look, "of p", making) for _ in range(3)]
        asked += [askers.submit(reports.look, "of q", other)] if _has_begun(making) else []
        assert [one.result(10).is_being_made for one in asked] == [True] * 4
        assert 0.9 / 5 <= time.monotonic() - began < 1
        assert other.begun == 0
        making.may_end.set()
        asked = [askers.submit(reports.look, "of p", making) for _ in range(4)]
        assert [one.result(10).values for one in asked] == [{"number": 1}] * 4
        assert reports.look("of q", other).values == {"number": 1}


def _has_begun(making: Making) -> bool:
    while not making.begun:
        time.sleep(0.001)
    return True


def test_nobody_waits_for_what_was_begun_long_ago() -> None:
    reports, making = Reports(wait=SECOND // 10), Making(is_let=False)
    reports.look("of p", making)
    began = time.monotonic()
    for _ in range(100):
        assert reports.look("of p", making).is_being_made
    reports.close()

    assert time.monotonic() - began < 1


def test_an_old_report_is_shown_until_it_is_made_anew(reports: Reports, timer: Clock) -> None:
    making = Making()
    kept_for = reports.look("of p", making).kept_for
    assert SECOND <= kept_for <= HOUR

    timer.at += kept_for - 1
    assert reports.look("of p", making).values == {"number": 1}
    timer.at += 1
    making.may_end.clear()
    look = reports.look("of p", making)
    assert (look.values, look.is_being_made) == ({"number": 1}, True)
    making.may_end.set()
    assert reports.look("of p", making).values == {"number": 2}


def test_what_takes_long_is_kept_for_an_hour_at_most_and_a_thousand_times_as_long() -> None:
    reports = Reports()

    def make(_rest: Rest) -> Values:
        _use(0.02)
        return {}

    kept_for = reports.look("of p", make).kept_for

    assert 15 * SECOND < kept_for <= HOUR


def test_few_reports_are_kept(reports: Reports) -> None:
    makings = [Making() for _ in range(MOST + 1)]
    for _ in range(2):
        for number, making in enumerate(makings[:MOST]):
            reports.look(number, making)
    assert {one.begun for one in makings[:MOST]} == {1}

    reports.look(MOST, makings[MOST])
    reports.look(0, makings[0])
    assert (makings[0].begun, makings[MOST].begun) == (2, 1)


# -- what it takes -----------------------------------------------------------------------------------------


def _use(cpu_s: float) -> None:
    until = time.thread_time() + cpu_s
    while time.thread_time() < until:
        pass


def test_making_takes_no_more_than_its_part_of_the_processor() -> None:
    reports = Reports(share=0.25, saved_s=0.0, wait=SECOND // 5)
    ended: list[float] = []

    def make(rest: Rest) -> Values:
        for _ in range(10):
            _use(0.01)
            rest()
        ended.append(time.monotonic())
        return {}

    began = time.monotonic()
    while not ended:
        reports.look("of p", make)

    assert ended[0] - began >= 0.9 * 0.1 / 0.25


def test_many_small_reports_take_no_more_than_one_large_one() -> None:
    reports = Reports(share=0.25, saved_s=0.0, wait=SECOND // 5)

    def make(_rest: Rest) -> Values:
        _use(0.01)
        return {}

    began = time.monotonic()
    for number in range(10):
        while reports.look(number, make).is_being_made:
            pass

    assert time.monotonic() - began >= 0.9 * 9 * 0.01 / 0.25


def test_a_report_is_given_up_when_nothing_is_served_any_more(reports: Reports) -> None:
    making = Making(is_let=False)
    reports.look("of p", making)
    began = time.monotonic()
    reports.close()

    assert time.monotonic() - began < 1
    assert "report" not in {one.name for one in threading.enumerate()}
    assert reports.look("of p", making).values is None
    assert making.begun == 1


# -- what hinders it ---------------------------------------------------------------------------------------


def test_why_a_report_cannot_be_made_is_told_and_it_is_tried_again_later(
    reports: Reports, timer: Clock
) -> None:
    tries: list[str] = []

    def make(_rest: Rest) -> Values:
        tries.append("once")
        raise StorageFault("the disk is full")

    for _ in range(3):
        with pytest.raises(StorageFault, match="the disk is full"):
            reports.look("of p", make)
    assert len(tries) == 1

    timer.at += FAULT_KEPT
    assert reports.look("of p", Making()).values == {"number": 1}


def test_a_fault_of_our_own_is_no_end_of_all_reports(reports: Reports, timer: Clock) -> None:
    def make(_rest: Rest) -> Values:
        raise ZeroDivisionError

    with pytest.raises(RuntimeError):
        reports.look("of p", make)

    assert reports.look("of q", Making()).values == {"number": 1}
    timer.at += FAULT_KEPT
    assert reports.look("of p", Making()).values == {"number": 1}


# -- on the page -------------------------------------------------------------------------------------------


def test_the_page_shows_what_the_command_would(tmp_path: Path) -> None:
    db, now = a_database(tmp_path), clock.now()
    crowds.fill(db, 2000, now)
    with db.transaction():
        db.sql("UPDATE orders SET service = CAST(id % 300 AS TEXT)")
    month = months.month_of(now - 10 * 24 * HOUR, None)
    of = month_statement(db, "p", months.span_of(month, None), By.SERVICE)
    with served(db, tmp_path) as stage:
        browser = stage.browser()
        shown = browser.get(f"/report?month={months.written(month)}").shown
        services = browser.get(f"/report?month={months.written(month)}&by=service").shown

    assert "As of" in shown
    assert f"spent on {of.total.orders:,} orders" in shown
    for amount in (of.total.spent, of.total.refunded, of.total.net, of.difference, *of.causes.values()):
        assert not amount or f"{money.shown(amount, of.currency)}\n" in shown
    assert (
        f"{len(of.rows) - ROWS} more: tracker report --month {months.written(month)} --by service" in services
    )


def test_a_report_that_is_not_made_yet_says_so_and_comes_by_itself(tmp_path: Path) -> None:
    db = a_database(tmp_path)
    crowds.fill(db, 50, clock.now())
    making = Making(is_let=False)
    with served(db, tmp_path) as stage:
        browser = stage.browser()
        stage.site.reports.look("another", making)

        answer = browser.get("/report?by=day")
        assert answer.status == 200
        assert "is being made" in answer.shown
        assert f"tracker report --month {months.written(months.month_of(clock.now(), None))} --by day" in (
            answer.shown
        )
        assert 'data-seconds="5"' in answer.text

        making.may_end.set()
        eventually(lambda: "As of" in browser.get("/report?by=day").shown)
        assert "data-seconds" not in browser.get("/report?by=day").text


@pytest.mark.sqlite
def test_a_report_is_given_up_once_the_file_of_the_database_is_gone(tmp_path: Path) -> None:
    db, now = a_database(tmp_path), clock.now()
    crowds.fill(db, 50, now)
    db.watch_file("while it was tried")
    aside = tmp_path / "aside"
    aside.mkdir()

    def rest() -> None:
        for file in Path(db.name).parent.glob("tracker.db*"):
            file.replace(aside / file.name)

    with served(db, tmp_path) as stage, pytest.raises(ReplacedFault):
        values_of(stage.site, Asked("p", months.month_of(now, None), By.DAY), rest)


def test_a_config_that_is_read_again_has_reports_of_its_own(tmp_path: Path) -> None:
    config = a_config(tmp_path, a_free_port())
    serving = Serving(a_database(tmp_path), Doors(adopt=lambda order, _id, _by: order))
    try:
        serving.follow(config)
        assert serving._site is not None
        before, making = serving._site.reports, Making(is_let=False)
        before._wait = 0
        before.look("of p", making)
        serving.follow(config)
        assert serving._site.reports is not before
        assert "report" not in {one.name for one in threading.enumerate()}
    finally:
        serving.close()
