"""The benchmarks still run: each once, all at a time, with so few orders that their figures mean nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.benchmarks.__main__ import MEASURES, options
from tests.support.databases import PROGRAMS

pytestmark = pytest.mark.sqlite

FEW = """
    --runs 1 --orders 200 --swept 200 --added 5 --rows 300 --until 200 --finished 100 --seconds 0
    --followed 20 --looks 1 --shared 200 --daemons 2 --lead 0 --requests 20 --warm 0 --calls 20
"""

SERVED = any((folder / "initdb").exists() for folder in PROGRAMS)
TRIED = set(MEASURES) - {"freshness", "busy-fleet"} - (set() if SERVED else {"fleet"})
"""All but what another test tries, what is another's twin, and what needs a server that is not installed."""

Running = dict[str, Future[list[str]]]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    few = options().parse_args(FEW.split())
    with ThreadPoolExecutor(len(TRIED)) as pool:
        yield {name: pool.submit(MEASURES[name], few) for name in sorted(TRIED)}


@pytest.mark.parametrize("name", sorted(TRIED))
def test_it_measures(name: str, running: Running) -> None:
    rows = running[name].result()

    assert rows
    assert all(any(letter.isdigit() for letter in row) for row in rows)
