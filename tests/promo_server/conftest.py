"""A real API on a real database of each kind, with a clock that tests set."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from promo_contracts import Scope, read_json
from promo_engine.testing import installed_types
from promo_server.app import create_app
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import Context, create_context
from tests.promo_server.moltin_shop import Moltin, moltin_client
from tests.promo_server.values import KEYS, Values, values_client

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Time:
    """A clock that stands still until it is moved; every look is a microsecond later, as on a real one."""

    now: datetime = NOON
    looks: Iterator[int] = field(default_factory=lambda: count(1))

    def __call__(self) -> datetime:
        return self.now + timedelta(microseconds=next(self.looks))

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Api:
    """Requests to the API as one company, and the shapes that tests need."""

    http: httpx.AsyncClient
    context: Context
    time: Time
    campaign: str = ""

    async def call(self, method: str, path: str, body: Any = None, *, status: int = 200, **options: Any) -> Any:
        response = await self.http.request(method, path, json=body, **options)
        assert response.status_code == status, response.text
        return read_json(response.content) if response.content else None

    async def promote(self, status: int = 201, /, **fields: Any) -> Any:
        """Create a promotion: 20 % off everything by the code SPRING20, unless said otherwise."""
        if not self.campaign:
            self.campaign = (await self.call("POST", "/campaigns", {"name": "Spring"}, status=201))["id"]
        body = {
            "promotion_name": "Spring Fresh 20% Off",
            "promotion_type": "percentage_discount",
            "description": "",
            "promotion_code": "SPRING20",
            "discount_rules": {"discount_value": 20},
            "schedule": {"start_date": "2026-11-22T00:00:00.000Z", "end_date": "2026-12-22T23:59:59.000Z"},
            "stackable": True,
        }
        path = f"/campaigns/{self.campaign}/promotions"
        return await self.call("POST", path, body | fields, status=status)

    async def hold(self, reference: str, *, status: int = 200, customer: str = "7", **fields: Any) -> Any:
        body = {"attempt": f"a-{reference}", "cart": cart(customer)} | fields
        return await self.call("PUT", f"/redemptions/{reference}", body, status=status)

    async def settle(self, reference: str, how: str, *, status: int = 200, **fields: Any) -> Any:
        return await self.call("POST", f"/redemptions/{reference}/{how}", fields, status=status)

    async def code(self, promotion_id: str, code: str, status: int = 201, /, **fields: Any) -> Any:
        """Give a promotion one more code."""
        path = f"/campaigns/{self.campaign}/promotions/{promotion_id}/codes"
        return await self.call("POST", path, {"promotion_code": code} | fields, status=status)

    async def batch(self, promotion_id: str, status: int = 201, /, **fields: Any) -> Any:
        """Make a batch of three codes for a promotion, unless said otherwise."""
        path = f"/campaigns/{self.campaign}/promotions/{promotion_id}/code-batches"
        return await self.call("POST", path, {"batch_id": "mailing-7", "count": 3} | fields, status=status)

    async def promotion(self, promotion_id: str) -> Any:
        return await self.call("GET", f"/campaigns/{self.campaign}/promotions/{promotion_id}")


def cart(customer: str | None = "7", *codes: str, **fields: Any) -> dict[str, Any]:
    """Build a cart document of 59.90 with the code SPRING20, unless said otherwise."""
    lines = [{"id": "l1", "sku": "MILK", "unit_price": 4990}, {"id": "l2", "sku": "TEA", "unit_price": 1000}]
    who = None if customer is None else {"id": customer}
    return {"currency": "USD", "lines": lines, "customer": who, "codes": list(codes or ["SPRING20"])} | fields


@pytest.fixture
def time() -> Time:
    return Time()


@contextmanager
def a_context(database: str, time: Time, **company: Any) -> Iterator[Context]:
    """Open a database with one company in it; what is made gets numbers for ids."""
    numbers = count(1)
    made = create_context(
        database,
        types=installed_types(),
        clock=time,
        new_id=lambda prefix: f"{prefix}_{next(numbers)}",
        code_keys=KEYS,
    )
    with closing(made.database):
        create_company(made, company_id="shop", name="Shop", **company)
        yield made


@pytest.fixture
def context(database: str, time: Time) -> Iterator[Context]:
    with a_context(database, time) as made:
        yield made


@pytest.fixture
def app(context: Context) -> Starlette:
    return create_app(context)


@pytest.fixture
async def api(app: Starlette, context: Context, time: Time) -> AsyncIterator[Api]:
    key = create_key(context, company_id="shop", name="marketing_admin_001", scopes=[Scope.ADMIN])
    async with client(app, key) as http:
        yield Api(http, context, time)


@pytest.fixture
async def values(app: Starlette, context: Context) -> AsyncIterator[Values]:
    key = create_key(context, company_id="shop", name="till", scopes=[Scope.ADMIN])
    async with values_client(app, key) as http:
        yield Values(http, context)


@pytest.fixture
async def moltin(app: Starlette, context: Context) -> AsyncIterator[Moltin]:
    key = create_key(context, company_id="shop", name="till", scopes=[Scope.ADMIN])
    async with moltin_client(app, key) as http:
        yield Moltin(http, context, key)


def client(app: Starlette, key: str, company: str = "shop") -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url=f"http://api/promotions/company/{company}",
        headers={"Authorization": f"Bearer {key}"},
    )
