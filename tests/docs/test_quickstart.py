"""The stranger's path: an empty FastAPI app, a file with promotions, and at most ten lines."""

import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from promo_cli import main
from promo_engine import Currency, Ruleset, discover, evaluate, read_json, read_rules_file
from promo_engine.testing import a_cart
from promo_middleware import Promotions
from promo_server.services.context import create_context, load_company
from promo_server.services.rulesets import Rulesets
from tests.docs.test_blocks import BLOCK, FILE, ROOT, run

PAGE = ROOT / "docs/quickstart.md"
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
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


def rules_of_the_page() -> Ruleset:
    return read_rules_file(read_json(Path("promotions.json").read_bytes()), discover())


def what_is_offered(ruleset: Ruleset) -> dict[str, tuple[object, ...]]:
    """Return what both files say of each promotion; only with a code it must be the same one."""
    return {
        one.name: (one.type, one.rules, one.currency, one.auto_apply, one.stackable, one.auto_apply or one.code)
        for one in ruleset.promotions.values()
    }


def test_the_amounts_of_the_file_are_minor_units(folder: Path) -> None:
    carts = [a_cart(("MUG", price), codes=["FIVE"], currency=Currency.of("EUR")) for price in (4999, 5000)]
    assert [evaluate(cart, rules_of_the_page()).amount_due for cart in carts] == [4999, 4500]


def test_the_api_takes_the_same_promotions_as_the_page_has_them(folder: Path) -> None:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    Path("spring.json").write_text(re.sub("2027-03-(01|31)", today, Path("spring.json").read_text()))
    block = next(one for one in CONSOLE.findall(PAGE.read_text()) if "promotions apply" in one)
    commands = re.findall(r"^\$ promo (.*)\n((?:[^$].*\n)*)", block, re.MULTILINE)
    printed = [CliRunner().invoke(main, shlex.split(command)).output for command, _ in commands]
    assert printed[-1] == commands[-1][1]
    context = create_context("promotions.db")
    with closing(context.database), context.database.read() as connection:
        stored = Rulesets(context).of(connection, load_company(connection, "shop"))
    assert what_is_offered(stored) == what_is_offered(rules_of_the_page())


@pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient`")  # either will do
async def test_the_page_charges_what_it_shows_and_sells_a_checkout_once(folder: Path) -> None:
    scope = run(PAGE)
    in_process: Promotions = scope["in_process"]
    with closing(scope["context"].database), closing(in_process), closing(scope["promotions"]):
        shown = (await answer(scope["app"], "GET", "/cart"))[1]["total"]
        assert await answer(scope["app"], "POST", "/checkout/1") == (200, {"paid": shown})
        assert (await answer(scope["app"], "POST", "/checkout/1"))[0] == 409
        assert in_process.subscription.refresh()
        assert in_process.pricing.ruleset.company_id == "shop"
