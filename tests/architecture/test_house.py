"""What the linters cannot see of the house's rules."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.split()


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    direct = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return direct | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_the_command_imports_click_and_no_package_of_ours() -> None:
    assert imports(ROOT / "src/promo_cli.py") == {"importlib.metadata", "click"}


def test_nothing_in_src_names_a_plugin_package() -> None:
    plugins = [folder.name for folder in (ROOT / "plugins").iterdir() if (folder / "__init__.py").exists()]
    assert plugins
    for path in sources("src"):
        assert not [name for name in plugins if name in path.read_text()], path


def test_no_module_of_the_contracts_or_the_server_parses_amounts_with_pydantics_json() -> None:
    for path in sources("src"):
        assert "model_validate_json(" not in path.read_text(), path


def test_the_ledger_of_the_demo_knows_nothing_of_the_product() -> None:
    for path in sources("examples/shop/ledger"):
        assert not [name for name in imports(path) if name.startswith("promo_")], path


@pytest.mark.parametrize("name", ["uv.lock", "package-lock.json", "poetry.lock", "Pipfile.lock", "pylock.toml"])
def test_no_lock_file_that_records_download_hosts_is_kept(name: str) -> None:
    assert not [path for path in TRACKED if path.endswith(name)]


def test_a_lock_of_node_packages_does_not_say_where_they_were_downloaded() -> None:
    locks = [path for path in TRACKED if path.endswith("node-lock.json")]
    assert locks
    for path in locks:
        text = (ROOT / path).read_text()
        assert '"resolved"' not in text, path
        assert "://" not in text, path


def test_no_file_names_the_host_of_a_package_index() -> None:
    host = re.compile(
        "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(org|com)", "--index" + "-url h"])
    )
    for name in TRACKED:
        path = ROOT / name
        if path.is_file():
            assert not host.search(path.read_text(errors="replace")), name


@pytest.mark.skipif("tests.compiled" in sys.modules, reason="compiled code has no docstrings")
def test_every_function_and_class_that_a_package_exports_has_a_docstring() -> None:
    import promo_engine
    import promo_middleware
    import promo_sdk

    for package in (promo_engine, promo_middleware, promo_sdk):
        for name in package.__all__:
            one = getattr(package, name)
            assert not callable(one) or one.__doc__, f"{package.__name__}.{name}"
