"""Every Python block of the README and the docs runs, top to bottom, against a real API."""

import re
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.responses import JSONResponse

from promo_cli import main
from promo_engine import PromotionTypes
from promo_engine.plugins import register
from promo_server.testing import embedded

ROOT = Path(__file__).parents[2]
ELSEWHERE = {ROOT / "README.md", ROOT / "docs/quickstart.md", ROOT / "docs/middleware.md"}
"""Pages whose blocks need a server or files: the README below, the others in a test of their own."""
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/*/README.md")])
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


FILE = re.compile(r"^```json (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^```console\n\$ promo (evaluate .*?)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def run(page: Path, **names: Any) -> dict[str, Any]:
    """Run a page's blocks one after the other in one namespace, with ``names`` in it."""
    scope = {"__name__": "page"} | names
    for block in BLOCK.finditer(page.read_text()):
        line = page.read_text()[: block.start()].count("\n") + 1
        code = compile("\n" * line + block[1], str(page), "exec")
        exec(code, scope)
    return scope


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ELSEWHERE], ids=str)
def test_a_page_runs(page: Path) -> None:
    run(page)


def test_the_readme_runs_against_a_real_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with embedded(tmp_path) as api:
        page = tmp_path / "README.md"
        text = (ROOT / "README.md").read_text()
        page.write_text(text.replace("http://127.0.0.1:8000", api.url).replace("promo_…", api.key))
        monkeypatch.chdir(tmp_path)
        app = Starlette()
        scope = run(page, app=app, JSONResponse=JSONResponse)
        assert app.user_middleware
        scope["promotions"].close()
        plugin = SimpleNamespace(promo_register_promotion_types=scope["promo_register_promotion_types"])
        assert list(PromotionTypes(register(plugin))) == ["cheapest_free"]


def test_promo_evaluate_prints_what_its_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs/evaluate.md").read_text()
    monkeypatch.chdir(tmp_path)
    for name, content in FILE.findall(text):
        Path(name).write_text(content)
    commands = COMMAND.findall(text)
    assert len(commands) == 3
    for command, shown in commands:
        printed = CliRunner().invoke(main, command.split()).output
        lines = [" ".join(line.split()) for line in printed.replace("─", "").splitlines()]
        expected = [" ".join(line.split()) for line in shown.replace("─", "").splitlines()]
        assert OutputChecker().check_output("\n".join(filter(None, expected)), "\n".join(filter(None, lines)), ELLIPSIS)


def test_every_command_of_the_readme_is_there() -> None:
    text = (ROOT / "README.md").read_text()
    for command in re.findall(r"^\$ python3 dev\.py (\w+)", text, re.MULTILINE):
        assert f"  {command} " in (ROOT / "dev.py").read_text()


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target
