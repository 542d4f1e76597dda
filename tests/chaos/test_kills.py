"""kill -9 at some moments of some requests; ``python3 dev.py chaos kills`` goes through all of them."""

import pytest

from tests.chaos.kills import kill_at_each

FIRST = {"hold": 3, "swap": 8, "confirm": 13, "release": 18, "three first holds together": 5}
"""From which moment on; those that share a transaction have the fewest."""
STEP = 14


@pytest.mark.parametrize("case", FIRST)
def test_a_killed_process_leaves_all_or_nothing(database: str, case: str) -> None:
    row = kill_at_each(database, case, first=FIRST[case], step=STEP)
    assert row.wrong == []
    assert row.killed > 0
