"""A promotions API in the shop's own process, reached through the same port: no socket, the same outcomes."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from promo_contracts import Scope
from promo_middleware import Promotions
from promo_sdk import PromotionsClient
from promo_sdk.testing import blocking_asgi_client
from promo_server.app import create_app
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import create_context
from tests.promo_middleware.conftest import MAPPING, TIMING, Shop, a_cart, is_delivered, until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Starlette, str]]:
    context = create_context(tmp_path / "promotions.db")
    with closing(context.database):
        context.database.migrate()
        create_company(context, company_id="shop", name="shop")
        key = create_key(context, company_id="shop", name="shop", scopes=[Scope.ADMIN])
        yield create_app(context), key


def promote(client: PromotionsClient) -> None:
    now = datetime.now(UTC)
    client.promotions.create(
        client.campaigns.create(name="Spring").id,
        promotion_name="Spring",
        promotion_type="percentage_discount",
        description="",
        promotion_code="SPRING20",
        discount_rules={"discount_value": 20},
        usage_limits={"total_usage_limit": 1},
        schedule={"start_date": now, "end_date": now + timedelta(days=30)},
    )


async def test_a_limited_promotion_is_shown_held_and_confirmed_without_a_socket(
    server: tuple[Starlette, str], tmp_path: Path
) -> None:
    api, key = server

    def connect() -> PromotionsClient:
        return blocking_asgi_client(api, company_id="shop", api_key=key)

    with connect() as client:
        promote(client)
    shop = Shop(carts={"c1": a_cart("SPRING20"), "c2": a_cart("SPRING20")})
    settings: dict[str, Any] = {"mapping": MAPPING, "timing": TIMING, "directory": tmp_path / "shop"}
    promotions = Promotions(
        connect,
        api_key=key,
        carts=["GET /carts/{cart}"],
        checkouts=["POST /carts/{cart}/checkout"],
        **settings,
    )
    promotions.start()
    assert promotions.subscription.wait(60)
    transport = httpx.ASGITransport(shop.app(promotions))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as http:
        shown = (await http.get("/carts/c1")).json()["total"]
        ordered = (await http.post("/carts/c1/checkout")).json()["total"]
        await until(is_delivered(promotions))
        used_up = (await http.get("/carts/c2")).json()["total"]
    promotions.close()
    with connect() as client:
        redemption = client.redemptions.get("c1")
    assert (shown, ordered, used_up) == (4792, 4792, 5990)
    assert (redemption.state, redemption.charged) == ("confirmed", 4792)
    assert (tmp_path / "shop" / "ruleset.json").exists()
