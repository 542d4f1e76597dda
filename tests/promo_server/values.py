"""Requests to the value-store API as one company, and the shapes that its tests need."""

from dataclasses import dataclass
from typing import Any

import httpx
from starlette.applications import Starlette

from promo_contracts import read_json, write_json
from promo_server.code_keys import CodeKey, CodeKeys
from promo_server.services.context import Context

KEYS = CodeKeys((CodeKey("2026", b"k" * 32),))


def values_client(app: Starlette, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://api/v2",
        headers={"Authorization": f"Bearer {key}"},
    )


def party(value_store_id: str) -> dict[str, str]:
    return {"rail": "lightrail", "valueStoreId": value_store_id}


@dataclass
class Values:
    """The API, and the company behind it."""

    http: httpx.AsyncClient
    context: Context

    async def call(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        headers = {} if body is None else {"Content-Type": "application/json"}
        content = None if body is None else write_json(body)
        response = await self.http.request(method, path, content=content, headers=headers)
        assert response.status_code == status, response.text
        return read_json(response.content)

    async def refused(self, method: str, path: str, body: Any, code: str, *, status: int = 409) -> str:
        """Ask for what is refused with a code; return the sentence."""
        answer = await self.call(method, path, body, status=status)
        assert (answer["statusCode"], answer["messageCode"]) == (status, code)
        return str(answer["message"])

    async def store(self, value_store_id: str = "gift", **fields: Any) -> Any:
        """Create a value store: 10.00 USD, unless said otherwise."""
        body = {"valueStoreId": value_store_id, "currency": "USD", "value": 1000} | fields
        given = {name: value for name, value in body.items() if value is not None}
        return await self.call("POST", "/valueStores", given, status=201)

    async def value_of(self, value_store_id: str = "gift") -> Any:
        return (await self.call("GET", f"/valueStores/{value_store_id}"))["value"]

    async def debit(
        self, transaction_id: str, amount: int = 100, *, of: str = "gift", status: int = 201, **fields: Any
    ) -> Any:
        body = {"transactionId": transaction_id, "source": party(of), "amount": amount, "currency": "USD"} | fields
        return await self.call("POST", "/transactions/debit", body, status=status)

    async def credit(
        self, transaction_id: str, amount: int = 100, *, to: str = "gift", status: int = 201, **fields: Any
    ) -> Any:
        body = {"transactionId": transaction_id, "destination": party(to), "amount": amount, "currency": "USD"}
        return await self.call("POST", "/transactions/credit", body | fields, status=status)

    async def settle(self, how: str, transaction_id: str, *, status: int = 200, **body: Any) -> Any:
        path = f"/transactions/{transaction_id}/{how}"
        return await self.call("POST", path, body or None, status=status)
