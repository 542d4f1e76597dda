"""The example of a plugin is a distribution of its own: installed beside the engine it is found, and tests itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples/third_party_plugin"
PROMO = ("-c", "from promo_cli import main; main()")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the distribution and install it into a folder, without a package index."""
    target = tmp_path_factory.mktemp("installed")
    options = ("--no-deps", "--no-build-isolation", "--offline", "--python", sys.executable, "--target", str(target))
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "pip", "install", "-q", *options, str(EXAMPLE)], check=True, capture_output=True)
    return target


def run(installed: Path, *command: str) -> str:
    """Run Python with the distribution beside what is installed here."""
    path = [str(installed), *filter(None, [os.environ.get("PYTHONPATH")])]  # the compiled wheel may be there
    env = os.environ | {"PYTHONPATH": os.pathsep.join(path)}
    result = subprocess.run(
        [sys.executable, *command], cwd=installed, env=env, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_promo_plugins_lists_its_type_and_its_condition(installed: Path) -> None:
    rows = [line.split() for line in run(installed, *PROMO, "plugins").splitlines()]
    assert ["nth_unit", "1.0", "Every", "nth", "unit", "cheaper", "fairtill-extras", "1.0.0"] in rows
    assert ["weight", "1.0", "A", "maximum", "weight", "fairtill-extras", "1.0.0"] in rows


def test_a_cart_is_priced_with_it_from_the_command_line(installed: Path) -> None:
    (installed / "cart.json").write_text(
        '{"currency": "USD", "lines": [{"id": "a", "sku": "TEA", "unit_price": 1000, "quantity": 7}]}'
    )
    (installed / "rules.json").write_text(
        '{"currency": "USD", "promotions": [{"id": "nth", "type": "nth_unit", "rules": {"every": 3}}]}'
    )
    printed = run(installed, *PROMO, "evaluate", "cart.json", "--rules", "rules.json", "--json")
    assert '"discount":2000' in printed


def test_its_own_tests_pass(installed: Path) -> None:
    printed = run(installed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(EXAMPLE), str(EXAMPLE))
    assert "passed" in printed


def test_it_knows_the_engine_by_its_public_names() -> None:
    for path in (EXAMPLE / "src").rglob("*.py"):
        assert "promo_engine." not in path.read_text(), path
