"""The ruleset's benchmark runs to its end, against a real server."""

import json

import pytest

from benchmarks.ruleset.main import main


def test_a_short_run_measures_what_it_claims(capsys: pytest.CaptureFixture[str]) -> None:
    missed = main(["--promotions", "20", "--rounds", "1", "--calls", "3"])
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [one["key"] for one in measured["pairs"]] == ["file", "unchanged"]
    assert missed == sum(not one["is_met"] for one in measured["pairs"])
    assert measured["figures"]["document_mb"] > 0
