"""The contracts that the server speaks, as isolation is tested of each: one more contract is one more entry."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from promo_contracts import Route, Scope, write_json
from promo_contracts.company import examples as company
from promo_contracts.company.routes import ROUTES as COMPANY_ROUTES
from promo_contracts.lightrail import examples as lightrail
from promo_contracts.lightrail.routes import ROUTES as LIGHTRAIL_ROUTES
from promo_contracts.moltin import examples as moltin
from promo_contracts.moltin.routes import ROUTES as MOLTIN_ROUTES
from promo_server.app import create_app
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import Context
from promo_server.storage.tables import metadata
from tests.databases import Databases
from tests.promo_server.conftest import NOON, Api, Time, a_context, cart, client
from tests.promo_server.moltin_shop import Moltin, moltin_client
from tests.promo_server.values import Values, values_client

Headers = dict[str, str]
Fill = Callable[[Starlette, Context, str], Awaitable[Mapping[str, str]]]


def by(key: str) -> Headers:
    """Return the headers of a request by this key."""
    return {"Authorization": f"Bearer {key}"}


@dataclass(frozen=True)
class Spoken:
    """A contract: its routes and their requests, how it refuses, and what of the company ``shop`` could be leaked.

    ``fill`` gives the company something of everything, by a key that may do all; it returns what paths hold.
    ``refusal`` are the fields of a refusal, ``code`` that of its code and ``message`` that of its sentence; where it is
    not the body itself, it is the only one of the list ``refusals``.
    """

    name: str
    routes: Sequence[Route]
    examples: Mapping[str, company.Example]
    fill: Fill
    secrets: tuple[str, ...]
    refusal: frozenset[str]
    code: str
    unauthorized: str
    missing_scope: str
    message: str = "message"
    refusals: str | None = None

    def refusal_in(self, response: httpx.Response) -> dict[str, Any]:
        """Return what an answer says of why it refuses."""
        body: dict[str, Any] = response.json()
        if self.refusals is None:
            return body
        assert body.keys() == {self.refusals}
        (refusal,) = body[self.refusals]
        assert refusal["status"] == response.status_code
        return dict(refusal)

    def request_of(self, route: Route) -> Mapping[str, Any] | None:
        """Return what a route is sent; an object that it does not know where there is no example."""
        given = self.examples.get(route.name, company.Example()).request
        return {"name": "x"} if given is None and route.request else given

    async def ask(self, app: Starlette, headers: Headers, route: Route, names: Mapping[str, str]) -> httpx.Response:
        """Ask a route with these headers; ``names`` is what its path holds."""
        body = self.request_of(route)
        content = None if body is None else write_json(body)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as http:
            sent = {"Content-Type": "application/json"} if content is not None else {}
            return await http.request(route.method, route.url(**names), content=content, headers=sent)

    def leaked(self, response: httpx.Response, route: Route) -> list[str]:
        """Return the secrets in an answer that were not in the request."""
        sent = str(self.request_of(route))
        return [secret for secret in self.secrets if secret in response.text and secret not in sent]


async def fill_company(app: Starlette, context: Context, key: str) -> Mapping[str, str]:
    """Give the company a promotion with a further code, and a guest's hold by it."""
    async with client(app, key) as http:
        api = Api(http, context, Time())
        made = await api.promote(auto_apply=True, display_settings={"banner_text": "TOPSECRET"})
        code = await api.code(made["promotion_id"], "FRIENDSONLY", max_uses=5)
        await api.hold("order-1", cart=cart(None, "FRIENDSONLY"), guest_key="jane@example.com")
    names = {"company_id": "shop", "campaign_id": api.campaign, "promotion_id": made["promotion_id"]}
    return names | {"code_id": code["code_id"], "reference": "order-1"}


async def fill_values(app: Starlette, context: Context, key: str) -> Mapping[str, str]:
    """Give the company one of everything that a path can name."""
    async with values_client(app, key) as http:
        values = Values(http, context)
        given = (lightrail.CUSTOMER, lightrail.PROGRAM, lightrail.VALUE_STORE)
        for path, body in zip(("/customers", "/programs", "/valueStores"), given, strict=True):
            await values.call("POST", path, body, status=201)
        body = {"code": "POINTS", "name": "TOPSECRET", "symbol": "P", "decimalPlaces": 0}
        await values.call("POST", "/currencies", body, status=201)
        await values.store("gift", code="XXXX-SECRET", metadata={"note": "TOPSECRET"})
        await values.debit("waits", 5, pending=True, metadata={"note": "TOPSECRET"})
    return {
        "customerId": "cus_123",
        "programId": "sign-up-promotion",
        "valueStoreId": "cus_123-sign-up-promotion",
        "transactionId": "waits",
        "code": "POINTS",
    }


