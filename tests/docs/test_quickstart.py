"""The stranger's path: an empty FastAPI app, a file with a promotion, and at most ten lines."""

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from promo_cli import main
from promo_middleware import Promotions
from tests.docs.test_blocks import BLOCK, FILE, ROOT, run

PAGE = ROOT / "docs/quickstart.md"
FIRST = BLOCK.findall(PAGE.read_text())[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name, content in FILE.findall(PAGE.read_text()):
        Path(name).write_text(content)
    yield tmp_path
    sys.modules.pop("shop", None)


async def answer(app: Any, method: str, path: str) -> tuple[int, Any]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as http:
        response = await http.request(method, path)
        return response.status_code, response.json()


async def test_ten_lines_lead_to_a_discounted_cart(folder: Path) -> None:
    assert len([line for line in FIRST.splitlines() if line.strip()]) <= 10
    scope: dict[str, Any] = {"__name__": "shop"}
    exec(compile(FIRST, "shop.py", "exec"), scope)
    with closing(scope["promotions"]):
        status, cart = await answer(scope["app"], "GET", "/cart")
    assert (status, cart["total"]) == (200, 900)
    assert cart["promotions"]["applied"][0]["name"] == "A tenth off tea"


def test_promo_check_sees_the_ten_lines(folder: Path) -> None:
    Path("shop.py").write_text(FIRST)
    result = CliRunner().invoke(main, ["check", "shop:app", "--get", "/cart"])
    sys.modules["shop"].promotions.close()
    assert ["GET", "/cart", "cart"] in [line.split() for line in result.output.splitlines()]
    assert "GET /cart answers 200." in result.output
    assert "The cart fits, to the minor unit of EUR" in result.output
    assert result.exit_code == 0


async def test_the_page_charges_what_it_shows_and_sells_a_checkout_once(folder: Path) -> None:
    scope = run(PAGE)
    in_process: Promotions = scope["in_process"]
    with closing(scope["context"].database), closing(in_process), closing(scope["promotions"]):
        shown = (await answer(scope["app"], "GET", "/cart"))[1]["total"]
        assert await answer(scope["app"], "POST", "/checkout/1") == (200, {"paid": shown})
        assert (await answer(scope["app"], "POST", "/checkout/1"))[0] == 409
        assert in_process.subscription.refresh()
        assert in_process.pricing.ruleset.company_id == "shop"
