"""The runner: what it judges, prints and refuses, on a small engine of its own; and the list of what may survive."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.__main__ import report, score
from tests.mutation.accepted import FILE, Change, accepted
from tests.mutation.mutants import ENGINE, ROOMS, Mutant, mutants_of

ROOT = Path(__file__).parents[2]

SOURCE = '''
def larger(one: int, other: int) -> int:
    """Return the larger one."""
    return one if one > other else other
'''
PROJECT = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["src/promo_engine/money.py"]
also_copy = ["checks"]
pytest_add_cli_args_test_selection = ["checks"]
"""
CHECKS = {
    "weak": "def test_larger() -> None:\n    assert larger(2, 2) == 2\n",
    "strong": "def test_larger() -> None:\n    assert (larger(2, 1), larger(1, 3)) == (2, 3)\n",
}


def mutate(*arguments: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "tests.mutation", *arguments]
    return subprocess.run(command, env=env | {"PYTHONPATH": str(ROOT)}, text=True, capture_output=True, check=False)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an engine of one function, and the tests that are too weak for it."""
    monkeypatch.chdir(tmp_path)
    for path, text in {
        "pyproject.toml": PROJECT,
        "src/promo_engine/__init__.py": "",
        "src/promo_engine/money.py": SOURCE,
        "checks/test_larger.py": f"from promo_engine.money import larger\n\n\n{CHECKS['weak']}",
    }.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)
    return tmp_path


def test_it_fails_and_names_what_survives_until_a_test_kills_it(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weak = mutate("money", "--processes", "1")
    assert weak.returncode == 1, weak.stderr
    line = "return one if one > other else other → return one if one >= other else other"
    assert f"NEW       src/promo_engine/money.py:4  money.larger: {line}" in weak.stdout
    assert "less than 85 %" in weak.stdout
    with Path("checks/test_larger.py").open("a") as file:
        file.write(CHECKS["strong"].replace("test_larger", "test_one_is_larger"))
    strong = mutate("money", "--processes", "1")
    mutants = list(mutants_of("money"))
    assert [one.change for one in mutants if one.status == "survived"] == [line]
    assert f"{100 * (len(mutants) - 1) / len(mutants):.1f} %" in strong.stdout
    report(
        mutants,
        {
            Change("money.larger", line): "Of two equal numbers both are the larger.",
            Change("money.larger", "x → y"): "-",
        },
    )
    printed = capsys.readouterr().out.splitlines()
    assert [one.split()[0] for one in printed] == ["accepted", "Of", "STALE"]


@pytest.mark.parametrize(
    ("arguments", "said"), [(["prices"], "no such module: prices"), (["--report"], "Not all is judged yet")]
)
def test_what_it_cannot_do_is_said(shop: Path, arguments: list[str], said: str) -> None:
    refused = mutate(*arguments)
    assert refused.returncode
    assert said in refused.stderr


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("promo_engine.money.x_allocate__mutmut_3", "money.allocate"),
        ("promo_engine.combination.x__settled__mutmut_12", "combination._settled"),
        ("promo_engine.chosen.xǁChosenǁrank__mutmut_1", "chosen.Chosen.rank"),
        ("promo_engine.search.xǁ_Partǁ__init____mutmut_10", "search._Part.__init__"),
    ],
)
def test_a_mutant_is_of_the_function_that_it_changes(name: str, function: str) -> None:
    assert Mutant(name, ENGINE / "money.py", "killed").function == function


@pytest.mark.parametrize(("killed", "is_enough"), [(85, True), (84, False)])
def test_85_in_a_hundred_are_to_be_killed_and_a_timeout_kills(killed: int, is_enough: bool) -> None:
    said = ["killed"] * (killed - 1) + ["timeout"] + ["survived"] * (99 - killed) + ["no tests"]
    assert score("money", [Mutant("x", ENGINE / "money.py", status) for status in said]) is is_enough


def test_what_may_survive_is_in_a_module_that_is_judged_and_has_a_reason() -> None:
    modules = {module for modules in ROOMS.values() for module in modules}
    assert {change.function.partition(".")[0] for change in accepted(FILE.read_text())} <= modules


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[accepted]]\nfunction = "f"\nchanges = ["a → b"]', "an entry needs a function, a reason and changes"),
        ('[[accepted]]\nfunction = "f"\nreason = "r"\nchanges = ["a → b", "a → b"]', "listed twice: f: a → b"),
    ],
)
def test_a_wrong_entry_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        accepted(text)
