"""Some checkouts in all weathers; ``python3 dev.py chaos checkouts`` makes 10,000 over each database."""

from pathlib import Path

import pytest

from tests.chaos.checkouts import Trade, trade


@pytest.mark.parametrize("has_lookup", [True, False], ids=["orders looked up", "nobody looks up"])
def test_what_was_charged_is_what_is_confirmed_or_listed(tmp_path: Path, has_lookup: bool) -> None:
    plan = Trade(
        checkouts=40,
        clerks=2,
        has_lookup=has_lookup,
        weather_lasts=0.4,
        server_lives=2.0,
        clerk_lives=1.5,
        rules_last=0.5,
    )
    row = trade("sqlite", str(tmp_path / "p.db"), tmp_path, plan, seed=1)
    assert row.wrong == []
    assert sum(row.said.values()) == 40
    assert row.happened["a worker started again"] > 0
    assert row.states["confirmed"] > 10
