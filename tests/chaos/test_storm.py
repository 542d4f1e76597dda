"""A short storm over PostgreSQL; ``python3 dev.py chaos storm`` lets one rage over each database for a minute."""

from pathlib import Path

from tests.chaos.servers import a_postgres
from tests.chaos.storm import Size, rage

SIZE = Size(servers=2, clients=2, threads=2, seconds=4.0)


def test_after_a_storm_everything_is_exact(tmp_path: Path) -> None:
    with a_postgres() as postgres:
        row = rage("postgresql", postgres.url, tmp_path, SIZE, 1, postgres)
    assert row.wrong == []
    assert set(row.strikes) == {"a server killed", "a client killed", "PostgreSQL restarted"}
    assert row.operations > row.unanswered
