"""The worked examples of seed 003, and the vectors made from them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from promo_contracts import Scope, read_json
from promo_server.app import create_app
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import create_context
from tests.promo_server.conftest import client

DATA = Path(__file__).parents[2] / "data"
REQUEST: dict[str, Any] = read_json((DATA / "seed_003_request.json").read_bytes())
RESPONSE: dict[str, Any] = read_json((DATA / "seed_003_response.json").read_bytes())
VECTORS = {one["id"]: one for one in json.loads((DATA / "seed_vectors_lula.json").read_text())}
CREATED = datetime(2025, 4, 14, 1, tzinfo=UTC)
CAMPAIGN = "1000010"


@pytest.fixture
def http(database: str) -> Iterator[httpx.AsyncClient]:
    """The API on the day of the seed's example, its ids given out in the seed's order."""
    ids = iter([CAMPAIGN, "promo_spring_001", *(f"promo_{i}" for i in range(9))])
    context = create_context(database, clock=lambda: CREATED, new_id=lambda prefix: next(ids))
    create_company(context, company_id="shop", name="Shop")
    key = create_key(context, company_id="shop", name="marketing_admin_001", scopes=[Scope.ADMIN])
    yield client(create_app(context), key)
    context.database.close()


async def create(http: httpx.AsyncClient, body: dict[str, Any], campaign: str = CAMPAIGN) -> tuple[int, Any]:
    from promo_contracts import write_json

    headers = {"Content-Type": "application/json"}
    if campaign == CAMPAIGN:
        await http.post("/campaigns", json={"name": "Spring"})
    response = await http.post(f"/campaigns/{campaign}/promotions", content=write_json(body), headers=headers)
    return response.status_code, read_json(response.content)


async def test_the_seeds_request_gives_the_seeds_response_field_for_field(http: httpx.AsyncClient) -> None:
    status, made = await create(http, REQUEST)
    assert status == 201
    assert made.pop("description") == REQUEST["description"]
    assert made.pop("last_updated") == RESPONSE["created_at"]
    assert made == RESPONSE


@pytest.mark.parametrize("number", ["lula-02", "lula-04"])
async def test_a_vector_of_a_wrong_field(http: httpx.AsyncClient, number: str) -> None:
    vector = VECTORS[number]
    status, error = await create(http, REQUEST | vector["request"])
    assert status == 422
    assert {name: error[name] for name in vector["expect"]} == vector["expect"]


async def test_lula_03_a_duplicate_code(http: httpx.AsyncClient) -> None:
    await create(http, REQUEST)
    status, error = await create(http, REQUEST | {"promotion_name": "Another"})
    assert (status, error) == (409, VECTORS["lula-03"]["expect"])


async def test_lula_05_an_unknown_campaign(http: httpx.AsyncClient) -> None:
    assert await create(http, REQUEST, "nope") == (404, VECTORS["lula-05"]["expect"])


@pytest.mark.parametrize(
    ("percentage", "status"),
    [("0.01", 201), ("0.009", 422), ("100", 201), ("100.01", 422), ("100.000000000000000001", 422), ("0", 422)],
)
async def test_a_percentage_is_judged_exactly_at_its_bounds(
    http: httpx.AsyncClient, percentage: str, status: int
) -> None:
    from decimal import Decimal

    answer = await create(http, REQUEST | {"discount_rules": {"discount_value": Decimal(percentage)}})
    assert answer[0] == status
