"""The SDK's face of the Moltin contract, against a real server: sync and async say the same."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from promo_contracts import Scope
from promo_contracts.moltin.routes import ROUTES, TOKEN_ROUTES
from promo_sdk import (
    AsyncPromotionsClient,
    Conflict,
    InvalidRequest,
    MissingScope,
    NotFound,
    PromotionsClient,
    Unauthorized,
)
from promo_sdk.resources import moltin
from promo_sdk.testing import asgi_client, blocking_asgi_client
from promo_server.app import create_app
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import Context, create_context

SCHEMA: dict[str, Any] = {"currencies": [{"currency": "USD", "amount": 900}]}
DATES: dict[str, Any] = {"start": date(2026, 1, 1), "end": datetime(2199, 1, 1, 12, tzinfo=UTC)}
JANE = {"name": "Jane", "email": "jane@example.com"}


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    made = create_context(tmp_path / "p.db")
    create_company(made, company_id="shop", name="Shop")
    yield made
    made.database.close()


def key_of(context: Context, *scopes: Scope) -> str:
    return create_key(context, company_id="shop", name="sdk", scopes=scopes or [Scope.ADMIN])


@pytest.fixture
def client(context: Context) -> Iterator[PromotionsClient]:
    with blocking_asgi_client(create_app(context), company_id="shop", api_key=key_of(context)) as made:
        yield made


@pytest.fixture
def async_client(context: Context) -> AsyncPromotionsClient:
    return asgi_client(create_app(context), company_id="shop", api_key=key_of(context))


def promote(client: PromotionsClient, **fields: Any) -> str:
    body = {"promotion_type": "fixed_discount", "schema": SCHEMA, **DATES} | fields
    return client.moltin.promotions.create("Nine off", **body).id


def test_a_promotion_is_made_used_and_deleted(client: PromotionsClient) -> None:
    promotions, carts = client.moltin.promotions, client.moltin.carts
    made = promote(client)
    promotions.create_codes(made, ["NINE", {"code": "ONCE", "uses": 1}])
    carts.add_product("c", amount=1000, sku="A", quantity=2)
    items = carts.add_code("c", "ONCE")
    assert items.meta.display_price.with_tax.amount == 1100
    assert [message.title for message in items.meta.messages] == ["Promotion Added"]
    order = carts.checkout("c", customer=JANE, billing_address={"country": "GB"})
    assert client.redemptions.confirm(order.id).amount_due == 1100
    codes = {one.code: (one.uses, one.max_uses) for one in promotions.iterate_codes(made, limit=1)}
    assert codes == {"NINE": (None, None), "ONCE": (0, 1)}
    changed = promotions.update(made, name="Ten off", schema={"currencies": [{"currency": "USD", "amount": 1000}]})
    assert (changed.name, changed.schema_.currencies[0].value, changed.start) == (
        "Ten off",
        1000,
        datetime(2026, 1, 1, tzinfo=UTC),
    )
    promotions.delete_code(made, "NINE")
    promotions.delete_codes(made)
    promotions.delete(made)
    with pytest.raises(NotFound):
        promotions.get(made)


async def test_the_async_client_does_the_same(async_client: AsyncPromotionsClient) -> None:
    async with async_client as client:
        promotions, carts = client.moltin.promotions, client.moltin.carts
        schema = {"currencies": [{"currency": "GBP", "percentage": 12.5}]}
        made = await promotions.create("Sale", promotion_type="percent_discount", schema=schema, **DATES)
        await promotions.create_codes(made.id, ["SALE"])
        items = await carts.add_custom_item("c", "Shoe", amount=10_000, includes_tax=False, currency="GBP")
        await carts.add_tax("c", items.data[0].id, rate=0.2, code="VAT")
        items = await carts.add_code("c", "sale")
        assert [one.value.amount for one in items.data] == [10_000, -1500]
        assert (await carts.get("c")).meta.display_price.with_tax.formatted == "£105.00"
        assert [one.name async for one in promotions.iterate()] == ["Sale"]


def test_a_cart_is_changed_in_every_way(client: PromotionsClient) -> None:
    carts = client.moltin.carts
    item = carts.add_product("c", amount=1000, id="p1").data[0].id
    tax = carts.add_tax("c", item, rate=0.5)
    carts.delete_tax("c", item, tax.id)
    assert carts.update_item("c", item, quantity=3).meta.display_price.with_tax.amount == 3000
    assert carts.delete_item("c", item).data == []
    carts.add_custom_item("c", "Shoe", amount=5)
    assert carts.delete_items("c").data == []
    carts.delete("c")
    assert carts.items("c").meta.display_price.tax.amount == 0


def test_lists_are_walked_part_by_part(client: PromotionsClient) -> None:
    made = [promote(client) for _ in range(5)]
    part = client.moltin.promotions.list(limit=2, offset=1)
    assert ([one.id for one in part.items], part.limit, part.offset, part.count) == (made[3:1:-1], 2, 1, 5)
    assert [one.id for one in client.moltin.promotions.iterate(limit=2)] == made[::-1]


def test_what_is_refused_is_the_same_error_as_everywhere(client: PromotionsClient, context: Context) -> None:
    made = promote(client)
    client.moltin.promotions.create_codes(made, ["NINE"])
    with pytest.raises(Conflict) as taken:
        client.moltin.promotions.create_codes(made, ["nine"])
    assert (taken.value.code, taken.value.message) == ("DUPLICATE_PROMOTION_CODE", "In use already: 'nine'.")
    with pytest.raises(InvalidRequest) as empty:
        client.moltin.carts.add_code("c", "NINE")
    assert (empty.value.code, empty.value.status) == ("CART_EMPTY", 422)
    with pytest.raises(InvalidRequest) as wrong:
        promote(client, schema={"currencies": [{"currency": "QQQ", "amount": 1}]})
    assert (wrong.value.field, wrong.value.status) == ("schema.currencies[0].currency", 422)
    reader = blocking_asgi_client(create_app(context), company_id="shop", api_key=key_of(context, Scope.READ))
    with reader, pytest.raises(MissingScope, match="needs the scope 'write'"):
        promote(reader)


def test_what_is_wrong_by_itself_is_not_sent(client: PromotionsClient) -> None:
    with pytest.raises(InvalidRequest) as wrong:
        promote(client, schema={"currencies": [{"currency": "USD", "percentage": 5}]})
    assert (wrong.value.field, wrong.value.status) == ("schema.currencies[0].amount", None)


def test_a_token_takes_the_place_of_a_key(client: PromotionsClient, context: Context) -> None:
    prefix, key_id, secret = key_of(context, Scope.READ).split("_", 2)
    token = client.moltin.create_token(client_id=f"{prefix}_{key_id}", client_secret=secret)
    assert token.access_token not in repr(token)
    with blocking_asgi_client(create_app(context), company_id="shop", api_key=token.access_token) as reader:
        assert reader.moltin.promotions.list().items == []
    with pytest.raises(Unauthorized, match="Unable to validate access token"):
        client.moltin.create_token(client_id=f"{prefix}_{key_id}", client_secret="wrong")


def test_every_route_has_a_method() -> None:
    rooms = (moltin.Moltin, moltin.Promotions, moltin.Carts)
    methods = [name for room in rooms for name, one in vars(room).items() if callable(one) and not name.startswith("_")]
    walks = [name for name in methods if name.startswith("iterate")]
    custom_items = 2  # goods and codes are added by one route
    assert len(methods) - len(walks) - custom_items == len([*ROUTES, *TOKEN_ROUTES])
