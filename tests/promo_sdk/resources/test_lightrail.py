"""The SDK's face of the value-store API, against a real server: sync and async say the same."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from promo_contracts import Scope
from promo_contracts.lightrail.routes import ROUTES
from promo_sdk import AsyncPromotionsClient, Conflict, InvalidRequest, MissingScope, NotFound, PromotionsClient
from promo_sdk.resources import lightrail
from promo_sdk.testing import asgi_client, blocking_asgi_client
from promo_server.app import create_app
from promo_server.code_keys import CodeKey, CodeKeys
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import Context, create_context

PARTY = {"rail": "lightrail", "valueStoreId": "gift"}


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    made = create_context(tmp_path / "p.db", code_keys=CodeKeys((CodeKey("k", bytes(32)),)))
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


def test_a_gift_card_is_made_spent_and_looked_at(client: PromotionsClient) -> None:
    values = client.lightrail
    made = values.value_stores.create("gift", currency="USD", value=1000, code="XXXX-SECRET", metadata={"a": 1.5})
    assert (made.value, made.code, made.access) == (1000, "…CRET", "secureCode")
    done = values.transactions.debit("t", source={"rail": "lightrail", "code": "xxxx-secret"}, amount=1, currency="USD")
    assert (done.steps[0].valueAfter, done.totals and done.totals.remainder) == (999, 0)
    assert values.value_stores.get_code("gift", showCode=True).code == "XXXX-SECRET"
    assert values.transactions.reverse("t", transactionId="r").ofTransactionId == "t"
    assert values.value_stores.get("gift").value == 1000


async def test_the_async_client_does_the_same(async_client: AsyncPromotionsClient) -> None:
    async with async_client as client:
        values = client.lightrail
        await values.customers.create("alice", tags=["new"])
        await values.value_stores.create("gift", currency="USD", value=100, customerId="alice")
        order = await values.transactions.order(
            "o",
            currency="USD",
            lineItems=[{"unitPrice": 70, "taxRate": 0.1, "colour": "red"}],
            sources=[{"rail": "lightrail", "customerId": "alice"}],
            pending="PT1H",
        )
        assert (order.pending, order.totals and order.totals.payable) == ("pending", 77)
        assert order.lineItems is not None
        assert (order.lineItems[0]["colour"], order.lineItems[0]["lineTotal"]["tax"]) == ("red", 7)
        assert (await values.transactions.capture("o")).pending == "captured"
        assert [one.transactionId async for one in values.transactions.iterate(valueStoreId="gift")] == ["o", "gift"]


def test_lists_are_walked_part_by_part(client: PromotionsClient) -> None:
    for number in range(5):
        client.lightrail.customers.create(f"c{number}", tags=["all"])
    part = client.lightrail.customers.list(limit=2, offset=1, minCreatedDate=datetime(2020, 1, 1, tzinfo=UTC))
    assert ([one.customerId for one in part.items], part.limit, part.offset, part.count) == (["c3", "c2"], 2, 1, 5)
    walked = client.lightrail.customers.iterate(tags="all", limit=2)
    assert [one.customerId for one in walked] == ["c4", "c3", "c2", "c1", "c0"]


def test_refusals_have_the_classes_of_the_sdk_and_the_codes_of_the_contract(
    client: PromotionsClient, context: Context
) -> None:
    values = client.lightrail
    values.value_stores.create("gift", currency="USD", value=5)
    with pytest.raises(Conflict) as conflict:
        values.transactions.debit("t", source=PARTY, amount=6, currency="USD")
    with pytest.raises(NotFound) as missing:
        values.value_stores.get("none")
    with pytest.raises(InvalidRequest) as unread:
        values.value_stores.create("v", currency="USD", valueRule={"rule": "1 +", "explanation": ""})
    assert [error.value.code for error in (conflict, missing, unread)] == [
        "InsufficientBalance",
        "ValueNotFound",
        "ValueRuleSyntaxError",
    ]
    narrow = blocking_asgi_client(create_app(context), company_id="shop", api_key=key_of(context, Scope.READ))
    with narrow, pytest.raises(MissingScope, match="needs the scope 'write'"):
        narrow.lightrail.customers.create("a")


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda values: values.customers.create(" a"), "customerId"),
        (lambda values: values.transactions.debit("t", source={"rail": "lightrail"}, amount=1, currency="USD"),
         "source.valueStoreId"),
        (lambda values: values.value_stores.list(limit=5_000), "limit"),
        (lambda values: values.value_stores.update("gift", metadata={"a": "x" * 9_000}), "metadata"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_before_it_is_sent(client: PromotionsClient, call: Any, field: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        call(client.lightrail)
    assert (error.value.status, error.value.field) == (None, field)


def test_programs_currencies_and_attachments_are_changed(client: PromotionsClient) -> None:
    values = client.lightrail
    values.currencies.create("points", name="Points", symbol="P", decimalPlaces=0)
    assert values.currencies.update("POINTS", name="Stars").name == "Stars"
    assert [one.code for one in values.currencies.list()] == ["POINTS", "USD"]
    values.programs.create("p", currency="POINTS", access="customerId", uses=2)
    assert values.programs.update("p", tags=["a"], fixedInitialValues=[5]).fixedInitialValues == [5]
    assert [one.programId for one in values.programs.iterate(tags="a")] == ["p"]
    values.customers.create("alice")
    assert values.customers.update("alice", firstName="Alice", email=None).firstName == "Alice"
    values.value_stores.create("v", programId="p", value=5)
    assert values.value_stores.attach("v", "alice") == values.value_stores.get_customer("v")
    assert values.value_stores.detach("v").success
    assert values.value_stores.update("v", frozen=True).frozen
    assert [one.uses for one in values.value_stores.list(programId="p", frozen=True).items] == [2]


def test_there_is_a_method_for_every_route_but_those_that_are_always_refused() -> None:
    async_faces = lightrail.AsyncLightrail.__dict__
    names = {name for name in vars(lightrail.Lightrail) if not name.startswith("_")}
    assert names == {name for name in async_faces if not name.startswith("_")}
    faces = [getattr(lightrail.Lightrail(None), name) for name in sorted(names)]  # type: ignore[arg-type]
    methods = [name for face in faces for name in vars(type(face)) if not name.startswith("_") and name != "iterate"]
    assert len(methods) == len(ROUTES) - 2
