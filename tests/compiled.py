"""A pytest plugin for ``python3 dev.py test --compiled``: imports the compiled wheel before any test is collected.

Doctests are found in the sources; by then the module of that name is the one of the wheel.
"""

import tomllib
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
WHEEL = ROOT / "build" / "compiled"


def pytest_report_header() -> str:
    """Say which modules are compiled."""
    return f"compiled: {', '.join(sorted(COMPILED))}"


def _names(folder: Path) -> list[str]:
    """Name the modules in a folder, but for the scripts of migrations: those only alembic can run."""
    paths = [path.relative_to(folder) for path in folder.rglob("*.py")]
    modules = [path.with_suffix("") for path in paths if "migrations" not in path.parts]
    return [".".join(path.parts).removesuffix(".__init__") for path in modules]


def _compiled() -> set[str]:
    files = {name: Path(import_module(name).__file__ or "") for name in _names(WHEEL)}
    elsewhere = [name for name, file in files.items() if not file.is_relative_to(WHEEL)]
    assert not elsewhere, f"not imported from the wheel: {elsewhere}"
    return {name for name, file in files.items() if file.suffix != ".py"}


COMPILED = _compiled()

_config = tomllib.loads((ROOT / "pyproject.toml").read_text())
_modules = _config["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]["modules"]
assert len(COMPILED) == len(_modules), "every module that pyproject.toml lists is compiled"
