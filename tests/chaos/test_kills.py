"""kill -9 at some moments of each request; ``python3 dev.py chaos kills`` goes through all of them."""

import pytest

from tests.chaos.kills import ALL, kill_at_each

STEP = 9


@pytest.mark.parametrize("case", ALL)
def test_a_killed_process_leaves_all_or_nothing(database: str, case: str) -> None:
    row = kill_at_each(database, case, first=1 + list(ALL).index(case) % STEP, step=STEP)
    assert row.wrong == []
    assert row.killed > 0
