"""Never one too many, by real processes: some attempts here; ``python3 dev.py chaos limits`` makes many."""

import pytest

from tests.chaos.limits import Many, reach

MANY = Many(processes=3, threads=3, attempts=8)
CASES = {"mixed": 5, "code": 1}


@pytest.mark.parametrize("kind", CASES)
def test_processes_at_one_limit_get_exactly_what_there_is(database: str, kind: str) -> None:
    row = reach(database, kind, CASES[kind], MANY, seed=1)
    assert row.wrong == []
    assert sum(row.uses.values()) > 0