async def fill_carts(app: Starlette, context: Context, key: str) -> Mapping[str, str]:
    """Give the company a promotion with a code, and an ordered cart with it, and with goods and a tax."""
    around = {"start": f"{NOON - timedelta(days=9):%Y-%m-%d}", "end": f"{NOON + timedelta(days=9):%Y-%m-%d}"}
    async with moltin_client(app, key) as http:
        shop = Moltin(http, context, key)
        promotion = await shop.promote("FRIENDSONLY", description="TOPSECRET", **around)
        item = (await shop.add("basket-1", name="TOPSECRET"))["data"][0]["id"]
        await shop.enter("FRIENDSONLY", "basket-1")
        tax = {"type": "tax_item", "code": "TOPSECRET", "jurisdiction": "GB", "rate": 0.2}
        made = await shop.call("POST", f"/carts/basket-1/items/{item}/taxes", tax, status=201)
        await shop.order("basket-1")
    names = {"promotion_id": promotion, "code": "FRIENDSONLY", "cart_id": "basket-1"}
    return names | {"item_id": item, "tax_id": made["data"]["id"]}


COMPANY = Spoken(
    "company",
    COMPANY_ROUTES,
    company.EXAMPLES,
    fill_company,
    (
        *("SPRING20", "Spring Fresh 20% Off", "jane@example.com", "order-1", "marketing_admin_001", "TOPSECRET"),
        *("FRIENDSONLY", "friendsonly"),
    ),
    frozenset({"error", "message", "code"}),
    "code",
    unauthorized="UNAUTHORIZED",
    missing_scope="MISSING_SCOPE",
)
LIGHTRAIL = Spoken(
    "lightrail",
    LIGHTRAIL_ROUTES,
    lightrail.EXAMPLES,
    fill_values,
    ("alice@examle.com", "XXXX-SECRET", "CRET", "Spring Promotion", "TOPSECRET", "marketing_admin_001"),
    frozenset({"statusCode", "message", "messageCode"}),
    "messageCode",
    unauthorized="Unauthorized",
    missing_scope="MissingScope",
)
MOLTIN = Spoken(
    "moltin",
    [route for route in MOLTIN_ROUTES if route.scope is not None],
    moltin.EXAMPLES,
    fill_carts,
    ("FRIENDSONLY", "friendsonly", "TOPSECRET", "Nine off", "order_", "marketing_admin_001"),
    frozenset({"status", "title", "detail", "code"}),
    "code",
    unauthorized="UNAUTHORIZED",
    missing_scope="MISSING_SCOPE",
    message="detail",
    refusals="errors",
)
SPOKEN = (COMPANY, LIGHTRAIL, MOLTIN)


@dataclass(frozen=True)
class Shop:
    """A server whose company ``shop`` has something of everything; ``names`` is what paths hold."""

    contract: Spoken
    app: Starlette
    context: Context
    time: Time
    names: Mapping[str, str]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def ask(self, headers: Headers, route: Route, **names: str) -> httpx.Response:
        """Ask a route with these headers, by the shop's own names unless others are given."""
        return await self.contract.ask(self.app, headers, route, {**self.names, **names})

    def neighbour(self) -> tuple[str, str]:
        """Make another company, which has nothing yet; return its id and the key that may do all in it."""
        company = f"other_{next(self.numbers)}"
        create_company(self.context, company_id=company, name="Other")
        return company, create_key(self.context, company_id=company, name="admin", scopes=[Scope.ADMIN])


class Shops:
    """Opens a shop of each contract on each kind of database, and keeps it open for the tests of one module.

    They ask for what they may not have: it finds the shop as it was, or the test that changed it fails.
    """

    def __init__(self, databases: Databases, folder: Callable[[], Path], closing: ExitStack) -> None:
        self._databases = databases
        self._folder = folder
        self._closing = closing
        self._open: dict[tuple[str, str], Shop] = {}

    async def of(self, contract: Spoken, kind: str = "sqlite") -> Shop:
        """Return the shop that is open, or open it."""
        if (contract.name, kind) not in self._open:
            time = Time()
            name = self._closing.enter_context(self._databases.fresh(kind, self._folder()))
            context = self._closing.enter_context(a_context(name, time))
            self._open[contract.name, kind] = await open_shop(contract, context, time)
        return self._open[contract.name, kind]


async def open_shop(contract: Spoken, context: Context, time: Time) -> Shop:
    """Give the company ``shop`` something of everything."""
    app = create_app(context)
    key = create_key(context, company_id="shop", name="marketing_admin_001", scopes=[Scope.ADMIN])
    return Shop(contract, app, context, time, await contract.fill(app, context, key))


APART = ("keys", "rulesets", "revisions", "revision_promotions")
"""Tables that asking for the rules writes to, and those that the tests do."""


def stored(context: Context) -> dict[str, list[str]]:
    """Read what is stored of the company ``shop``."""
    with context.database.read() as connection:
        return {
            table.name: sorted(
                str(row)
                for row in connection.execute(table.select())
                if row._mapping.get("company_id", row._mapping.get("id")) == "shop"
            )
            for table in metadata.sorted_tables
            if table.name not in APART
        }
