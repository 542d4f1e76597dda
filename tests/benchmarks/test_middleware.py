"""The middleware's benchmark runs to its end, over uvicorn too."""

import json

import pytest

from benchmarks.middleware.main import main


def test_a_short_run_measures_all_that_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    missed = main(["--rounds", "1", "--requests", "3", "--seconds", "0.2", "--memory", "100"])
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])["figures"]
    assert list(measured) == ["other", "cart", "empty", "many", "served", "memory"]
    assert missed == sum(not one["is_met"] for one in measured.values())
