"""``promo plugins`` and the command's group."""

import pytest
from click.testing import CliRunner

import promo_engine.cli
import promo_engine.plugins
from promo_cli import main
from promo_engine.testing import types_with
from tests.promo_engine.sample_conditions import Plugin, Variety


def run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, args)
    return result.exit_code, result.output


def test_plugins_lists_types_with_distribution_and_version() -> None:
    code, output = run("plugins")
    assert code == 0
    rows = [line.split() for line in output.splitlines()]
    assert ["percentage_discount", "1.0", "Percentage", "off", "fairtill", "0.1.0"] in rows


def test_plugins_lists_conditions_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promo_engine.cli, "discover", lambda: types_with(Plugin(Variety())))
    _, output = run("plugins")
    rows = [line.split() for line in output.splitlines()]
    assert ["CONDITION", "VERSION", "TITLE", "DISTRIBUTION"] in rows
    assert rows[-1] == ["variety", "1.1", "Several", "different", "goods", "(local)"]


def test_plugins_says_when_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promo_engine.plugins, "entry_points", lambda group: [])
    code, output = run("plugins")
    assert code == 1
    assert "no plugin supplies a promotion type" in output


def test_help_lists_the_subcommands_and_unknown_ones_are_refused() -> None:
    _, output = run("--help")
    for name in ("company", "evaluate", "key", "plugins", "serve"):
        assert f"\n  {name} " in output
    assert run("nonsense")[0] == 2
