"""The same cart gives the same evaluation in process and over HTTP, sync and async."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from promo_engine import Cart, canonical_json, evaluate, read_ruleset, write_cart
from promo_engine.testing import installed_types
from promo_sdk import AsyncPromotionsClient
from promo_server.testing import embedded
from tests.laws.strategies import carts
from tests.promo_middleware.conftest import World

PROMOTIONS: list[dict[str, Any]] = [
    {"promotion_code": "AAAA", "discount_rules": {"discount_value": 12.5, "applicable_items": ["A", "x"]}},
    {"promotion_code": "BBBB", "discount_rules": {"discount_value": 7, "min_purchase_amount": 80}},
    {
        "promotion_code": "CCCC",
        "promotion_type": "fixed_amount_discount",
        "discount_rules": {"discount_value": 9.99, "excluded_items": ["B"]},
    },
    {
        "promotion_code": "DDDD",
        "promotion_type": "fixed_amount_discount",
        "discount_rules": {"discount_value": 0.35, "per": "unit", "applicable_categories": ["y"]},
        "stackable": False,
    },
]


def test_an_evaluation_is_the_same_in_process_and_over_http(tmp_path: Path) -> None:
    with embedded(tmp_path) as api, api.client() as client:
        world = World(api, client, tmp_path)
        for promotion in PROMOTIONS:
            world.promote(auto_apply=True, **promotion)
        reply = client.ruleset()
        assert reply is not None
        ruleset = read_ruleset(reply.document, installed_types())

        @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(carts)
        def same(cart: Cart) -> None:
            cart = cart.moved_to(next(iter(ruleset.promotions.values())).schedule.start)
            there = client.evaluations.evaluate(write_cart(cart))
            assert canonical_json(there) == canonical_json(evaluate(cart, ruleset).document())

        same()


async def test_the_async_client_gets_what_the_sync_one_gets(tmp_path: Path) -> None:
    with embedded(tmp_path) as api, api.client() as client:
        World(api, client, tmp_path).promote(auto_apply=True)
        cart = {"currency": "USD", "lines": [{"id": "a", "unit_price": 5990}], "at": "2126-01-01T00:00:00Z"}
        async with AsyncPromotionsClient(api.url, company_id=api.company_id, api_key=api.key, timeout=60) as other:
            assert await other.evaluations.evaluate(cart) == client.evaluations.evaluate(cart)
            assert await other.ruleset() == client.ruleset()


@pytest.mark.parametrize(
    "fields", [{"discount_rules": {"discount_value": 20, "max_discount_amount": 9.999}}, {"promotion_type": "bogo"}]
)
def test_what_the_api_refuses_the_client_says_with_its_field(tmp_path: Path, fields: dict[str, Any]) -> None:
    from promo_sdk import InvalidRequest

    with embedded(tmp_path) as api, api.client() as client, pytest.raises(InvalidRequest) as refused:
        World(api, client, tmp_path).promote(**fields)
    assert refused.value.field in ("discount_rules.max_discount_amount", "promotion_type")
    assert refused.value.status == 422
