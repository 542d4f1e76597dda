"""Codes that requests name in a cookie or a header: shown on carts, and held."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from promo_engine import MAX_CODES, canonical_json
from promo_engine.testing import a_ruleset, percent_off
from promo_middleware import CartMapping, ConfigurationError, Promotions, PromotionsMiddleware

CART = {"currency": "USD", "lines": [{"id": "1", "sku": "MILK", "unit_price": 1000, "quantity": 1}], "total": 1000}
RULES = a_ruleset(percent_off(20, code="SPRING20"), percent_off(5, id="b", code="Grün"))
PLACES = ["cookie:promo", "header:X-Promo-Codes"]


async def cart(_request: Request) -> Response:
    return JSONResponse(CART)


async def pay(request: Request) -> Response:
    hold = await request.state.promotions.hold(reference="c1", cart=CART)
    return JSONResponse({"total": hold.amount_due}, 201)


async def asked(folder: Path, path: str, headers: dict[str, str]) -> Any:
    rules = folder / "rules.json"
    rules.write_bytes(canonical_json(RULES.document()))
    promotions = Promotions(
        rules=rules,
        carts=["GET /cart"],
        checkouts=["POST /pay"],
        mapping=CartMapping(order_total="total"),
        codes=PLACES,
        directory=folder / "shop",
    )
    routes = [Route("/cart", cart), Route("/pay", pay, methods=["POST"])]
    app = Starlette(routes=routes, middleware=[Middleware(PromotionsMiddleware, promotions=promotions)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as http:
        answer = await http.request("POST" if path == "/pay" else "GET", path, headers=headers)
    promotions.close()
    return answer.json()


@pytest.mark.parametrize(
    ("headers", "total"),
    [
        ({}, 1000),
        ({"cookie": "promo=spring20"}, 800),
        ({"cookie": "other=SPRING20; promo=SPRING20%2CGr%C3%BCn"}, 760),
        ({"x-promo-codes": " SPRING20 , Gr%C3%BCn"}, 760),
        ({"cookie": "promo=SPRING20", "x-promo-codes": "SPRING20"}, 800),
        ({"x-promo-codes": "x" * 5_000}, 1000),
        ({"x-promo-codes": "SPRING20," + ",".join(f"X{number}" for number in range(50))}, 800),
        ({"x-promo-codes": "%00%0A,SPRING20"}, 800),
    ],
)
async def test_a_cart_shows_and_a_hold_takes_the_codes_that_a_request_names(
    tmp_path: Path, headers: dict[str, str], total: int
) -> None:
    shown = await asked(tmp_path, "/cart", headers)
    paid = await asked(tmp_path, "/pay", headers)
    assert (shown["total"], paid["total"]) == (total, total)
    assert len(shown["promotions"]["codes"]) <= MAX_CODES


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ("cookie:promo", "must be a list"),
        (["body:code"], "only a cookie or header"),
        (["path:code"], "only a cookie or header"),
        (["promo"], "a place in a request"),
        (["header:Promo-Codes"], "'header:Promo-Codes' never comes: Promo-\\* headers are dropped"),
        (["header: PROMO-x"], "never comes"),
    ],
)
def test_another_place_is_refused(tmp_path: Path, codes: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Promotions(rules=tmp_path / "rules.json", mapping=CartMapping(), codes=codes, directory=tmp_path)
