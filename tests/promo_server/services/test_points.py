"""Points of promotions: credited at confirm to the customer's own value store, and taken back by returns."""

from collections.abc import Iterator
from typing import Any

import pytest

from promo_engine import DocumentError
from promo_server.services.companies import create_company
from promo_server.services.context import Context
from tests.promo_server.conftest import Api, Time, a_context, cart
from tests.promo_server.values import Values

LOYALTY: dict[str, Any] = {
    "promotion_type": "loyalty_bonus",
    "discount_rules": {"points_per_unit_spent": 2},
    "promotion_code": None,
    "auto_apply": True,
}


@pytest.fixture
def context(database: str, time: Time) -> Iterator[Context]:
    with a_context(database, time, private={"POINTS": 0}, points="POINTS") as made:
        yield made


async def buy(api: Api, reference: str = "o1", **fields: Any) -> None:
    await api.hold(reference, **{"cart": cart("7", "NONE")} | fields)
    await api.settle(reference, "confirm")


async def test_points_are_credited_once_the_order_is_confirmed(api: Api, values: Values) -> None:
    await api.promote(**LOYALTY)
    await api.hold("o1", cart=cart("7", "NONE"))
    assert (await values.call("GET", "/valueStores")) == []
    for _ in range(2):
        await api.settle("o1", "confirm")
    await buy(api, "o2")
    shown = await values.call("GET", "/valueStores/points-7")
    assert (shown["value"], shown["currency"], shown["customerId"]) == (240, "POINTS", "7")
    kinds = [one["transactionType"] for one in await values.call("GET", "/transactions?valueStoreId=points-7")]
    assert sorted(kinds) == ["credit", "credit", "initialValue"]


async def test_a_return_takes_back_the_points_of_what_came_back(api: Api, values: Values) -> None:
    await api.promote(**LOYALTY)
    await buy(api)
    back = await api.call("POST", "/redemptions/o1/returns", {"return_id": "r1", "lines": {"l1": 1}}, status=201)
    assert (back["points"], await values.value_of("points-7")) == (99, 21)
    await api.call("POST", "/redemptions/o1/returns", {"return_id": "r1", "lines": {"l1": 1}}, status=201)
    assert await values.value_of("points-7") == 21
    await values.debit("spent", 15, of="points-7", currency="POINTS")
    rest = await api.call("POST", "/redemptions/o1/returns", {"return_id": "r2", "lines": {"l2": 1}}, status=201)
    assert (rest["points"], await values.value_of("points-7")) == (21, 0)  # what is spent is not owed


async def test_points_of_a_guest_or_of_a_customer_without_a_store_are_only_said(api: Api, values: Values) -> None:
    await api.promote(**LOYALTY)
    await values.store("points-8", currency="USD")  # somebody else's
    await buy(api, "o1", cart=cart("8", "NONE"))
    await buy(api, "o2", cart=cart(None, "NONE"))
    await buy(api, "o3", cart=cart("x" * 60, "NONE"))
    assert [one["valueStoreId"] for one in await values.call("GET", "/valueStores")] == ["points-8"]
    assert await values.value_of("points-8") == 1000


@pytest.mark.parametrize("private", [{}, {"POINTS": 2}])
def test_points_need_a_private_currency_without_decimals(context: Context, private: dict[str, int]) -> None:
    with pytest.raises(DocumentError, match="must be a private currency without decimals"):
        create_company(context, company_id="other", name="Other", private=private, points="POINTS")
