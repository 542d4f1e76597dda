"""Requests to the Moltin contract as one company, and the shapes that its tests need."""

from dataclasses import dataclass
from typing import Any

import httpx
from starlette.applications import Starlette

from promo_contracts import read_json, write_json
from promo_server.services.context import Context

DATES = {"start": "2026-11-01T00:00:00Z", "end": "2026-12-01T00:00:00Z"}
JANE = {
    "customer": {"name": "Jane", "email": "jane@example.com"},
    "billing_address": {"line_1": "1 High Street", "country": "GB"},
}


def moltin_client(app: Starlette, key: str | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://api",
        headers={} if key is None else {"Authorization": f"Bearer {key}"},
    )


@dataclass
class Moltin:
    """The API, and the company behind it."""

    http: httpx.AsyncClient
    context: Context
    key: str

    async def call(self, method: str, path: str, data: Any = None, *, status: int = 200, **headers: str) -> Any:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if data is None else write_json({"data": data})
        if content is not None:
            given["Content-Type"] = "application/json"
        response = await self.http.request(method, f"/v2{path}", content=content, headers=given)
        assert response.status_code == status, response.text
        return read_json(response.content) if response.content else None

    async def refused(self, method: str, path: str, data: Any, status: int, code: str, **headers: str) -> Any:
        """Ask for what is refused; return the first error."""
        answer = await self.call(method, path, data, status=status, **headers)
        assert answer["errors"][0]["status"] == status
        assert answer["errors"][0]["code"] == code
        return answer["errors"][0]

    async def promote(self, *codes: Any, **fields: Any) -> str:
        """Create a promotion, 9.00 USD off unless said otherwise, with codes; return its id."""
        body = {
            "type": "promotion",
            "name": "Nine off",
            "description": "",
            "enabled": True,
            "promotion_type": "fixed_discount",
            "schema": {"currencies": [{"currency": "USD", "amount": 900}]},
            **DATES,
        }
        made = await self.call("POST", "/promotions", body | fields, status=201)
        if codes:
            await self.give(made["data"]["id"], *codes)
        return str(made["data"]["id"])

    async def percent(self, percentage: Any, *codes: Any, currency: str = "USD", **fields: Any) -> str:
        """Create a percent discount with codes; return its id."""
        schema = {"currencies": [{"currency": currency, "percentage": percentage}]}
        return await self.promote(*codes, promotion_type="percent_discount", schema=schema, **fields)

    async def give(self, promotion_id: str, *codes: Any, status: int = 201) -> Any:
        given = [one if isinstance(one, dict) else {"code": one} for one in codes]
        body = {"type": "promotion_codes", "codes": given}
        return await self.call("POST", f"/promotions/{promotion_id}/codes", body, status=status)

    async def add(self, cart: str = "c", amount: int = 1000, quantity: int = 1, **fields: Any) -> Any:
        """Put goods into a cart; headers begin with X."""
        headers = {name: fields.pop(name) for name in list(fields) if name.startswith("X_")}
        price = {"amount": amount, "includes_tax": fields.pop("includes_tax", True)}
        body = {"type": "custom_item", "name": "Shoe", "sku": "SHOE", "quantity": quantity, "price": price} | fields
        return await self.call("POST", f"/carts/{cart}/items", body, status=201, **headers)

    async def enter(self, code: str, cart: str = "c", *, status: int = 201) -> Any:
        body = {"type": "promotion_item", "code": code}
        return await self.call("POST", f"/carts/{cart}/items", body, status=status)

    async def total(self, cart: str = "c") -> int:
        return int((await self.call("GET", f"/carts/{cart}"))["data"]["meta"]["display_price"]["with_tax"]["amount"])

    async def order(self, cart: str = "c", *, status: int = 201, **fields: Any) -> Any:
        return await self.call("POST", f"/carts/{cart}/checkout", JANE | fields, status=status)


def promotions_in(items: Any) -> list[tuple[str, int]]:
    """Return the code and the value of each promotion item."""
    return [(one["sku"], one["value"]["amount"]) for one in items["data"] if one["type"] == "promotion_item"]
