"""The redemption's benchmark runs to its end, on both databases and over HTTP, and every limit is exact."""

import json

import pytest

from benchmarks.redemption.main import main
from tests.databases import Databases

SHORT = ["--rounds", "1", "--seconds", "0.01", "--callers", "1", "4", "--limit", "10", "--profile"]


def test_a_short_run_ends_well(databases: Databases, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SHORT, "--postgres", databases.postgres_url]) == 0
    printed = capsys.readouterr().out
    measured = json.loads(printed.splitlines()[-1])
    assert [one["granted"] for one in measured["limits"]] == [10, 10]
    assert [one["callers"] for one in measured["pairs"]] == [1, 1, 1, 4, 4, 4]
    assert all(one["profile"] for one in measured["served"])
    assert databases.postgres_url not in printed
